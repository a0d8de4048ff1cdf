# ruff: noqa: F821, S608
# mypy: ignore-errors
"""The bill's rows, by Athena, which of them are usage, and the days of it that are complete."""

from datetime import UTC, datetime, timedelta

from pyathena import connect

TABLE = f'"{bill["database"]}"."{bill["table"]}"'
USAGE = "('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
ONCE = bill.get("leave_out", "1 = 1")  # pods' shares of a node are counted with the node
DAY, WEEK = timedelta(days=1), timedelta(days=7)

athena = connect(
    work_group=bill["workgroup"],
    catalog_name=bill["catalog"],
    schema_name=bill["database"],
    poll_interval=0.05,
).cursor()


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def rows(sql):
    return athena.execute(sql).fetchall()


def last_complete_day():
    # Of the latest months alone, where they have rows: a whole bill is dear to read.
    latest = f"SELECT max(line_item_usage_start_date) FROM {TABLE}"
    recent = datetime.now(UTC).date() - 5 * WEEK
    newest = rows(f"{latest} WHERE billing_period >= '{recent:%Y-%m}'")[0][0] or rows(latest)[0][0]
    # Hourly rows that stop within a day say that the day is not complete yet.
    return newest.date() - DAY * (0 < newest.hour < 23)


def in_days(first, last):
    """The condition for these days, both included; by the partition, no other month is read."""
    return (
        f"billing_period BETWEEN '{first:%Y-%m}' AND '{last:%Y-%m}'"
        f" AND line_item_usage_start_date >= timestamp '{first} 00:00:00'"
        f" AND line_item_usage_start_date < timestamp '{last + DAY} 00:00:00'"
    )
