"""How much of a change is usage, and how much is rates, in SQL.

`(q1 - q0) * p0` is usage and `(p1 - p0) * q1` rate, for each usage type that has one unit and is
used in both periods; what else changed is neither.
"""

from __future__ import annotations

from collections.abc import Sequence

from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.scope import Scope, listed

__all__ = ["split_sql"]


def split_sql(scope: Scope, measures: Sequence[Measure], unit: str) -> str:
    """One row: usage, rate and the rest of the change; empty where the bill counts no usage.

    The measures are the earlier and the later period; `unit` ends the names of money.
    """
    columns = scope.bill.columns
    if not (columns.usage and columns.unit and columns.usage_type) or scope.metric == "list":
        return ""
    cells = ", ".join(
        f"coalesce(sum(CASE WHEN {each.where} THEN {scope.cost} END), 0) AS c{place},"
        f" coalesce(sum(CASE WHEN {each.where} THEN {columns.usage} END), 0) AS q{place}"
        for place, each in enumerate(measures)
    )
    is_usage = f"{columns.row_type} IN ({listed(columns.usage_rows)})"
    one_unit = f"min({columns.unit}) = max({columns.unit})"
    kept_apart = ", ".join(
        each for each in (columns.service, columns.usage_type, columns.operation, is_usage) if each
    )
    grouped = (
        f"SELECT {cells}, bool_and({is_usage}) AND {one_unit} AS alike"  # noqa: S608
        f" FROM {scope.bill.table} WHERE {scope.rows()} GROUP BY {kept_apart}"
    )
    both = "alike AND q0 > 0 AND q1 > 0"
    return (
        f"SELECT sum(CASE WHEN {both} THEN (q1 - q0) * c0 / q0 ELSE 0 END)"  # noqa: S608
        f" AS usage_change_cost{unit},"
        f" sum(CASE WHEN {both} THEN (c1 / q1 - c0 / q0) * q1 ELSE 0 END)"
        f" AS rate_change_cost{unit},"
        f" sum(CASE WHEN {both} THEN 0 ELSE c1 - c0 END) AS other_change_cost{unit}"
        f" FROM ({grouped}) AS usage_types"
    )
