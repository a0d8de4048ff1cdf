"""Savings Plans: the plans of the organisation, and what each pays for what it covers.

Rates are told of every usage type that runs or ran in the organisation and that the plan could
cover, not of all that AWS sells.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.commitment import Kind, family_percent
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import PLACES, text
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_coverage import PLAN_ELIGIBLE
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.purchased.purchases import Purchase, purchases
from finops_repl.simulator.view import View, invalid

__all__ = ["SavingsPlansService"]

STAMP = "%Y-%m-%dT%H:%M:%S.000Z"
TYPES: Mapping[Kind, str] = {"compute-sp": "Compute", "instance-sp": "EC2Instance"}
PRODUCTS: Mapping[Kind, Sequence[str]] = {
    "compute-sp": ("EC2", "Fargate", "Lambda"),
    "instance-sp": ("EC2",),
}
STATES = (
    "payment-pending", "payment-failed", "active", "retired", "queued", "queued-deleted",
    "pending-return", "returned",
)  # fmt: skip
PLAN_FILTERS = (
    "region", "ec2-instance-family", "commitment", "upfront", "term", "savings-plan-type",
    "payment-option", "start", "end", "instance-family",
)  # fmt: skip
RATE_FILTERS = (
    "region", "instanceType", "productDescription", "tenancy", "productType", "serviceCode",
    "usageType", "operation",
)  # fmt: skip
PAGE, MOST_ARNS = 1_000, 100
RATED = (
    "SELECT DISTINCT region, instance_type, instance_family, product_code, usage_type,"  # noqa: S608
    f" operation, unit, price FROM charge g WHERE {PLAN_ELIGIBLE} AND price > 0"
    " ORDER BY region, usage_type"
)

Compared = tuple[dict[str, Any], Mapping[str, str]]
"""What is answered, and what filters compare of it."""


class SavingsPlansService:
    """Answers for the plans of every account; they belong to no region."""

    operations = frozenset({"DescribeSavingsPlans", "DescribeSavingsPlanRates"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        if call.operation == "DescribeSavingsPlanRates":
            return self._rates(call.params)
        return self._plans(call.params)

    def _plans(self, params: Mapping[str, Any]) -> Answer:
        arns, ids = params.get("savingsPlanArns") or (), params.get("savingsPlanIds") or ()
        states = params.get("states") or ()
        if len(arns) > MOST_ARNS:
            return invalid(f"savingsPlanArns takes at most {MOST_ARNS} of them")
        for state in states:
            if state not in STATES:
                return invalid(f"State {state} is not valid. Valid values: {', '.join(STATES)}")
        chosen = [
            _plan(each)
            for each in purchases(self._view, "kind <> 'ri'")
            if (not arns or each.arn in arns)
            and (not ids or each.id in ids)
            and (not states or each.state in states)
        ]
        return _page(chosen, params, PLAN_FILTERS, "savingsPlans")

    def _rates(self, params: Mapping[str, Any]) -> Answer:
        id_ = str(params.get("savingsPlanId"))
        found = purchases(self._view, "kind <> 'ri' AND id = ?", [id_])
        if not found:
            return invalid(f"Savings Plan {id_} does not exist", "ResourceNotFoundException")
        (plan,) = found
        rates = [
            _rate(plan, *row)
            for row in self._view.rows(RATED)
            if plan.kind == "compute-sp" or (row[0], row[2]) == (plan.region, plan.family)
        ]
        return _page(rates, params, RATE_FILTERS, "searchResults", {"savingsPlanId": id_})


def _page(
    items: Sequence[Compared], params: Mapping[str, Any], known: Sequence[str], name: str,
    more: Mapping[str, Any] | None = None,
) -> Result | Refusal:  # fmt: skip
    """A page of the items that pass the filters of `params`."""
    for given in params.get("filters") or ():
        by, values = given.get("name"), [str(value) for value in given.get("values") or ()]
        if by not in known:
            return invalid(f"Filter name {by} is not valid. Valid values: {', '.join(known)}")
        wanted = {_plain(value) for value in values}
        items = [each for each in items if _plain(each[1].get(by, "")) in wanted]
    page = cut(items, params, "maxResults", PAGE, PAGE, "nextToken")
    if page is None:
        return invalid("The nextToken is invalid: it belongs to another request.")
    shown, token = page
    answered = {name: [item for item, _ in shown], **(more or {})}
    return Result(answered | ({"nextToken": token} if token else {}))


def _plain(value: str) -> str:
    """The value, amounts without trailing zeros: a filter for 10.0 finds 10.00."""
    try:
        return text(Decimal(value))
    except InvalidOperation:
        return value


def _plan(each: Purchase) -> Compared:
    is_compute = each.kind == "compute-sp"
    name = "Compute" if is_compute else "EC2 Instance"
    place = {} if is_compute else {"region": each.region, "ec2InstanceFamily": each.family}
    start, end = each.starts_at.strftime(STAMP), each.ends_at.strftime(STAMP)
    plan = {
        "offeringId": each.offering,
        "savingsPlanId": each.id,
        "savingsPlanArn": each.arn,
        "description": f"{each.years} year {each.option} {name} Savings Plan",
        "start": start,
        "end": end,
        "state": each.state,
        **place,
        "savingsPlanType": TYPES[each.kind],
        "paymentOption": each.option,
        "productTypes": list(PRODUCTS[each.kind]),
        "currency": "USD",
        "commitment": text(each.quantity * each.rate),
        "upfrontPaymentAmount": text(each.upfront_value),
        "recurringPaymentAmount": text(each.quantity * each.recurring),
        "termDurationInSeconds": each.seconds,
        "tags": {},
        # Each was bought long ago, and what cannot be returned any more shows its start here.
        "returnableUntil": start,
    }
    return plan, {
        "region": each.region,
        "ec2-instance-family": each.family,
        "instance-family": each.family,
        "commitment": str(plan["commitment"]),
        "upfront": str(plan["upfrontPaymentAmount"]),
        "term": str(each.seconds),
        "savings-plan-type": TYPES[each.kind],
        "payment-option": each.option,
        "start": start,
        "end": end,
    }


def _rate(
    plan: Purchase, region: str, instance_type: str, family: str, service: str, usage_type: str,
    operation: str, unit: str, price: Decimal,
) -> Compared:  # fmt: skip
    """What a unit of a usage type costs under a plan."""
    # As the bill rounds it.
    rounded = (price * family_percent(plan.kind, family) / 100).quantize(PLACES, ROUND_DOWN)
    properties = {"region": region}
    if instance_type:
        properties |= {
            "instanceType": instance_type,
            "instanceFamily": family,
            "productDescription": "Linux/UNIX",
            "tenancy": "shared",
        }
    product = "EC2" if instance_type else "Lambda"
    rate = {
        "rate": text(rounded),
        "currency": "USD",
        "unit": unit,
        "productType": product,
        "serviceCode": service,
        "usageType": usage_type,
        "operation": operation,
        "properties": [{"name": name, "value": value} for name, value in properties.items()],
    }
    return rate, properties | {
        "productType": product,
        "serviceCode": service,
        "usageType": usage_type,
        "operation": operation,
    }
