"""Savings Plans: the plans of the organisation, and what each pays for what it covers.

Rates are told of every usage type that runs or ran in the organisation and that the plan could
cover, not of all that AWS sells.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from finops_repl.aws.call import Answer, Call
from finops_repl.simulator.commitment import family_percent
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import text
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_coverage import PLAN_ELIGIBLE
from finops_repl.simulator.handlers.purchased.plan_pages import Compared, page
from finops_repl.simulator.handlers.purchased.plan_rates import PRODUCTS, TYPES, description, rated
from finops_repl.simulator.handlers.purchased.purchases import Purchase, purchases
from finops_repl.simulator.view import View, invalid

__all__ = ["SavingsPlansService"]

STAMP = "%Y-%m-%dT%H:%M:%S.000Z"
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
MOST_ARNS = 100


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
        return page(chosen, params, PLAN_FILTERS, "savingsPlans")

    def _rates(self, params: Mapping[str, Any]) -> Answer:
        id_ = str(params.get("savingsPlanId"))
        found = purchases(self._view, "kind <> 'ri' AND id = ?", [id_])
        if not found:
            return invalid(f"Savings Plan {id_} does not exist", "ResourceNotFoundException")
        (plan,) = found
        rates: list[Compared] = []
        for each in rated(self._view, PLAN_ELIGIBLE):
            if plan.kind == "compute-sp" or (each.region, each.family) == (
                plan.region,
                plan.family,
            ):
                told = each.fields(family_percent(plan.kind, each.family)) | {"currency": "USD"}
                rates.append((told, each.compared))
        return page(rates, params, RATE_FILTERS, "searchResults", {"savingsPlanId": id_})


def _plan(each: Purchase) -> Compared:
    is_compute = each.kind == "compute-sp"
    place = {} if is_compute else {"region": each.region, "ec2InstanceFamily": each.family}
    start, end = each.starts_at.strftime(STAMP), each.ends_at.strftime(STAMP)
    plan = {
        "offeringId": each.offering,
        "savingsPlanId": each.id,
        "savingsPlanArn": each.arn,
        "description": description(each.kind, each.years, each.option),
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
