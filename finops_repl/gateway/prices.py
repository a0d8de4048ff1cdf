"""What AWS asks for a call: list prices of us-east-1 in US dollars, each with its source.

Free tiers, discounts and other regions' prices are not taken into account. Calls of services that
are not named here count as free, as AWS's pages ask nothing for them; what AWS does charge for and
is not counted here, `NOT_PRICED` says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from finops_repl.aws.call import Answer, Call, Result

__all__ = [
    "ATHENA_SCAN",
    "COST_EXPLORER",
    "KNOWN",
    "LIST_OBJECTS",
    "LOGS_SCAN",
    "NOT_PRICED",
    "Price",
    "price_at_most",
    "price_of",
]

KNOWN: Final = date(2025, 1, 1)
"""The prices held then by the pages named; they change seldom, and nothing here fetches them."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for so many of a unit, of which each use counts `least` at the least."""

    usd: Decimal
    per: int
    unit: str
    source: str
    least: int = 0

    def of(self, count: int) -> Decimal:
        """Dollars for so many; nothing for none."""
        return self.usd * max(count, self.least) / self.per if count else Decimal(0)


COST_EXPLORER: Final = Price(
    Decimal("0.01"), 1, "request, each page", "AWS Cost Management pricing, Cost Explorer API"
)
ATHENA_SCAN: Final = Price(
    Decimal(5), 10**12, "byte scanned", "Amazon Athena pricing, SQL queries", least=10_000_000
)
"""DDL and metadata statements scan nothing. What a failed query scanned AWS does not charge; here
it counts. A TB is taken for 10^12 bytes, the dearer reading of the page."""
LOGS_SCAN: Final = Price(
    Decimal("0.005"), 10**9, "byte scanned", "Amazon CloudWatch pricing, Logs Insights queries"
)
METRIC: Final = Price(
    Decimal("0.01"), 1_000, "metric requested", "Amazon CloudWatch pricing, GetMetricData"
)
CLOUDWATCH_REQUEST: Final = Price(
    Decimal("0.01"), 1_000, "request", "Amazon CloudWatch pricing, API requests"
)
GET_OBJECT: Final = Price(
    Decimal("0.0004"), 1_000, "request", "Amazon S3 pricing, S3 Standard, GET and all others"
)
LIST_OBJECTS: Final = Price(
    Decimal("0.005"), 1_000, "request", "Amazon S3 pricing, S3 Standard, LIST"
)

NOT_PRICED: Final = (
    "S3's transfer and retrieval out of other classes than Standard",
    "Glue's requests beyond the first million a month",
    "metrics beyond the first of a metric widget",
    "calls that the user's own settings let through, but for Logs Insights",
)

SEARCHED: Final = 500
"""Metrics that one SEARCH finds at most. Source: API reference, GetMetricData; CloudWatch user
guide, search expression limits."""
SELECTED: Final = 10_000
"""Metrics that one Metrics Insights query looks at, at most. Source: Metrics Insights quotas."""
_SELECT = re.compile(r"\s*SELECT\b", re.IGNORECASE)
_SEARCH = re.compile(r"\bSEARCH\s*\(", re.IGNORECASE)


def price_at_most(call: Call) -> Decimal:
    """What the call may cost, as far as that is known before it."""
    match call.service:
        case "ce":
            return COST_EXPLORER.of(1)
        case "cloudwatch" if call.operation == "GetMetricData":
            return METRIC.of(sum(_most_metrics(each) for each in _queries(call)))
        case "cloudwatch":
            return CLOUDWATCH_REQUEST.of(1)
        case "s3":
            return (LIST_OBJECTS if call.operation.startswith("List") else GET_OBJECT).of(1)
        case _:
            return Decimal(0)


def price_of(call: Call, answer: Answer) -> Decimal:
    """What the call did cost, by its answer: a search is paid for by the metrics that it found.

    Where the answer does not show them, as of the sum of a search or of one page of several, it is
    paid for by those that it may have found; and so is a query of Metrics Insights.
    """
    if call.operation != "GetMetricData" or not isinstance(answer, Result):
        return price_at_most(call)
    is_part = bool(call.params.get("NextToken") or answer.fields.get("NextToken"))
    found = Counter(each.get("Id") for each in answer.fields.get("MetricDataResults") or ())
    return METRIC.of(
        sum(
            max(1, found[each.get("Id")])
            if _shows_metrics(each) and not is_part
            else _most_metrics(each)
            for each in _queries(call)
        )
    )


def _queries(call: Call) -> Sequence[Mapping[str, Any]]:
    queries: Sequence[Mapping[str, Any]] = call.params.get("MetricDataQueries") or ()
    return queries


def _most_metrics(query: Mapping[str, Any]) -> int:
    """The metrics that a query of GetMetricData reads at most; math counts as one, as a metric."""
    expression = str(query.get("Expression") or "")
    if _SELECT.match(expression):
        return SELECTED
    return max(1, SEARCHED * len(_SEARCH.findall(expression)))


def _shows_metrics(query: Mapping[str, Any]) -> bool:
    """True for one search that nothing is made of but as many series as it finds, all returned."""
    expression = str(query.get("Expression") or "").strip()
    return (
        query.get("ReturnData") is not False
        and _SEARCH.match(expression) is not None
        and len(_SEARCH.findall(expression)) == 1
    )
