# ruff: noqa: F821, S608
# mypy: ignore-errors
"""What resources cost in the days looked at, and which part of it a commitment pays."""

from decimal import Decimal

AMORTIZED = f"cast({bill['amortized']} AS decimal(18, 10))"
RESOURCE, REGION, ACCOUNT = bill["resource"], bill["region"], bill["account"]
NAME = bill.get("account_name", ACCOUNT)  # an export may leave names out
ZERO = Decimal(0)
AT_ONCE = 1_000  # resources in one query


def short(resource):
    """`vol-0a1b` of an ARN or an id: services write a resource's name in either way."""
    name = resource.rpartition("/")[2]
    return name.rpartition(":")[2] if ":rds:" in resource else name


def charged(resources, first, last):
    """{short id: (resource, account, cost, what a commitment pays of it, last day charged)}.

    `resources` are as the bill writes them, or short: instances and volumes by their id, all
    others by their ARN. Cost is amortized, of usage rows between both days.
    """
    names = sorted(resources)
    found = {}
    for start in range(0, len(names), AT_ONCE):
        some = ", ".join("'" + name.replace("'", "''") + "'" for name in names[start:][:AT_ONCE])
        for resource, account, cost, covered, day in rows(
            f"SELECT {RESOURCE}, {NAME}, sum({AMORTIZED}),"
            f" sum(CASE WHEN line_item_line_item_type <> 'Usage' THEN {AMORTIZED} END),"
            " date(max(line_item_usage_start_date))"
            f" FROM {TABLE} WHERE {in_days(first, last)} AND {ONCE}"
            f" AND line_item_line_item_type IN {USAGE} AND {RESOURCE} IN ({some})"
            " GROUP BY 1, 2"
        ):
            found[short(resource)] = (resource, account, cost or ZERO, covered or ZERO, day)
    return found
