# ruff: noqa: E501 -- SQL reads better unbroken
"""Amortized cost, coverage, utilization, what is unused, and what commitments save."""

from __future__ import annotations

from decimal import Decimal

from tests.trino.cur.question import Question, in_month, once, total, totals
from tests.trino.cur.world import APART, USAGE, days_of, lines

__all__ = ["QUESTIONS"]

D = Decimal
BILLED = "line_item_unblended_cost"
HOURS = {month: D(24) * len(days_of(month)) for month in (7, 8, 9)}
EXPLICIT = """
CASE
  WHEN line_item_line_item_type = 'SavingsPlanCoveredUsage'
    THEN savings_plan_savings_plan_effective_cost
  WHEN line_item_line_item_type = 'SavingsPlanRecurringFee'
    THEN savings_plan_total_commitment_to_date - savings_plan_used_commitment
  WHEN line_item_line_item_type IN ('SavingsPlanNegation', 'SavingsPlanUpfrontFee') THEN 0
  WHEN line_item_line_item_type = 'DiscountedUsage' THEN reservation_effective_cost
  WHEN line_item_line_item_type = 'RIFee'
    THEN reservation_unused_amortized_upfront_fee_for_billing_period
      + reservation_unused_recurring_fee
  WHEN line_item_line_item_type = 'Fee' AND reservation_reservation_a_r_n <> '' THEN 0
  ELSE line_item_unblended_cost
END"""
"""As people write it; `@amortized` is the product's own."""

QUESTIONS = (
    Question(
        "amortized cost by month",
        "SELECT @month AS m, sum(@amortized) FROM @table WHERE @once GROUP BY @month ORDER BY m",
        lambda: sorted(totals(once(), lambda x: x.month, lambda x: x.amortized).items()),
        "SELECT billing_period, sum(EffectiveCost) FROM focus"
        " WHERE coalesce(x_Operation, '') <> 'EKSPod-EC2' GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "amortized cost written out",
        f"SELECT @month AS m, sum({EXPLICIT}) FROM @table WHERE @once GROUP BY @month ORDER BY m",
        lambda: sorted(totals(once(), lambda x: x.month, lambda x: x.amortized).items()),
    ),
    Question(
        "amortized cost by account, with what was billed",
        f"SELECT line_item_usage_account_id, sum({BILLED}) AS billed, sum(@amortized) AS amortized"
        " FROM @table WHERE @september AND @once GROUP BY 1 ORDER BY 1",
        lambda: [
            (account, total([x for x in in_month(9) if x.account == account]),
             total([x for x in in_month(9) if x.account == account], lambda x: x.amortized))
            for account in ("111111111111", "222222222222", "333333333333")
        ],
        "SELECT SubAccountId, sum(BilledCost), sum(EffectiveCost) FROM focus WHERE billing_period ="
        " '2026-09' AND coalesce(x_Operation, '') <> 'EKSPod-EC2' GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "on-demand equivalent without negations",
        "SELECT sum(pricing_public_on_demand_cost) FROM @table WHERE @september"
        " AND line_item_line_item_type <> 'SavingsPlanNegation'",
        lambda: [
            (total([x for x in in_month(9, lines()) if x.type != "SavingsPlanNegation"],
                   lambda x: x.listed),)
        ],
    ),
    Question(
        "reservation utilization from its monthly fee rows",
        "SELECT @month AS m, 1 - sum(reservation_unused_quantity) /"
        " sum(CAST(nullif(reservation_total_reserved_units, '') AS double)) FROM @table"
        " WHERE line_item_line_item_type = 'RIFee' GROUP BY @month ORDER BY m",
        lambda: [(f"2026-0{month}", D("0.5")) for month in (7, 8, 9)],
    ),
    Question(
        "unused reservation cost by subscription",
        "SELECT reservation_reservation_a_r_n, sum(reservation_unused_recurring_fee +"
        " reservation_unused_amortized_upfront_fee_for_billing_period) AS unused FROM @table"
        " WHERE @september AND line_item_line_item_type = 'RIFee' GROUP BY 1"
        " HAVING sum(reservation_unused_recurring_fee) > 0",
        lambda: [("arn:aws:rds:us-east-1:222222222222:ri:ri-web", HOURS[9] * D("0.11"))],
    ),
    Question(
        "reservation coverage of database hours",
        "SELECT sum(if(line_item_line_item_type = 'DiscountedUsage', line_item_usage_amount, 0)) /"
        " sum(line_item_usage_amount) FROM @table WHERE @september AND line_item_product_code ="
        " 'AmazonRDS' AND line_item_usage_type LIKE '%InstanceUsage:%'"
        " AND line_item_line_item_type IN ('Usage', 'DiscountedUsage')",
        lambda: [(D("0.5"),)],
    ),
    Question(
        "net savings of reservations",
        "SELECT sum(CASE WHEN line_item_line_item_type = 'DiscountedUsage'"
        " THEN pricing_public_on_demand_cost - reservation_effective_cost"
        " WHEN line_item_line_item_type = 'RIFee' THEN -reservation_unused_recurring_fee"
        " - reservation_unused_amortized_upfront_fee_for_billing_period ELSE 0 END) FROM @table"
        " WHERE @september",
        lambda: [
            (30 * D("4.104") - HOURS[9] * D("0.11") - HOURS[9] * D("0.11"),)
        ],
    ),
    Question(
        "savings plan utilization by day",
        "SELECT date(line_item_usage_start_date) AS day, round(sum(savings_plan_used_commitment) /"
        " sum(savings_plan_total_commitment_to_date), 4) FROM @table WHERE @september"
        " AND line_item_line_item_type = 'SavingsPlanRecurringFee' GROUP BY 1 ORDER BY 1 LIMIT 3",
        lambda: [(day, D("0.75")) for day in days_of(9)[:3]],
    ),
    Question(
        "unused savings plan commitment",
        "SELECT savings_plan_savings_plan_a_r_n, sum(savings_plan_total_commitment_to_date -"
        " savings_plan_used_commitment) FROM @table WHERE @september AND line_item_line_item_type ="
        " 'SavingsPlanRecurringFee' GROUP BY 1",
        lambda: [
            ("arn:aws:savingsplans::111111111111:savingsplan/sp-1", HOURS[9] * D("0.02"))
        ],
    ),
    Question(
        "savings plan coverage in on-demand dollars",
        "WITH eligible AS (SELECT line_item_line_item_type AS kind, pricing_public_on_demand_cost AS"
        " od FROM @table WHERE @september AND line_item_product_code = 'AmazonEC2' AND"
        " line_item_usage_type LIKE '%BoxUsage%' AND line_item_line_item_type IN ('Usage',"
        " 'SavingsPlanCoveredUsage')) SELECT sum(od) FILTER (WHERE kind = 'SavingsPlanCoveredUsage')"
        " / sum(od) FROM eligible",
        lambda: [
            (HOURS[9] * D("0.085") / (
                HOURS[9] * D("0.085") + HOURS[9] * D("0.096") + 11 * 4 * 24 * D("0.096")
                + HOURS[9] * D("0.111")),)
        ],
    ),
    Question(
        "net savings of savings plans",
        "SELECT sum(if(line_item_line_item_type = 'SavingsPlanCoveredUsage',"
        " pricing_public_on_demand_cost - savings_plan_savings_plan_effective_cost, 0))"
        " - sum(if(line_item_line_item_type = 'SavingsPlanRecurringFee',"
        " savings_plan_total_commitment_to_date - savings_plan_used_commitment, 0))"
        " FROM @table WHERE @september",
        lambda: [(HOURS[9] * (D("0.025") - D("0.02")),)],
    ),
    Question(
        "covered usage by instance type and plan",
        "SELECT product_instance_type, sum(line_item_usage_amount),"
        " sum(savings_plan_savings_plan_effective_cost) FROM @table"
        " WHERE @august AND line_item_line_item_type = 'SavingsPlanCoveredUsage' GROUP BY 1",
        lambda: [("c5.large", HOURS[8], HOURS[8] * D("0.06"))],
    ),
    Question(
        "effective savings rate of compute",
        "SELECT 1 - sum(@amortized) / sum(CASE WHEN line_item_line_item_type ="
        " 'SavingsPlanRecurringFee' THEN 0 ELSE pricing_public_on_demand_cost END) FROM @table"
        " WHERE @september AND (line_item_usage_type LIKE '%BoxUsage:%'"
        " OR line_item_line_item_type = 'SavingsPlanRecurringFee')",
        lambda: [
            (1 - (HOURS[9] * (D("0.06") + D("0.02") + D("0.096") + D("0.111"))
                  + 44 * 24 * D("0.096"))
             / (HOURS[9] * (D("0.085") + D("0.096") + D("0.111")) + 44 * 24 * D("0.096")),)
        ],
    ),
    Question(
        "purchase options of compute hours",
        "SELECT CASE WHEN line_item_line_item_type = 'SavingsPlanCoveredUsage' THEN 'savings plan'"
        " WHEN line_item_line_item_type = 'DiscountedUsage' THEN 'reserved'"
        " WHEN line_item_usage_type LIKE '%SpotUsage%' THEN 'spot' ELSE 'on demand' END AS bought,"
        " sum(line_item_usage_amount) AS hours FROM @table WHERE @august AND"
        " product_product_family IN ('Compute Instance', 'Database Instance')"
        " AND line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
        " GROUP BY 1 ORDER BY 1",
        lambda: [
            ("on demand", 3 * HOURS[8]), ("reserved", HOURS[8]), ("savings plan", HOURS[8]),
            ("spot", HOURS[8]),
        ],
    ),
    Question(
        "what spot saved",
        "SELECT sum(pricing_public_on_demand_cost - line_item_unblended_cost) FROM @table"
        " WHERE @september AND line_item_usage_type LIKE '%SpotUsage%'",
        lambda: [(30 * (D("4.08") - D("1.2")),)],
        "SELECT sum(ListCost - BilledCost) FROM focus WHERE billing_period = '2026-09'"
        " AND PricingCategory = 'Dynamic'",
    ),
    Question(
        "upfront fees are no cost of the month they were paid in",
        f"SELECT sum({BILLED}), sum(@amortized) FROM @table WHERE line_item_line_item_type = 'Fee'"
        " AND coalesce(reservation_reservation_a_r_n, '') <> ''",
        lambda: [(D(300), D(0))],
    ),
    Question(
        "usage cost net of its commitments by team",
        "SELECT coalesce(@team, '-') AS team, sum(@amortized) FROM @table WHERE @september AND"
        " line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') AND"
        " @once GROUP BY coalesce(@team, '-') ORDER BY 1",
        lambda: sorted(totals(
            [x for x in in_month(9) if x.type in USAGE],
            lambda x: x.tags.get("team", "-"), lambda x: x.amortized).items()),
        "SELECT coalesce(json_extract_scalar(Tags, '$.team'), '-'), sum(EffectiveCost) FROM focus"
        " WHERE billing_period = '2026-09' AND ChargeCategory = 'Usage' AND x_Operation IS DISTINCT"
        " FROM 'EKSPod-EC2' AND x_UsageType NOT IN ('') GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "billed against amortized, credits and tax left out",
        f"SELECT round(sum({BILLED}), 2), round(sum(@amortized), 2),"
        f" round(sum({BILLED}) - sum(@amortized), 2) FROM @table WHERE @two_months AND"
        " line_item_line_item_type NOT IN ('Credit', 'Refund', 'Tax') AND @once",
        lambda: [
            (round(billed, 2), round(amortized, 2), round(billed - amortized, 2))
            for kept in [[x for x in once() if x.day.month > 7 and x.type not in APART]]
            for billed, amortized in [(total(kept), total(kept, lambda x: x.amortized))]
        ],
    ),
)  # fmt: skip
