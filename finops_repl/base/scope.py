"""For whom, on which account and within which run something happens.

A scope is passed explicitly to whatever acts; there is no module-level account or session.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from finops_repl.base.spend import Spend

__all__ = ["Scope", "new_id"]


def new_id(length: int = 8) -> str:
    """A random lower-case hexadecimal id of `length` characters."""
    return os.urandom((length + 1) // 2).hex()[:length]


@dataclass(frozen=True, slots=True)
class Scope:
    """Who acts, where, and on whose budget; every event carries these ids.

    `account` is the account's display name (a simulated one begins with `sim-`), `grants` the
    kinds of action approved in advance (`code`, `workflow_overwrite`, ...).
    """

    account: str
    workspace: Path
    user: str
    session: str = field(default_factory=new_id)
    job: str = ""
    agent: str = "main"
    parent: str = ""
    run: str = ""
    grants: frozenset[str] = frozenset()
    spend: Spend = field(default_factory=Spend)

    def for_run(self, run: str) -> Scope:
        """The same scope, narrowed to one script run."""
        return replace(self, run=run)
