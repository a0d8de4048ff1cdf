"""What a column of one kind of bill is called in another: CUR 2.0, the legacy CUR and FOCUS.

Most questions that are written down were written for another export than the one that is asked.
Source: AWS, table dictionaries of CUR 2.0 and of FOCUS 1.2; FOCUS specification, column library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from finops_repl.base.errors import nearest
from finops_repl.trino.bill_columns import squeezed

__all__ = ["name_hint", "named_here"]

ALIKE = """
    billedcost line_item_net_unblended_cost line_item_unblended_cost
    effectivecost savings_plan_savings_plan_effective_cost reservation_effective_cost
    listcost pricing_public_on_demand_cost
    listunitprice pricing_public_on_demand_rate
    contractedunitprice line_item_net_unblended_rate line_item_unblended_rate
    chargeperiodstart line_item_usage_start_date
    chargeperiodend line_item_usage_end_date
    billingperiodstart bill_billing_period_start_date
    billingperiodend bill_billing_period_end_date
    billingaccountid bill_payer_account_id
    billingaccountname bill_payer_account_name bill_payer_account_id
    subaccountid line_item_usage_account_id
    subaccountname line_item_usage_account_name line_item_usage_account_id
    billingcurrency line_item_currency_code
    invoiceid bill_invoice_id
    invoiceissuername bill_invoicing_entity
    publishername line_item_legal_entity
    chargecategory line_item_line_item_type
    chargedescription line_item_line_item_description
    resourceid line_item_resource_id
    availabilityzone line_item_availability_zone
    regionid product_region_code product_region
    regionname product_location
    consumedquantity pricingquantity line_item_usage_amount
    consumedunit pricingunit pricing_unit
    pricingcategory pricing_term
    pricingcurrency pricing_currency
    skuid product_sku
    skupriceid pricing_rate_code
    skumeter x_usagetype line_item_usage_type
    x_operation line_item_operation
    x_servicecode line_item_product_code
    x_discounts discount
    x_costcategories cost_category
    commitmentdiscountid savings_plan_savings_plan_a_r_n reservation_reservation_a_r_n
    commitmentdiscounttype savings_plan_offering_type
    tags resource_tags
"""
GROUPS = tuple(tuple(line.split()) for line in ALIKE.strip().splitlines())

SERVICE = ("servicename", "product_product_name", "product_name")
MAPS = ("resource_tags", "cost_category", "product", "discount")
MOST = 3
TYPO = 0.92
"""How much alike two names are that differ by a letter or two; other kinds' names are less so."""


def name_hint(name: str, known: Sequence[str], key: str = "") -> str:
    """What to try in place of a column `name` that is not `known`; empty for no idea."""
    close = nearest(name, known)
    is_typo = bool(close) and _likeness(name, close[0]) > TYPO
    elsewhere = [] if is_typo else named_here(name, known, key)
    if elsewhere:
        return f"here it is {' or '.join(elsewhere)}"
    return f"did you mean {', '.join(close)}?" if close else ""


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def named_here(name: str, known: Iterable[str], key: str = "") -> list[str]:
    """The columns among `known` that say what another kind of bill calls `name`, best first.

    A column of a map is written as it is read, `element_at(product, 'region')`; `key` is what is
    asked of `name` where it is a map.
    """
    columns = {squeezed(each): each for each in known}
    asked = squeezed(name)
    if asked in columns:
        return [_written(columns[asked])]
    for found in (_month(asked, columns), _in_map(name, columns), _of_map(asked, key, columns)):
        if found:
            return found
    if name.lower() in SERVICE:
        product = columns.get("product")
        name_of = [f"element_at({product}, 'product_name')"] if product else []
        return name_of + _present(SERVICE, columns)[:1]
    group = next((each for each in GROUPS if asked in map(squeezed, each)), ())
    return _present(group, columns)[:MOST]


def _present(names: Sequence[str], columns: dict[str, str]) -> list[str]:
    return [_written(columns[squeezed(each)]) for each in names if squeezed(each) in columns]


def _written(column: str) -> str:
    return column if re.fullmatch(r"[A-Za-z_]\w*", column) else f'"{column}"'


def _month(asked: str, columns: dict[str, str]) -> list[str]:
    if asked in ("year", "month"):
        return _present(("billing_period",), columns)
    if asked == "billingperiod" and {"year", "month"} <= columns.keys():
        return ["year and month"]
    return []


def _in_map(name: str, columns: dict[str, str]) -> list[str]:
    """A column of the legacy CUR as a key of the map that CUR 2.0 has for it."""
    for each in MAPS:
        prefix = re.match(f"{each.replace('_', '_?')}[_/](?P<key>.+)", name, re.IGNORECASE)
        if prefix is None:
            continue
        key = re.sub(r"\W", "_", prefix["key"])
        if squeezed(each) in columns:
            return [f"element_at({columns[squeezed(each)]}, '{key}')"]
        if each == "resource_tags" and "tags" in columns:
            return [f"element_at({columns['tags']}, '{key.removeprefix('user_')}')"]
    return []


def _of_map(asked: str, key: str, columns: dict[str, str]) -> list[str]:
    """A key of a map as the column that the legacy CUR has for it."""
    of = "resourcetags" if asked == "tags" else asked
    if of not in map(squeezed, MAPS) or not key:
        return []
    names = (of + squeezed(key), f"{of}user{squeezed(key)}", squeezed(key))
    return _present(names, columns)[:1]
