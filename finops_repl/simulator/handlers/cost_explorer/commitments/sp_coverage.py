"""GetSavingsPlansCoverage: how much of what plans could cover they did cover.

What a plan covers and what it could have covered both count at on-demand prices (Savings Plans user
guide, "Understanding coverage metrics and calculations"). Usage under a reservation and on Spot is
nothing that a plan could cover. What a Database Savings Plan could is not counted: nobody owns one
here, and whether AWS counts it then, no source tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_repl.simulator.bill_rows import FACTS, PUBLIC
from finops_repl.simulator.handlers.cost_explorer.commitments.buckets import Buckets, buckets
from finops_repl.simulator.handlers.cost_explorer.commitments.conjunction import conjunction
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import (
    in_order,
    percent,
    ratio,
    text,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.until import ended
from finops_repl.simulator.handlers.cost_explorer.dimensions import DIMENSIONS, Dimension
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.view import View

__all__ = ["PLAN_ELIGIBLE", "coverage"]

PLAN_ELIGIBLE = "((g.os <> '' AND g.market <> 'spot') OR g.unit = 'Lambda-GB-Second')"
"""What a Compute Savings Plan covers of this organisation's usage."""

GROUPS: Mapping[str, Dimension] = {
    "INSTANCE_FAMILY": DIMENSIONS["INSTANCE_TYPE_FAMILY"],
    "REGION": DIMENSIONS["REGION"],
    "SERVICE": DIMENSIONS["SERVICE"],
}
FILTERS: Mapping[str, Dimension] = {
    "LINKED_ACCOUNT": DIMENSIONS["LINKED_ACCOUNT"],
    **GROUPS,
    # The model's dimensions have no INSTANCE_FAMILY: clients that check know this one.
    "INSTANCE_TYPE_FAMILY": DIMENSIONS["INSTANCE_TYPE_FAMILY"],
}
METRIC = "SpendCoveredBySavingsPlans"
PER_PAGE = 20

COVERED, ON_DEMAND = "t.type_name = 'SavingsPlanCoveredUsage'", "t.type_name = 'Usage'"
SUMS = ", ".join(f"coalesce(sum({PUBLIC}) FILTER ({kind}), 0)" for kind in (COVERED, ON_DEMAND))

Item = tuple[dict[str, Any], Decimal, Decimal]
"""A period and what tells a group, what is covered in it and what is not."""


def _attribute(name: str) -> Callable[[Item], str]:
    return lambda item: str(item[0]["Attributes"].get(name, ""))


SORTED: Mapping[str, Callable[[Item], Any]] = {
    "SpendCoveredBySavingsPlan": lambda item: item[1],
    "OnDemandCost": lambda item: item[2],
    "CoveragePercentage": lambda item: ratio(item[1], item[1] + item[2]),
    "TotalCost": lambda item: item[1] + item[2],
    "InstanceFamily": _attribute("INSTANCE_FAMILY"),
    "Region": _attribute("REGION"),
    "Service": _attribute("SERVICE"),
}


def coverage(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call; raises `Invalid`, `Unavailable` and `InvalidToken`."""
    for metric in params.get("Metrics") or ():
        if metric != METRIC:
            raise Invalid(f"Metric {metric} is not valid. The only valid value is {METRIC}")
    groups = _groups(params.get("GroupBy") or ())
    asked = buckets(params, view.calendar, grouped=bool(groups))
    ended(asked.whole, view.calendar)
    items = _items(view, asked, groups, params.get("Filter"))
    ordered = in_order(items, params.get("SortBy"), SORTED)
    shown, following = paged(ordered, params, next_name="NextToken", default=PER_PAGE)
    listed = [{**item, "Coverage": _figures(*amounts)} for item, *amounts in shown]
    return {"SavingsPlansCoverages": listed, **following}


def _groups(given: Sequence[Mapping[str, Any]]) -> list[str]:
    for group in given:
        kind, key = group.get("Type", "DIMENSION"), group.get("Key")
        if kind != "DIMENSION" or key not in GROUPS:
            raise Invalid(
                f"GroupBy {kind} {key} is not valid. Valid dimensions: {', '.join(GROUPS)}"
            )
    found = [str(group["Key"]) for group in given]
    if len(set(found)) < len(found):
        raise Invalid("GroupBy names a key twice")
    return found


def _items(view: View, asked: Buckets, groups: Sequence[str], expression: object) -> list[Item]:
    """In order of time and keys."""
    where, values = conjunction(expression, FILTERS, ("CostCategories",))
    keys = "".join(f", {GROUPS[group].shown}" for group in groups)
    places = ", ".join(str(place + 1) for place in range(len(groups) + 1))
    rows = view.rows(
        f"SELECT {asked.sql}{keys}, {SUMS} {FACTS}"
        f" WHERE ({COVERED} OR ({ON_DEMAND} AND {PLAN_ELIGIBLE}))"
        f" AND f.day >= ? AND f.day < ? AND {where} GROUP BY {places} ORDER BY {places}",
        [*asked.days, *values],
    )
    periods = {part.start: part.fields() for part in asked.parts}
    return [
        (
            {"Attributes": dict(zip(groups, keys, strict=True)), "TimePeriod": periods[start]},
            covered,
            on_demand,
        )
        for start, *keys, covered, on_demand in rows
    ]


def _figures(covered: Decimal, on_demand: Decimal) -> dict[str, str]:
    return {
        "SpendCoveredBySavingsPlans": text(covered),
        "OnDemandCost": text(on_demand),
        "TotalCost": text(covered + on_demand),
        "CoveragePercentage": percent(covered, covered + on_demand),
    }
