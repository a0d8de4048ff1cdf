# ruff: noqa: F821
# mypy: ignore-errors
"""The bill's rows where there is a bill in Athena, and today."""

from datetime import UTC, datetime

ONCE = bill.get("leave_out", "1 = 1")  # pods' shares of a node are counted with the node
athena = None
if bill.get("workgroup"):
    from pyathena import connect

    place = {"catalog_name": bill["catalog"], "schema_name": bill["database"]}
    athena = connect(work_group=bill["workgroup"], poll_interval=0.05, **place).cursor()


def rows(sql):
    return athena.execute(sql).fetchall()


def account_day():
    """Today, by Athena where there is a bill: a simulated account stands on a day of its own."""
    return rows("SELECT current_date")[0][0] if athena else datetime.now(UTC).date()
