"""Looks at the installation, check by check; none of them can hang the doctor.

A check is a plain function of a room: it returns what it found, or raises an error of ours,
which says what is wrong and what to do. `finops_repl/cli/doctor.py` lists the checks there are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from finops_repl.base.errors import ConfigError, FinopsError, LimitReached
from finops_repl.base.findings import Finding

__all__ = ["Check", "Examined", "examine"]

Status = Literal["ok", "warn", "fail", "not looked at"]
NO_ROOM_HINT = "is the place writable, and is there room on the disk?"


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at, when the checks it `needs` have not failed, for so many seconds.

    `look` is handed the sign to give up.
    """

    name: str
    look: Callable[[threading.Event], Finding]
    needs: tuple[str, ...] = ()
    patience_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Examined:
    """A check and what came of it: a finding, an error, or neither where it was not looked at."""

    check: Check
    finding: Finding | None = None
    error: FinopsError | None = None

    @property
    def status(self) -> Status:
        if self.error is not None:
            return "fail"
        if self.finding is None:
            return "not looked at"
        return "warn" if self.finding.remedy else "ok"

    @property
    def found(self) -> str:
        if self.error is not None:
            return self.error.message
        return self.finding.found if self.finding else f"needs {', '.join(self.check.needs)}"

    @property
    def remedy(self) -> str:
        if self.error is not None:
            return self.error.hint
        return self.finding.remedy if self.finding else ""


def examine(checks: Iterable[Check]) -> Iterator[Examined]:
    """Each check with what came of it, in order, as soon as it is known."""
    unusable: set[str] = set()
    for check in checks:
        examined = Examined(check) if unusable.intersection(check.needs) else _look(check)
        if examined.status in ("fail", "not looked at"):
            unusable.add(check.name)
        yield examined


def _look(check: Check) -> Examined:
    """The check made aside: one that does not end is left behind."""
    give_up = threading.Event()
    came: list[Examined | BaseException] = []

    def look() -> None:
        try:
            came.append(_made(check, give_up))
        except BaseException as error:  # a fault of ours: raised below, where it is seen
            came.append(error)

    aside = threading.Thread(target=look, name=f"check {check.name}", daemon=True)
    aside.start()
    try:
        aside.join(check.patience_s)
    finally:
        give_up.set()
    if not came:
        late = f"no answer within {check.patience_s:g} s"
        return Examined(check, error=LimitReached(late, hint="run finops-repl doctor again"))
    if isinstance(came[0], BaseException):
        raise came[0]
    return came[0]


def _made(check: Check, give_up: threading.Event) -> Examined:
    try:
        return Examined(check, check.look(give_up))
    except FinopsError as error:
        return Examined(check, error=error)
    except OSError as error:
        return Examined(check, error=ConfigError(str(error), hint=NO_ROOM_HINT))
