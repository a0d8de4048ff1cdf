"""The types that FOCUS and the CUR give their columns, for files that carry none.

Source: the FOCUS specification 1.0 to 1.2; AWS's data dictionary of the CUR.
"""

from __future__ import annotations

import re

__all__ = ["declared_type", "squeezed"]

FOCUS_NUMBERS = frozenset(
    {
        "billedcost", "contractedcost", "contractedunitprice", "effectivecost", "listcost",
        "listunitprice", "consumedquantity", "pricingquantity", "commitmentdiscountquantity",
        "pricingcurrencycontractedunitprice", "pricingcurrencyeffectivecost",
        "pricingcurrencylistunitprice",
    }
)  # fmt: skip
FOCUS_MOMENTS = frozenset(
    {"billingperiodstart", "billingperiodend", "chargeperiodstart", "chargeperiodend"}
)
CUR_NUMBER = re.compile(
    r"(lineitem|pricing|reservation|savingsplan|discount|splitlineitem).*"
    r"(cost|amount|factor|fee|quantity|feeforbillingperiod|commitmenttodate|usedcommitment"
    r"|commitmentforbillingperiod|savingsplanrate|totaldiscount|bundleddiscount|recurringfee"
    r"|upfrontvalue|usage|ratio)"
)
CUR_MOMENT = re.compile(r"(bill|lineitem).+date")
CUR_MAPS = {
    "resourcetags": "map(varchar, varchar)",
    "costcategory": "map(varchar, varchar)",
    "product": "map(varchar, varchar)",
    "discount": "map(varchar, double)",
}


def squeezed(name: str) -> str:
    """`line_item_unblended_cost`, `lineItem/UnblendedCost` and a crawler's spelling as one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def declared_type(name: str) -> str:
    """The type of a bill's column in Trino's words; `varchar` for every other name."""
    known = squeezed(name)
    if known in FOCUS_NUMBERS or CUR_NUMBER.fullmatch(known):
        return "double"
    if known in FOCUS_MOMENTS or CUR_MOMENT.fullmatch(known):
        return "timestamp"
    return CUR_MAPS.get(known, "varchar")
