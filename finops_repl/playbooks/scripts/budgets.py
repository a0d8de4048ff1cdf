# ruff: noqa: F821, T201
# mypy: ignore-errors
"""Which budgets are exceeded or will be, by how much, and what rose since they were last kept.

Limit, actual and forecasted spend are the budget's own, by its own cost types and filters; asking
for them is free. The largest excesses are explained: Cost Explorer, under the budget's own filter
and metric, is asked for this month so far and for as many days of the last month in which the
budget was kept, by service and account: two requests, of $0.01 each, for a budget explained.
Budgets overlap (an account's, its team's, the organisation's), so nothing is summed over them.
"""

import csv
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import boto3

# parts: bill_if_any

EXPLAINED = int(params.get("explained", 2))
SHOWN, NAMED, DRIVERS, DAY = 5, 6, 3, timedelta(days=1)
TOLD_MONTHS = 6
LONGEST = 40  # letters of a name in what is printed and in labels: room is little
KEYS = {  # a budget's filters in Cost Explorer's words
    "AZ": "AZ",
    "InstanceType": "INSTANCE_TYPE",
    "LinkedAccount": "LINKED_ACCOUNT",
    "Operation": "OPERATION",
    "PurchaseType": "PURCHASE_TYPE",
    "Region": "REGION",
    "Service": "SERVICE",
    "UsageType": "USAGE_TYPE",
    "UsageTypeGroup": "USAGE_TYPE_GROUP",
}
LEFT_OUT = {  # the record types that a budget leaves out by its cost types
    "IncludeTax": ["Tax"],
    "IncludeRefund": ["Refund"],
    "IncludeCredit": ["Credit"],
    "IncludeSupport": ["Support"],
    "IncludeUpfront": ["Upfront", "SavingsPlanUpfrontFee"],
    "IncludeRecurring": ["Recurring", "SavingsPlanRecurringFee"],
    "IncludeDiscount": [
        "Enterprise Discount Program Discount",
        "Private Rate Card Discount",
        "Bundled Discount",
    ],
}

ce = boto3.client("ce", region_name="us-east-1")
budgets = boto3.client("budgets", region_name="us-east-1")
ACCOUNT = boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"]


def cost_budgets():
    """The budgets of costs, and how many there are of usage, utilization and coverage."""
    pages = budgets.get_paginator("describe_budgets").paginate(
        AccountId=ACCOUNT, ShowFilterExpression=True
    )
    found = [each for page in pages for each in page.get("Budgets", [])]
    costs = [each for each in found if each["BudgetType"] == "COST"]
    return costs, len(found) - len(costs)


def limit_of(budget, today):
    """The limit of this period, where a budget plans one for each; None without any."""
    planned = {
        datetime.fromtimestamp(int(since), UTC).date(): spend
        for since, spend in budget.get("PlannedBudgetLimits", {}).items()
    }
    begun = [since for since in planned if since <= today]
    return planned[max(begun)] if begun else budget.get("BudgetLimit")


def excess_of(budget):
    return max(budget["actual"], budget["forecast"]) - budget["limit"]


def read(budget, today):
    """Its name, limit, actual and forecasted spend, in its own currency; None without a limit."""
    limit = limit_of(budget, today)
    if limit is None:
        return None
    spend = budget.get("CalculatedSpend", {})
    actual = Decimal(spend.get("ActualSpend", {}).get("Amount", "0"))
    return {
        "name": budget["BudgetName"],
        "unit": limit["Unit"],
        "per": budget["TimeUnit"].lower(),
        "limit": Decimal(limit["Amount"]),
        "actual": actual,
        # Without enough history there is no forecast: then what was spent is the least of it.
        "forecast": Decimal(spend.get("ForecastedSpend", {}).get("Amount", actual)),
        "has_forecast": "ForecastedSpend" in spend,
        "budget": budget,
    }


def filter_of(budget):
    """The budget's filter as Cost Explorer's expression, None for everything.

    Raises `ValueError` where a part of it cannot be said there.
    """
    parts = [budget["FilterExpression"]] if budget.get("FilterExpression") else []
    for key, values in budget.get("CostFilters", {}).items() if not parts else ():
        if key in ("TagKeyValue", "CostCategory"):
            named = [value.removeprefix("user:").split("$", 1) for value in values]
            field = "Tags" if key == "TagKeyValue" else "CostCategories"
            for name in {name for name, _ in named}:
                chosen = [value for each, value in named if each == name]
                parts.append({field: {"Key": name, "Values": chosen}})
        elif key in KEYS:
            parts.append({"Dimensions": {"Key": KEYS[key], "Values": values}})
        else:
            raise ValueError(f"its filter {key} has no counterpart in Cost Explorer")
    types = budget.get("CostTypes", {})
    for name in ("IncludeSubscription", "IncludeOtherSubscription"):
        if types.get(name) is False:
            raise ValueError(f"{name} is off, which Cost Explorer has no filter for")
    without = [
        kind for name, kinds in LEFT_OUT.items() if types.get(name) is False for kind in kinds
    ]
    if without:
        parts.append({"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": without}}})
    return {"And": parts} if len(parts) > 1 else parts[0] if parts else None


def metric_of(budget):
    if budget.get("Metrics"):
        return budget["Metrics"][0]
    types = budget.get("CostTypes", {})
    if types.get("UseBlended"):
        return "BlendedCost"
    return "AmortizedCost" if types.get("UseAmortized") else "UnblendedCost"


def costs(budget, first, end):
    """What was spent under a budget by (service, account), from one request."""
    chosen = filter_of(budget)
    metric = metric_of(budget)
    told = ce.get_cost_and_usage(
        TimePeriod={"Start": str(first), "End": str(end)},
        Granularity="MONTHLY",
        Metrics=[metric],
        GroupBy=[{"Type": "DIMENSION", "Key": key} for key in ("SERVICE", "LINKED_ACCOUNT")],
        **({"Filter": chosen} if chosen else {}),
    )
    if told.get("NextPageToken"):
        raise ValueError("Cost Explorer has more than one page of it")
    names.update(
        (each["Value"], each["Attributes"].get("description", each["Value"]))
        for each in told["DimensionValueAttributes"]
    )
    groups = [group for each in told["ResultsByTime"] for group in each["Groups"]]
    return {tuple(group["Keys"]): Decimal(group["Metrics"][metric]["Amount"]) for group in groups}


def months_kept(name, this):
    """The whole months of a budget's history as (first day, was it kept), oldest first."""
    history = budgets.describe_budget_performance_history(AccountId=ACCOUNT, BudgetName=name)
    listed = history["BudgetPerformanceHistory"].get("BudgetedAndActualAmountsList", [])
    months = {
        each["TimePeriod"]["Start"].date(): Decimal(each["ActualAmount"]["Amount"])
        <= Decimal(each["BudgetedAmount"]["Amount"])
        for each in listed
    }
    return [(month, kept) for month, kept in sorted(months.items()) if month < this]


def explain(one, today):
    """What rose most under a budget since the last month in which it was kept."""
    if one["per"] != "monthly":
        raise ValueError(f"it is a {one['per']} budget; months alone are explained")
    this = today.replace(day=1)
    if today == this:
        raise ValueError("the month has only begun")
    months = months_kept(one["name"], this)
    since = max((month for month, kept in months if kept), default=None)
    if since is None:
        since = months[0][0] if months else (this - DAY).replace(day=1)
    over = [month for month, kept in months if not kept]
    following = (since.replace(day=28) + 4 * DAY).replace(day=1)
    now = costs(one["budget"], this, today)
    then = costs(one["budget"], since, min(since + (today - this), following))
    rises = {key: now.get(key, 0) - then.get(key, 0) for key in now | then}
    largest = sorted(rises, key=lambda key: (-rises[key], key))[:DRIVERS]
    drivers = [key for key in largest if rises[key] > excess_of(one) / 20]
    how = {"metric": metric_of(one["budget"]), "period": f"{this} to {today - DAY}"}
    how["baseline"] = f"as many days of {since:%Y-%m}"
    for key in drivers:
        what = {"budget": one["name"], "service": key[0], "usage_account": key[1]}
        figure(rises[key], one["unit"], f"rise, {key[0][:LONGEST]}", **what, **how)
    total = sum(now.values(), Decimal(0))
    is_other = abs(total - one["actual"]) > max(1, one["actual"] / 100)
    if is_other:
        figure(total, one["unit"], f"sum, {one['name'][:LONGEST]}", budget=one["name"], **how)
    return {
        "since": f"{since:%Y-%m}",
        "is_other": is_other,
        "was_kept": since not in over,
        "over_before": [f"{month:%Y-%m}" for month in over][-TOLD_MONTHS:],
        "drivers": [
            [service[:LONGEST], names.get(account, account)[:LONGEST]]
            for service, account in drivers
        ],
    }


def main():
    today = account_day()
    found, others = cost_budgets()
    listed = [one for one in (read(each, today) for each in found) if one]
    listed.sort(key=lambda one: (-excess_of(one), one["name"]))
    over = [one for one in listed if one["actual"] > one["limit"]]
    will_be = [one for one in listed if one["forecast"] > one["limit"] >= one["actual"]]
    how = {"api": "AWS Budgets", "period": f"{today:%Y-%m}"}
    figure(len(listed), "budgets", "all", **how)
    figure(len(over), "budgets", "exceeded", **how)
    figure(len(will_be), "budgets", "will be exceeded", **how)
    shown = listed[:SHOWN]
    for one in shown:
        said = {"budget": one["name"], **how}
        amounts = {what: one[what] for what in ("limit", "actual", "forecast")}
        for what, amount in {**amounts, "excess": excess_of(one)}.items():
            figure(amount, one["unit"], f"{what}, {one['name'][:LONGEST]}", **said)
    why, no_why = {}, {}
    for number, one in enumerate(shown[:EXPLAINED]):
        if excess_of(one) > 0:
            try:
                why[number] = explain(one, today)
            except ValueError as reason:
                no_why[number] = str(reason)
    with Path(DATA_DIR, "budgets.csv").open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["budget", "per", "currency", "limit", "actual", "forecast", "excess"])
        for one in listed:
            values = [one[key] for key in ("name", "per", "unit", "limit", "actual", "forecast")]
            table.writerow([*values, excess_of(one)])
    rows = [
        [one["name"][:LONGEST], one["per"], one["has_forecast"], one["actual"] > one["limit"]]
        for one in shown
    ]
    unseen = [one["name"][:LONGEST] for one in over if one not in shown]
    print(f"{len(over)} of {len(listed)} budgets are exceeded, {len(will_be)} more will be.")
    finding = {"rows": rows, "why": why, "no_why": no_why, "others": others}
    finding |= {"over_too": unseen[:NAMED], "more_over": len(unseen) > NAMED}
    print(json.dumps(finding, separators=(",", ":")))


names = {}  # of accounts, by their ids
main()
