"""What calls cost, kept under the caps: asked before a call, counted after it.

A call's price is known before it, a query's only while it runs. What a query of the bill may scan
at most is set aside at its start; what it has scanned is counted at every look, and it is stopped
where that passes a cap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.base.errors import LimitReached
from finops_repl.base.money import price_text
from finops_repl.base.spend import Spend, cap_hint
from finops_repl.gateway.prices import price_at_most, price_of
from finops_repl.gateway.started import (
    QUOTA_CODE,
    QueryKind,
    StartedQueries,
    StartedQuery,
    kind_started_by,
)

__all__ = ["Ask", "Estimate", "EstimatesScan", "Meter", "Tab"]

Ask = Callable[[Call], Answer]


@dataclass(slots=True)
class Tab:
    """What a call runs up: its price, with that of the looks it took, and what was foreseen."""

    caller: Caller
    price: Decimal = Decimal(0)
    foreseen: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The bytes that a query may scan at most, and that in words."""

    most_bytes: int
    told: str


class EstimatesScan(Protocol):
    """Looks at a query before it is started."""

    def estimate(self, call: Call, ask: Ask) -> Estimate | None:
        """What it may scan, None where that cannot be told.

        Raises `InputError` for a query that would read all there is without having to.
        """
        ...


class Meter:
    """Prices the calls of one session; any number of threads may use it.

    `call_usd` caps a single call or query, `raised_by` says where the user raises that. `bill`
    looks at queries before they start; without it they are held by what they are seen to scan.
    """

    def __init__(
        self,
        spend: Spend,
        *,
        call_usd: Decimal | None = None,
        raised_by: str = "",
        bill: EstimatesScan | None = None,
    ) -> None:
        self._spend = spend
        self._call_usd = call_usd
        self._raised_by = raised_by
        self._bill = bill
        self._lock = threading.Lock()

    def ask(self, call: Call, ask: Ask, queries: StartedQueries, tab: Tab) -> Answer:
        """The call's answer; its price is put on the tab.

        Raises `LimitReached` before a call that a cap does not cover, `InputError` before a query
        of the whole bill.
        """
        kind = kind_started_by(call)
        if kind is not None:
            return self._start(kind, call, ask, queries, tab)
        told = self._priced(call, ask, tab)
        query = queries.named_by(call)
        if query is not None and call.operation == query.kind.look and isinstance(told, Result):
            return self._counted(query, told, ask, tab)
        return told

    def look(self, query: StartedQuery, ask: Ask, tab: Tab) -> None:
        """Look at a query, count what it scanned since, and stop it where that passes a cap."""
        told = ask(query.kind.call(query.kind.look, query))
        if isinstance(told, Result):
            self._counted(query, told, ask, tab)

    def stop(self, query: StartedQuery, why: str, ask: Ask) -> None:
        """End a query; whoever asks for it is told why."""
        query.stopped = query.stopped or why
        ask(query.kind.call(query.kind.stop, query))

    def _priced(self, call: Call, ask: Ask, tab: Tab) -> Answer:
        most = price_at_most(call)
        if not most:
            return ask(call)
        self._hold_to_call_cap(most, "this call costs")
        with self._spend.reserve("aws", most) as held:
            answer = ask(call)
            held.actual = price_of(call, answer)
            tab.price += held.actual
        return answer

    def _start(
        self, kind: QueryKind, call: Call, ask: Ask, queries: StartedQueries, tab: Tab
    ) -> Answer:
        """Start a query with the most that it may cost set aside, or at least its least price."""
        estimate = None
        if self._bill is not None and call.service == "athena":
            estimate = self._bill.estimate(call, lambda look: self._priced(look, ask, tab))
            tab.foreseen = estimate.told if estimate else "what it scans is not known before"
        most = kind.scan.of(max(1, estimate.most_bytes if estimate else 0))
        try:
            self._hold_to_call_cap(most, "this query may cost")
            held = self._spend.hold("aws", most)
        except LimitReached as reached:
            scans = f"; it may scan {estimate.told}" if estimate else ""
            raise LimitReached(f"{reached.message}{scans}", hint=reached.hint) from None
        query = None
        try:
            answer = ask(call)
            query = queries.note(call, answer, tab.caller)
        finally:
            if query is None:
                self._spend.release(held)
            else:
                query.held = held
        return answer

    def _counted(self, query: StartedQuery, told: Result, ask: Ask, tab: Tab) -> Answer:
        """Commit what a query scanned since it was last looked at; past a cap it is stopped."""
        progress = query.kind.progress(told)
        with self._lock:
            price = max(Decimal(0), query.kind.scan.of(progress.scanned) - query.price)
            query.price += price
            query.runs = query.runs and not progress.ended
            self._spend.charge(query.held, price)
            if progress.ended:
                self._spend.release(query.held)
        tab.price += price
        passed = None if progress.ended or query.stopped else self._passed(query)
        if passed is None:
            return told
        self.stop(query, str(passed), ask)
        return Refusal(QUOTA_CODE, query.stopped)

    def _passed(self, query: StartedQuery) -> LimitReached | None:
        if self._call_usd is not None and query.price > self._call_usd:
            return self._call_limit(query.price, "this query has cost")
        return self._spend.passed()

    def _hold_to_call_cap(self, price: Decimal, what: str) -> None:
        if self._call_usd is not None and price > self._call_usd:
            raise self._call_limit(price, what)

    def _call_limit(self, price: Decimal, what: str) -> LimitReached:
        return LimitReached(
            f"the call cap of ${self._call_usd} is passed: {what} {price_text(price)}"
            f" ({price_text(self._spend.spent())} is spent in this session)",
            hint=cap_hint(self._raised_by),
        )
