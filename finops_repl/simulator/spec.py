"""Which simulated organisation is meant: `simulated[:seed=7,as_of=2026-10-31,incidents=all]`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from finops_repl.base.errors import InputError, nearest

__all__ = ["FIELDS", "INCIDENT_KINDS", "IncidentChoice", "IncidentKind", "SimulatedSpec"]

PREFIX = "simulated"
FIELDS = ("seed", "as_of", "incidents", "rows", "throttle")
IncidentKind = Literal[
    "spike", "reservations", "idle", "oversized", "untagged", "mining", "nat", "snapshots",
    "transfer", "expiry",
]  # fmt: skip
INCIDENT_KINDS: tuple[IncidentKind, ...] = get_args(IncidentKind)
EVERY, QUIET = "all", "none"
EARLIEST, LATEST = date(2016, 1, 1), date(2099, 12, 31)
FEWEST_ROWS, MOST_ROWS = 20_000, 20_000_000
MOST_CALLS = 1_000


@dataclass(frozen=True, slots=True)
class IncidentChoice:
    """An incident to put into the ledger; what is empty, the seed chooses.

    `account` is a name or id of the organisation; `place` is an auto-scaling group in it for a
    spike, a region for every other kind.
    """

    kind: IncidentKind
    first_day: date | None = None
    account: str = ""
    place: str = ""

    @property
    def pinned(self) -> bool:
        """Whether it says anything that the organisation may not have."""
        return self != IncidentChoice(self.kind)

    def __str__(self) -> str:
        parts = [self.first_day.isoformat() if self.first_day else "", self.account, self.place]
        where = "/".join(parts).rstrip("/")
        return f"{self.kind}@{where}" if where else self.kind


_ALL = tuple(IncidentChoice(kind) for kind in INCIDENT_KINDS)


@dataclass(frozen=True, slots=True)
class SimulatedSpec:
    """Everything that decides a simulated organisation's every byte, and how it is served.

    `as_of` is the last day with data; `rows` about how many daily line items 13 months hold beside
    the 100,000 or so of the organisation's platforms and incidents, which every one has. After
    `throttle` answers of an operation one call is refused for being too many; 0 refuses none.
    """

    as_of: date
    seed: int = 7
    incidents: tuple[IncidentChoice, ...] = _ALL
    rows: int = 1_000_000
    throttle: int = 0

    @property
    def ledger(self) -> SimulatedSpec:
        """What of it the ledger depends on."""
        return replace(self, throttle=0)

    def __str__(self) -> str:
        chosen = "+".join(map(str, self.incidents)) or QUIET
        if self.incidents == _ALL:
            chosen = EVERY
        text = f"{PREFIX}:seed={self.seed},as_of={self.as_of},incidents={chosen},rows={self.rows}"
        return text + (f",throttle={self.throttle}" if self.throttle else "")

    @classmethod
    def parse(cls, text: str, *, yesterday: date) -> SimulatedSpec:
        """Read a specification; `yesterday` (UTC) stands in for a missing `as_of`.

        Raises `InputError` naming the field, what it takes and the nearest valid name.
        """
        head, colon, tail = text.strip().partition(":")
        if head != PREFIX:
            raise InputError(f"{text!r} is no simulated account", hint=f"it begins with {PREFIX!r}")
        given = _fields(tail) if colon else {}
        return cls(
            as_of=_day("as_of", given["as_of"]) if "as_of" in given else yesterday,
            seed=_whole("seed", given.get("seed", "7"), 0, 2**63 - 1),
            incidents=_incidents(given.get("incidents", EVERY)),
            rows=_whole("rows", given.get("rows", "1000000"), FEWEST_ROWS, MOST_ROWS),
            throttle=_whole("throttle", given.get("throttle", "0"), 0, MOST_CALLS),
        )


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = (word.strip() for word in part.partition("="))
        if name not in FIELDS:
            close = nearest(name, FIELDS, 1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise InputError(
                f"a simulated account has no field {name!r}",
                hint=f"{meant}it takes {', '.join(FIELDS)}, as in {PREFIX}:seed=7,incidents=none",
            )
        if not equals or not value:
            raise InputError(f"{name} has no value", hint=f"write {name}=...")
        if name in found:
            raise InputError(f"{name} is given twice", hint="give it once")
        found[name] = value
    return found


def _whole(name: str, text: str, least: int, most: int) -> int:
    digits = text.replace("_", "")
    if not digits.isascii() or not digits.isdigit() or not least <= int(digits) <= most:
        raise InputError(
            f"{name}={text!r} is not valid", hint=f"a whole number from {least} to {most}"
        )
    return int(digits)


def _day(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or text != day.isoformat() or not EARLIEST <= day <= LATEST:
        raise InputError(
            f"{name}={text!r} is not valid",
            hint=f"a date as YYYY-MM-DD from {EARLIEST} to {LATEST}",
        )
    return day


def _incidents(text: str) -> tuple[IncidentChoice, ...]:
    if text == QUIET:
        return ()
    if text == EVERY:
        return _ALL
    chosen = [_incident(part.strip()) for part in text.split("+")]
    if len({choice.kind for choice in chosen}) < len(chosen):
        raise InputError(f"incidents={text!r} names a kind twice", hint="name each kind once")
    return tuple(sorted(chosen, key=lambda choice: INCIDENT_KINDS.index(choice.kind)))


def _incident(text: str) -> IncidentChoice:
    named, _, where = text.partition("@")
    kind = next((known for known in INCIDENT_KINDS if known == named), None)
    if kind is None:
        raise InputError(f"incidents={text!r} is not valid", hint=_takes(named))
    parts = [part.strip() for part in where.split("/")] if where else []
    if len(parts) > 3:
        raise InputError(
            f"incidents={text!r} has too many parts",
            hint="first day / account / region, or auto-scaling group for a spike",
        )
    day, account, place = (*parts, "", "", "")[:3]
    return IncidentChoice(kind, _day("incidents", day) if day else None, account, place)


def _takes(named: str) -> str:
    kind, slash, place = named.partition("/")
    if slash and kind in INCIDENT_KINDS:
        return f"a place follows @, as first day/account/region: {kind}@/{place}"
    valid = (*INCIDENT_KINDS, EVERY, QUIET)
    close = nearest(named, valid, 1)
    meant = f"did you mean {close[0]}? " if close else ""
    return (
        f"{meant}it takes {EVERY}, {QUIET}, or some of {', '.join(INCIDENT_KINDS)}, joined by +;"
        " a place may follow, as in mining@2026-10-12/sim-ml-prod/sa-east-1, each part optional"
    )
