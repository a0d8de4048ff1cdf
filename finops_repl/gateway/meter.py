"""What calls cost, kept under the session's cap: asked before a call, counted after it.

Prices are AWS's list prices of us-east-1 in US dollars, free tiers not taken off: of Cost Explorer,
of what Athena scans and of CloudWatch's metrics by number. Other calls count as free, which S3's
transfer and a metric search are not quite.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.base.errors import LimitReached
from finops_repl.base.spend import Spend

__all__ = ["ATHENA_PER_BYTE", "COST_EXPLORER_REQUEST", "METRIC_REQUESTED", "Meter"]

COST_EXPLORER_REQUEST: Final = Decimal("0.01")
"""A page of a Cost Explorer answer. Source: AWS Cost Management pricing, Cost Explorer API."""
ATHENA_PER_BYTE: Final = Decimal(5) / Decimal(10) ** 12
"""$5 for each TB that a query scans. Source: Amazon Athena pricing, SQL queries."""
ATHENA_LEAST_BYTES: Final = 10_000_000
"""Of each query so much is charged at least. Source: the same page."""
METRIC_REQUESTED: Final = Decimal("0.01") / 1_000
"""Of GetMetricData, for each metric. Source: Amazon CloudWatch pricing, API requests."""

QUERIES_KEPT = 10_000
ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})

Ask = Callable[[Call], Answer]


@dataclass(slots=True)
class _Query:
    """A query of this session, as it was last looked at."""

    region: str
    scanned: int = 0
    runs: bool = True


class Meter:
    """Prices the calls of one session; any number of threads may use it."""

    def __init__(self, spend: Spend) -> None:
        self._spend = spend
        self._queries: OrderedDict[str, _Query] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, call: Call, answer: Ask) -> tuple[Answer, Decimal]:
        """The call's answer and its price in dollars.

        Raises `LimitReached` before a call that the cap does not cover. What a query of this
        session scans is known only while it runs: each is looked at before the next is started,
        and stopped once it passed the cap. What others scan is theirs.
        """
        if call.service != "athena":
            price = _price(call)
            if not price:
                return answer(call), price
            with self._spend.reserve("aws", price):
                return answer(call), price
        if call.operation == "StartQueryExecution":
            return self._start(call, answer)
        told = answer(call)
        if call.operation != "GetQueryExecution" or not isinstance(told, Result):
            return told, Decimal(0)
        return self._charge(call.region, told, answer)

    def _start(self, call: Call, answer: Ask) -> tuple[Answer, Decimal]:
        """Start a query, after a look at those that run; their price falls to this call."""
        price = Decimal(0)
        with self._lock:
            running = [(name, query) for name, query in self._queries.items() if query.runs]
        for name, query in running:
            told = answer(_of_query("GetQueryExecution", query.region, name))
            if isinstance(told, Result):
                told, scanned = self._charge(query.region, told, answer)
                price += scanned
                if isinstance(told, Refusal):
                    return told, price
        started = answer(call)
        if isinstance(started, Result):
            with self._lock:
                self._queries[str(started.fields["QueryExecutionId"])] = _Query(call.region)
                while len(self._queries) > QUERIES_KEPT:
                    self._queries.popitem(last=False)
        return started, price

    def _charge(self, region: str, told: Result, answer: Ask) -> tuple[Answer, Decimal]:
        """Commit what a query scanned since it was last looked at; a refusal past the cap."""
        execution = told.fields.get("QueryExecution") or {}
        name = str(execution.get("QueryExecutionId", ""))
        scanned = int((execution.get("Statistics") or {}).get("DataScannedInBytes") or 0)
        with self._lock:
            query = self._queries.get(name)
            if query is None:
                return told, Decimal(0)
            price = max(Decimal(0), _scan_price(scanned) - _scan_price(query.scanned))
            query.scanned = max(query.scanned, scanned)
            query.runs = (execution.get("Status") or {}).get("State") not in ENDED
        try:
            self._spend.charge("aws", price)
        except LimitReached as reached:
            answer(_of_query("StopQueryExecution", region, name))
            return Refusal("LimitExceededException", str(reached)), price
        return told, price


def _of_query(operation: str, region: str, query: str) -> Call:
    return Call("athena", operation, region, {"QueryExecutionId": query})


def _price(call: Call) -> Decimal:
    """The price that is known before the call."""
    if call.service == "ce":
        return COST_EXPLORER_REQUEST
    if (call.service, call.operation) == ("cloudwatch", "GetMetricData"):
        queries = call.params.get("MetricDataQueries") or ()
        return METRIC_REQUESTED * len(queries)
    return Decimal(0)


def _scan_price(scanned: int) -> Decimal:
    return ATHENA_PER_BYTE * max(scanned, ATHENA_LEAST_BYTES) if scanned else Decimal(0)
