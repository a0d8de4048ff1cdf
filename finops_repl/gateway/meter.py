"""What calls cost, kept under the session's cap: asked before a call, counted after it.

Prices are AWS's list prices of us-east-1, in US dollars, and an upper bound: free tiers are not
taken off.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
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


class Meter:
    """Prices the calls of one session; any number of threads may use it."""

    def __init__(self, spend: Spend) -> None:
        self._spend = spend
        self._scanned: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, call: Call, answer: Callable[[Call], Answer]) -> tuple[Answer, Decimal]:
        """The call's answer and its price in dollars.

        Raises `LimitReached` before a call that the cap does not cover. A query of this session
        whose scan passed the cap is stopped when it is looked at, and refused; what others scan
        is theirs.
        """
        price = _price(call)
        with self._spend.reserve("aws", price):
            told = answer(call)
        if not isinstance(told, Result) or call.service != "athena":
            return told, price
        if call.operation == "StartQueryExecution":
            self._note(str(told.fields["QueryExecutionId"]))
        if call.operation != "GetQueryExecution":
            return told, price
        price = self._scan(told)
        try:
            self._spend.charge("aws", price)
        except LimitReached as reached:
            query = {"QueryExecutionId": call.params["QueryExecutionId"]}
            answer(Call("athena", "StopQueryExecution", call.region, query))
            told = Refusal("LimitExceededException", str(reached))
        return told, price

    def _note(self, query: str) -> None:
        with self._lock:
            self._scanned.setdefault(query, 0)
            while len(self._scanned) > QUERIES_KEPT:
                self._scanned.popitem(last=False)

    def _scan(self, told: Result) -> Decimal:
        """The price of what a query of this session scanned since it was last looked at."""
        execution = told.fields.get("QueryExecution") or {}
        query = str(execution.get("QueryExecutionId", ""))
        scanned = int((execution.get("Statistics") or {}).get("DataScannedInBytes") or 0)
        with self._lock:
            before = self._scanned.get(query)
            if before is None:
                return Decimal(0)
            self._scanned[query] = max(before, scanned)
        return max(Decimal(0), _scan_price(scanned) - _scan_price(before))


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
