# ruff: noqa: F821, S608, T201
# mypy: ignore-errors
"""How much to commit: what is on demand by the hour, the commitment that costs least, AWS's advice.

The hours are those of 30 days that are left on demand after all commitments, of what a Compute
Savings Plan covers: from a CUR 2.0 table where there is one, else by the day from Cost Explorer.
Of days without hours each counts as 24 hours of its mean. A commitment of c dollars an hour at a
discount d costs, in an hour whose usage is OD on demand, c + OD - min(OD, c / (1 - d)); the least
of its sum over all hours is at one of the hours' own amounts. d is what AWS's own recommendation
implies: 1 - commitment used / what that replaces on demand. It pays from a use of 1 - d on.

A request of Cost Explorer costs $0.01: two for plans, one for each service that reservations are
bought for, and two more without a table. What is to be rightsized or stopped first is told by the
Cost Optimization Hub, which is free: whoever commits to it pays for what should not run.
"""

import csv
import json
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import boto3

# parts: bill_if_any coverable

TERM = params.get("term", "ONE_YEAR")  # or THREE_YEARS
PAYMENT = params.get("payment", "NO_UPFRONT")  # PARTIAL_UPFRONT, ALL_UPFRONT
DAYS, DAY, ZERO, MONTH_HOURS = 30, timedelta(days=1), Decimal(0), 730
WELL_USED = Decimal("0.95")
SHOWN = 3
COMPUTE = [each for each in SERVICES if each[0] in BY_COMPUTE_PLAN]
RESERVED = [each for each in SERVICES if each[0] in RESERVABLE and each not in COMPUTE]

ce = boto3.client("ce", region_name="us-east-1")
hub = boto3.client("cost-optimization-hub", region_name="us-east-1")


def chosen(services):
    return " OR ".join(
        f"line_item_product_code = '{code}' AND regexp_like(line_item_usage_type, '{usage}')"
        for _, _, code, usage in services
    )


def from_bill(first, end):
    """What plans could cover by the hour, and which services have instances to reserve."""
    table = f'"{bill["database"]}"."{bill["table"]}"'
    where = (
        f"billing_period BETWEEN '{first:%Y-%m}' AND '{end - DAY:%Y-%m}'"
        f" AND line_item_usage_start_date >= timestamp '{first} 00:00:00'"
        f" AND line_item_usage_start_date < timestamp '{end} 00:00:00'"
        " AND line_item_line_item_type = 'Usage'"
        f" AND {ONCE}"
    )
    costs = {
        hour: Decimal(str(cost))
        for hour, cost in rows(
            "SELECT date_format(line_item_usage_start_date, '%Y-%m-%d %H'),"
            " sum(cast(pricing_public_on_demand_cost AS decimal(28, 10)))"
            f" FROM {table} WHERE {where} AND ({chosen(COMPUTE)}) GROUP BY 1"
        )
    }
    codes = ", ".join(f"'{code}'" for _, _, code, _ in RESERVED)
    usage = chosen(RESERVED)
    there = {
        code
        for (code,) in rows(
            f"SELECT DISTINCT line_item_product_code FROM {table} WHERE {where}"
            f" AND line_item_product_code IN ({codes}) AND ({usage})"
        )
    }
    days = [first + n * DAY for n in range((end - first).days)]
    by_hour = any(not hour.endswith(" 00") for hour in costs)
    if by_hour:
        hours = [costs.get(f"{day} {hour:02}", ZERO) for day in days for hour in range(24)]
    else:
        hours = [costs.get(f"{day} 00", ZERO) / 24 for day in days for _ in range(24)]
    return hours, [each for each in RESERVED if each[2] in there], by_hour


def from_cost_explorer(first, end):
    """The same by the day."""
    period = {"TimePeriod": {"Start": str(first), "End": str(end)}}
    try:
        told = ce.get_savings_plans_coverage(Granularity="DAILY", MaxResults=100, **period)
        days = [Decimal(each["Coverage"]["OnDemandCost"]) for each in told["SavingsPlansCoverages"]]
    except ce.exceptions.DataUnavailableException:
        days = []
    told = ce.get_dimension_values(Dimension="SERVICE", **period)
    there = {each["Value"] for each in told["DimensionValues"]}
    spent = [day / 24 for day in days for _ in range(24)]
    return spent, [each for each in RESERVED if each[1] in there], False


def read(first, end):
    """Where the hours come from, the hours, the services, and whether they are hours at all."""
    if bill.get("kind") == "cur2" and athena:
        from pyathena import OperationalError

        try:
            return "the bill", *from_bill(first, end)
        except OperationalError:  # an export may leave on-demand costs out
            pass
    return "Cost Explorer", *from_cost_explorer(first, end)


def outcome(hours, commitment, discount):
    """(utilization, dollars saved in a month) of a commitment over hours of on-demand cost."""
    most = commitment / (1 - discount)
    covered = sum((min(cost, most) for cost in hours), ZERO)
    paid = commitment * len(hours)
    used = covered * (1 - discount)
    return (used / paid if paid else ZERO), (covered - paid) / len(hours) * MONTH_HOURS


def sized(hours, discount):
    """What costs least, what is still used well if that is not, what fits the low hours."""
    ordered = sorted(hours)
    # One more dollar an hour pays while a share of 1 - discount of the hours is above it.
    cheapest = ordered[int(discount * len(ordered))] * (1 - discount)
    low, high = ZERO, ordered[-1] * (1 - discount)
    for _ in range(40):  # utilization falls with the commitment
        middle = (low + high) / 2
        is_well_used = outcome(hours, middle, discount)[0] >= WELL_USED
        low, high = (middle, high) if is_well_used else (low, middle)
    tenth = ordered[len(ordered) // 10]
    amounts = {"cheapest": cheapest, "well used": low, "careful": tenth * (1 - discount)}
    if low >= cheapest:
        del amounts["well used"]
    cent = Decimal("0.001")  # plans are sold in thousandths of a dollar
    return {name: each.quantize(cent, ROUND_FLOOR) for name, each in amounts.items()}, tenth


def plans_advised(kind):
    """AWS's own recommendation for the whole organisation."""
    told = ce.get_savings_plans_purchase_recommendation(
        SavingsPlansType=kind,
        TermInYears=TERM,
        PaymentOption=PAYMENT,
        LookbackPeriodInDays="THIRTY_DAYS",
        AccountScope="PAYER",
    )
    found = told.get("SavingsPlansPurchaseRecommendation", {})
    return found.get("SavingsPlansPurchaseRecommendationDetails", [])


def reservations_advised(service):
    told = ce.get_reservation_purchase_recommendation(
        Service=service,
        TermInYears=TERM,
        PaymentOption=PAYMENT,
        LookbackPeriodInDays="THIRTY_DAYS",
        AccountScope="PAYER",
    )
    return [each for one in told["Recommendations"] for each in one["RecommendationDetails"]]


def to_change():
    """What AWS would rightsize or stop of what commitments cover; None where it is not asked."""
    pages = hub.get_paginator("list_recommendations").paginate(
        filter={"actionTypes": ["Rightsize", "Stop", "ScaleIn"]}
    )
    try:
        found = [each for page in pages for each in page["items"]]
    except hub.exceptions.ClientError:  # not enrolled
        return None
    return [each for each in found if "Volume" not in each["currentResourceType"]]


def family_in(summary, region):
    """`db.r5 in us-east-1` of `db.r5.8xlarge`."""
    return f"{summary.split(',')[0].rpartition('.')[0]} in {region}"


def implied_discount(advice):
    """1 - what of the commitment is used / what that replaces on demand."""
    paid = Decimal(advice["EstimatedSPCost"]) * Decimal(advice["EstimatedAverageUtilization"]) / 100
    replaced = Decimal(advice["EstimatedOnDemandCostWithCurrentCommitment"])
    replaced -= Decimal(advice["EstimatedOnDemandCost"])
    return 1 - paid / replaced


def instance_of(details):
    """The type, its region and its engine, whichever service it is of."""
    found = next(each for each in details.values() if each)
    type_ = found.get("InstanceType") or found.get("NodeType")
    type_ = type_ or f"{found.get('InstanceClass', '')}.{found.get('InstanceSize', '')}"
    return (
        type_,
        found["Region"],
        found.get("DatabaseEngine") or found.get("ProductDescription", ""),
    )


def tell_sizes(hours, discount, **how):
    """The figures of each amount that is worth a look, and their names."""
    amounts, tenth = sized(hours, discount)
    figure(sum(hours) / len(hours), "USD", "an hour", **how)
    figure(tenth, "USD", "a low hour", **how, method="a tenth of the hours are lower")
    figure(max(hours), "USD", "the highest hour", **how)
    figure(discount * 100, "percent", "discount", **how)
    figure((1 - discount) * 100, "percent", "break-even", **how)
    for name, amount in amounts.items():
        used, saved = outcome(hours, amount, discount)
        figure(amount, "USD", name, **how)
        figure(used * 100, "percent", f"{name} used", **how)
        figure(saved, "USD", f"{name} saves", **how)
        figure(outcome([tenth], amount, discount)[1], "USD", f"{name} saves in low hours", **how)
    return list(amounts)


def main():
    today = account_day()
    end = today - DAY  # yesterday is not all there yet
    first = end - DAYS * DAY
    source, hours, services, by_hour = read(first, end)
    how = {
        "period": f"{first} to {end - DAY}",
        "metric": "on-demand cost of usage that plans cover",
    }
    terms = {"term": TERM, "payment": PAYMENT, "lookback": "30 days", "api": "Cost Explorer"}
    finding = {"by_hour": by_hour, "from": source}
    finding |= {"first": str(first), "last": str(end - DAY), "term": TERM, "payment": PAYMENT}

    finding["sized"] = []
    for advice in plans_advised("COMPUTE_SP")[:1]:
        figure(Decimal(advice["HourlyCommitmentToPurchase"]), "USD", "AWS", **terms)
        figure(Decimal(advice["EstimatedAverageUtilization"]), "percent", "AWS used", **terms)
        figure(Decimal(advice["EstimatedMonthlySavingsAmount"]), "USD", "AWS saves", **terms)
        discount = implied_discount(advice)
        if any(hours):
            finding["sized"] = tell_sizes(hours, discount, **how, **terms)

    change = to_change()
    finding["is_enrolled"] = change is not None
    changing = {family_in(e.get("currentResourceSummary") or "", e["region"]) for e in change or ()}
    if change:
        saves = sum(Decimal(str(each["estimatedMonthlySavings"])) for each in change)
        figure(len(change), "resources", "to change", api="Cost Optimization Hub")
        figure(saves, "USD", "change saves", api="Cost Optimization Hub")

    families = plans_advised("EC2_INSTANCE_SP")
    families.sort(key=lambda each: -Decimal(each["EstimatedMonthlySavingsAmount"]))
    finding["families"] = []
    for each in families[:SHOWN]:
        of = each["SavingsPlansDetails"]
        what = f"{of['InstanceFamily']} in {of['Region']}"
        commitment, used = each["HourlyCommitmentToPurchase"], each["EstimatedAverageUtilization"]
        saves = each["EstimatedMonthlySavingsAmount"]
        figure(Decimal(commitment), "USD", f"plan, {what}", **terms)
        figure(Decimal(used), "percent", f"plan used, {what}", **terms)
        figure(Decimal(saves), "USD", f"plan saves, {what}", **terms)
        finding["families"].append([what, what in changing])

    found = [
        (name, each) for name, service, _, _ in services for each in reservations_advised(service)
    ]
    found.sort(key=lambda pair: -Decimal(pair[1]["EstimatedMonthlySavingsAmount"]))
    finding["reservations"] = []
    for name, each in found[:SHOWN]:
        type_, region, engine = instance_of(each["InstanceDetails"])
        saves = Decimal(each["EstimatedMonthlySavingsAmount"])
        count = each["RecommendedNumberOfInstancesToPurchase"]
        figure(saves, "USD", f"reserved, {name} {type_}", **terms, region=region)
        figure(count, "reservations", f"count, {name} {type_}", **terms, region=region)
        words = f"{name} {type_} in {region}{engine and ', '}{engine}"
        finding["reservations"].append([words, family_in(type_, region) in changing])
    with Path(DATA_DIR, "on_demand_by_hour.csv").open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["hour", "on_demand_usd"])
        for number, cost in enumerate(hours):
            table.writerow([f"{first + number // 24 * DAY} {number % 24:02}:00", cost])
    print(f"On demand ${sum(hours) / max(1, len(hours)):,.2f} an hour, {first} to {end - DAY}")
    print(json.dumps(finding, separators=(",", ":")))


main()
