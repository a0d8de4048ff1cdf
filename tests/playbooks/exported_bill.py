"""The simulated organisation's bill of some months as rows for pandas, of every kind of export.

What a row costs by each metric is worked out here once more, by the rules that AWS documents.
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from finops_repl.simulator.organisation import SimulatedOrganisation

__all__ = ["CUR2", "FOCUS", "LEGACY", "exported"]

CUR2, LEGACY, FOCUS = "cur2", "cur_legacy", "focus_1_2"
MONEY = (
    *("cost", "amortized", "net", "net_amortized", "list"),
    *("used", "unused", "covered", "committed", "reserved"),
)
CUR = """
    line_item_usage_start_date AS day, line_item_usage_account_id AS account,
    line_item_product_code AS service, product_region_code AS region,
    line_item_line_item_type AS kind, line_item_usage_type AS usage_type,
    line_item_resource_id AS resource, line_item_unblended_cost AS cost,
    line_item_net_unblended_cost AS net, pricing_public_on_demand_cost AS list,
    savings_plan_savings_plan_effective_cost AS covered,
    savings_plan_total_commitment_to_date AS committed, savings_plan_used_commitment AS used,
    reservation_effective_cost AS reserved, reservation_reservation_a_r_n AS reservation,
    reservation_unused_amortized_upfront_fee_for_billing_period
      + reservation_unused_recurring_fee AS unused
"""
COLUMNS = {
    CUR2: f"{CUR}, line_item_usage_account_name AS account_shown,"
    " element_at(resource_tags, 'user_team') AS team,"
    " element_at(resource_tags, 'user_environment') AS environment,"
    " coalesce(element_at(resource_tags, 'user_cost_center'), '(untagged)') AS cost_center",
    LEGACY: f"{CUR}, line_item_usage_account_id AS account_shown,"
    " resource_tags_user_team AS team, resource_tags_user_environment AS environment",
    FOCUS: """
        ChargePeriodStart AS day, SubAccountId AS account, SubAccountName AS account_shown,
        ServiceName AS service, RegionId AS region, ChargeCategory AS kind,
        x_UsageType AS usage_type, ResourceId AS resource, BilledCost AS cost,
        EffectiveCost AS amortized, BilledCost AS net, EffectiveCost AS net_amortized,
        CASE WHEN ChargeCategory = 'Usage' THEN ListCost ELSE 0 END AS list,
        element_at(Tags, 'team') AS team, element_at(Tags, 'environment') AS environment
    """,
}
SPLIT = ("EKSPod-EC2", "ECSTask-EC2")


def exported(organisation: SimulatedOrganisation, table: str, since: str) -> pd.DataFrame:
    """The rows from the month `since` on; money as exact decimals, names as the bill has them."""
    operation = "x_Operation" if table == FOCUS else "line_item_operation"
    day = "ChargePeriodStart" if table == FOCUS else "line_item_usage_start_date"
    told = organisation.room.query(
        f"SELECT {COLUMNS[table]}, {operation} AS operation FROM {table}"
        f" WHERE {day} >= TIMESTAMP '{since}-01 00:00:00'",
        timeout_s=60,
    )
    frame = pd.DataFrame(told.rows, columns=list(told.names))
    frame = frame[~frame["operation"].isin(SPLIT)]
    frame["day"] = frame["day"].map(lambda at: str(at)[:10])
    frame["month"] = frame["day"].str[:7]
    for name in MONEY:
        if name in frame:
            frame[name] = frame[name].map(lambda cell: Decimal(str(cell or 0)))
    for name in ("team", "environment", "region", "resource"):
        nothing = "(untagged)" if name in ("team", "environment") else "(none)"
        frame[name] = frame[name].fillna("").replace("", nothing)
    if table != FOCUS:
        frame["amortized"] = _amortized(frame)
        frame.loc[frame["kind"] == "SavingsPlanNegation", "list"] = Decimal(0)
    return frame


def _amortized(frame: pd.DataFrame) -> pd.Series[Decimal]:
    kind, cost = frame["kind"], frame["cost"].copy()
    values = {
        "SavingsPlanCoveredUsage": frame["covered"],
        "SavingsPlanRecurringFee": frame["committed"] - frame["used"],
        "DiscountedUsage": frame["reserved"],
        "RIFee": frame["unused"],
    }
    for name, value in values.items():
        cost[kind == name] = value[kind == name]
    cost[kind.isin(["SavingsPlanNegation", "SavingsPlanUpfrontFee"])] = Decimal(0)
    cost[(kind == "Fee") & (frame["reservation"].fillna("") != "")] = Decimal(0)
    return cost
