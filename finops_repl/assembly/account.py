"""An opened account: what stands behind the gateway, and how its bill is asked."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from finops_repl.gateway.queries import ANYWHERE, QueryPlaces

if TYPE_CHECKING:
    from finops_repl.aws.call import Upstream
    from finops_repl.base.scope import Scope
    from finops_repl.billing.port import Bill, BillTable
    from finops_repl.gateway.bill_place import BillPlace
    from finops_repl.gateway.cache import Asker
    from finops_repl.gateway.gateway import Gateway

__all__ = ["Account"]


@dataclass(frozen=True, slots=True)
class Account:
    """An opened account. `open_bill` is handed the gateway that its queries must pass.

    `spec` is what `--account` takes to get the same account again, quoted for a shell; `as_of` the
    last day with data where that is known. `close` lets go of its files. `places` and `objects` are
    the policy's: where queries run and write, and which objects' bytes may be read. Under the name
    of `asker` its answers are kept on disk; without one they are not. `bill_place` says who is
    asked for the bill, where that is not the upstream; `stated_bill` is the table that the settings
    name, whose kind its columns have yet to tell; `without_bill` what to do about a bill that
    Athena does not answer for, where it does not; `facts` asks the account for what else people
    should know of it.
    """

    name: str
    kind: Literal["simulated", "files", "aws"]
    spec: str
    upstream: Upstream
    open_bill: Callable[[Gateway, Scope], Bill]
    as_of: date | None = None
    close: Callable[[], None] = lambda: None
    places: QueryPlaces = ANYWHERE
    objects: tuple[str, ...] | None = None
    asker: Asker | None = None
    bill_place: BillPlace | None = None
    without_bill: str = ""
    stated_bill: BillTable | None = None
    facts: Callable[[Gateway, Scope], Mapping[str, str]] = lambda gateway, scope: {}

    @property
    def reopening(self) -> dict[str, str]:
        """The flags that open the same account from any folder."""
        account, *rest = shlex.split(self.spec)
        if self.kind == "files":
            account = f"files:{Path(account.removeprefix('files:')).expanduser().resolve()}"
        names = {"--profile": "aws_profile", "--role": "aws_role"}
        typed = zip(rest[::2], rest[1::2], strict=True)
        return {"account": account, **{names[flag]: value for flag, value in typed}}

    @property
    def kind_of_bill(self) -> str:
        """Which kind of bill there is, as far as that is known without asking, in our words."""
        match self.kind:
            case "simulated":
                return "CUR 2.0, by query_bill and in Athena"
            case "files":
                return "files, by query_bill alone"
            case "aws":
                known = "a table, by query_bill and in Athena"
                return known if self.stated_bill else "none: Cost Explorer alone"

    @property
    def is_simulated(self) -> bool:
        return self.kind == "simulated"
