"""The bill and Cost Explorer of an organisation, side by side: two ways to the same sums."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.room import SqlRoom
from finops_repl.trino.store import connect
from tests.simulator.conftest import Answers, fields

Cells = dict[tuple[str, ...], Decimal]

AMORTIZED = """
  CASE line_item_line_item_type
    WHEN 'SavingsPlanCoveredUsage' THEN savings_plan_savings_plan_effective_cost
    WHEN 'SavingsPlanRecurringFee'
      THEN savings_plan_total_commitment_to_date - savings_plan_used_commitment
    WHEN 'SavingsPlanNegation' THEN 0
    WHEN 'SavingsPlanUpfrontFee' THEN 0
    WHEN 'DiscountedUsage' THEN reservation_effective_cost
    WHEN 'RIFee' THEN reservation_unused_amortized_upfront_fee_for_billing_period
      + reservation_unused_recurring_fee
    ELSE CASE WHEN line_item_line_item_type = 'Fee' AND reservation_reservation_a_r_n <> ''
      THEN 0 ELSE line_item_unblended_cost END
  END
"""
NET_AMORTIZED = """
  CASE line_item_line_item_type
    WHEN 'SavingsPlanCoveredUsage' THEN savings_plan_net_savings_plan_effective_cost
    WHEN 'SavingsPlanRecurringFee'
      THEN (savings_plan_total_commitment_to_date - savings_plan_used_commitment)
        - cast((savings_plan_total_commitment_to_date - savings_plan_used_commitment) * 0.06
          AS decimal(18, 10))
    WHEN 'SavingsPlanNegation' THEN 0
    WHEN 'SavingsPlanUpfrontFee' THEN 0
    WHEN 'DiscountedUsage' THEN reservation_net_effective_cost
    WHEN 'RIFee' THEN reservation_net_unused_amortized_upfront_fee_for_billing_period
      + reservation_net_unused_recurring_fee
    ELSE CASE WHEN line_item_line_item_type = 'Fee' AND reservation_reservation_a_r_n <> ''
      THEN 0 ELSE line_item_net_unblended_cost END
  END
"""
METRICS = {
    "UnblendedCost": "line_item_unblended_cost",
    "BlendedCost": "line_item_blended_cost",
    "AmortizedCost": AMORTIZED,
    "NetUnblendedCost": "line_item_net_unblended_cost",
    "NetAmortizedCost": NET_AMORTIZED,
    "UsageQuantity": "line_item_usage_amount",
}
SERVICE = """
  CASE WHEN line_item_line_item_type = 'Tax' THEN 'Tax'
    WHEN line_item_product_code = 'AmazonEC2' AND product_product_family = 'Compute Instance'
      THEN 'Amazon Elastic Compute Cloud - Compute'
    WHEN line_item_product_code = 'AmazonEC2' THEN 'EC2 - Other'
    WHEN line_item_product_code = 'AWSELB' THEN 'Amazon Elastic Load Balancing'
    ELSE element_at(product, 'product_name') END
"""
"""Cost Explorer's service of a row of the bill: EC2 is two services there, tax is one."""


def from_the_bill(room: SqlRoom) -> Cells:
    """(metric, month, service, account) by SQL on the bill, row by row."""
    sums = ", ".join(
        f"cast(sum(cast({sql} AS decimal(28, 10))) AS varchar)" for sql in METRICS.values()
    )
    table = room.query(
        f"SELECT billing_period, {SERVICE}, line_item_usage_account_id, {sums}"
        " FROM billing.cur2 WHERE coalesce(line_item_operation, '') <> 'EKSPod-EC2'"
        " GROUP BY 1, 2, 3"
    )
    return {
        (metric, *map(str, row[:3])): Decimal(str(row[place]))
        for row in table.rows
        for place, metric in enumerate(METRICS, 3)
    }


def by_athena(organisation: SimulatedOrganisation, sql: str) -> list[list[str]]:
    """The rows of a query as Athena's pages have them, empty texts for what is NULL."""
    started = fields(organisation, "athena", "StartQueryExecution", QueryString=sql)
    while True:
        run = fields(organisation, "athena", "GetQueryExecution", **started)["QueryExecution"]
        if run["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.002)
    assert run["Status"]["State"] == "SUCCEEDED", run["Status"]
    rows: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        page = fields(organisation, "athena", "GetQueryResults", **started, **token)
        for row in page["ResultSet"]["Rows"]:
            rows.append([cell.get("VarCharValue", "") for cell in row["Data"]])
        if "NextToken" not in page:
            return rows[1:]  # the first holds the names of the columns
        token = {"NextToken": page["NextToken"]}


def pages(explorer: Answers, **params: Any) -> list[dict[str, Any]]:
    """Every page of a GetCostAndUsage."""
    found = [fields(explorer, "ce", "GetCostAndUsage", **params)]
    while "NextPageToken" in found[-1]:
        token = found[-1]["NextPageToken"]
        found.append(fields(explorer, "ce", "GetCostAndUsage", **params, NextPageToken=token))
    return found


def from_cost_explorer(explorer: Answers, calendar: Calendar, granularity: str) -> Cells:
    """The same cells by GetCostAndUsage; days are summed to months."""
    found: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for page in pages(
        explorer,
        TimePeriod={"Start": str(calendar.first_day), "End": str(calendar.now.date())},
        Granularity=granularity,
        Metrics=list(METRICS),
        GroupBy=[
            {"Type": "DIMENSION", "Key": "SERVICE"},
            {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"},
        ],
    ):
        for bucket in page["ResultsByTime"]:
            for group in bucket["Groups"]:
                for metric, amount in group["Metrics"].items():
                    cell = (metric, bucket["TimePeriod"]["Start"][:7], *group["Keys"])
                    found[cell] += Decimal(amount["Amount"])
    return dict(found)


def disagreements(bill: Cells, explorer: Cells) -> list[tuple[str, ...]]:
    """The cells that differ by more than nothing."""
    cells = bill.keys() | explorer.keys()
    return sorted(
        cell for cell in cells if bill.get(cell, Decimal(0)) != explorer.get(cell, Decimal(0))
    )


def tampered(organisation: SimulatedOrganisation, folder: Path, statement: str) -> Path:
    """A copy of the ledger's file with one statement run on it."""
    path = folder / "tampered.duckdb"
    shutil.copy(organisation.store_path, path)
    store = connect(path)
    store.execute(statement)
    store.close()
    return path
