"""Cost Explorer's forecasts: how costs and usage go on, by `trend` on the ledger's days.

The first bucket of months is what is left of the month that the period begins in: to it belongs
what was spent so far.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid, filtered
from finops_repl.simulator.handlers.cost_explorer.period import Period, day
from finops_repl.simulator.handlers.cost_explorer.request import check_billing_view
from finops_repl.simulator.handlers.cost_explorer.rows import Sums
from finops_repl.simulator.handlers.cost_explorer.trend import LEAST_DAYS, QUARTER_DAYS, Forecast
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.view import View, invalid

__all__ = ["ForecastService", "going_on"]

COSTS = {
    "AMORTIZED_COST": "AmortizedCost",
    "BLENDED_COST": "BlendedCost",
    "NET_AMORTIZED_COST": "NetAmortizedCost",
    "NET_UNBLENDED_COST": "NetUnblendedCost",
    "UNBLENDED_COST": "UnblendedCost",
}
USAGE = {
    "NORMALIZED_USAGE_AMOUNT": "NormalizedUsageAmount",
    "USAGE_QUANTITY": "UsageQuantity",
}
MOST_MONTHS = {"DAILY": 3, "MONTHLY": 18}
HISTORY_DAYS = QUARTER_DAYS + 31
"""With the first days of three closed months."""
DEFAULT_PERCENT, LEAST_PERCENT, MOST_PERCENT = 80, 51, 99
PLACES = 10


def going_on(by_day: Mapping[date, float], calendar: Calendar) -> Forecast | None:
    """The forecast of a daily series up to the last day; None where it began too late.

    Days before its first cost are no part of it, later ones without any count as zero.
    """
    earliest = calendar.as_of - timedelta(days=HISTORY_DAYS - 1)
    first = max(earliest, min(by_day, default=calendar.now.date()))
    count = (calendar.as_of - first).days + 1
    if count < LEAST_DAYS:
        return None
    values = [by_day.get(first + timedelta(days=number), 0.0) for number in range(count)]
    return Forecast(values, calendar.as_of, open_month=calendar.open_month_starts)


class ForecastService:
    """Answers what will be spent and used."""

    operations = frozenset({"GetCostForecast", "GetUsageForecast"})

    def __init__(self, view: View) -> None:
        self._view, self._sums = view, Sums(view)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            check_billing_view(call.params, self._view.world.payer.id)
            metrics = COSTS if call.operation == "GetCostForecast" else USAGE
            return self._forecast(call.params, metrics)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

    def _forecast(self, params: Mapping[str, Any], metrics: Mapping[str, str]) -> Answer:
        granularity, metric = str(params.get("Granularity")), str(params.get("Metric"))
        if granularity not in MOST_MONTHS:
            raise Invalid(f"Granularity {granularity} is not valid: DAILY or MONTHLY")
        if metric not in metrics:
            raise Invalid(f"Metric {metric} is not valid. Valid values: {', '.join(metrics)}")
        percent = params.get("PredictionIntervalLevel") or DEFAULT_PERCENT
        if not LEAST_PERCENT <= int(percent) <= MOST_PERCENT:
            raise Invalid(
                f"PredictionIntervalLevel {percent} is not valid: {LEAST_PERCENT} to {MOST_PERCENT}"
            )
        asked = self._period(params.get("TimePeriod"), granularity)
        calendar = self._view.calendar
        rows = self._sums.rows(
            Period(calendar.first_day, calendar.now.date()), "DAILY", (metrics[metric],), (),
            filtered(params.get("Filter")),
        )  # fmt: skip
        forecast = going_on({row[0]: float(row[3] or 0) for row in rows}, calendar)
        if forecast is None:
            return Refusal(
                "DataUnavailableException",
                "Insufficient amount of historical data to generate a forecast: it takes"
                f" {LEAST_DAYS} days",
            )
        units = {unit for row in rows for unit in row[1:3] if unit}
        if metrics is USAGE and len(units) != 1:
            return Refusal(
                "UnresolvableUsageUnitException",
                "Cost Explorer was unable to identify the usage unit: filter by USAGE_TYPE, by"
                " values of one unit, for example hours",
            )
        buckets = asked.buckets(granularity)
        found = [(each, forecast.ahead(each.start, each.end, int(percent))) for each in buckets]
        total = sum(ahead.mean for _, ahead in found)
        return Result(
            {
                "Total": {
                    "Amount": _text(total),
                    "Unit": units.pop() if metrics is USAGE else "USD",
                },
                "ForecastResultsByTime": [
                    {
                        "TimePeriod": bucket.fields(),
                        "MeanValue": _text(ahead.mean),
                        "PredictionIntervalLowerBound": _text(ahead.least),
                        "PredictionIntervalUpperBound": _text(ahead.most),
                    }
                    for bucket, ahead in found
                ],
            }
        )

    def _period(self, given: object, granularity: str) -> Period:
        if not isinstance(given, Mapping):
            raise Invalid("TimePeriod is required")
        start, end = day(given, "Start"), day(given, "End")
        today = self._view.calendar.now.date()
        if start >= end:
            raise Invalid("Start date (and hour) should be before end date (and hour)")
        if start < today:
            raise Invalid(
                f"Start date {start} is in the past: a forecast begins today, {today}, or later"
            )
        months = MOST_MONTHS[granularity]
        latest = _months_later(today, months)
        if end > latest:
            raise Invalid(
                f"End date {end} is too late: {granularity} forecasts reach {months} months ahead,"
                f" to {latest}"
            )
        return Period(start, end)


def _months_later(today: date, months: int) -> date:
    """The same day so many months on, or the first day of a month that follows it."""
    count = today.year * 12 + today.month - 1 + months + (today.day > 1)
    return date(count // 12, count % 12 + 1, 1)


def _text(amount: float) -> str:
    return f"{amount:.{PLACES}f}".rstrip("0").rstrip(".")
