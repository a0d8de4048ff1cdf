"""GetSavingsPlansUtilization and its details: how much of what was committed was used.

A plan's commitment, what of it was used and what was not are the bill's columns
`savings_plan_total_commitment_to_date`, `_used_commitment` and their difference, day by day.
`NetSavings` is what the covered usage costs on demand less the whole commitment, used or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
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
from finops_repl.simulator.handlers.cost_explorer.commitments.until import ended
from finops_repl.simulator.handlers.cost_explorer.dimensions import Dimension
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.view import View

__all__ = ["utilization", "utilization_details"]

OF_DETAILS = {
    "LINKED_ACCOUNT": Dimension("c.account_id"),
    "SAVINGS_PLAN_ARN": Dimension("c.arn"),
    "REGION": Dimension("c.region", "NoRegion"),
    "PAYMENT_OPTION": Dimension("c.option"),
    "INSTANCE_TYPE_FAMILY": Dimension("c.family", "NoInstanceTypeFamily"),
}
DIMENSIONS = OF_DETAILS | {"SAVINGS_PLANS_TYPE": Dimension("c.offering_type")}
DETAILS_PER_PAGE = 20

FEE, USED = "t.type_name = 'SavingsPlanRecurringFee'", "t.type_name = 'SavingsPlanCoveredUsage'"
SUMS = (
    f"coalesce(sum(f.usage::DECIMAL(20, 6) * c.rate) FILTER ({FEE}), 0),"
    f" coalesce(sum(f.amortized) FILTER ({FEE}), 0),"
    f" coalesce(sum(f.usage::DECIMAL(20, 6) * c.upfront) FILTER ({FEE}), 0),"
    f" coalesce(sum({PUBLIC}) FILTER ({USED}), 0)"
)
ATTRIBUTES = (
    "c.arn, c.account_id, c.account_name, c.begins, c.ends, c.rate, c.recurring, c.upfront_value,"
    " c.family, c.region, c.option, c.term, c.offering_type, c.stops"
)


@dataclass(frozen=True, slots=True)
class Used:
    """Dollars of plans and days: committed, unused, paid up front, and their usage on demand."""

    committed: Decimal = ZERO
    unused: Decimal = ZERO
    upfront: Decimal = ZERO
    on_demand: Decimal = ZERO

    def __add__(self, other: Used) -> Used:
        names = [field.name for field in fields(self)]
        return Used(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def used(self) -> Decimal:
        return self.committed - self.unused

    @property
    def savings(self) -> Decimal:
        return self.on_demand - self.committed

    @property
    def recurring(self) -> Decimal:
        return self.committed - self.upfront

    def figures(self) -> dict[str, dict[str, str]]:
        """As the API names them."""
        return {
            "Utilization": {
                "TotalCommitment": text(self.committed),
                "UsedCommitment": text(self.used),
                "UnusedCommitment": text(self.unused),
                "UtilizationPercentage": percent(self.used, self.committed),
            },
            "Savings": {
                "NetSavings": text(self.savings),
                "OnDemandCostEquivalent": text(self.on_demand),
            },
            "AmortizedCommitment": {
                "AmortizedRecurringCommitment": text(self.recurring),
                "AmortizedUpfrontCommitment": text(self.upfront),
                "TotalAmortizedCommitment": text(self.committed),
            },
        }


Item = tuple[Any, Used]
SORTED: Mapping[str, Callable[[Item], Decimal]] = {
    "UtilizationPercentage": lambda item: ratio(item[1].used, item[1].committed),
    "TotalCommitment": lambda item: item[1].committed,
    "UsedCommitment": lambda item: item[1].used,
    "UnusedCommitment": lambda item: item[1].unused,
    "NetSavings": lambda item: item[1].savings,
}
DETAILS_SORTED: Mapping[str, Callable[[Item], Decimal]] = {
    **SORTED,
    "AmortizedRecurringCommitment": lambda item: item[1].recurring,
    "AmortizedUpfrontCommitment": lambda item: item[1].upfront,
}
DATA_TYPES = {  # the fields of each data type of the details
    "ATTRIBUTES": "Attributes",
    "UTILIZATION": "Utilization",
    "AMORTIZED_COMMITMENT": "AmortizedCommitment",
    "SAVINGS": "Savings",
}


def utilization(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to GetSavingsPlansUtilization; raises `Invalid` and `Unavailable`."""
    if params.get("GroupBy"):
        raise Invalid("GroupBy is not supported by this operation")
    asked = buckets(params, view.calendar)
    ended(asked.whole, view.calendar)
    by_part: dict[date, Used] = {}
    for (start, _), used in _used(view, asked, DIMENSIONS, params.get("Filter")).items():
        by_part[start] = by_part.get(start, Used()) + used
    parts = [(part, by_part[part.start]) for part in asked.parts if part.start in by_part]
    return {
        "SavingsPlansUtilizationsByTime": [
            {"TimePeriod": part.fields(), **used.figures()}
            for part, used in in_order(parts, params.get("SortBy"), SORTED)
        ],
        "Total": sum(by_part.values(), Used()).figures(),
    }


def utilization_details(view: View, params: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to GetSavingsPlansUtilizationDetails; raises also `InvalidToken`."""
    shown_types = _data_types(params.get("DataType") or tuple(DATA_TYPES))
    asked = buckets(params, view.calendar, grouped=True)
    ended(asked.whole, view.calendar)
    found = _used(view, asked, OF_DETAILS, params.get("Filter"))
    attributes = _attributes(view)
    items = [(arn, used) for (_, arn), used in found.items()]
    ordered = in_order(items, params.get("SortBy"), DETAILS_SORTED)
    shown, following = paged(ordered, params, next_name="NextToken", default=DETAILS_PER_PAGE)
    listed = []
    for arn, used in shown:
        figures: dict[str, Any] = {"Attributes": attributes[arn], **used.figures()}
        kept = {field: figures[field] for field in shown_types}
        listed.append({"SavingsPlanArn": arn, **kept})
    return {
        "SavingsPlansUtilizationDetails": listed,
        "Total": sum(found.values(), Used()).figures(),
        "TimePeriod": asked.whole.fields(),
        **following,
    }


def _data_types(given: Sequence[str]) -> list[str]:
    for each in given:
        if each not in DATA_TYPES:
            raise Invalid(f"DataType {each} is not valid. Valid values: {', '.join(DATA_TYPES)}")
    return [DATA_TYPES[each] for each in given]


def _used(
    view: View, asked: Buckets, known: Mapping[str, Dimension], expression: object
) -> dict[tuple[date, str], Used]:
    """By first day of the part and the plan's ARN, in that order."""
    where, values = conjunction(expression, known)
    rows = view.rows(
        f"SELECT {asked.sql}, c.arn, {SUMS} {FACTS}"
        f" WHERE ({FEE} OR {USED}) AND f.day >= ? AND f.day < ? AND {where}"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        [*asked.days, *values],
    )
    return {(start, arn): Used(*amounts) for start, arn, *amounts in rows}


def _attributes(view: View) -> dict[str, dict[str, str]]:
    """What is told of each plan, by its ARN."""
    today = view.calendar.now.date()
    found = {}
    for row in view.rows(f"SELECT {ATTRIBUTES} FROM commitment c WHERE c.kind <> 'ri'"):  # noqa: S608
        (
            arn, account, name, begins, ends, rate, recurring, upfront, family, region, option,
            term, type_, stops,
        ) = row  # fmt: skip
        found[arn] = {
            "AccountId": account,
            "AccountName": name,
            "EndDateTime": f"{ends:%Y-%m-%dT%H:%M:%S.000Z}",
            "HourlyCommitment": text(rate),
            "InstanceFamily": family,
            "PaymentOption": option,
            "PurchaseTerm": term,
            "RecurringHourlyFee": text(recurring),
            "Region": region or "Any",
            "SavingsPlanARN": arn,
            "SavingsPlansType": type_,
            "StartDateTime": f"{begins:%Y-%m-%dT%H:%M:%S.000Z}",
            "Status": "Active" if stops > today else "Expired",
            "UpfrontFee": text(upfront),
        }
    return found
