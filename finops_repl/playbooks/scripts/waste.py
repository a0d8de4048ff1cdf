# ruff: noqa: F821, T201
# mypy: ignore-errors
"""Find what is idle, unattached or too large, by named rules, and what ending it saves by the bill.

Several rules find the same resource: it is listed once, with one action, and nothing is added
twice. What ends saves its amortized cost of the days looked at, without the part that a commitment
pays: that part is paid either way. What is resized saves what Cost Optimization Hub estimates.
"""

import csv
import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

# parts: athena charged asking sight idle_balancers

KINDS = [kind for kind in params.get("kinds", "").split(",") if kind]  # empty: all kinds
RESIZE = params.get("resize", "yes") == "yes"
DAYS = int(params.get("days", 30))
SHOWN = {"idle": 7, "paid": 2, "larger": 3}
PLACE = ("kind", "account", "region", "do")
HUB = "Cost Optimization Hub"
SIZE = re.compile(r" \(\d+ GB\)")
TYPES = {  # how the Hub and Compute Optimizer name a kind
    "Ec2Instance": "instance",
    "EC2Instance": "instance",
    "EbsVolume": "volume",
    "EBSVolume": "volume",
    "NatGateway": "NAT gateway",
    "RdsDbInstance": "database",
    "RDSDBInstance": "database",
    "Ec2AutoScalingGroup": "scaling group",
    "AutoScalingGroup": "scaling group",
    "EcsService": "ECS service",
    "ECSService": "ECS service",
    "LambdaFunction": "function",
}
ENDS = {
    "instance": "stop",
    "database": "snapshot and stop",
    "unattached volume": "snapshot and delete",
    "idle volume": "snapshot and delete",
    "address": "release",
}  # every other kind: delete
CHECKS = {  # Trusted Advisor's, by what they find
    "hjLMh88uM8": ("Idle Load Balancers", "load balancer"),
    "Z4AUBRNSmz": ("Unassociated Elastic IP Addresses", "address"),
    "DAvU99Dc4C": ("Underutilized Amazon EBS Volumes", "volume"),
    "Ti39halfu8": ("Amazon RDS Idle DB Instances", "database"),
    "Qch7DwouX1": ("Low Utilization Amazon EC2 Instances", "instance"),
}
UNATTACHED = "EC2 inventory: attached to nothing"
LOW = "Qch7DwouX1"  # 10 % CPU on 4 of 14 days: a machine that rests at weekends, too

LAST = last_complete_day()
FIRST = LAST - (DAYS - 1) * DAY
ended, resized, quiet = {}, {}, {}  # by short id; the first of them that has one is right
rules = defaultdict(dict)  # short id: the rules that found it, in their order


def note(where, rule, kind, resource, region, **more):
    if not KINDS or kind in KINDS:
        where.setdefault(
            short(resource), {"kind": kind, "resource": resource, "region": region, **more}
        )
        rules[short(resource)][rule] = True


def hub():
    asked = client("cost-optimization-hub")
    for item in listed(asked, "list_recommendations", "items"):
        kind, action = TYPES.get(item["currentResourceType"]), item["actionType"]
        if kind is None or action.startswith("Purchase"):
            continue  # commitments: they come after what is too large is made smaller
        resource = item.get("resourceArn") or item["resourceId"]
        found = (f"Hub: {action}", kind, resource, item["region"])
        who = item["accountId"]
        if action in ("Stop", "Delete"):
            note(ended, *found, account=who)
        elif RESIZE:
            now, then = item["currentResourceSummary"], item["recommendedResourceSummary"]
            saving = Decimal(str(item["estimatedMonthlySavings"]))
            do = SIZE.sub("", f"{action.lower()}: {now} to {then}")
            note(resized, *found, saving=saving, do=do, account=who)
        yield item


def compute_optimizer(region):
    asked = client("compute-optimizer", region)
    for item in listed(asked, "get_idle_recommendations", "idleRecommendations"):
        kind = TYPES.get(item["resourceType"], item["resourceType"])
        rule = f"Compute Optimizer: {item['finding']}"
        note(ended, rule, kind, item["resourceArn"], region, account=item["accountId"])
        yield item


def trusted_advisor():
    asked = client("trustedadvisor")
    told = {"pillar": "cost_optimizing", "source": "ta_check"}
    for advice in listed(asked, "list_recommendations", "recommendationSummaries", **told):
        check = advice.get("checkArn", "").rpartition("/")[2]
        if check not in CHECKS:
            continue
        name, kind = CHECKS[check]
        for item in listed(
            asked,
            "list_recommendation_resources",
            "recommendationResourceSummaries",
            recommendationIdentifier=advice["arn"],
        ):
            if item["status"] == "ok" or item.get("exclusionStatus") == "excluded":
                continue
            where = quiet if check == LOW else ended
            note(where, f"Trusted Advisor: {name}", kind, item["awsResourceId"], item["regionCode"])
            yield item


def unattached_volumes(region):
    loose = [{"Name": "status", "Values": ["available"]}]
    for volume in listed(client("ec2", region), "describe_volumes", "Volumes", Filters=loose):
        note(ended, UNATTACHED, "volume", volume["VolumeId"], region)
        yield volume


def balancers(region):
    rule = f"CloudWatch: no target, and no traffic in {QUIET_DAYS} days"
    for arn in idle_balancers(region):
        note(ended, rule, "load balancer", arn, region)
        yield arn


def by_the_bill():
    """All accounts' addresses that are charged as idle, and NAT gateways that passed no byte."""
    usage = f"FROM {TABLE} WHERE {in_days(FIRST, LAST)} AND line_item_line_item_type = 'Usage'"
    for resource, region in rows(
        f"SELECT DISTINCT {RESOURCE}, {REGION} {usage} AND {RESOURCE} <> ''"
        " AND line_item_usage_type LIKE '%PublicIPv4:IdleAddress'"
        f" AND line_item_usage_start_date >= timestamp '{LAST} 00:00:00'"
    ):
        note(ended, "the bill: charged as idle", "address", resource, region)
    for resource, region in rows(
        f"SELECT {RESOURCE}, {REGION} {usage} AND {RESOURCE} <> ''"
        " AND line_item_usage_type LIKE '%NatGateway-%' GROUP BY 1, 2"
        " HAVING sum(CASE WHEN line_item_usage_type LIKE '%Bytes' THEN line_item_usage_amount"
        " ELSE 0 END) = 0"
        f" AND date(min(line_item_usage_start_date)) < date '{LAST - QUIET_DAYS * DAY}'"
    ):
        rule = f"the bill: not a byte in {DAYS} days"
        note(ended, rule, "NAT gateway", resource, region)


def cost_explorer():
    """Rightsizing at $0.01 a page, where neither the Hub nor Compute Optimizer answers."""
    asked, token = client("ce"), {}
    while True:
        page = asked.get_rightsizing_recommendation(
            Service="AmazonEC2",
            Configuration={
                "RecommendationTarget": "SAME_INSTANCE_FAMILY",
                "BenefitsConsidered": True,
            },
            **token,
        )
        for item in page["RightsizingRecommendations"]:
            machine = item["CurrentInstance"]
            details = machine["ResourceDetails"]["EC2ResourceDetails"]
            found = ("instance", machine["ResourceId"], details["Region"])
            if item["RightsizingType"] == "TERMINATE":
                note(ended, "Cost Explorer: Terminate", *found)
            elif RESIZE:
                best = item["ModifyRecommendationDetail"]["TargetInstances"][0]
                size = best["ResourceDetails"]["EC2ResourceDetails"]["InstanceType"]
                saving = Decimal(best["EstimatedMonthlySavings"])
                change = f"rightsize: {details['InstanceType']} to {size}"
                note(resized, "Cost Explorer: Modify", *found, saving=saving, do=change)
            yield item
        if not page.get("NextPageToken"):
            return
        token = {"NextPageToken": page["NextPageToken"]}


def wanted(*kinds):
    return not KINDS or set(KINDS) & set(kinds)


def look():
    """Ask every source; the regions that were looked at."""
    regions = regions_with("AmazonEC2", "AWSELB", "AmazonVPC", "AmazonRDS")
    answers(HUB, hub)
    for region in regions:
        answers(f"Compute Optimizer in {region}", compute_optimizer, region)
    answers("Trusted Advisor", trusted_advisor)
    for region in regions:
        if wanted("volume"):
            answers(f"EC2 in {region}", unattached_volumes, region)
        if wanted("load balancer"):
            answers(f"load balancers in {region}", balancers, region)
    by_the_bill()
    advisers = {HUB, *(f"Compute Optimizer in {region}" for region in regions)}
    if wanted("instance") and advisers <= SILENT.keys():
        answers("Cost Explorer rightsizing", cost_explorer)
    return regions


def costed(found, costs):
    """Each with its account and its cost; what is charged no more on the last day is gone.

    A scaling group or a service is on the bill under no name of its own: it has no cost.
    """
    for name, item in found.items():
        unknown = (item["resource"], item.get("account", ""), None, ZERO, LAST)
        resource, account, cost, covered, day = costs.get(name, unknown)
        if day == LAST:
            if item["kind"] == "volume" and name in ended:
                item["kind"] = f"{'unattached' if UNATTACHED in rules[name] else 'idle'} volume"
            yield name, item | {
                "account": account, "resource": resource, "cost": cost, "covered": covered,
                "rule": "; ".join(rules[name]),
            }  # fmt: skip


def tell(title, items, amount, by, what):
    """Declare the largest groups of one kind and action, the others and the total of all."""
    groups = defaultdict(list)
    for item in items:
        groups[tuple(item[name] for name in by)].append(item)
    order = sorted(groups.items(), key=lambda g: (-sum(i[amount] for i in g[1]), g[0]))
    for place, (_, some) in enumerate(order[: SHOWN[title]]):
        one, many = some[0], len(some) > 1
        name = f"{one['kind']} " + (f"×{len(some)}" if many else short(one["resource"]))
        account = only("accounts", {item["account"] for item in some})
        region = only("regions", {item["region"] for item in some})
        finder = one["rule"].partition(";")[0].partition(":")[0]
        words = (name, one["do"], finder, f"{account}, {region}")
        cost = sum(item[amount] for item in some)
        figure(cost, "USD", f"{title} {place}: {' | '.join(words)}", **what)
    if order[SHOWN[title] :]:
        rest = sum(item[amount] for _, some in order[SHOWN[title] :] for item in some)
        figure(rest, "USD", f"{title} {SHOWN[title]}: others", **what)
    figure(sum((item[amount] for item in items), ZERO), "USD", f"{title} total", **what)


def dearest_account(items, what):
    """The account in which most is idle, with its sum declared; empty where nothing is."""
    sums = defaultdict(lambda: ZERO)
    for item in items:
        sums[item["account"]] += item["saving"]
    account, saving = max(sums.items(), key=lambda pair: pair[1], default=("", ZERO))
    figure(saving, "USD", "most of an account", **what, account_name=account)
    return account


def only(what, names):
    return names.pop() if len(names) == 1 else f"several {what}"


def main():
    regions = look()
    names = {item["resource"] for where in (ended, resized, quiet) for item in where.values()}
    names |= {short(name) for name in names if ":instance/" in name or ":volume/" in name}
    costs = charged(names, FIRST, LAST)
    for name in ended:
        resized.pop(name, None)
    for name in (*ended, *resized):
        quiet.pop(name, None)

    idle, paid, unpriced = [], [], []
    for _, item in costed(ended, costs):
        cost, covered = item["cost"] or ZERO, item["covered"]
        item |= {"do": ENDS.get(item["kind"], "delete"), "saving": cost - covered}
        where = unpriced if item["cost"] is None else paid if covered > cost / 2 else idle
        where.append(item)
    larger = [item for _, item in costed(resized, costs)]
    low = [item | {"do": "look", "saving": ZERO} for _, item in costed(quiet, costs)]
    period = f"{FIRST} to {LAST}"
    by_bill = {"metric": "amortized cost of usage", "period": period}

    tell_accounts_in_sight(regions)
    finding = {"first": str(FIRST), "last": str(LAST)}
    finding["silent"] = told_of(SILENT)
    tell("idle", idle, "saving", PLACE, by_bill)
    if paid:
        tell("paid", paid, "cost", PLACE, by_bill)
    if larger:
        estimate = {"metric": "estimated savings a month after discounts", "source_of_cost": HUB}
        tell("larger", larger, "saving", ("kind", "do"), estimate)
    if low:
        figure(sum(item["cost"] or ZERO for item in low), "USD", "low utilization", **by_bill)
        figure(len(low), "instances", "low count", **by_bill)
    if unpriced:
        figure(len(unpriced), "resources", "unpriced count", **by_bill)
    figure(len(idle), "resources", "idle count", **by_bill)
    finding["most"] = dearest_account(idle, by_bill)

    file = Path(DATA_DIR) / f"waste_{LAST}.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        columns = ("list", "kind", "resource", "account", "region", "do", "cost", "saving", "rule")
        table.writerow(columns)
        lists = {"idle": idle, "paid": paid, "unpriced": unpriced, "resize": larger, "low": low}
        for title, items in lists.items():
            for item in sorted(items, key=lambda item: -item["saving"]):
                item["saving"] = ZERO if title == "paid" else item["saving"]
                table.writerow([title, *(item[column] for column in columns[1:])])
    finding["file"] = file.name
    print(f"{len(idle)} resources are idle; {len(paid)} more are paid by a commitment either way")
    print(json.dumps(finding, separators=(",", ":")))


main()
