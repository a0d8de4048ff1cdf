"""GetReservationUtilization: how much of what was reserved was used, and what the rest cost.

Hours are those of the reservation's own instance type: an hour of a size twice as large takes two
of them (AWS, "How regional Reserved Instances are applied"). A day without usage counts; a day to
come does not. On whole months `UnusedHours` is the bill's `reservation_unused_quantity` and
`RICostForUnusedHours` its two `reservation_unused_*` fees.

`NetRISavings` and `TotalAmortizedFee` are as the API's reference defines them. It gives no formula
for the other savings; here they add up as its words have them: potential savings are those of a
reservation that is used whole, of which some are realized and the rest are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from finops_repl.simulator.bill_rows import FACTS, PUBLIC
from finops_repl.simulator.handlers.cost_explorer.commitments.buckets import Buckets, buckets
from finops_repl.simulator.handlers.cost_explorer.commitments.conjunction import conjunction
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import ZERO, in_order
from finops_repl.simulator.handlers.cost_explorer.commitments.page import paged
from finops_repl.simulator.handlers.cost_explorer.commitments.reserved import (
    OF_RESERVATIONS,
    Reservation,
    Used,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.services import (
    COMPUTE,
    asked_services,
)
from finops_repl.simulator.handlers.cost_explorer.dimensions import Dimension
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.view import View

__all__ = ["utilization"]

DIMENSIONS = {
    "AZ": Dimension("''", "NoAZ"),
    "INSTANCE_TYPE": Dimension("c.instance_type"),
    "INSTANCE_TYPE_FAMILY": Dimension("c.family"),
    "LINKED_ACCOUNT": Dimension("c.account_id"),
    "PLATFORM": Dimension("if(c.os = 'Linux', 'Linux/UNIX', c.os)", "NoPlatform"),
    "REGION": Dimension("c.region"),
    "SERVICE": Dimension("c.service"),
    "SCOPE": Dimension("'Region'"),
    "SUBSCRIPTION_ID": Dimension("c.id"),
    "TENANCY": Dimension("if(c.os = '', '', 'Shared')", "NoTenancy"),
}
"""All of these reservations are regional ones, so that they have no zone."""


def utilization(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call; raises `Invalid` and `InvalidToken`."""
    grouped = _grouped(params.get("GroupBy") or ())
    asked = buckets(params, view.calendar, default="DAILY", grouped=grouped)
    found = _used(view, asked, params.get("Filter"))
    total = {"Total": sum(found.values(), Used()).figures()}
    if grouped:
        return _groups(view, params, asked, found, total)
    # Periods without any reservation are left out.
    by_part: dict[date, Used] = {}
    for (start, _), used in found.items():
        by_part[start] = by_part.get(start, Used()) + used
    parts = [
        {"TimePeriod": part.fields(), "Groups": [], "Total": by_part[part.start].figures()}
        for part in asked.parts
        if part.start in by_part
    ]
    shown, following = paged(in_order(parts, params.get("SortBy"), _keys("Total")), params)
    return {"UtilizationsByTime": list(shown)} | total | following


def _groups(
    view: View, params: Mapping[str, Any], asked: Buckets,
    found: Mapping[tuple[date, Reservation], Used], total: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """One period with a group for each reservation."""
    today = view.calendar.now.date()
    groups = [
        {
            "Key": "SUBSCRIPTION_ID",
            "Value": reservation.id,
            "Attributes": reservation.attributes(today),
            "Utilization": used.figures(),
        }
        for (_, reservation), used in found.items()
    ]
    ordered = in_order(groups, params.get("SortBy"), _keys("Utilization"))
    shown, following = paged(ordered, params)
    period = {"TimePeriod": asked.whole.fields(), "Groups": list(shown), **total}
    return {"UtilizationsByTime": [period], **total, **following}


def _grouped(given: Sequence[Mapping[str, Any]]) -> bool:
    for group in given:
        kind, key = group.get("Type", "DIMENSION"), group.get("Key")
        if (kind, key) != ("DIMENSION", "SUBSCRIPTION_ID") or len(given) > 1:
            raise Invalid(f"GroupBy {kind} {key} is not valid: group only by SUBSCRIPTION_ID")
    return bool(given)


def _keys(field: str) -> dict[str, Callable[[Mapping[str, Any]], Decimal]]:
    """What items can be sorted by: each of the figures that they hold."""

    def of(name: str) -> Callable[[Mapping[str, Any]], Decimal]:
        return lambda item: Decimal(item[field][name])

    return {name: of(name) for name in Used().figures()}


def _used(view: View, asked: Buckets, expression: object) -> dict[tuple[date, Reservation], Used]:
    """By first day of the part and reservation, in that order."""
    (service,) = asked_services(expression, most=1) or (COMPUTE,)
    where, values = conjunction(expression, DIMENSIONS)
    reservations = [
        Reservation(*row)
        for row in view.rows(
            f"SELECT {OF_RESERVATIONS} FROM commitment c"  # noqa: S608
            f" WHERE c.kind = 'ri' AND c.service = ? AND {where} ORDER BY c.id",
            [service, *values],
        )
    ]
    usage = {
        (start, number): (units, cost)
        for start, number, units, cost in view.rows(
            f"SELECT {asked.sql}, f.commitment, sum(f.usage::DECIMAL(20, 6) * g.factor),"
            f" sum({PUBLIC}) {FACTS}"
            " WHERE t.type_name = 'DiscountedUsage' AND f.day >= ? AND f.day < ? GROUP BY ALL",
            asked.days,
        )
    }
    until = view.calendar.as_of + timedelta(days=1)
    found = {}
    for part in asked.parts:
        for each in reservations:
            held = Decimal(each.hours(part, until))
            units, cost = usage.get((part.start, each.number), (ZERO, ZERO))
            if held:
                found[part.start, each] = each.used(held, units, cost)
    return found
