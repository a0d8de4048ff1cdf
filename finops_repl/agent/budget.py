"""How far a turn and its session may go: counted, warned of at four fifths, held to.

Dollars are held by `Spend` itself, before each step; here they are only warned of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from finops_repl.base.caps import Caps, Used
from finops_repl.base.events import BudgetWarned
from finops_repl.base.money import plain_amount
from finops_repl.base.spend import Spend

__all__ = ["Budget", "Tally"]

WARNS_AT = Decimal("0.8")

Of = Literal["turn", "session"]
What = Literal["dollars", "tokens", "tool calls", "seconds"]

PEOPLE_SAY: dict[Of, str] = {"turn": "a question", "session": "a session"}


class Tally:
    """What all turns of a session have used by now; `clock` gives seconds."""

    def __init__(self, spend: Spend, clock: Callable[[], float]) -> None:
        self._spend = spend
        self._clock = clock
        self._tokens = self._tool_calls = 0
        self._seconds = 0.0
        self._since: float | None = None

    def count(self, *, tokens: int = 0, tool_calls: int = 0) -> None:
        """Add what was used beside dollars and time."""
        self._tokens += tokens
        self._tool_calls += tool_calls

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

    of: Of
    caps: Caps
    tally: Tally
    before: Used = field(default_factory=Used)
    _warned: set[What] = field(default_factory=set)

    def used(self) -> Used:
        """What was used of this budget."""
        return self.tally.used().since(self.before)

    def seconds_left(self) -> float | None:
        """Seconds until its time is up, negative after that; None without such a cap."""
        return None if self.caps.seconds is None else self.caps.seconds - self.used().seconds

    def short_of(self, more: Used) -> str:
        """Which cap `more` would pass, for people; empty when it fits."""
        used = self.used()
        for what, name, taken, cap in (
            ("tokens", "tokens", used.tokens + more.tokens, self.caps.tokens),
            ("tool calls", "tool_calls", used.tool_calls + more.tool_calls, self.caps.tool_calls),
            ("seconds", "seconds", used.seconds + more.seconds, self.caps.seconds),
        ):
            if cap is not None and taken > cap:
                setting = f"limits.{self.of}_{name}"
                return (
                    f"the cap of {cap:,g} {what} for {PEOPLE_SAY[self.of]} is reached ({setting})"
                )
        return ""

    def warnings(self) -> list[BudgetWarned]:
        """The caps of which four fifths are used since this was last asked."""
        used, caps = self.used(), self.caps
        amounts: tuple[tuple[What, Decimal, Decimal | None], ...] = (
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
