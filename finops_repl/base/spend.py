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

from finops_repl.base.errors import LimitReached
from finops_repl.base.money import usd

__all__ = ["Reservation", "Spend", "SpendKind"]

SpendKind = Literal["aws", "model"]


@dataclass(slots=True)
class Reservation:
    """Dollars set aside for one step; set `actual` when the price is known."""

    kind: SpendKind
    ceiling: Decimal
    actual: Decimal | None = None


class Spend:
    """A budget in US dollars with an optional cap and an optional parent."""

    def __init__(
        self, cap_usd: Decimal | None = None, *, name: str = "session", parent: Spend | None = None
    ) -> None:
        self.cap_usd = cap_usd
        self.name = name
        self._parent = parent
        self._lock = threading.Lock()
        self._reserved = Decimal(0)
        self._spent: dict[SpendKind, Decimal] = {"aws": Decimal(0), "model": Decimal(0)}

    def spent(self, kind: SpendKind | None = None) -> Decimal:
        """Dollars committed so far, of one kind or in all."""
        with self._lock:
            return self._spent[kind] if kind else sum(self._spent.values(), Decimal(0))

    def child(self, name: str, cap_usd: Decimal | None = None) -> Spend:
        """A budget within this one, for a turn, a run or a specialist."""
        return Spend(cap_usd, name=name, parent=self)

    @contextmanager
    def reserve(self, kind: SpendKind, ceiling: Decimal) -> Iterator[Reservation]:
        """Set `ceiling` dollars aside for one step and commit its price when the step ends.

        Raises `LimitReached` before the step where the cap would not hold. A step that raises
        commits what it recorded in `actual`, else nothing; one that ends commits its ceiling
        unless it recorded less.
        """
        held = Reservation(kind, ceiling)
        self._hold(ceiling)
        try:
            yield held
        except BaseException:
            self._settle(held, held.actual or Decimal(0))
            raise
        self._settle(held, ceiling if held.actual is None else held.actual)

    def charge(self, kind: SpendKind, price: Decimal) -> None:
        """Commit what was spent already; raises `LimitReached` where that passed a cap."""
        with self._lock:
            self._spent[kind] += price
            spent = sum(self._spent.values(), Decimal(0))
        if self._parent is not None:
            self._parent.charge(kind, price)
        if self.cap_usd is not None and spent > self.cap_usd:
            raise LimitReached(
                f"the {self.name} cap of ${self.cap_usd} was passed: {usd(spent)}",
                hint="raise the cap, or ask for less",
            )

    def _hold(self, ceiling: Decimal) -> None:
        with self._lock:
            would_be = sum(self._spent.values(), Decimal(0)) + self._reserved + ceiling
            if self.cap_usd is not None and would_be > self.cap_usd:
                raise LimitReached(
                    f"the {self.name} cap of ${self.cap_usd} would be passed: {usd(would_be)}",
                    hint="raise the cap, or ask for less",
                )
            self._reserved += ceiling
        if self._parent is not None:
            try:
                self._parent._hold(ceiling)
            except LimitReached:
                with self._lock:
                    self._reserved -= ceiling
                raise

    def _settle(self, held: Reservation, price: Decimal) -> None:
        with self._lock:
            self._reserved -= held.ceiling
            self._spent[held.kind] += price
        if self._parent is not None:
            self._parent._settle(held, price)
