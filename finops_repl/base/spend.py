"""One ledger for every dollar a session may cause: AWS calls and model tokens are its rows.

A caller reserves the most a step can cost before the step, and commits what it did cost after.
Children reserve against their parents too, so that parallel agents cannot overshoot the cap.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finops_repl.base.caps import CapOf, CapReached
from finops_repl.base.errors import LimitReached
from finops_repl.base.money import price_text

__all__ = ["Reservation", "Spend", "SpendKind", "cap_hint"]

SpendKind = Literal["aws", "model"]


@dataclass(slots=True)
class Reservation:
    """Dollars set aside for one step; set `actual` when the price is known."""

    kind: SpendKind
    ceiling: Decimal
    actual: Decimal | None = None


CAPS_OF: dict[str, CapOf] = {"question": "turn", "session": "session"}
"""Whose cap it is that is held under a name, where its user may raise it meanwhile."""


@dataclass(slots=True, eq=False)
class _Window:
    """A cap on what is spent from a moment on: `before` was spent by then."""

    name: str
    cap_usd: Decimal
    before: Decimal
    raised_by: str


class Spend:
    """A budget in US dollars with an optional cap and an optional parent.

    `raised_by` says where the user raises the cap.
    """

    def __init__(
        self,
        cap_usd: Decimal | None = None,
        *,
        name: str = "session",
        parent: Spend | None = None,
        raised_by: str = "",
    ) -> None:
        self.cap_usd = cap_usd
        self.name = name
        self._parent = parent
        self._raised_by = raised_by
        self._lock = threading.Lock()
        self._reserved = Decimal(0)
        self._spent: dict[SpendKind, Decimal] = {"aws": Decimal(0), "model": Decimal(0)}
        self._windows: list[_Window] = []

    def spent(self, kind: SpendKind | None = None) -> Decimal:
        """Dollars committed so far, of one kind or in all."""
        with self._lock:
            return self._spent[kind] if kind else sum(self._spent.values(), Decimal(0))

    def child(self, name: str, cap_usd: Decimal | None = None) -> Spend:
        """A budget within this one, for a turn, a run or a specialist."""
        return Spend(cap_usd, name=name, parent=self)

    @contextmanager
    def window(self, name: str, cap_usd: Decimal | None, *, raised_by: str = "") -> Iterator[None]:
        """Hold all that is spent until the end of this, by whomever, under a cap of its own."""
        if cap_usd is None:
            yield
            return
        with self._lock:
            window = _Window(name, cap_usd, sum(self._spent.values(), Decimal(0)), raised_by)
            self._windows.append(window)
        try:
            yield
        finally:
            with self._lock:
                self._windows.remove(window)

    def raise_cap(self, of: CapOf, cap_usd: Decimal) -> None:
        """Hold to another cap from here on; what is spent counts against it as before."""
        with self._lock:
            if CAPS_OF.get(self.name) == of:
                self.cap_usd = cap_usd
            for window in self._windows:
                if CAPS_OF.get(window.name) == of:
                    window.cap_usd = cap_usd

    @contextmanager
    def reserve(self, kind: SpendKind, ceiling: Decimal) -> Iterator[Reservation]:
        """Set `ceiling` dollars aside for one step and commit its price when the step ends.

        Raises `LimitReached` before the step where the cap would not hold. A step that raises
        commits what it recorded in `actual`, else nothing; one that ends commits its ceiling
        unless it recorded less.
        """
        held = self.hold(kind, ceiling)
        try:
            yield held
        except BaseException:
            self._settle(held, held.actual or Decimal(0))
            raise
        self._settle(held, ceiling if held.actual is None else held.actual)

    def hold(self, kind: SpendKind, ceiling: Decimal) -> Reservation:
        """Set dollars aside for a step that outlasts this call: `charge` it, then `release` it.

        Raises `LimitReached` where the cap would not hold.
        """
        self._hold(ceiling)
        return Reservation(kind, ceiling)

    def resize(self, held: Reservation, ceiling: Decimal) -> None:
        """Set aside `ceiling` dollars for the step in all, from now on.

        Raises `LimitReached`, and leaves what is set aside as it was, where the cap would not hold.
        """
        if ceiling > held.ceiling:
            self._hold(ceiling - held.ceiling)
        else:
            self._commit(held.kind, Decimal(0), held.ceiling - ceiling)
        held.ceiling = ceiling

    def charge(self, held: Reservation, price: Decimal) -> None:
        """Commit what a step has cost by now, out of what is set aside for it, and beyond."""
        freed = min(price, held.ceiling)
        held.ceiling -= freed
        self._commit(held.kind, price, freed)

    def release(self, held: Reservation) -> None:
        """Set nothing aside for the step any more."""
        freed, held.ceiling = held.ceiling, Decimal(0)
        self._commit(held.kind, Decimal(0), freed)

    def passed(self) -> LimitReached | None:
        """What to say where more is spent than the cap allows; None where it holds."""
        with self._lock:
            for cap in self._caps():
                spent = sum(self._spent.values(), Decimal(0)) - cap.before
                if spent > cap.cap_usd:
                    return _limit(cap, "was passed", f"{price_text(spent)} is spent", spent)
        return self._parent.passed() if self._parent is not None else None

    def _caps(self) -> list[_Window]:
        own = []
        if self.cap_usd is not None:
            own.append(_Window(self.name, self.cap_usd, Decimal(0), self._raised_by))
        return own + self._windows

    def _hold(self, ceiling: Decimal) -> None:
        with self._lock:
            for cap in self._caps():
                spent = sum(self._spent.values(), Decimal(0)) - cap.before
                needed = spent + self._reserved + ceiling
                if needed > cap.cap_usd:
                    amounts = f"{price_text(spent)} is spent, {price_text(ceiling)} is asked for"
                    if self._reserved:
                        amounts += f" and {price_text(self._reserved)} is set aside for what runs"
                    raise _limit(cap, "would be passed", amounts, needed)
            self._reserved += ceiling
        if self._parent is not None:
            try:
                self._parent._hold(ceiling)
            except LimitReached:
                with self._lock:
                    self._reserved -= ceiling
                raise

    def _settle(self, held: Reservation, price: Decimal) -> None:
        self._commit(held.kind, price, held.ceiling)

    def _commit(self, kind: SpendKind, price: Decimal, freed: Decimal) -> None:
        with self._lock:
            self._reserved -= freed
            self._spent[kind] += price
        if self._parent is not None:
            self._parent._commit(kind, price, freed)


def _limit(cap: _Window, what: str, amounts: str, needed: Decimal) -> LimitReached:
    of = CAPS_OF.get(cap.name)
    return LimitReached(
        f"the {cap.name} cap of ${cap.cap_usd} {what}: {amounts}",
        hint=cap_hint(cap.raised_by),
        cap=CapReached(of, "dollars", cap.cap_usd, needed) if of else None,
    )


def cap_hint(raised_by: str) -> str:
    """What to do about a cap; `raised_by` says where its user raises it, where that is known."""
    return f"raise it by {raised_by}, or ask for less" if raised_by else "ask for less"
