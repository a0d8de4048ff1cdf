"""Cost Explorer's anomalies: what cost more than the days before it let expect.

Found in the ledger's daily costs by `detector`: unblended cost of usage after what Savings Plans
took off it. Fees, taxes, credits, refunds and what the marketplace sells are no part of it, for
they land on single days. One monitor looks at every service of every account, another at every
business unit; what is large enough is found by both.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.cost_explorer.anomalies.detector import (
    HISTORY_DAYS,
    Found,
    anomalies,
    expected,
)
from finops_repl.simulator.handlers.cost_explorer.anomalies.monitors import Monitor, monitors
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.handlers.cost_explorer.period import day
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.view import View, invalid

__all__ = ["AnomalyService"]

DAYS_KEPT = 90
PAGE = 100
MOST_CAUSES = 10
OF_USAGE = (
    "t.type_name IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')"
    " AND g.seller = 'AWS'"
)
SOURCES = (
    "fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
    " JOIN line_type t ON t.type = f.type"
)
COMPARES: Mapping[str, Callable[[float, float, float], bool]] = {
    "EQUAL": lambda value, least, most: value == least,
    "GREATER_THAN": lambda value, least, most: value > least,
    "GREATER_THAN_OR_EQUAL": lambda value, least, most: value >= least,
    "LESS_THAN": lambda value, least, most: value < least,
    "LESS_THAN_OR_EQUAL": lambda value, least, most: value <= least,
    "BETWEEN": lambda value, least, most: least <= value <= most,
}
FEEDBACK = ("YES", "NO", "PLANNED_ACTIVITY")


class _Part(NamedTuple):
    """Costs that share all that a root cause names."""

    business_unit: str
    service: str
    account_id: str
    account_name: str
    region: str
    usage_type: str

    def of(self, columns: Sequence[str]) -> tuple[str, ...]:
        """Its values of some columns."""
        return tuple(getattr(self, name) for name in columns)


PART = _Part._fields
CENT = 0.01


@dataclass(frozen=True, slots=True)
class _Anomaly:
    monitor: Monitor
    values: tuple[str, ...]
    """Of the monitor's columns: what was looked at by itself."""
    found: Found


class AnomalyService:
    """Answers the anomalies of the last 90 days; nobody has given feedback on any of them."""

    operations = frozenset({"GetAnomalies"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            return self._anomalies(call.params)
        except Invalid as refused:
            return invalid(str(refused))

    def _anomalies(self, params: Mapping[str, Any]) -> Answer:
        first, last = self._interval(params.get("DateInterval"))
        keeps = _impact_filter(params.get("TotalImpact"))
        feedback = params.get("Feedback")
        if feedback is not None and feedback not in FEEDBACK:
            raise Invalid(f"Feedback {feedback} is not valid. Valid values: {', '.join(FEEDBACK)}")
        arn = params.get("MonitorArn")
        chosen = [
            each
            for each in self._all
            if first <= each.found.last <= last
            and (not arn or each.monitor.arn == arn)
            and keeps(each.found.impact)
            and not feedback
        ]
        page = cut(chosen, params, "MaxResults", PAGE, PAGE, "NextPageToken")
        if page is None:
            return Refusal("InvalidNextTokenException", "The pagination token is invalid.")
        shown, token = page
        found = {"Anomalies": [self._described(each) for each in shown]}
        return Result(found | ({"NextPageToken": token} if token else {}))

    def _interval(self, given: object) -> tuple[date, date]:
        if not isinstance(given, Mapping):
            raise Invalid("DateInterval is required")
        today = self._view.calendar.now.date()
        first = day(given, "StartDate")
        last = day(given, "EndDate") if given.get("EndDate") else today
        if first > last:
            raise Invalid("StartDate should not be after EndDate")
        if first < today - timedelta(days=DAYS_KEPT):
            raise Invalid(
                f"StartDate {first} is too early: anomalies are available for {DAYS_KEPT} days,"
                f" from {today - timedelta(days=DAYS_KEPT)} on"
            )
        return first, last

    @cached_property
    def _all(self) -> Sequence[_Anomaly]:
        """Every anomaly of the last 90 days, the latest first."""
        found = [
            _Anomaly(monitor, values, each)
            for monitor in monitors(self._view)
            for values, costs in self._watched(monitor).items()
            for each in anomalies(costs, self._first, self._view.calendar.as_of)
        ]
        return sorted(
            found,
            key=lambda each: (-each.found.last.toordinal(), -each.found.impact, each.values),
        )

    @property
    def _first(self) -> date:
        """The first of the days that are looked at."""
        calendar = self._view.calendar
        first = calendar.as_of - timedelta(days=DAYS_KEPT - 1)
        return max(first, calendar.first_day + timedelta(days=HISTORY_DAYS))

    def _watched(self, monitor: Monitor) -> Mapping[tuple[str, ...], Mapping[date, float]]:
        """The daily costs of everything that a monitor looks at by itself."""
        found: dict[tuple[str, ...], dict[date, float]] = defaultdict(lambda: defaultdict(float))
        for part, costs in self._parts.items():
            whole = found[part.of(monitor.columns)]
            for on, cost in costs.items():
                whole[on] += cost
        return found

    @cached_property
    def _parts(self) -> Mapping[_Part, Mapping[date, float]]:
        """The daily costs of the smallest parts, from which all others are summed."""
        columns = ", ".join(f"g.{name}" for name in PART)
        rows = self._view.rows(
            f"SELECT {', '.join(PART)}, list(day), list(cost) FROM (SELECT {columns}, f.day,"  # noqa: S608
            f" sum(f.unblended)::DOUBLE AS cost FROM {SOURCES} WHERE f.day >= ? AND {OF_USAGE}"
            " GROUP BY ALL) GROUP BY ALL ORDER BY ALL",
            [self._first - timedelta(days=HISTORY_DAYS)],
        )
        return {_Part(*names): dict(zip(days, costs, strict=True)) for *names, days, costs in rows}

    def _described(self, each: _Anomaly) -> dict[str, Any]:
        found, impact = each.found, round(each.found.impact, 2)
        words = (each.monitor.arn, *each.values, found.first)
        id_ = uuid.UUID(self._view.world.chance.hex(32, "anomaly", *map(str, words)))
        impacts: dict[str, Any] = {
            "MaxImpact": round(found.most, 2),
            "TotalImpact": impact,
            "TotalActualSpend": round(found.actual, 2),
            "TotalExpectedSpend": round(found.expected, 2),
        }
        if found.expected:
            impacts["TotalImpactPercentage"] = round(100 * found.impact / found.expected, 2)
        return {
            "AnomalyId": str(id_),
            "AnomalyStartDate": found.first.isoformat(),
            "AnomalyEndDate": found.last.isoformat(),
            "DimensionValue": each.values[0],
            "RootCauses": self._causes(each),
            "AnomalyScore": {
                "MaxScore": round(found.most_score, 2),
                "CurrentScore": round(found.last_score, 2),
            },
            "Impact": impacts,
            "MonitorArn": each.monitor.arn,
        }

    def _causes(self, each: _Anomaly) -> list[dict[str, Any]]:
        """Where the excess lies, the largest part first."""
        length = (each.found.last - each.found.first).days + 1
        days = [each.found.first + timedelta(days=number) for number in range(length)]
        excess = {
            part: sum(costs.get(on, 0.0) - expected(costs, on) for on in days)
            for part, costs in self._parts.items()
            if part.of(each.monitor.columns) == each.values
        }
        largest = sorted(excess, key=lambda part: (-excess[part], part))[:MOST_CAUSES]
        return [
            {
                "Service": part.service,
                "Region": part.region or "NoRegion",
                "LinkedAccount": part.account_id,
                "LinkedAccountName": part.account_name,
                "UsageType": part.usage_type,
                "Impact": {"Contribution": round(excess[part], 2)},
            }
            for part in largest
            if excess[part] >= CENT
        ]


def _impact_filter(given: object) -> Callable[[float], bool]:
    """Whether a total impact is asked for; raises `Invalid`."""
    if given is None:
        return lambda impact: True
    if not isinstance(given, Mapping):
        raise Invalid("TotalImpact takes a structure")
    operator = str(given.get("NumericOperator"))
    if operator not in COMPARES:
        raise Invalid(
            f"NumericOperator {operator} is not valid. Valid values: {', '.join(COMPARES)}"
        )
    least, most = given.get("StartValue"), given.get("EndValue")
    if least is None or (most is None and operator == "BETWEEN"):
        raise Invalid("TotalImpact has no StartValue, or BETWEEN no EndValue")
    compare, upper = COMPARES[operator], float(most or 0)
    return lambda impact: compare(round(impact, 2), float(least), upper)
