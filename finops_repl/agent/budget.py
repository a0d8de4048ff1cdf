"""How far a turn and its session may go: counted, warned of at four fifths, held to.

Dollars are held by `Spend` itself, before each step; here they are only warned of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import assert_never

from finops_repl.base.caps import CapOf, CapReached, Caps, CapWhat, Used
from finops_repl.base.errors import LimitReached
from finops_repl.base.events import BudgetWarned
from finops_repl.base.money import plain_amount
from finops_repl.base.spend import Spend

__all__ = ["PEOPLE_SAY", "Budget", "Tally"]

WARNS_AT = Decimal("0.8")

PEOPLE_SAY: dict[CapOf, str] = {"turn": "a question", "session": "a session"}


class Tally:
    """What all turns of a session have used by now; `clock` gives seconds."""

    def __init__(self, spend: Spend, clock: Callable[[], float]) -> None:
        self._spend = spend
        self._clock = clock
        self._tokens = self._tool_calls = 0
        self._seconds = 0.0
        self._since: float | None = None

    def count(self, *, tokens: int = 0, tool_calls: int = 0, seconds: float = 0.0) -> None:
        """Add what was used beside dollars; `seconds` those of work that is over."""
        self._tokens += tokens
        self._tool_calls += tool_calls
        self._seconds += seconds

    def used(self) -> Used:
        """Everything used so far."""
        running = 0.0 if self._since is None else self._clock() - self._since
        seconds = self._seconds + running
        return Used(self._spend.spent(), self._tokens, self._tool_calls, seconds)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Time that counts."""
        self._since = self._clock()
        try:
            yield
        finally:
            self._stop()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Time within `working` that does not count: the user is asked something."""
        self._stop()
        try:
            yield
        finally:
            self._since = self._clock()

    def _stop(self) -> None:
        if self._since is not None:
            self._seconds += self._clock() - self._since
            self._since = None


@dataclass(slots=True)
class Budget:
    """The caps of a turn or a session over a tally that stood at `before` when it began."""

    of: CapOf
    caps: Caps
    tally: Tally
    before: Used = field(default_factory=Used)
    _warned: set[CapWhat] = field(default_factory=set)

    def used(self) -> Used:
        """What was used of this budget."""
        return self.tally.used().since(self.before)

    def seconds_left(self) -> float | None:
        """Seconds until its time is up, negative after that; None without such a cap."""
        return None if self.caps.seconds is None else self.caps.seconds - self.used().seconds

    def short_of(self, more: Used) -> LimitReached | None:
        """What to say of the cap that `more` would pass; None when it fits."""
        used, caps = self.used(), self.caps
        amounts: tuple[tuple[CapWhat, float, float | None], ...] = (
            ("tokens", used.tokens + more.tokens, caps.tokens),
            ("tool calls", used.tool_calls + more.tool_calls, caps.tool_calls),
            ("seconds", used.seconds + more.seconds, caps.seconds),
        )
        for what, taken, cap in amounts:
            if cap is not None and taken > cap:
                setting = f"limits.{self.of}_{what.replace(' ', '_')}"
                return LimitReached(
                    f"the cap of {cap:,g} {what} for {PEOPLE_SAY[self.of]} is reached ({setting})",
                    cap=CapReached(self.of, what, Decimal(str(cap)), Decimal(str(taken))),
                )
        return None

    def raise_cap(self, what: CapWhat, to: Decimal) -> None:
        """Hold to another cap from here on; it is warned of anew."""
        match what:
            case "dollars":
                self.caps = replace(self.caps, usd=to)
            case "tokens":
                self.caps = replace(self.caps, tokens=int(to))
            case "tool calls":
                self.caps = replace(self.caps, tool_calls=int(to))
            case "seconds":
                self.caps = replace(self.caps, seconds=float(to))
            case _:
                assert_never(what)
        self._warned.discard(what)

    def warnings(self) -> list[BudgetWarned]:
        """The caps of which four fifths are used since this was last asked."""
        used, caps = self.used(), self.caps
        amounts: tuple[tuple[CapWhat, Decimal, Decimal | None], ...] = (
            ("dollars", used.usd, caps.usd),
            ("tokens", Decimal(used.tokens), _decimal(caps.tokens)),
            ("tool calls", Decimal(used.tool_calls), _decimal(caps.tool_calls)),
            ("seconds", round(Decimal(used.seconds), 1), _decimal(caps.seconds)),
        )
        told = []
        for what, taken, cap in amounts:
            if cap is not None and taken >= WARNS_AT * cap and what not in self._warned:
                self._warned.add(what)
                told.append(BudgetWarned(self.of, what, plain_amount(taken), plain_amount(cap)))
        return told


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
