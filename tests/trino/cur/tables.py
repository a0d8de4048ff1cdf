"""The small organisation's bill as CUR 2.0, as a legacy CUR and as FOCUS, in one locked room."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from finops_repl.trino.files import files_room
from finops_repl.trino.room import SqlRoom
from tests.trino.cur.world import ACCOUNTS, Line, lines

__all__ = ["bill_room"]

Column = Callable[[Line], object]

CUR: dict[str, Column] = {
    "bill_billing_entity": lambda line: line.entity,
    "bill_payer_account_id": lambda line: "111111111111",
    "bill_billing_period_start_date": lambda line: f"{line.month}-01T00:00:00.000Z",
    "line_item_usage_account_id": lambda line: line.account,
    "line_item_line_item_type": lambda line: line.type,
    "line_item_usage_start_date": lambda line: f"{line.day}T00:00:00.000Z",
    "line_item_product_code": lambda line: line.code,
    "line_item_usage_type": lambda line: line.usage_type,
    "line_item_operation": lambda line: line.operation,
    "line_item_resource_id": lambda line: line.resource,
    "line_item_usage_amount": lambda line: line.usage,
    "line_item_unblended_cost": lambda line: line.cost,
    "line_item_line_item_description": lambda line: line.description,
    "pricing_public_on_demand_cost": lambda line: line.listed,
    "pricing_term": lambda line: line.term,
    "pricing_unit": lambda line: line.unit,
    "product_product_family": lambda line: line.family,
    "product_instance_type": lambda line: line.instance,
    "reservation_reservation_a_r_n": lambda line: "" if ":savingsplans" in line.arn else line.arn,
    "reservation_effective_cost": lambda line: (
        line.effective if line.type == "DiscountedUsage" else 0
    ),
    "reservation_unused_quantity": lambda line: line.unused_hours,
    "reservation_unused_recurring_fee": lambda line: line.unused_fee,
    "reservation_unused_amortized_upfront_fee_for_billing_period": lambda line: 0,
    "reservation_total_reserved_units": lambda line: line.reserved_hours or "",
    "savings_plan_savings_plan_a_r_n": lambda line: line.arn if ":savingsplans" in line.arn else "",
    "savings_plan_savings_plan_effective_cost": lambda line: (
        line.effective if line.type == "SavingsPlanCoveredUsage" else 0
    ),
    "savings_plan_total_commitment_to_date": lambda line: line.committed,
    "savings_plan_used_commitment": lambda line: line.used,
}  # fmt: skip
CUR2: dict[str, Column] = {
    **CUR,
    "line_item_usage_account_name": lambda line: ACCOUNTS[line.account],
    "product_region_code": lambda line: line.region,
    "product": lambda line: json.dumps(
        {"product_name": line.service} | ({"volume_api_name": line.volume} if line.volume else {})
    ),
    "resource_tags": lambda line: json.dumps({f"user_{k}": v for k, v in line.tags.items()}),
}
LEGACY: dict[str, Column] = {
    **CUR,
    "product_region": lambda line: line.region,
    "product_product_name": lambda line: line.service,
    "product_volume_api_name": lambda line: line.volume,
    "resource_tags_user_team": lambda line: line.tags.get("team"),
    "resource_tags_user_env": lambda line: line.tags.get("env"),
    "resource_tags_user_app": lambda line: line.tags.get("app"),
}
CATEGORIES = {"Credit": "Credit", "Refund": "Adjustment", "Tax": "Tax"}
FOCUS: dict[str, Column] = {
    "ProviderName": lambda line: "AWS",
    "BillingAccountId": lambda line: "111111111111",
    "SubAccountId": lambda line: line.account,
    "SubAccountName": lambda line: ACCOUNTS[line.account],
    "ChargeCategory": lambda line: CATEGORIES.get(
        line.type, "Purchase" if line.type.endswith("Fee") else "Usage"
    ),
    "ChargePeriodStart": lambda line: f"{line.day}T00:00:00Z",
    "BillingPeriodStart": lambda line: f"{line.month}-01T00:00:00Z",
    "ServiceName": lambda line: line.service,
    "RegionId": lambda line: line.region or "NULL",
    "ResourceId": lambda line: line.resource or "NULL",
    "BilledCost": lambda line: line.cost,
    "EffectiveCost": lambda line: line.amortized,
    "ListCost": lambda line: line.listed,
    "ConsumedQuantity": lambda line: line.usage,
    "ConsumedUnit": lambda line: line.unit or "NULL",
    "PricingCategory": lambda line: "Dynamic" if line.term == "Spot" else "Standard",
    "x_UsageType": lambda line: line.usage_type,
    "x_Operation": lambda line: line.operation or "NULL",
    "Tags": lambda line: json.dumps(dict(line.tags)) if line.tags else "NULL",
}
LAYOUTS: dict[str, tuple[dict[str, Column], Callable[[str], str]]] = {
    "cur2": (CUR2, lambda month: f"BILLING_PERIOD={month}/cur2-00001.csv"),
    "cur": (LEGACY, lambda month: f"year={month[:4]}/month={int(month[5:])}/cur-1.csv"),
    "focus": (FOCUS, lambda month: f"billing_period={month}/focus-1.csv"),
}


def bill_room(folder: Path) -> SqlRoom:
    """Tables cur2, cur and focus, read from folders as AWS exports them."""
    for name, (columns, place) in LAYOUTS.items():
        for month, rows in _by_month(columns):
            path = folder / name / place(month)
            path.parent.mkdir(parents=True)
            with path.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(rows)
    return files_room([folder / name for name in LAYOUTS])


def _by_month(columns: dict[str, Column]) -> Iterator[tuple[str, list[list[object]]]]:
    for month in sorted({line.month for line in lines()}):
        rows = [
            [read(line) for read in columns.values()] for line in lines() if line.month == month
        ]
        yield month, rows
