"""The end that reports on Savings Plans take: they know nothing of the day that goes on."""

from __future__ import annotations

from finops_repl.simulator.handlers.cost_explorer.period import Period
from finops_repl.simulator.months import Calendar

__all__ = ["Unavailable", "ended"]


class Unavailable(Exception):
    """A period whose data are not there, with Cost Explorer's words."""


def ended(asked: Period, calendar: Calendar) -> None:
    """Raises `Unavailable` where the period does not end before the current day.

    Source: the API reference, `TimePeriod` of GetSavingsPlansUtilization: the end must be "before
    the current date".
    """
    today = calendar.now.date()
    if asked.end >= today:
        raise Unavailable(
            f"End date {asked.end} must be before the current date, {today}: data on Savings Plans"
            " are not available yet"
        )
