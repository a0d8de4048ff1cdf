"""GetReservationCoverage: how much of what ran was covered by reservations.

Running hours are all of a service's instance hours but those of Spot. What a reservation does not
cover is on demand in this report, also where a Savings Plan pays for it: it tells nothing of plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_repl.simulator.bill_rows import FACTS, PUBLIC
from finops_repl.simulator.handlers.cost_explorer.commitments.buckets import Buckets, buckets
from finops_repl.simulator.handlers.cost_explorer.commitments.conjunction import conjunction
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import (
    ZERO,
    in_order,
    percent,
    ratio,
    text,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.services import (
    CACHES,
    COMPUTE,
    DATABASES,
    asked_services,
)
from finops_repl.simulator.handlers.cost_explorer.dimensions import DIMENSIONS, Dimension
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.view import View

__all__ = ["coverage"]

KEYS: Mapping[str, tuple[str, Dimension]] = {
    "AZ": ("az", Dimension("m.zone", "NoAZ")),
    "CACHE_ENGINE": ("cacheEngine", Dimension("g.engine")),
    "DATABASE_ENGINE": ("databaseEngine", DIMENSIONS["DATABASE_ENGINE"]),
    "DEPLOYMENT_OPTION": ("deploymentOption", DIMENSIONS["DEPLOYMENT_OPTION"]),
    "INSTANCE_TYPE": ("instanceType", DIMENSIONS["INSTANCE_TYPE"]),
    "INSTANCE_TYPE_FAMILY": ("instanceTypeFamily", DIMENSIONS["INSTANCE_TYPE_FAMILY"]),
    "LINKED_ACCOUNT": ("linkedAccount", DIMENSIONS["LINKED_ACCOUNT"]),
    "PLATFORM": ("platform", Dimension("if(g.os = 'Linux', 'Linux/UNIX', g.os)")),
    "REGION": ("region", DIMENSIONS["REGION"]),
    "SERVICE": ("service", DIMENSIONS["SERVICE"]),
    "TENANCY": ("tenancy", Dimension("g.tenancy")),
}
"""What a group's attribute is called, and its column."""
EVERYWHERE = frozenset({"AZ", "INSTANCE_TYPE", "LINKED_ACCOUNT", "REGION"})
OF_SERVICE = {
    COMPUTE: EVERYWHERE | {"INSTANCE_TYPE_FAMILY", "PLATFORM", "TENANCY"},
    DATABASES: EVERYWHERE | {"DATABASE_ENGINE", "DEPLOYMENT_OPTION"},
    CACHES: EVERYWHERE | {"CACHE_ENGINE"},
    "Amazon MemoryDB": EVERYWHERE | {"CACHE_ENGINE"},
}
MOST_GROUPS, MOST_SERVICES = 4, 2
METRICS = ("Hour", "Unit", "Cost")

AMOUNTS = ("f.usage", "f.usage::DECIMAL(20, 6) * g.factor", PUBLIC)
SUMS = ", ".join(
    f"coalesce(sum({amount}) FILTER (t.type_name {is_reserved} 'DiscountedUsage'), 0)"
    for amount in AMOUNTS
    for is_reserved in ("=", "<>")
)
RUNNING = (
    "t.type_name IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
    " AND g.instance_type <> '' AND g.market <> 'spot'"
)

Sums = tuple[Decimal, ...]
"""Hours reserved and not, units reserved and not, and what each costs on demand."""
NOTHING: Sums = (ZERO,) * 6
Item = tuple[dict[str, Any], Sums]
"""A period or a group, and its sums."""


def _share(reserved: int) -> Callable[[Item], Decimal]:
    return lambda item: ratio(item[1][reserved], item[1][reserved] + item[1][reserved + 1])


SORTED: Mapping[str, Callable[[Item], Any]] = {
    "OnDemandCost": lambda item: item[1][5],
    "CoverageHoursPercentage": _share(0),
    "OnDemandHours": lambda item: item[1][1],
    "ReservedHours": lambda item: item[1][0],
    "TotalRunningHours": lambda item: item[1][0] + item[1][1],
    "CoverageNormalizedUnitsPercentage": _share(2),
    "OnDemandNormalizedUnits": lambda item: item[1][3],
    "ReservedNormalizedUnits": lambda item: item[1][2],
    "TotalRunningNormalizedUnits": lambda item: item[1][2] + item[1][3],
    "Time": lambda item: item[0].get("TimePeriod", {}).get("Start", ""),
}


def coverage(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call; raises `Invalid` and `InvalidToken`."""
    services = asked_services(params.get("Filter"), most=MOST_SERVICES) or (COMPUTE,)
    offered = frozenset.intersection(*(OF_SERVICE.get(each, EVERYWHERE) for each in services))
    groups = _groups(params.get("GroupBy") or (), offered, services)
    metrics = _metrics(params.get("Metrics") or METRICS[:1], services)
    asked = buckets(params, view.calendar, grouped=bool(groups))
    found = _sums(view, asked, services, offered, groups, params.get("Filter"))
    total = {"Total": _figures(_added(found.values()), metrics)}
    names = [KEYS[group][0] for group in groups]
    items: list[Item] = [
        ({"Attributes": dict(zip(names, keys, strict=True))}, sums)
        for (_, *keys), sums in found.items()
    ]
    if not groups:
        items = [
            ({"TimePeriod": part.fields(), "Groups": []}, found.get((part.start,), NOTHING))
            for part in asked.parts
        ]
    shown, following = paged(in_order(items, params.get("SortBy"), SORTED), params)
    field = "Coverage" if groups else "Total"
    listed = [{**item, field: _figures(sums, metrics)} for item, sums in shown]
    if groups:
        listed = [{"TimePeriod": asked.whole.fields(), "Groups": listed, **total}]
    return {"CoveragesByTime": listed, **total, **following}


def _groups(
    given: Sequence[Mapping[str, Any]], offered: frozenset[str], services: Sequence[str]
) -> list[str]:
    if len(given) > MOST_GROUPS:
        raise Invalid(f"GroupBy takes at most {MOST_GROUPS} attributes in this operation")
    for group in given:
        kind, key = group.get("Type", "DIMENSION"), group.get("Key")
        if kind != "DIMENSION" or key not in offered:
            raise Invalid(
                f"GroupBy {kind} {key} is not valid for {' and '.join(services)}. Valid"
                f" dimensions: {', '.join(sorted(offered))}"
            )
    found = [str(group["Key"]) for group in given]
    if len(set(found)) < len(found):
        raise Invalid("GroupBy names a key twice")
    return found


def _metrics(given: object, services: Sequence[str]) -> list[str]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise Invalid(f"Metrics is a list of {', '.join(METRICS)}")
    for metric in given:
        if metric not in METRICS:
            raise Invalid(f"Metric {metric} is not valid. Valid values: {', '.join(METRICS)}")
    if "Unit" in given and tuple(services) != (COMPUTE,):
        raise Invalid(f"Metric Unit is supported only for {COMPUTE}")
    return list(given)


def _sums(
    view: View, asked: Buckets, services: Sequence[str], offered: frozenset[str],
    groups: Sequence[str], expression: object,
) -> dict[tuple[Any, ...], Sums]:  # fmt: skip
    """By first day of the part and the groups' keys, in that order."""
    known = {key: KEYS[key][1] for key in (*sorted(offered), "SERVICE")}
    where, values = conjunction(expression, known, ("Tags", "CostCategories"))
    keys = "".join(f", {KEYS[group][1].shown}" for group in groups)
    places = ", ".join(str(place + 1) for place in range(len(groups) + 1))
    marks = ", ".join("?" for _ in services)
    rows = view.rows(
        f"SELECT {asked.sql}{keys}, {SUMS} {FACTS} WHERE {RUNNING} AND f.day >= ? AND f.day < ?"
        f" AND g.service IN ({marks}) AND {where} GROUP BY {places} ORDER BY {places}",
        [*asked.days, *services, *values],
    )
    return {row[: len(groups) + 1]: row[len(groups) + 1 :] for row in rows}


def _added(found: Iterable[Sums]) -> Sums:
    return tuple(sum(column, ZERO) for column in zip(NOTHING, *found, strict=True))


def _figures(sums: Sums, metrics: Sequence[str]) -> dict[str, Any]:
    """As the API names them."""
    hours, other_hours, units, other_units, _, other_cost = sums
    figures = {
        "Hour": ("CoverageHours", {
            "OnDemandHours": text(other_hours),
            "ReservedHours": text(hours),
            "TotalRunningHours": text(hours + other_hours),
            "CoverageHoursPercentage": percent(hours, hours + other_hours),
        }),
        "Unit": ("CoverageNormalizedUnits", {
            "OnDemandNormalizedUnits": text(other_units),
            "ReservedNormalizedUnits": text(units),
            "TotalRunningNormalizedUnits": text(units + other_units),
            "CoverageNormalizedUnitsPercentage": percent(units, units + other_units),
        }),
        "Cost": ("CoverageCost", {"OnDemandCost": text(other_cost)}),
    }  # fmt: skip
    return dict(figures[metric] for metric in metrics)
