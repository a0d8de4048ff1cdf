"""Cost Explorer's comparisons of two whole months, and what drives their difference.

Without groups a comparison has its total alone. Drivers part the lines of each service and usage
type by how they are charged; those of usage say how much more was used besides. The parts of a
driver's difference, and the differences of all pages, sum to that of the whole. What did not change
is not listed. The largest change comes first, upwards and downwards alike.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.cost_explorer.dimensions import DIMENSIONS
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid, filtered
from finops_repl.simulator.handlers.cost_explorer.period import Period, whole_month
from finops_repl.simulator.handlers.cost_explorer.request import check_billing_view
from finops_repl.simulator.handlers.cost_explorer.request import groups as asked_groups
from finops_repl.simulator.handlers.cost_explorer.request import metrics as asked_metrics
from finops_repl.simulator.handlers.cost_explorer.rows import QUANTITIES, Row, Sums, written
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.view import View, invalid

__all__ = ["ComparisonService"]

COMPARISONS_PER_PAGE, DRIVERS_PER_PAGE = 2_000, 10
OF_DRIVERS = ("SERVICE", "USAGE_TYPE")
DRIVER_TYPES = {
    "Usage": "USAGE_CHANGE",
    "DiscountedUsage": "RESERVATION_USAGE",
    "SavingsPlanCoveredUsage": "SAVINGS_PLAN_USAGE",
    "SavingsPlanNegation": "SAVINGS_PLAN_NEGATION",
    "SavingsPlanRecurringFee": "SAVINGS_PLAN_RECURRING_FEE",
    "SavingsPlanUpfrontFee": "SAVINGS_PLAN_UPFRONT_FEE",
    "Recurring": "RECURRING_RESERVATION_FEE",
    "Upfront": "UPFRONT_RESERVATION_FEE",
    "Support": "SUPPORT_FEE",
    "Tax": "TAX",
    "Credit": "CREDIT",
    "Refund": "REFUND",
    "Enterprise Discount Program Discount": "ENTERPRISE_DISCOUNT",
}
"""What AWS calls a driver by the record type of its lines; where AWS lists no word, our own."""

Keys = tuple[str, ...]


@dataclass(slots=True)
class _Change:
    """One metric in two months, and the units of its lines."""

    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)
    unit: str = ""

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    def fields(self) -> dict[str, str]:
        return {
            "BaselineTimePeriodAmount": written(self.before),
            "ComparisonTimePeriodAmount": written(self.after),
            "Difference": written(self.difference),
            "Unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class _Asked:
    """What both operations are asked for."""

    before: Period
    after: Period
    metric: str


class ComparisonService:
    """Answers how two months differ."""

    operations = frozenset({"GetCostAndUsageComparisons", "GetCostComparisonDrivers"})

    def __init__(self, view: View) -> None:
        self._view, self._sums = view, Sums(view)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            check_billing_view(call.params, self._view.world.payer.id)
            asked = self._asked(call.params)
            if call.operation == "GetCostAndUsageComparisons":
                return self._comparisons(call.params, asked)
            return self._drivers(call.params, asked)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

    def _asked(self, params: Mapping[str, Any]) -> _Asked:
        calendar = self._view.calendar
        before, after = (
            whole_month(params.get(name), calendar, name)
            for name in ("BaselineTimePeriod", "ComparisonTimePeriod")
        )
        if before == after:
            raise Invalid("BaselineTimePeriod and ComparisonTimePeriod are the same month")
        (metric,) = asked_metrics([params.get("MetricForComparison")])
        return _Asked(before, after, metric)

    def _comparisons(self, params: Mapping[str, Any], asked: _Asked) -> Answer:
        given = params.get("GroupBy") or ()
        groups, metric = asked_groups(given), asked.metric
        changes = self._changes(params, asked, groups, [metric])
        total = _Change(unit=_unit(each[metric].unit for each in changes.values()))
        for each in changes.values():
            total.before += each[metric].before
            total.after += each[metric].after
        listed = [
            {
                "CostAndUsageSelector": _selector(given, keys),
                "Metrics": {metric: each[metric].fields()},
            }
            for keys, each in _largest_first(changes, metric)
            if keys
        ]
        return _page(
            listed, params, COMPARISONS_PER_PAGE, "CostAndUsageComparisons",
            {"TotalCostAndUsage": {metric: total.fields()}},
        )  # fmt: skip

    def _drivers(self, params: Mapping[str, Any], asked: _Asked) -> Answer:
        more = [each for each in params.get("GroupBy") or () if each.get("Key") not in OF_DRIVERS]
        given = [*({"Type": "DIMENSION", "Key": key} for key in OF_DRIVERS), *more]
        metric = asked.metric
        record_type = ("RECORD_TYPE", DIMENSIONS["RECORD_TYPE"].shown)
        groups = [*asked_groups(given[:2]), *asked_groups(more), record_type]
        metrics = list(dict.fromkeys((metric, "UsageQuantity")))
        parts = self._changes(params, asked, groups, metrics)
        by_selector: dict[Keys, dict[Keys, dict[str, _Change]]] = defaultdict(dict)
        for keys, each in parts.items():
            by_selector[keys[:-1]][keys] = each
        wholes = {keys: {metric: _summed(metric, of)} for keys, of in by_selector.items()}
        listed = [
            {
                "CostSelector": _selector(given, keys),
                "Metrics": {metric: whole[metric].fields()},
                "CostDrivers": [
                    _driver(part, each, metric)
                    for part, each in _largest_first(by_selector[keys], metric)
                ],
            }
            for keys, whole in _largest_first(wholes, metric)
            if whole[metric].difference
        ]
        return _page(listed, params, DRIVERS_PER_PAGE, "CostComparisonDrivers", {})

    def _changes(
        self,
        params: Mapping[str, Any],
        asked: _Asked,
        groups: Sequence[tuple[str, str]],
        metrics: Sequence[str],
    ) -> dict[Keys, dict[str, _Change]]:
        """Each metric's change of each combination of keys in either month."""
        where = filtered(params.get("Filter"))
        found: dict[Keys, dict[str, _Change]] = {}
        count = len(groups)
        for period, field in ((asked.before, "before"), (asked.after, "after")):
            for row in self._sums.rows(period, "MONTHLY", metrics, groups, where):
                keys = tuple(row[1 : 1 + count])
                of = found.setdefault(keys, {metric: _Change() for metric in metrics})
                for place, metric in enumerate(metrics, count + 3):
                    setattr(of[metric], field, Decimal(row[place] or 0))
                    of[metric].unit = _row_unit(row, metric, count, of[metric].unit)
        return found


def _row_unit(row: Row, metric: str, keys: int, known: str) -> str:
    if metric not in QUANTITIES:
        return "USD"
    least, most = row[keys + 1 : keys + 3]
    unit = least if least and least == most else "N/A"
    return unit if known in ("", unit) else "N/A"


def _unit(units: Iterable[str]) -> str:
    distinct = set(units)
    return distinct.pop() if len(distinct) == 1 else "N/A"


def _summed(metric: str, parts: Mapping[Keys, Mapping[str, _Change]]) -> _Change:
    whole = _Change(unit=_unit(part[metric].unit for part in parts.values()))
    for part in parts.values():
        whole.before += part[metric].before
        whole.after += part[metric].after
    return whole


def _driver(keys: Keys, each: Mapping[str, _Change], metric: str) -> dict[str, Any]:
    record_type = keys[-1]
    shown = {metric: each[metric]}
    if record_type == "Usage":
        shown["UsageQuantity"] = each["UsageQuantity"]
    return {
        "Type": DRIVER_TYPES[record_type],
        "Name": record_type,
        "Metrics": {name: change.fields() for name, change in shown.items()},
    }


def _largest_first(
    changes: Mapping[Keys, dict[str, _Change]], metric: str
) -> list[tuple[Keys, dict[str, _Change]]]:
    return sorted(changes.items(), key=lambda item: (-abs(item[1][metric].difference), item[0]))


def _selector(given: Sequence[Mapping[str, Any]], keys: Keys) -> dict[str, Any]:
    """The expression that filters what has these keys."""
    fields = {"DIMENSION": "Dimensions", "TAG": "Tags", "COST_CATEGORY": "CostCategories"}
    parts = []
    for group, key in zip(given, keys, strict=True):
        kind, name = group.get("Type", "DIMENSION"), str(group["Key"])
        value = key if kind == "DIMENSION" else key.removeprefix(f"{name}$")
        chosen = {"Values": [value], "MatchOptions": ["EQUALS"]}
        if not value:
            chosen = {"MatchOptions": ["ABSENT"]}
        parts.append({fields[kind]: {"Key": name, **chosen}})
    return parts[0] if len(parts) == 1 else {"And": parts}


def _page(
    listed: Sequence[Any], params: Mapping[str, Any], most: int, name: str,
    beside: Mapping[str, Any],
) -> Answer:  # fmt: skip
    page = cut(listed, params, "MaxResults", most, most, "NextPageToken")
    if page is None:
        return Refusal("InvalidNextTokenException", "The pagination token is invalid.")
    shown, token = page
    return Result({name: list(shown), **beside} | ({"NextPageToken": token} if token else {}))
