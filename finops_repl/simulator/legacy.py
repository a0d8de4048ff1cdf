"""The legacy CUR as Athena shows it: wide, a column for each product attribute and tag.

Its months are the partitions `year` and `month`, strings without a leading zero. Source of names:
AWS, CUR user guide, data dictionary; "Column names" for how tags become columns.
"""

from __future__ import annotations

from finops_repl.simulator import cur2
from finops_repl.simulator.bill_rows import DISCOUNT
from finops_repl.simulator.bill_view import BillView
from finops_repl.simulator.tags import COST_CATEGORY, TAG_KEYS, bill_key

__all__ = ["COLUMNS", "PARTITIONS", "VIEW"]

PARTITIONS = ("year", "month")
_NEW_IN_CUR2 = frozenset(
    {
        "bill_payer_account_name", "billing_period", "cost_category", "discount",
        "line_item_usage_account_name", "product", "resource_tags",
    }
)  # fmt: skip
_PRODUCT = (
    ("product_product_name", "g.product_name"),
    ("product_servicename", "g.product_name"),
    ("product_region", "g.region"),
    ("product_operating_system", "g.os"),
    ("product_database_engine", "g.engine"),
    ("product_deployment_option", "g.deployment"),
    ("product_instance_type_family", "g.instance_family"),
    ("product_volume_api_name", "g.volume_type"),
    ("product_tenancy", "g.tenancy"),
    ("product_transfer_type", "g.transfer_type"),
    ("product_physical_processor", "g.processor"),
    ("product_current_generation", "g.generation"),
    ("product_license_model", "g.license_model"),
    ("product_group", "g.product_group"),
    ("product_volume_type", "g.volume_class"),
    ("product_storage_class", "g.storage_class"),
)
_TAGS = tuple((f"resource_tags_{bill_key(key)}", f'g."tag:{key}"') for key in TAG_KEYS)

COLUMNS: tuple[tuple[str, str, str], ...] = (
    *(column for column in cur2.COLUMNS if column[0] not in _NEW_IN_CUR2),
    ("discount_edp_discount", "d", DISCOUNT),
    *((name, "s", value) for name, value in _PRODUCT),
    (f"cost_category_{COST_CATEGORY}", "s", "g.business_unit"),
    *((name, "s", value) for name, value in _TAGS),
    ("year", "s", "CAST(year(b.starts) AS VARCHAR)"),
    ("month", "s", "CAST(month(b.starts) AS VARCHAR)"),
)
VIEW = BillView(COLUMNS)
