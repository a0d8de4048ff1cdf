# ruff: noqa: F821, T201, S608
# mypy: ignore-errors
"""Find the largest week-over-week rise of cost, where it came from, and what caused it.

Usage rows only: fees and taxes land on the first of the month. A week is compared with the
week before, so that weekdays meet their like. The excess is the sum of actual minus baseline,
where the baseline is the same weekday of the seven days before the rise began. A rise under a
change ticket was planned, one that another account fell by has only moved, and a moderate one that
the other accounts have too is a season or a sale: all three are set aside.
"""

import csv
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from statistics import median

import boto3

# parts: athena trail capacity_change

SERVICE = params.get("service", "")  # a product code; empty: the service that rose most
DAYS = int(params.get("days", 90))
COST = "sum(cast(line_item_unblended_cost AS decimal(18, 10)))"
GROUP = (
    "coalesce(element_at(resource_tags, 'aws_autoscaling_groupName'),"
    " element_at(resource_tags, 'aws_autoscaling_group_name'),"
    " element_at(resource_tags, 'aws:autoscaling:groupName'), '')"
)
ZERO, LEAST = Decimal(0), Decimal("0.15")  # a day belongs to a rise from this share of its peak
MOVED = Decimal("0.2")  # one account's fall matches another's rise to this share of it
SEASON_MOST, SEASON_LEAST = 50, 5  # percent: a season's rise of an account, and of the others


def daily_cost(dimensions, since, where=""):
    """Cost by day for each value of the dimensions: {value: {day: dollars}}."""
    columns = ", ".join(dimensions)
    places = ", ".join(str(n + 1) for n in range(len(dimensions) + 1))
    series = defaultdict(lambda: defaultdict(lambda: ZERO))
    for day, *value, cost in rows(
        f"SELECT date(line_item_usage_start_date), {columns}, {COST} FROM {TABLE}"
        f" WHERE billing_period >= '{since:%Y-%m}'"
        f" AND line_item_usage_start_date >= timestamp '{since} 00:00:00'"
        f" AND {ONCE} AND line_item_line_item_type IN {USAGE} {where} GROUP BY {places}"
    ):
        series[tuple(value)][day] += Decimal(str(cost))
    return series


def week(costs, start):
    return sum((costs[start + n * DAY] for n in range(7)), ZERO)


def steepest(costs, first, last, known=()):
    """The start of the week that rose most over the week before it, and by how many dollars."""
    starts = [first + n * DAY for n in range((last - first).days - 5)]
    starts = [s for s in starts if all(abs(s - other) > 2 * WEEK for other in known)]
    return max(((week(costs, s) - week(costs, s - WEEK), s) for s in starts), default=(ZERO, last))


def percent_more(after, before):
    return (after / before - 1) * 100 if before else Decimal(100)


def instance_cost(start):
    """What instances alone cost in all accounts, in a week and in the week before it."""
    ((after, before),) = rows(
        f"SELECT {COST} FILTER (WHERE line_item_usage_start_date >= timestamp '{start} 00:00:00'),"
        f" {COST} FILTER (WHERE line_item_usage_start_date < timestamp '{start} 00:00:00')"
        f" FROM {TABLE} WHERE {in_days(start - WEEK, start + WEEK - DAY)}"
        f" AND {ONCE} AND line_item_line_item_type IN {USAGE}"
        " AND line_item_product_code = 'AmazonEC2'"
        " AND regexp_like(line_item_usage_type, '(Box|Spot)Usage')"
    )
    return Decimal(after or 0), Decimal(before or 0)


def ordinary(costs, first, last, jump):
    """The median week-over-week change, weeks that touch the jump left out."""
    starts = [first + n * DAY for n in range((last - first).days - 5)]
    calm = [s for s in starts if s + WEEK <= jump or s >= jump + 2 * WEEK]
    return median([abs(week(costs, s) - week(costs, s - WEEK)) for s in calm] or [ZERO])


def excess_days(costs, start, last):
    """(day, actual, baseline) from the day the rise began to the day it was over."""
    peak = max(costs[start + n * DAY] - costs[start + (n - 7) * DAY] for n in range(7))
    # The first day of a rise is often a part of a day, so look a little before its week too.
    near = [start + n * DAY for n in range(-2, 7)]
    onset = next(d for d in near if costs[d] - costs[d - WEEK] > peak * LEAST)
    found, day = [], onset
    while day <= last:
        baseline = costs[onset - WEEK + (day - onset) % WEEK]
        if costs[day] - baseline < peak * LEAST:
            break
        found.append((day, costs[day], baseline))
        day += DAY
    return found


def running_instances(region, group):
    pages = (
        boto3.client("ec2", region_name=region)
        .get_paginator("describe_instances")
        .paginate(
            Filters=[
                {"Name": "tag:aws:autoscaling:groupName", "Values": [group]},
                {"Name": "instance-state-name", "Values": ["running"]},
            ],
        )
    )
    return sum(len(r["Instances"]) for page in pages for r in page["Reservations"])


def instances_by_day(first, last, account, group):
    """How many instances of a group were charged for on each day."""
    named = group.replace("'", "''")
    return dict(
        rows(
            "SELECT date(line_item_usage_start_date), count(DISTINCT line_item_resource_id)"
            f" FROM {TABLE} WHERE {in_days(first, last)}"
            f" AND line_item_usage_account_id = '{account}' AND {GROUP} = '{named}'"
            " AND line_item_resource_id LIKE 'i-%' GROUP BY 1"
        )
    )


def main():
    last = last_complete_day()
    first = last - DAYS * DAY
    since = first - WEEK
    only = f"AND line_item_product_code = '{SERVICE}'" if SERVICE else ""
    series = daily_cost(
        (
            "line_item_product_code",
            "line_item_usage_account_id",
            "line_item_usage_account_name",
            "product_region_code",
            GROUP,
        ),
        since,
        only,
    )

    def summed(keep, by):
        total = defaultdict(lambda: defaultdict(lambda: ZERO))
        for value, costs in series.items():
            if keep(value):
                for day, cost in costs.items():
                    total[by(value)][day] += cost
        return total

    def candidate():
        """The steepest rise that is not set aside, and whether it is a jump."""
        rise, start, value = max(
            (*steepest(costs, first, last, known[value]), value) for value, costs in pairs.items()
        )
        before, usual = (
            week(pairs[value], start - WEEK),
            ordinary(pairs[value], first, last, start),
        )
        return rise, start, value, before, usual, rise >= max(5 * usual, before / 5, Decimal(20))

    def place_of(start, value):
        """The region and group of an account's service that rose most in a week."""
        mine = summed(lambda v: v[:2] == value, lambda v: (v[3], v[4]))
        return max(
            mine.items(), key=lambda item: week(item[1], start) - week(item[1], start - WEEK)
        )

    def harmless(rise, start, value):
        """Why a rise needs no cause: it moved, everybody has it, or it has a change ticket."""
        for (service, account), costs in pairs.items():
            fall = week(costs, start - WEEK) - week(costs, start)
            if service == value[0] and account != value[1] and abs(rise - fall) <= rise * MOVED:
                return "moved", names[account]
        others = summed(lambda v: v[0] == value[0] and v[1] != value[1], lambda v: "all")["all"]
        theirs = percent_more(week(others, start), week(others, start - WEEK))
        before = week(pairs[value], start - WEEK)
        mine = percent_more(before + rise, before)
        if mine <= SEASON_MOST and theirs >= max(SEASON_LEAST, mine / 4):
            return "shared", ""
        (region, group), costs = place_of(start, value)
        if value[0] != "AmazonEC2" or group:
            return None
        ticket = ticket_of(region, value[1], excess_days(costs, start, last)[0][0])
        return ("planned", ticket) if ticket else None

    pairs = summed(lambda v: True, lambda v: (v[0], v[1]))
    names = {v[1]: v[2] for v in series}
    known, aside = defaultdict(list), []
    rise, start, (service, account), before, usual, jumped = candidate()
    while jumped and (why := harmless(rise, start, (service, account))):
        known[service, account].append(start)
        aside.append([service, names[account], account, str(start), *why])
        rise, start, (service, account), before, usual, jumped = candidate()
    how = {
        "metric": "unblended cost, usage row types",
        "service": service,
        "usage_account": account,
        "baseline": "the 7 days before",
        "period": f"{start} to {start + 6 * DAY}",
    }
    percent = percent_more(before + rise, before)
    finding = {
        "service": service,
        "account_id": account,
        "week": str(start),
        "last": str(last),
        "searched_from": str(first),
    }
    finding |= {"account": names[account], "aside": aside}
    everywhere = summed(lambda v: v[0] == service, lambda v: "all")["all"]
    of_all = {**how, "usage_account": "all"}
    figure(
        percent_more(week(everywhere, start), week(everywhere, start - WEEK)),
        "percent",
        "rise of the week in all accounts",
        **of_all,
    )
    if service == "AmazonEC2":
        figure(
            percent_more(*instance_cost(start)),
            "percent",
            "rise of instances in all accounts",
            **of_all,
            usage_types="BoxUsage and SpotUsage",
        )
    figure(rise, "USD", "rise of the week", **how)
    figure(percent, "percent", "rise of the week in percent", **how)
    figure(usual, "USD", "usual change of a week", **how, method="median of the other weeks")
    if not jumped:
        print(
            f"No jump: the steepest week, from {start}, cost ${rise:,.2f} more than the one before."
        )
        print(json.dumps({**finding, "jump": False}))
        return

    (region, group), costs = place_of(start, (service, account))
    days = excess_days(costs, start, last)
    onset, end = days[0][0], days[-1][0]
    excess = sum((actual - baseline for _, actual, baseline in days), ZERO)
    how |= {
        "region": region,
        "group": group,
        "period": f"{onset} to {end}",
        "baseline": "the same weekdays of the 7 days before",
    }
    figure(excess, "USD", "excess", **how, method="sum of actual - baseline")
    figure(excess / len(days), "USD", "excess per day", **how)
    figure(sum(b for _, _, b in days) / len(days), "USD", "baseline per day", **how)
    figure(sum(a for _, a, _ in days) / len(days), "USD", "actual per day", **how)
    finding |= {
        "jump": True,
        "region": region,
        "group": group,
        "onset": str(onset),
        "end": str(end),
        "goes_on": end == last,
        "days": len(days),
    }

    file = Path(DATA_DIR) / f"cost_jump_{onset}.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["day", "account", "region", "group", "actual", "baseline", "excess"])
        for day, actual, baseline in days:
            table.writerow([day, account, region, group, actual, baseline, actual - baseline])
    finding["file"] = file.name

    if group:
        counts = instances_by_day(onset - DAY, end, account, group)
        finding["instances_before"] = counts.pop(onset - DAY, 0)
        finding["instances_after"] = max(counts.values(), default=0)
        charged = {**how, "method": "instances that were charged for on a day"}
        figure(finding["instances_before"], "instances", "instances before", **charged)
        figure(finding["instances_after"], "instances", "instances after", **charged)
        running = running_instances(region, group)
        figure(running, "instances", "instances running now", region=region, group=group)
    if service == "AmazonEC2" and (cause := cause_of(region, account, group, onset)):
        event, sizes = cause
        finding["event"] = {
            "name": event["eventName"],
            "time": event["eventTime"],
            "actor": actor_of(event),
            "id": event.get("eventID", ""),
            "sizes": sizes,
        }
    print(f"{service} cost jumped on {onset} in {finding['account']} ({account}), {region}")
    print(f"excess ${excess:,.2f} in {len(days)} days, {group or 'no auto-scaling group'}")
    if event := finding.get("event"):
        print(f"cause: {event['name']} at {event['time']} by {event['actor']}")
    print(json.dumps(finding))


main()
