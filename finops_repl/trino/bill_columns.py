"""The types that FOCUS and the CUR give their columns, for files that carry none.

Source: the FOCUS specification 1.0 to 1.2; AWS's data dictionary of the CUR.
"""

from __future__ import annotations

import re

__all__ = ["declared_type", "snake"]

FOCUS_NUMBERS = frozenset(
    {
        "billed_cost", "contracted_cost", "contracted_unit_price", "effective_cost", "list_cost",
        "list_unit_price", "consumed_quantity", "pricing_quantity", "commitment_discount_quantity",
        "pricing_currency_contracted_unit_price", "pricing_currency_effective_cost",
        "pricing_currency_list_unit_price",
    }
)  # fmt: skip
FOCUS_MOMENTS = frozenset(
    {"billing_period_start", "billing_period_end", "charge_period_start", "charge_period_end"}
)
CUR_NUMBER = re.compile(
    r"(line_item|pricing|reservation|savings_plan|discount|split_line_item)_.*"
    r"(_cost|_amount|_factor|_fee|_quantity|_fee_for_billing_period|_commitment_to_date"
    r"|_used_commitment|_savings_plan_rate|_total_discount|_bundled_discount|_recurring_fee|_usage"
    r"|_ratio|_usage_amount)"
)
CUR_STRINGS = frozenset({"pricing_public_on_demand_rate", "line_item_unblended_rate"})
CUR_MOMENT = re.compile(r"(bill|line_item)_.*_date")
CUR_MAPS = {
    "resource_tags": "map(varchar, varchar)",
    "cost_category": "map(varchar, varchar)",
    "product": "map(varchar, varchar)",
    "discount": "map(varchar, double)",
}


def snake(name: str) -> str:
    """`lineItem/UnblendedCost` and `BilledCost` as `line_item_unblended_cost`, `billed_cost`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("/", "_").replace(":", "_"))
    return re.sub(r"_+", "_", parted).lower()


def declared_type(name: str) -> str:
    """The type of a bill's column in Trino's words; `varchar` for every other name."""
    known = snake(name)
    if known in FOCUS_NUMBERS or (CUR_NUMBER.fullmatch(known) and known not in CUR_STRINGS):
        return "double"
    if known in FOCUS_MOMENTS or CUR_MOMENT.fullmatch(known):
        return "timestamp"
    return CUR_MAPS.get(known, "varchar")
