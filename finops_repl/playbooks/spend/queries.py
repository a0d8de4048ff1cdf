"""The SQL of a table of costs: its rows with the rest of them in a last one, and their total."""

from __future__ import annotations

from collections.abc import Sequence

from finops_repl.playbooks.dimensions import Dimension
from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.scope import Scope

__all__ = ["apart_sql", "parts_sql", "sums_of", "totals_sql"]


def parts_sql(
    scope: Scope,
    by: Sequence[Dimension],
    measures: Sequence[Measure],
    shown: int,
    *,
    order: str,
    share: str = "",
) -> str:
    """One row for each part that is shown, by `rank`, and one for all others together.

    Measures are m0, m1, ... to `order`, which says which parts come first, and to `share`, a
    ratio: `share_percent` is it of each row, where `whole` is the sum of m0 over all parts.
    """
    parts = [f"part_{place}" for place in range(1, len(by) + 1)]
    sums = [f"m{place}" for place in range(len(measures))]
    columns = [f"least(place, {shown + 1}) AS rank"]
    columns += [
        f"min(CASE WHEN place <= {shown} THEN {name} ELSE 'others' END) AS {name}" for name in parts
    ]
    columns += [f"sum({s}) AS {m.name}" for s, m in zip(sums, measures, strict=True)]
    columns += [f"100 * {share} AS share_percent"] if share else []
    inner = ", ".join((*parts, *sums, "sum(m0) OVER () AS whole"))
    return (
        f"SELECT {', '.join(columns)} FROM (SELECT {inner},"  # noqa: S608
        f" row_number() OVER (ORDER BY {', '.join((order, *parts))}) AS place"
        f" FROM ({sums_of(scope, by, measures)}) AS parts) AS placed GROUP BY 1 ORDER BY 1"
    )


def sums_of(scope: Scope, by: Sequence[Dimension], measures: Sequence[Measure]) -> str:
    """The measures as m0, m1, ... of each part, which is `part_1` and perhaps `part_2`."""
    parts = [f"{scope.part(each)} AS part_{place}" for place, each in enumerate(by, start=1)]
    sums = [f"sum({_counted(scope, each)}) AS m{place}" for place, each in enumerate(measures)]
    places = ", ".join(str(place) for place in range(1, len(by) + 1))
    return (
        f"SELECT {', '.join((*parts, *sums))} FROM {scope.bill.table}"  # noqa: S608
        f" WHERE {scope.rows()} GROUP BY {places}"
    )


def totals_sql(scope: Scope, measures: Sequence[Measure], *derived: str) -> str:
    """One row of all rows together; `derived` are columns made of t0, t1, ..."""
    sums = [f"sum({_counted(scope, each)}) AS t{place}" for place, each in enumerate(measures)]
    names = [f"t{place} AS total_{each.name}" for place, each in enumerate(measures)]
    return (
        f"SELECT {', '.join((*names, *derived))}"  # noqa: S608
        f" FROM (SELECT {', '.join(sums)} FROM {scope.bill.table} WHERE {scope.rows()}) AS totals"
    )


def apart_sql(scope: Scope, measures: Sequence[Measure]) -> str:
    """What is shown beside the cost, by its row type."""
    kind = scope.bill.columns.row_type
    sums = ", ".join(f"sum({_counted(scope, each)}) AS {each.name}" for each in measures)
    return (
        f"SELECT {kind} AS part_1, {sums} FROM {scope.bill.table}"  # noqa: S608
        f" WHERE {scope.rows(apart=True)} GROUP BY 1 ORDER BY 1"
    )


def _counted(scope: Scope, measure: Measure) -> str:
    return f"CASE WHEN {measure.where} THEN {scope.cost} END" if measure.where else scope.cost
