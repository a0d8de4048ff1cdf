# ruff: noqa: F821
# mypy: ignore-errors
"""The days that the parameters mean: whole months, or the last complete days of the bill."""

from datetime import date, timedelta


def looked_at():
    """(first, last) by `from_month` and `to_month` (`2026-10`), else the last `days`."""
    last = last_complete_day()
    if not params.get("from_month"):
        return last - timedelta(days=int(params.get("days", 30)) - 1), last
    first = date.fromisoformat(f"{params['from_month']}-01")
    month = date.fromisoformat(f"{params.get('to_month') or params['from_month']}-01")
    after = (month + timedelta(days=31)).replace(day=1)
    return first, min(last, after - timedelta(days=1))
