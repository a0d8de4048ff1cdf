"""FOCUS 1.2: the bill in the words of the FinOps Open Cost and Usage Specification.

BilledCost is after discounts and EffectiveCost amortizes, so their sums are the net unblended and
the net amortized cost. Negations and discount rows have no place here: covered usage is billed at
zero. What a commitment leaves unused is a row of its own beside the purchase. Columns beginning
with `x_` are AWS's own, those of its FOCUS 1.0 included. Source: FOCUS 1.2, column library; AWS,
"FOCUS 1.2 with AWS columns" and "FOCUS 1.0 with AWS columns".
"""

from __future__ import annotations

from collections.abc import Collection

from finops_repl.simulator.bill_rows import (
    DISCOUNTS,
    LINE_ID,
    MONEY0,
    NET_AMORTIZED,
    NET_UNBLENDED,
    NO_DISCOUNTS,
    PUBLIC,
    SP_LINE,
    UPFRONT_FEE,
    when,
)
from finops_repl.simulator.bill_view import BillView
from finops_repl.simulator.tags import TAG_KEYS
from finops_repl.simulator.terms import EDP_PERCENT

__all__ = ["COLUMNS", "VIEW"]

_PURCHASE = f"(type_name IN ('RIFee', 'SavingsPlanRecurringFee') OR {UPFRONT_FEE})"
_COMMITTED = f"(type_name IN ('DiscountedUsage', 'RIFee') OR {SP_LINE} OR {UPFRONT_FEE})"
_COVERED = "type_name IN ('DiscountedUsage', 'SavingsPlanCoveredUsage')"
_USED = f"({_COVERED} OR type_name = 'Usage')"
_UNUSED = "f.part = 'unused'"
_AFTER = f"CAST(({PUBLIC}) * {(100 - EDP_PERCENT) / 100} AS DECIMAL(18, 10))"
_NONE = "CAST(NULL AS VARCHAR)"
_CATEGORY = when(
    _UNUSED, "'Usage'",
    when(_PURCHASE, "'Purchase'", when("type_name = 'Tax'", "'Tax'", when(
        "type_name = 'Credit'", "'Credit'",
        when("type_name = 'Refund'", "'Adjustment'", when("type_name = 'Fee'", "'Purchase'",
             "'Usage'"))))),
)  # fmt: skip
_EFFECTIVE = when(f"{_PURCHASE} AND NOT {_UNUSED}", MONEY0, NET_AMORTIZED)
_PRICE = when(_USED, "g.price")
_TAG_ENTRIES = ", ".join(f"""('{key}', g."tag:{key}")""" for key in TAG_KEYS)

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("availabilityzone", "s", "nullif(m.zone, '')"),
    ("billedcost", "d", when(f"{_UNUSED} OR {_COVERED}", MONEY0, NET_UNBLENDED)),
    ("billingaccountid", "s", "b.payer_id"),
    ("billingaccountname", "s", "b.payer_name"),
    ("billingaccounttype", "s", "'Management Account'"),
    ("billingcurrency", "s", "'USD'"),
    ("billingperiodend", "t", "b.ends"),
    ("billingperiodstart", "t", "b.starts"),
    ("capacityreservationid", "s", _NONE),
    ("capacityreservationstatus", "s", _NONE),
    ("chargecategory", "s", _CATEGORY),
    ("chargeclass", "s", when("type_name = 'Refund'", "'Correction'")),
    ("chargedescription", "s", "g.description"),
    ("chargefrequency", "s", when(UPFRONT_FEE, "'One-Time'",
     when(f"{_PURCHASE} OR type_name = 'Fee'", "'Recurring'", "'Usage-Based'"))),
    ("chargeperiodend", "t", "CAST(f.day + 1 AS TIMESTAMP)"),
    ("chargeperiodstart", "t", "CAST(f.day AS TIMESTAMP)"),
    ("commitmentdiscountcategory", "s", when(_COMMITTED,
     when("c.kind = 'ri'", "'Usage'", "'Spend'"))),
    ("commitmentdiscountid", "s", when(_COMMITTED, "c.arn")),
    ("commitmentdiscountname", "s", _NONE),
    ("commitmentdiscountquantity", "d", when(_COMMITTED,
     when("c.kind = 'ri'", "f.usage", "CAST(f.amortized AS DECIMAL(18, 6))"))),
    ("commitmentdiscountstatus", "s", when(_UNUSED, "'Unused'", when(_COVERED, "'Used'"))),
    ("commitmentdiscounttype", "s", when(_COMMITTED,
     when("c.kind = 'ri'", "'Reserved'", "c.offering_type"))),
    ("commitmentdiscountunit", "s", when(_COMMITTED, when("c.kind = 'ri'", "'Hours'", "'USD'"))),
    ("consumedquantity", "d", when(_USED, "f.usage")),
    ("consumedunit", "s", when(_USED, "g.unit")),
    ("contractedcost", "d", when(_UNUSED, MONEY0, when(_COVERED, _AFTER, NET_UNBLENDED))),
    ("contractedunitprice", "d", _PRICE),
    ("effectivecost", "d", _EFFECTIVE),
    ("invoiceid", "s", "nullif(b.invoice_id, '')"),
    ("invoiceissuername", "s", "'Amazon Web Services, Inc.'"),
    ("listcost", "d", when(_UNUSED, MONEY0, when(_COVERED, PUBLIC, "f.unblended"))),
    ("listunitprice", "d", _PRICE),
    ("pricingcategory", "s", when(_COVERED, "'Committed'", when("g.market = 'spot'", "'Dynamic'",
     when(_USED, "'Standard'")))),
    ("pricingcurrency", "s", "'USD'"),
    ("pricingcurrencycontractedunitprice", "d", _PRICE),
    ("pricingcurrencyeffectivecost", "d", _EFFECTIVE),
    ("pricingcurrencylistunitprice", "d", _PRICE),
    ("pricingquantity", "d", when(_USED, "f.usage")),
    ("pricingunit", "s", when(_USED, "g.unit")),
    ("providername", "s", "'AWS'"),
    ("publishername", "s", when("g.seller = 'AWS'", "'AWS'", "'sim-observability'")),
    ("regionid", "s", "nullif(g.region, '')"),
    ("regionname", "s", when("g.region <> ''", "g.location")),
    ("resourceid", "s", "nullif(m.resource_id, '')"),
    ("resourcename", "s", _NONE),
    ("resourcetype", "s", when("m.resource_id <> ''", "g.family")),
    ("servicecategory", "s", "g.category"),
    ("servicename", "s", "g.product_name"),
    ("servicesubcategory", "s", "'Other (' || g.category || ')'"),
    ("skuid", "s", "g.sku"),
    ("skumeter", "s", "g.usage_type"),
    ("skupricedetails", "m", "g.product"),
    ("skupriceid", "s", "g.sku || '.' || g.rate_id"),
    ("subaccountid", "s", "g.account_id"),
    ("subaccountname", "s", "g.account_name"),
    ("subaccounttype", "s", "'Member Account'"),
    ("tags", "m",
     f"MAP_FROM_ENTRIES(list_filter([{_TAG_ENTRIES}], lambda entry: entry[2] <> ''))"),
    ("x_costcategories", "m", "g.cost_category"),
    ("x_discounts", "md", when(f"{_UNUSED} OR {_COVERED}", NO_DISCOUNTS, DISCOUNTS)),
    ("x_operation", "s", "nullif(g.operation, '')"),
    ("x_servicecode", "s", "g.product_code"),
    ("x_usagetype", "s", "g.usage_type"),
    ("x_lineitemid", "s", LINE_ID),
    ("billing_period", "s", "b.billing_period"),
)  # fmt: skip


def charges(columns: Collection[str], prefix: str) -> str:
    """The ledger's facts; what a commitment leaves unused comes a second time."""
    own = [column for column in sorted(columns) if column != "part"]
    facts, unused = ", ".join(own), ", ".join(f"f.{column}" for column in own)
    return (
        f"SELECT {facts}, 'charge' AS part FROM {prefix}fact"  # noqa: S608  constants
        f" UNION ALL SELECT {unused}, 'unused' FROM {prefix}fact f"
        f" JOIN {prefix}line_type t ON t.type = f.type"
        " WHERE t.type_name IN ('RIFee', 'SavingsPlanRecurringFee') AND f.amortized <> 0"
    )


VIEW = BillView(COLUMNS, charges, "type_name NOT IN ('EdpDiscount', 'SavingsPlanNegation')")
