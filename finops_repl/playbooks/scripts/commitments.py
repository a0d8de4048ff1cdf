# ruff: noqa: F821, T201
# mypy: ignore-errors
"""How well Savings Plans and reservations were used in a month, what they left, when they end.

Of one whole month, because reservations are billed by the month. Where a CUR 2.0 table is there,
two queries of it answer; else Cost Explorer does, for $0.01 a request: one for the plans, one for
the services in use, one for what plans cover, and one or two for each service with reservations,
since without a SERVICE filter those of RDS, ElastiCache, OpenSearch and Redshift are left out.

Dollars are amortized and before enterprise discounts. Unused is what was committed and covered
nothing. Net savings are what the covered usage costs on demand less the whole commitment. The
effective savings rate is 1 - (commitments + what stayed on demand) / the same usage on demand.
"""

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import boto3

# parts: bill_if_any coverable

MONTH = params.get("month", "")  # 2026-10; empty: the last whole one that is told
DAYS = int(params.get("days", 90))  # how soon an end is worth a word
BY = params.get("by", "unused")  # which commitments to show: unused, or ends
SHOWN, DAY, ZERO = 5, timedelta(days=1), Decimal(0)
LONGEST = 40  # letters of a name in what is printed: room is little


def from_bill(month):
    """The commitments of a month, and what of each service is covered and not, from the bill."""
    where = (
        f'FROM "{bill["database"]}"."{bill["table"]}" WHERE billing_period = \'{month:%Y-%m}\''
        f" AND {ONCE}"
    )
    kind = "line_item_line_item_type"
    plan = "nullif(savings_plan_savings_plan_a_r_n, '')"
    arn = f"coalesce({plan}, nullif(reservation_reservation_a_r_n, ''))"

    def dollars(column, *kinds):
        listed = ", ".join(f"'{each}'" for each in kinds)
        total = f"sum(cast({column} AS decimal(28, 10)))"
        return f"coalesce({total} FILTER (WHERE {kind} IN ({listed})), 0)"

    def said(column):
        """What a commitment's own rows say, not those of what it covers."""
        return f"max({column}) FILTER (WHERE {kind} IN ('RIFee', 'SavingsPlanRecurringFee'))"

    plan_used = dollars("savings_plan_used_commitment", "SavingsPlanRecurringFee")
    plan_whole = dollars("savings_plan_total_commitment_to_date", "SavingsPlanRecurringFee")
    reserved = dollars("reservation_effective_cost", "DiscountedUsage")
    unused_fee = dollars("reservation_unused_recurring_fee", "RIFee")
    upfront = "reservation_unused_amortized_upfront_fee_for_billing_period"
    covered = dollars("pricing_public_on_demand_cost", "DiscountedUsage", "SavingsPlanCoveredUsage")
    left = dollars("pricing_public_on_demand_cost", "Usage")
    columns = {
        "arn": arn,
        "kind": f"CASE WHEN max({plan}) IS NULL THEN 'reservation' ELSE 'plan' END",
        "type": f"coalesce(max(nullif(savings_plan_offering_type, '')),"
        f" {said('product_instance_type')})",
        "family": "max(savings_plan_instance_type_family)",
        "count": said("reservation_number_of_reservations"),
        "region": f"CASE WHEN max({plan}) IS NULL THEN {said('product_region_code')}"
        " ELSE max(savings_plan_region) END",
        "account": said("line_item_usage_account_name"),
        "ends": "coalesce(max(nullif(savings_plan_end_time, '')), max(reservation_end_time))",
        "used": f"{plan_used} + {reserved}",
        "unused": f"{plan_whole} - {plan_used} + {unused_fee} + {dollars(upfront, 'RIFee')}",
        "on_demand": covered,
    }
    held = [
        dict(zip(columns, row, strict=True))
        for row in rows(
            f"SELECT {', '.join(columns.values())} {where} AND {arn} IS NOT NULL GROUP BY {arn}"
        )
    ]
    names = " ".join(
        f"WHEN line_item_product_code = '{code}' AND regexp_like(line_item_usage_type, '{types}')"
        f" THEN '{name}'"
        for name, _, code, types in SERVICES
    )
    services = {
        name: (taken, on_demand)
        for name, taken, on_demand in rows(
            f"SELECT CASE {names} END, {covered}, {left} {where} GROUP BY 1"
        )
        if name
    }
    return held, services


def pages(operation, token, field, **asked):
    """All items of a report; each page is a request. Nothing where there is no data."""
    ask, found = getattr(ce, operation), []
    try:
        told = ask(**asked)
        found += told[field]
        while told.get(token):
            told = ask(**asked, **{token: told[token]})
            found += told[field]
    except ce.exceptions.DataUnavailableException:
        return []
    return found


def plans(**period):
    return [
        {
            "arn": each["SavingsPlanArn"],
            "kind": "plan",
            "type": each["Attributes"]["SavingsPlansType"],
            "family": each["Attributes"].get("InstanceFamily"),
            "region": each["Attributes"].get("Region"),
            "account": each["Attributes"].get("AccountName") or each["Attributes"]["AccountId"],
            "ends": each["Attributes"]["EndDateTime"],
            "used": Decimal(each["Utilization"]["UsedCommitment"]),
            "unused": Decimal(each["Utilization"]["UnusedCommitment"]),
            "on_demand": Decimal(each["Savings"]["OnDemandCostEquivalent"]),
        }
        for each in pages(
            "get_savings_plans_utilization_details",
            "NextToken",
            "SavingsPlansUtilizationDetails",
            MaxResults=100,
            **period,
        )
    ]


def reservations(**asked):
    """Those of one service, which the filter of `asked` names."""
    told = pages(
        "get_reservation_utilization",
        "NextPageToken",
        "UtilizationsByTime",
        GroupBy=[{"Type": "DIMENSION", "Key": "SUBSCRIPTION_ID"}],
        **asked,
    )
    found = []
    for group in (group for each in told for group in each["Groups"]):
        of, used = group["Attributes"], group["Utilization"]
        unused = Decimal(used["RICostForUnusedHours"])
        found.append(
            {
                "arn": of.get("reservationARN") or group["Value"],
                "kind": "reservation",
                "type": of["instanceType"],
                "count": of["numberOfInstances"],
                "region": of.get("region"),
                "account": of.get("accountName") or of["accountId"],
                "ends": of["endDateTime"],
                "used": Decimal(used["TotalAmortizedFee"]) - unused,
                "unused": unused,
                "on_demand": Decimal(used["OnDemandCostOfRIHoursUsed"]),
            }
        )
    return found


def from_cost_explorer(month):
    """The same from Cost Explorer."""
    period = {"TimePeriod": {"Start": str(month), "End": str(following(month))}}
    held, services = plans(**period), {}
    names = {long: name for name, long, _, _ in SERVICES}
    asked = {"GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}], "MaxResults": 100, **period}
    for each in pages("get_savings_plans_coverage", "NextToken", "SavingsPlansCoverages", **asked):
        service, cover = each["Attributes"]["SERVICE"], each["Coverage"]
        covered, left = cover["SpendCoveredBySavingsPlans"], cover["OnDemandCost"]
        services[names.get(service, service)] = (Decimal(covered), Decimal(left))
    asked = {"Dimension": "SERVICE", **period}
    there = pages("get_dimension_values", "NextPageToken", "DimensionValues", **asked)
    in_use = {each["Value"] for each in there}
    for name, long, _, _ in SERVICES:
        if name not in RESERVABLE or long not in in_use:
            continue
        asked = {"Filter": {"Dimensions": {"Key": "SERVICE", "Values": [long]}}, **period}
        mine = reservations(**asked)
        held += mine
        covered, left = services.get(name, (ZERO, None))
        if left is None:  # no plan could cover it: what is not reserved is on demand
            asked |= {"Metrics": ["Cost"], "Granularity": "MONTHLY"}
            told = pages("get_reservation_coverage", "NextPageToken", "CoveragesByTime", **asked)
            left = sum((Decimal(e["Total"]["CoverageCost"]["OnDemandCost"]) for e in told), ZERO)
        services[name] = (covered + summed(mine, "on_demand"), left)
    return held, services


def following(month):
    return (month.replace(day=28) + 4 * DAY).replace(day=1)


def percent(part, whole):
    return part / whole * 100 if whole else ZERO


def summed(found, key):
    return sum((one[key] for one in found), ZERO)


def named(one):
    """A commitment in words."""
    if one["kind"] == "reservation":
        return f"{one['type']}, {one['region']}"
    words = one["type"].replace("SavingsPlans", "").replace("EC2Instance", "EC2 Instance")
    family = f" {one['family']}, {one['region']}" if one["family"] else ""
    return f"{words} Savings Plan{family}"


def read(month, today):
    """Where the answer comes from, the commitments and the services."""
    if bill.get("kind") == "cur2" and athena:
        from pyathena import OperationalError

        try:
            return "the bill", *from_bill(month)
        except OperationalError:  # an export may leave the columns of commitments out
            pass
    if following(month) >= today:  # asked nevertheless, it would be as if there were no plans
        raise SystemExit(f"Cost Explorer tells the plans of {month:%Y-%m} only after {today}")
    return "Cost Explorer", *from_cost_explorer(month)


def tell_all(held, services, **how):
    """The figures of all commitments and services together."""
    for kind in ("plan", "reservation"):
        mine = [one for one in held if one["kind"] == kind]
        if mine:
            used = percent(summed(mine, "used"), summed(mine, "committed"))
            figure(used, "percent", f"{kind}s used", **how)
    covered = sum((covered for covered, _ in services.values()), ZERO)
    left = sum((left for _, left in services.values()), ZERO)
    committed = summed(held, "committed")
    figure(committed, "USD", "committed", **how)
    figure(summed(held, "unused"), "USD", "unused", **how)
    figure(summed(held, "saved"), "USD", "net savings", **how)
    figure(percent(covered, covered + left), "percent", "coverage", **how)
    figure(left, "USD", "on demand", **how)
    rate = 100 - percent(committed + left, summed(held, "on_demand") + left)
    figure(rate, "percent", "effective savings rate", **how)


def tell_each(shown, listed, **how):
    """The figures of single commitments and services."""
    for name, (covered, left) in listed:
        figure(percent(covered, covered + left), "percent", f"covered, {name}", of=name, **how)
        figure(left, "USD", f"left on demand, {name}", of=name, **how)
    for one in shown:
        type_ = one["type"].replace("SavingsPlans", " plan").replace("EC2Instance", "EC2")
        said = {"of": one["arn"], **how}
        if one["kind"] == "reservation":
            figure(one["count"], "reservations", f"count, {type_}", **said)
        figure(percent(one["used"], one["committed"]), "percent", f"used, {type_}", **said)
        figure(one["unused"], "USD", f"unused, {type_}", **said)
        figure(one["saved"], "USD", f"saved, {type_}", **said)


def main():
    today = account_day()
    # On the first day of a month the one before is not told yet: Savings Plans are a day late.
    month = ((today - DAY).replace(day=1) - DAY).replace(day=1)
    if MONTH:
        month = date.fromisoformat(f"{MONTH}-01")
    source, held, services = read(month, today)
    if not services and not held:
        raise SystemExit(f"there is nothing in {month:%Y-%m} that commitments could cover")
    for one in held:
        one["ends"] = date.fromisoformat((one["ends"] or str(date.max))[:10])
        one["committed"] = one["used"] + one["unused"]
        one["saved"] = one["on_demand"] - one["committed"]
    held.sort(key=lambda one: (one["ends"], one["arn"]))
    soon = [one for one in held if month <= one["ends"] <= today + timedelta(days=DAYS)]
    if BY == "unused":
        held.sort(key=lambda one: (-one["unused"], -one["committed"]))
    shown = held[:SHOWN]
    listed = sorted(services.items(), key=lambda item: -item[1][1])[:SHOWN]
    how = {"period": f"{month:%Y-%m}", "from": source}
    how["metric"] = "amortized, before enterprise discounts"
    tell_all(held, services, **how)
    tell_each(shown, listed, **how)
    with Path(DATA_DIR, "commitments.csv").open("w", newline="") as out:
        names = ["arn", "kind", "type", "family", "count", "region", "account", "ends"]
        names += ["committed", "used", "unused", "on_demand", "saved"]
        table = csv.DictWriter(out, names, extrasaction="ignore")
        table.writeheader()
        table.writerows(held)
    print(
        f"{month:%Y-%m}: ${summed(held, 'committed'):,.2f} committed, of which"
        f" ${summed(held, 'unused'):,.2f} paid for nothing"
    )

    def told(one):
        return [named(one), one["account"][:LONGEST], str(one["ends"])]

    finding = {
        "month": f"{month:%Y-%m}",
        "today": str(today),
        "days": DAYS,
        "from": source,
        "rows": [[*told(one), one["kind"] == "reservation"] for one in shown],
        "more": len(held) > len(shown),
        "soon": [told(one) for one in soon[:SHOWN]],
        "services": [name for name, _ in listed],
    }
    print(json.dumps(finding, separators=(",", ":")))


ce = boto3.client("ce", region_name="us-east-1")
main()
