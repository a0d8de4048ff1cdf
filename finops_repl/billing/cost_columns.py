"""Amortized and net cost of a CUR's row, and how it was bought, by the columns that are there.

Source of the amortized cost: AWS, "Understanding your amortized reservation data" and
"Understanding your savings plans" of the CUR user guide; the net columns hold the same after the
enterprise discount. An export leaves columns out: the branches that need them are left out too.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["amortized_cost", "focus_purchase", "net_amortized_cost", "purchase_option"]

Named = Callable[..., str]
"""The first of some columns that is there, as SQL names it; empty where none is."""


def amortized_cost(named: Named) -> str:
    """The amortized cost of a row; the unblended one where the bill has nothing for it."""
    cost = named("line_item_unblended_cost")
    unused = _unused_commitment(named)
    return _by_type(
        named,
        cost,
        named("savings_plan_savings_plan_effective_cost"),
        unused,
        named("reservation_effective_cost"),
        _sum(
            named("reservation_unused_amortized_upfront_fee_for_billing_period"),
            named("reservation_unused_recurring_fee"),
        ),
    )


def net_amortized_cost(named: Named) -> str:
    """The amortized cost after the enterprise discount; empty where the bill has no net columns.

    Of an unused commitment the bill has no net value: it is discounted as the whole fee is.
    """
    cost = named("line_item_net_unblended_cost")
    if not cost:
        return ""
    prefix = "savings_plan_"
    gross = _sum(
        named(f"{prefix}amortized_upfront_commitment_for_billing_period"),
        named(f"{prefix}recurring_commitment_for_billing_period"),
    )
    net = _sum(
        named(f"{prefix}net_amortized_upfront_commitment_for_billing_period"),
        named(f"{prefix}net_recurring_commitment_for_billing_period"),
    )
    unused = _unused_commitment(named)
    return _by_type(
        named,
        cost,
        named("savings_plan_net_savings_plan_effective_cost"),
        f"({unused}) * ({net}) / nullif({gross}, 0)" if unused and net and gross else "",
        named("reservation_net_effective_cost"),
        _sum(
            named("reservation_net_unused_amortized_upfront_fee_for_billing_period"),
            named("reservation_net_unused_recurring_fee"),
        ),
    )


def purchase_option(named: Named) -> str:
    """`On-Demand`, `Spot`, `Reserved`, `Savings Plans`, or nothing for what is no usage of them."""
    row_type = named("line_item_line_item_type")
    if not row_type:
        return ""
    usage_type = named("line_item_usage_type")
    arn = named("reservation_reservation_a_r_n")
    spot = f" WHEN {usage_type} LIKE '%SpotUsage%' THEN 'Spot'" if usage_type else ""
    upfront = (
        f" WHEN {row_type} = 'Fee' AND coalesce({arn}, '') <> '' THEN 'Reserved'" if arn else ""
    )
    return (
        f"CASE WHEN {row_type} LIKE 'SavingsPlan%' THEN 'Savings Plans'"
        f" WHEN {row_type} IN ('DiscountedUsage', 'RIFee') THEN 'Reserved'{upfront}{spot}"
        f" WHEN {row_type} = 'Usage' THEN 'On-Demand' ELSE '' END"
    )


def focus_purchase(named: Named) -> str:
    """The same of a FOCUS row."""
    category, kind = named("PricingCategory"), named("CommitmentDiscountType")
    if not category:
        return ""
    committed = (
        f" WHEN coalesce({kind}, '') = 'Reserved' THEN 'Reserved'"
        f" WHEN coalesce({kind}, '') <> '' THEN 'Savings Plans'"
        if kind
        else f" WHEN {category} = 'Committed' THEN 'Committed'"
    )
    return (
        f"CASE WHEN {category} = 'Dynamic' THEN 'Spot'{committed}"
        f" WHEN {category} = 'Standard' THEN 'On-Demand' ELSE '' END"
    )


def _by_type(named: Named, cost: str, covered: str, unused: str, reserved: str, idle: str) -> str:
    """The value of a row by its type: usage that a plan covers, what of a plan is not used, usage
    under a reservation, what of a reservation is not used."""
    row_type = named("line_item_line_item_type")
    if not row_type:
        return cost
    arn = named("reservation_reservation_a_r_n")
    branches = {
        "SavingsPlanCoveredUsage": covered,
        "SavingsPlanRecurringFee": unused,
        "SavingsPlanNegation": "0" if covered else "",
        "SavingsPlanUpfrontFee": "0" if covered else "",
        "DiscountedUsage": reserved,
        "RIFee": idle,
        "Fee": f"CASE WHEN coalesce({arn}, '') <> '' THEN 0 ELSE {cost} END" if arn else "",
    }
    whens = " ".join(f"WHEN '{name}' THEN {sql}" for name, sql in branches.items() if sql)
    return f"CASE {row_type} {whens} ELSE {cost} END" if whens else cost


def _unused_commitment(named: Named) -> str:
    committed = named("savings_plan_total_commitment_to_date")
    used = named("savings_plan_used_commitment")
    return f"{committed} - {used}" if committed and used else ""


def _sum(one: str, other: str) -> str:
    return f"{one} + {other}" if one and other else ""
