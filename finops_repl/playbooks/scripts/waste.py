# ruff: noqa: F821, T201
# mypy: ignore-errors
"""Find what is idle, unattached or too large, by named rules, and what ending it saves by the bill.

Several rules find the same resource: it is listed once, with one action, and nothing is added
twice. What ends saves its amortized cost of the days looked at, without the part that a commitment
pays: that part is paid either way. What is resized saves what Cost Optimization Hub estimates.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

# parts: athena charged asking advisers idle_balancers sight

KINDS = [kind for kind in params.get("kinds", "").split(",") if kind]  # empty: all kinds
RESIZE = params.get("resize", "yes") == "yes"
DAYS = int(params.get("days", 30))
SHOWN = {"idle": 7, "paid": 2, "larger": 3}
PLACE = ("kind", "account", "region", "do")
HUB = "Cost Optimization Hub"
ENDS = {
    "instance": "stop",
    "database": "snapshot and stop",
    "unattached volume": "snapshot and delete",
    "idle volume": "snapshot and delete",
    "address": "release",
}  # every other kind: delete
UNATTACHED = "EC2 inventory: attached to nothing"

LAST = last_complete_day()
FIRST = LAST - (DAYS - 1) * DAY
ended, resized, quiet = {}, {}, {}  # by short id; the first of them that has one is right
rules = defaultdict(dict)  # short id: the rules that found it, in their order


def note(found):
    """Take up what a source found: under its first rule, and the others beside it."""
    for item in found:
        where = {"ended": ended, "resized": resized, "quiet": quiet}[item["to"]]
        if (KINDS and item["kind"] not in KINDS) or (where is resized and not RESIZE):
            continue
        where.setdefault(short(item["resource"]), item)
        rules[short(item["resource"])][item["rule"]] = True


def unattached_volumes(region):
    loose = [{"Name": "status", "Values": ["available"]}]
    for volume in listed(client("ec2", region), "describe_volumes", "Volumes", Filters=loose):
        yield finding_of("ended", UNATTACHED, "volume", volume["VolumeId"], region)


def balancers(region):
    rule = f"CloudWatch: no target, and no traffic in {QUIET_DAYS} days"
    for arn in idle_balancers(region):
        yield finding_of("ended", rule, "load balancer", arn, region)


def by_the_bill():
    """All accounts' addresses that are charged as idle, and NAT gateways that passed no byte."""
    usage = f"FROM {TABLE} WHERE {in_days(FIRST, LAST)} AND line_item_line_item_type = 'Usage'"
    for resource, region in rows(
        f"SELECT DISTINCT {RESOURCE}, {REGION} {usage} AND {RESOURCE} <> ''"
        " AND line_item_usage_type LIKE '%PublicIPv4:IdleAddress'"
        f" AND line_item_usage_start_date >= timestamp '{LAST} 00:00:00'"
    ):
        yield finding_of("ended", "the bill: charged as idle", "address", resource, region)
    for resource, region in rows(
        f"SELECT {RESOURCE}, {REGION} {usage} AND {RESOURCE} <> ''"
        " AND line_item_usage_type LIKE '%NatGateway-%' GROUP BY 1, 2"
        " HAVING sum(CASE WHEN line_item_usage_type LIKE '%Bytes' THEN line_item_usage_amount"
        " ELSE 0 END) = 0"
        f" AND date(min(line_item_usage_start_date)) < date '{LAST - QUIET_DAYS * DAY}'"
    ):
        rule = f"the bill: not a byte in {DAYS} days"
        yield finding_of("ended", rule, "NAT gateway", resource, region)


def wanted(*kinds):
    return not KINDS or set(KINDS) & set(kinds)


def look():
    """Ask every source; the regions that were looked at."""
    regions = regions_with("AmazonEC2", "AWSELB", "AmazonVPC", "AmazonRDS")
    note(answers(HUB, hub))
    for region in regions:
        note(answers(f"Compute Optimizer in {region}", compute_optimizer, region))
    note(answers("Trusted Advisor", trusted_advisor))
    for region in regions:
        if wanted("volume"):
            note(answers(f"EC2 in {region}", unattached_volumes, region))
        if wanted("load balancer"):
            note(answers(f"load balancers in {region}", balancers, region))
    note(by_the_bill())
    advisers = {HUB, *(f"Compute Optimizer in {region}" for region in regions)}
    if wanted("instance") and advisers <= SILENT.keys():
        note(answers("Cost Explorer's rightsizing", rightsizing))
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
    for _, some in order[: SHOWN[title]]:
        one, many = some[0], len(some) > 1
        name = f"{one['kind']} " + (f"×{len(some)}" if many else short(one["resource"]))
        account = only("accounts", {item["account"] for item in some})
        region = only("regions", {item["region"] for item in some})
        finder = one["rule"].partition(";")[0].partition(":")[0]
        words = (name, one["do"], finder, f"{account}, {region}")
        cost = sum(item[amount] for item in some)
        figure(cost, "USD", f"{title}, {' | '.join(words)}", **what)
    if order[SHOWN[title] :]:
        rest = sum(item[amount] for _, some in order[SHOWN[title] :] for item in some)
        figure(rest, "USD", f"{title}, others", **what)
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
