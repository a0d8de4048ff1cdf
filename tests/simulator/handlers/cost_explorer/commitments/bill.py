"""The bill's own rows, to hold the reports on commitments against."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from finops_repl.simulator.organisation import SimulatedOrganisation

__all__ = [
    "CODES",
    "DATABASE_ELIGIBLE",
    "DAY",
    "KIND",
    "LAMBDA",
    "PLAN_ELIGIBLE",
    "SERVICES",
    "billed",
]

DAY = "cast(line_item_usage_start_date AS date)"
KIND = "line_item_line_item_type"
SERVICES = {  # Cost Explorer's names and the rows of their instance hours, those on Spot left out
    "Amazon Elastic Compute Cloud - Compute": "line_item_usage_type LIKE '%BoxUsage:%'",
    "Amazon Relational Database Service":
        "line_item_product_code = 'AmazonRDS' AND product_instance_type <> ''",
    "Amazon ElastiCache": "line_item_usage_type LIKE '%NodeUsage:%'",
}  # fmt: skip
CODES = {
    "Amazon Elastic Compute Cloud - Compute": "AmazonEC2",
    "Amazon Relational Database Service": "AmazonRDS",
    "Amazon ElastiCache": "AmazonElastiCache",
}
LAMBDA = "line_item_usage_type LIKE '%Lambda-GB-Second%'"
PLAN_ELIGIBLE = f"({SERVICES['Amazon Elastic Compute Cloud - Compute']} OR {LAMBDA})"
DATABASE_ELIGIBLE = (
    "(line_item_product_code = 'AmazonDynamoDB' AND (line_item_usage_type LIKE '%RequestUnits'"
    " OR line_item_usage_type LIKE '%CapacityUnit-Hrs'))"
)
"""Tables' throughput: databases and caches of this organisation are too old, or run Redis."""


def billed(
    organisation: SimulatedOrganisation, keys: Sequence[str], sums: Sequence[str], where: str
) -> dict[tuple[str, ...], list[Decimal]]:
    """Exact sums of columns of the bill, by the keys' values."""
    columns = [
        f"cast(coalesce(sum(cast({each} AS decimal(28, 10))), 0) AS varchar)" for each in sums
    ]
    count = len(keys)
    places = ", ".join(str(place + 1) for place in range(count))
    rows = organisation.room.query(
        f"SELECT {', '.join([*keys, *columns])} FROM cur2 WHERE {where} GROUP BY {places}"
    ).rows
    return {
        tuple(map(str, row[:count])): [Decimal(str(each)) for each in row[count:]] for row in rows
    }
