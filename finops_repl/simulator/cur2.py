"""The bill as AWS exports it: CUR 2.0's columns as a view of the ledger's tables.

Money is held as DECIMAL(18,10) and declared as AWS declares it, double: sums are exact and do
not depend on the order of addition. Columns of discounts that this organisation does not have
(`*_net_*`, split cost allocation) are absent, as they are from an export that did not select them.
Source of names and types: AWS, Data Exports table dictionary, CUR 2.0.
"""

from __future__ import annotations

from finops_repl.base.table import Column
from finops_repl.trino.catalog import Catalog, TableDef

__all__ = ["BILL", "CATALOG", "DATABASE", "TABLE", "catalog", "view_sql"]

CATALOG, DATABASE, TABLE = "AwsDataCatalog", "billing", "cur2"
BILL = {
    "catalog": CATALOG,
    "database": DATABASE,
    "table": TABLE,
    "kind": "cur2",
    "partition": "billing_period",
    "workgroup": "primary",
}
MAP = "map(varchar, varchar)"
_KINDS = {
    "s": "varchar",
    "d": "double",
    "t": "timestamp(3)",
    "m": MAP,
    "md": "map(varchar, double)",
}

_IS = "type_name = '{}'"
_RI_LINE = "type_name IN ('DiscountedUsage', 'RIFee') OR (type_name = 'Fee' AND c.kind = 'ri')"
_SP_LINE = "type_name LIKE 'SavingsPlan%'"
_RI_FEE, _SP_FEE = _IS.format("RIFee"), _IS.format("SavingsPlanRecurringFee")
_DISCOUNTED, _SP_USED = _IS.format("DiscountedUsage"), _IS.format("SavingsPlanCoveredUsage")
_NORMALIZED = "CAST(f.usage AS DECIMAL(20, 6)) * g.factor"
_UPFRONT_PART = "CAST(f.amortized * c.upfront_share AS DECIMAL(18, 10))"
_MONEY0 = "CAST(0 AS DECIMAL(18, 10))"


def _when(condition: str, value: str, otherwise: str = "NULL") -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE {otherwise} END"


def _money(condition: str, value: str) -> str:
    return _when(condition, value, _MONEY0)


_USED = (
    "type_name IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')"
)
_STAMP = "strftime({}, '%Y-%m-%dT%H:%M:%S.000Z')"

_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("bill_bill_type", "s", "'Anniversary'"),
    ("bill_billing_entity", "s", "'AWS'"),
    ("bill_billing_period_end_date", "t", "b.ends"),
    ("bill_billing_period_start_date", "t", "b.starts"),
    ("bill_invoice_id", "s", "b.invoice_id"),
    ("bill_invoicing_entity", "s", "'Amazon Web Services, Inc.'"),
    ("bill_payer_account_id", "s", "b.payer_id"),
    ("bill_payer_account_name", "s", "b.payer_name"),
    ("cost_category", "m", "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))"),
    ("discount", "md", "CAST(MAP {} AS MAP(VARCHAR, DOUBLE))"),
    ("discount_bundled_discount", "d", _MONEY0),
    ("discount_total_discount", "d", _MONEY0),
    ("identity_line_item_id", "s", "md5(m.identity || '/' || f.day || '/' || type_name)"),
    ("identity_time_interval", "s", _STAMP.format("f.day") + " || '/' || "
     + _STAMP.format("f.day + INTERVAL 1 DAY")),
    ("line_item_availability_zone", "s", "m.zone"),
    ("line_item_blended_cost", "d", "f.blended"),
    ("line_item_blended_rate", "s", _when(f"({_USED}) AND f.usage <> 0",
     "CAST(CAST(f.blended / f.usage AS DECIMAL(18, 10)) AS VARCHAR)", "''")),
    ("line_item_currency_code", "s", "'USD'"),
    ("line_item_legal_entity", "s", "'Amazon Web Services, Inc.'"),
    ("line_item_line_item_description", "s", "g.description"),
    ("line_item_line_item_type", "s", "type_name"),
    ("line_item_normalization_factor", "d", _when("type_name IN ('DiscountedUsage', 'RIFee')",
     "g.factor", "CAST(0 AS DECIMAL(10, 4))")),
    ("line_item_normalized_usage_amount", "d",
     _when("type_name IN ('DiscountedUsage', 'RIFee')", _NORMALIZED,
           "CAST(0 AS DECIMAL(18, 6))")),
    ("line_item_operation", "s", "nullif(g.operation, '')"),
    ("line_item_product_code", "s", "g.product_code"),
    ("line_item_resource_id", "s", "m.resource_id"),
    ("line_item_tax_type", "s", _when(_IS.format("Tax"), "'USSalesTax'", "''")),
    ("line_item_unblended_cost", "d", "f.unblended"),
    ("line_item_unblended_rate", "s", _when("type_name IN ('Usage', 'SavingsPlanCoveredUsage')",
     "CAST(g.price AS VARCHAR)", _when(_DISCOUNTED, "'0'", "''"))),
    ("line_item_usage_account_id", "s", "g.account_id"),
    ("line_item_usage_account_name", "s", "g.account_name"),
    ("line_item_usage_amount", "d", "f.usage"),
    ("line_item_usage_end_date", "t", "CAST(f.day + 1 AS TIMESTAMP)"),
    ("line_item_usage_start_date", "t", "CAST(f.day AS TIMESTAMP)"),
    ("line_item_usage_type", "s", "g.usage_type"),
    ("pricing_currency", "s", "'USD'"),
    ("pricing_lease_contract_length", "s", _when(_RI_LINE, "c.term", "''")),
    ("pricing_offering_class", "s", _when(_RI_LINE, "'standard'", "''")),
    ("pricing_public_on_demand_cost", "d", "f.public"),
    ("pricing_public_on_demand_rate", "s", _when(_USED, "CAST(g.price AS VARCHAR)", "''")),
    ("pricing_purchase_option", "s", _when(_RI_LINE, "c.option", "''")),
    ("pricing_rate_code", "s", "g.sku || '.' || g.rate_id"),
    ("pricing_rate_id", "s", "g.rate_id"),
    ("pricing_term", "s", _when(_RI_LINE, "'Reserved'", _when(_USED, "'OnDemand'", "''"))),
    ("pricing_unit", "s", "g.unit"),
    ("product", "m", "g.product"),
    ("product_comment", "s", "''"),
    ("product_fee_code", "s", "''"),
    ("product_fee_description", "s", "''"),
    ("product_from_location", "s", _when("g.family = 'Data Transfer'", "g.location", "''")),
    ("product_from_location_type", "s",
     _when("g.family = 'Data Transfer'", "'AWS Region'", "''")),
    ("product_from_region_code", "s", _when("g.family = 'Data Transfer'", "g.region", "''")),
    ("product_instance_family", "s", "g.instance_family"),
    ("product_instance_type", "s", "g.instance_type"),
    ("product_instancesku", "s", "''"),
    ("product_location", "s", "g.location"),
    ("product_location_type", "s", _when("g.region = ''", "''", "'AWS Region'")),
    ("product_operation", "s", "g.operation"),
    ("product_pricing_unit", "s", "g.unit"),
    ("product_product_family", "s", "g.family"),
    ("product_region_code", "s", "g.region"),
    ("product_servicecode", "s", "g.servicecode"),
    ("product_sku", "s", "g.sku"),
    ("product_to_location", "s", _when("g.to_internet", "'External'",
     _when("g.family = 'Data Transfer'", "g.to_location", "''"))),
    ("product_to_location_type", "s", _when("g.to_internet", "'Other'",
     _when("g.family = 'Data Transfer'", "'AWS Region'", "''"))),
    ("product_to_region_code", "s",
     _when("g.family = 'Data Transfer' AND NOT g.to_internet", "g.to_region", "''")),
    ("product_usagetype", "s", "g.usage_type"),
    ("reservation_amortized_upfront_cost_for_usage", "d", _money(_DISCOUNTED, _UPFRONT_PART)),
    ("reservation_amortized_upfront_fee_for_billing_period", "d", _money(_RI_FEE,
     "CAST(CAST(f.usage AS DECIMAL(20, 6)) * c.upfront AS DECIMAL(18, 10))")),
    ("reservation_availability_zone", "s", "''"),
    ("reservation_effective_cost", "d", _money(_DISCOUNTED, "f.amortized")),
    ("reservation_end_time", "s", _when(_RI_LINE, _STAMP.format("c.ends"), "''")),
    ("reservation_modification_status", "s", _when(_RI_LINE, "'Original'", "''")),
    ("reservation_normalized_units_per_reservation", "s",
     _when(_RI_LINE, "CAST(g.factor AS VARCHAR)", "''")),
    ("reservation_number_of_reservations", "s",
     _when(_RI_LINE, "CAST(c.quantity AS VARCHAR)", "''")),
    ("reservation_recurring_fee_for_usage", "d", _money(_DISCOUNTED,
     f"f.amortized - {_UPFRONT_PART}")),
    ("reservation_reservation_a_r_n", "s", _when(_RI_LINE, "c.arn", "''")),
    ("reservation_start_time", "s", _when(_RI_LINE, _STAMP.format("c.begins"), "''")),
    ("reservation_subscription_id", "s", _when(_RI_LINE, "c.id", "''")),
    ("reservation_total_reserved_normalized_units", "s",
     _when(_RI_FEE, f"CAST({_NORMALIZED} AS VARCHAR)", "''")),
    ("reservation_total_reserved_units", "s", _when(_RI_FEE, "CAST(f.usage AS VARCHAR)", "''")),
    ("reservation_units_per_reservation", "s", _when(_RI_FEE,
     "CAST(CAST(f.usage / c.quantity AS DECIMAL(18, 6)) AS VARCHAR)", "''")),
    ("reservation_unused_amortized_upfront_fee_for_billing_period", "d",
     _money(_RI_FEE, _UPFRONT_PART)),
    ("reservation_unused_normalized_unit_quantity", "d", _money(_RI_FEE,
     "CAST(f.amortized / c.rate * g.factor AS DECIMAL(18, 6))")),
    ("reservation_unused_quantity", "d", _money(_RI_FEE,
     "CAST(f.amortized / c.rate AS DECIMAL(18, 6))")),
    ("reservation_unused_recurring_fee", "d", _money(_RI_FEE, f"f.amortized - {_UPFRONT_PART}")),
    ("reservation_upfront_value", "d", _money(f"{_RI_LINE}", "c.upfront_value")),
    ("resource_tags", "m", "m.resource_tags"),
    ("savings_plan_amortized_upfront_commitment_for_billing_period", "d", _MONEY0),
    ("savings_plan_end_time", "s", _when(_SP_LINE, _STAMP.format("c.ends"), "''")),
    ("savings_plan_instance_type_family", "s", _when(_SP_LINE, "c.family", "''")),
    ("savings_plan_offering_type", "s", _when(_SP_LINE, "'EC2InstanceSavingsPlans'", "''")),
    ("savings_plan_payment_option", "s", _when(_SP_LINE, "c.option", "''")),
    ("savings_plan_purchase_term", "s", _when(_SP_LINE, "c.term", "''")),
    ("savings_plan_recurring_commitment_for_billing_period", "d",
     _money(_SP_FEE, "f.unblended")),
    ("savings_plan_region", "s", _when(_SP_LINE, "c.region", "''")),
    ("savings_plan_savings_plan_a_r_n", "s", _when(_SP_LINE, "c.arn", "''")),
    ("savings_plan_savings_plan_effective_cost", "d", _money(_SP_USED, "f.amortized")),
    ("savings_plan_savings_plan_rate", "d", _money(_SP_USED, "c.rate")),
    ("savings_plan_start_time", "s", _when(_SP_LINE, _STAMP.format("c.begins"), "''")),
    ("savings_plan_total_commitment_to_date", "d", _money(_SP_FEE, "f.unblended")),
    ("savings_plan_used_commitment", "d", _money(_SP_FEE, "f.unblended - f.amortized")),
    ("billing_period", "s", "b.billing_period"),
)  # fmt: skip


def catalog() -> Catalog:
    """What Athena's users see of the bill."""
    columns = tuple(Column(name, _KINDS[kind]) for name, kind, _ in _COLUMNS)
    return Catalog(CATALOG, DATABASE, {TABLE: TableDef(columns, ("billing_period",))})


def view_sql() -> str:
    """The statement that makes the view over the tables of `store`."""
    chosen = ",\n  ".join(f"{value} AS {name}" for name, _, value in _COLUMNS)
    return f"""
        CREATE VIEW {TABLE} AS SELECT {chosen}
        FROM fact f
        JOIN meter m ON m.meter = f.meter
        JOIN charge g ON g.charge = m.charge
        JOIN line_type t ON t.type = f.type
        JOIN billing_month b ON b.month = f.month
        LEFT JOIN commitment c ON c.commitment = m.commitment
    """  # noqa: S608  every part is a constant of this module
