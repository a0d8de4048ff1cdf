# ruff: noqa: F821, T201, S608
# mypy: ignore-errors
"""Tell how much of the cost carries a tag, by key and account, and who lost or misspells it.

Coverage is the amortized cost of taggable usage with a value of the key, in all taggable usage:
usage rows that name a resource. A key that nobody activated for cost allocation is on no row of the
bill, whatever the resources carry: that is not untagged.
"""

import csv
import json
import re
from pathlib import Path

# parts: athena months charged asking trail

KEY = params.get("key", "")  # as the resources have it, such as cost-center; empty: every key
SHOWN, MOST_KEYS, LOOK_BACK = 5, 8, 90
TEAMS = re.compile(r"[-_ ]?(team|squad|group)$")
SHORT = {"production": "prod", "development": "dev", "stage": "staging", "testing": "test"}
UNTAGGING = ("DeleteTags", "UntagResources", "DeleteBucketTagging", "RemoveTagsFromResource")
TAGS = "resource_tags"
FIRST, LAST = looked_at()
IS_USAGE = f"line_item_line_item_type IN {USAGE}"
TAGGABLE = f"{IS_USAGE} AND {RESOURCE} <> ''"


def folded(text):
    """A key or a value without case and separators."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def keys_on_the_bill():
    """{key as the bill writes it: (cost with a value of it, number of values)}."""
    return {
        key: (cost, values)
        for key, cost, values in rows(
            f"SELECT key, sum(cost), count(DISTINCT value) FROM"
            f" (SELECT {AMORTIZED} AS cost, {TAGS} AS tags FROM {TABLE}"
            f" WHERE {in_days(FIRST, LAST)} AND {ONCE} AND {TAGGABLE}) AS taggable"
            " CROSS JOIN UNNEST(tags) AS t(key, value)"
            " WHERE value <> '' AND key LIKE 'user%' GROUP BY 1 ORDER BY 2 DESC"
        )
    }


def with_tag(key):
    """The condition that a row has a value of the key; of any key where it is empty."""
    if key:
        return f"coalesce(element_at({TAGS}, '{key}'), '') <> ''"
    any_of = f"map_filter({TAGS}, (k, v) -> k LIKE 'user%' AND v <> '')"
    return f"coalesce(cardinality({any_of}), 0) > 0"


def by_account(tagged):
    """(account, taggable, tagged, usage without a resource, rows that are no usage) each."""
    apart = "'Tax', 'Credit', 'Refund'"
    return [
        (account, *(cost or ZERO for cost in costs))
        for account, *costs in rows(
            f"SELECT {NAME},"
            f" sum(CASE WHEN {TAGGABLE} THEN {AMORTIZED} END),"
            f" sum(CASE WHEN {TAGGABLE} AND {tagged} THEN {AMORTIZED} END),"
            f" sum(CASE WHEN {IS_USAGE} AND coalesce({RESOURCE}, '') = '' THEN {AMORTIZED} END),"
            f" sum(CASE WHEN NOT {IS_USAGE} THEN {AMORTIZED} END)"
            f" FROM {TABLE} WHERE {in_days(FIRST, LAST)} AND {ONCE}"
            f" AND line_item_line_item_type NOT IN ({apart}) GROUP BY 1"
        )
    ]


def lost(tagged):
    """Resources that had the tag in the last 90 days and have it no more, by account and day."""
    day = "date(line_item_usage_start_date)"
    return rows(
        "SELECT account, name, region, last_tagged, count(*), sum(cost), min(resource) FROM"
        f" (SELECT {RESOURCE} AS resource, {ACCOUNT} AS account,"
        f" {NAME} AS name, {REGION} AS region,"
        f" max(CASE WHEN {tagged} THEN {day} END) AS last_tagged,"
        f" max(CASE WHEN NOT {tagged} THEN {day} END) AS last_bare,"
        f" sum(CASE WHEN NOT {tagged} AND {day} >= date '{FIRST}' THEN {AMORTIZED} END) AS cost"
        f" FROM {TABLE} WHERE {in_days(LAST - LOOK_BACK * DAY, LAST)} AND {ONCE} AND {TAGGABLE}"
        " GROUP BY 1, 2, 3, 4) AS each_one"
        f" WHERE last_tagged < last_bare AND last_bare = date '{LAST}'"
        " GROUP BY 1, 2, 3, 4 ORDER BY 6 DESC LIMIT 3"
    )


def who_untagged(account, region, day):
    """Who took tags off in an account on the last day that had them, or on the day after."""
    for name in UNTAGGING:
        around = (midnight(day), midnight(day + 2 * DAY))
        for event in events(region, "EventName", name, *around):
            if account_of(event) == account:
                yield f"{name} at {event['eventTime']} by {actor_of(event)}"
                return


def values_of(key):
    """[value, cost], the most costly first."""
    return rows(
        f"SELECT element_at({TAGS}, '{key}'), sum({AMORTIZED}) FROM {TABLE}"
        f" WHERE {in_days(FIRST, LAST)} AND {ONCE} AND {TAGGABLE} AND {with_tag(key)}"
        " GROUP BY 1 ORDER BY 2 DESC"
    )


def plain(value):
    """A value without case, separators, the word team and long forms: `Data-Team` is `data`."""
    short = folded(TEAMS.sub("", value.lower()))
    return SHORT.get(short, short)


def one_typing_error(a, b):
    """Whether one letter more, less, changed or swapped makes the one of the other."""
    if re.sub(r"\D", "", a) != re.sub(r"\D", "", b) or min(len(a), len(b)) < 5:
        return False  # team-1 and team-2 are two teams, and short names are near by chance
    if len(a) == len(b):
        at = [n for n in range(len(a)) if a[n] != b[n]]
        swapped = len(at) == 2 and at[1] == at[0] + 1 and a[at[0]] == b[at[1]]
        return len(at) == 1 or (swapped and a[at[1]] == b[at[0]])
    long, short = (a, b) if len(a) > len(b) else (b, a)
    return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


def misspelt(values):
    """[value, cost, the more costly value that it likely is]."""
    found, usual = [], []
    for value, cost in values:
        own = plain(value)
        other = next((u for u in usual if own == plain(u) or one_typing_error(own, plain(u))), None)
        if other is None:
            usual.append(value)
        else:
            found.append([value, cost, other])
    return found


def not_activated():
    asked, token = client("ce"), {}
    while True:
        page = asked.list_cost_allocation_tags(Status="Inactive", Type="UserDefined", **token)
        yield from (tag["TagKey"] for tag in page["CostAllocationTags"])
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def totals(accounts, how):
    """Declare the sums of all accounts; the taggable one is returned."""
    columns = zip(*(costs for _, *costs in accounts), strict=True)
    taggable, with_it, without_resource, no_usage = (sum(column, ZERO) for column in columns)
    figure(taggable, "USD", "taggable", **how)
    figure(taggable - with_it, "USD", "untagged", **how)
    figure(share(with_it, taggable), "percent", "coverage", **how)
    figure(without_resource, "USD", "usage without a resource", **how)
    figure(no_usage, "USD", "no usage", **how, rows="fees and discounts; without tax and credits")
    return taggable


def share(part, whole):
    return part / whole * 100 if whole else ZERO


def tell_worst(accounts, how):
    """Declare the accounts with the most untagged cost."""
    worst = sorted(accounts, key=lambda account: (account[2] - account[1], account[0]))[:SHOWN]
    for account, taggable, tagged, *_ in worst:
        figure(taggable - tagged, "USD", f"untagged, {account}", **how)
        figure(share(tagged, taggable), "percent", f"coverage, {account}", **how)


def lost_tags(tagged, how):
    """[account, region, first day without, who took them off, one of them] each."""
    told = []
    for row in lost(tagged):
        account_id, account, region, day, count, cost, one = row
        where = f"{account}, {region}, {day + DAY}"
        figure(cost, "USD", f"lost, {where}", **how, one_of_them=short(one))
        figure(count, "resources", f"lost count, {where}", **how)
        who = answers("CloudTrail", who_untagged, account_id, region, day) or [""]
        told.append([account, region, str(day + DAY), who[0][:160], short(one)])
    return told


def tell_misspelt(key, how):
    for value, cost, usual in misspelt(values_of(key))[:SHOWN]:
        figure(cost, "USD", f"misspelt, {words(value)} | {words(usual)}", **how)


def words(value):
    return value.replace("|", "/")[:40]


def main():
    on_bill = keys_on_the_bill()
    names = {re.sub("^user[_:]", "", key): key for key in on_bill}
    key = next((names[name] for name in names if folded(name) == folded(KEY)), "")
    finding = {"first": str(FIRST), "last": str(LAST), "keys": list(names)[:MOST_KEYS]}
    if not key:
        inactive = answers("Cost Explorer's list of tag keys", not_activated)
        finding["inactive"] = sorted(inactive)[:12]
    if KEY and not key:
        finding["missing"] = any(folded(name) == folded(KEY) for name in inactive)
        print(json.dumps(finding | {"silent": told_of(SILENT)}))
        return

    tagged = with_tag(key)
    accounts = by_account(tagged)
    how = {"metric": "amortized cost of usage rows with a resource", "period": f"{FIRST} to {LAST}"}
    how |= {"tag": KEY or "any user tag"}
    taggable = totals(accounts, how)
    if not KEY:
        costs = [cost for cost, _ in on_bill.values()]
        for place, name in enumerate(list(names)[:MOST_KEYS]):
            covered = share(costs[place], taggable)
            figure(covered, "percent", f"coverage of key, {name}", **how | {"tag": name})
    tell_worst(accounts, how)
    finding["lost"] = lost_tags(tagged, how)
    if key:
        tell_misspelt(key, how)
    finding["silent"] = told_of(SILENT)

    file = Path(DATA_DIR) / f"tag_coverage_{LAST}.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["account", "taggable", "tagged", "usage_without_resource", "no_usage"])
        table.writerows(sorted(accounts))
    finding["file"] = file.name
    print(json.dumps(finding, separators=(",", ":")))


main()
