# ruff: noqa: F821, T201
# mypy: ignore-errors
"""Costs of Cost Explorer by up to two dimensions; each request, and each page of one, is $0.01."""

import json
from datetime import date, timedelta
from decimal import Decimal

import boto3

REQUESTS = json.loads(params["requests"])  # each: column, start, end, filter
KEYS = json.loads(params["group_by"])  # at most two of {"Type", "Key"}
METRIC, OVER, SHOWN = params["metric"], params["over"], int(params["shown"])
ROWS_BY_TIME = params["rows_by_time"] == "yes"
BY_CHANGE = params["by_change"] == "yes"
NEW_SHOWN = 5
ROOM, ROOM_OF_FIGURES, FIGURE = 4_200, 3_200, 70  # bytes that a result has for a table, about
LONGEST = 24  # letters of a part's name in a label
ce = boto3.client("ce", region_name="us-east-1")
SPAN = {"Start": min(r["start"] for r in REQUESTS), "End": max(r["end"] for r in REQUESTS)}


def accounts(said):
    """The ids of accounts that are named or numbered so."""
    if all(each.isdigit() for each in said):
        return said
    told = ce.get_dimension_values(TimePeriod=SPAN, Dimension="LINKED_ACCOUNT")
    ids = {}
    for each in told["DimensionValues"]:
        ids[each["Value"]] = each["Value"]
        ids[each["Attributes"].get("description", "").lower()] = each["Value"]
    missing = [each for each in said if each.lower() not in ids]
    if missing:
        there = sorted(name for name in ids if name and not name.isdigit())
        raise SystemExit(f"no account {', '.join(missing)}; the accounts there: {', '.join(there)}")
    return [ids[each.lower()] for each in said]


def tag(said):
    """A tag's key as the account writes it."""
    squeezed = "".join(c for c in said.lower() if c.isalnum())
    keys = [key for key in ce.get_tags(TimePeriod=SPAN)["Tags"] if key]
    alike = [key for key in keys if "".join(c for c in key.lower() if c.isalnum()) == squeezed]
    if said in alike or len(alike) == 1:
        return said if said in alike else alike[0]
    raise SystemExit(
        f"{'no' if not alike else 'several'} tag {said} activated for cost allocation; those that "
        f"are: {', '.join(sorted(alike or keys))}"
    )


tags = {said: tag(said) for said in json.loads(params["tags"])}


def resolved(condition):
    """A filter with accounts by their ids and tags by their keys."""
    if "And" in condition:
        return {"And": [resolved(each) for each in condition["And"]]}
    if "Not" in condition:
        return {"Not": resolved(condition["Not"])}
    if "Tags" in condition:
        return {"Tags": {**condition["Tags"], "Key": tags[condition["Tags"]["Key"]]}}
    named = condition["Dimensions"]
    if named["Key"] == "LINKED_ACCOUNT":
        return {"Dimensions": {**named, "Values": accounts(named["Values"])}}
    return condition


def pages(request):
    """Every page that answers a request."""
    asked = {
        "TimePeriod": {"Start": request["start"], "End": request["end"]},
        "Granularity": params["granularity"],
        "Metrics": [METRIC],
    }
    if request["filter"]:
        asked["Filter"] = resolved(request["filter"])
    if KEYS:
        asked["GroupBy"] = [
            {**key, "Key": tags[key["Key"]]} if key["Type"] == "TAG" else key for key in KEYS
        ]
    by_resource = any(key["Key"] == "RESOURCE_ID" for key in KEYS)
    ask = ce.get_cost_and_usage_with_resources if by_resource else ce.get_cost_and_usage
    while True:
        told = ask(**asked)
        yield told
        if not told.get("NextPageToken"):
            return
        asked["NextPageToken"] = told["NextPageToken"]


def moment(start):
    """The day, the week's Monday or the month that a bucket is of."""
    if OVER == "week":
        day = date.fromisoformat(start[:10])
        return str(day - timedelta(days=day.weekday()))
    return start[:7] if OVER == "month" else start[:10]


def label(key, names):
    """`sim-web (222222222222)`; of a tag its value, or that there is none."""
    if "$" in key and any(each["Type"] == "TAG" for each in KEYS):
        head, _, value = key.partition("$")
        if head in tags.values():
            return value or "(untagged)"
    return f"{names[key]} ({key})" if names.get(key) else key


cells, units = {}, set()
for request in REQUESTS:
    for told in pages(request):
        names = {
            each["Value"]: each["Attributes"].get("description", "")
            for each in told.get("DimensionValueAttributes", [])
        }
        for bucket in told["ResultsByTime"]:
            at = moment(bucket["TimePeriod"]["Start"])
            for group in bucket["Groups"] if KEYS else [{"Keys": [], "Metrics": bucket["Total"]}]:
                cost = group["Metrics"][METRIC]
                value = Decimal(cost["Amount"])
                parts = tuple(label(key, names) for key in group["Keys"])
                columns = [request["column"]]
                if OVER and ROWS_BY_TIME:
                    parts = (at,)
                elif OVER:
                    columns.append(at)
                row = cells.setdefault(parts, {})
                for column in columns:
                    row[column] = row.get(column, Decimal(0)) + value
                if value:
                    units.add(cost["Unit"])
if len(units) > 1:
    raise SystemExit(f"the costs are in several currencies, which have no sum: {sorted(units)}")

unit = units.pop() if units else "USD"
asked = [request["column"] for request in REQUESTS]
moments = sorted({column for row in cells.values() for column in row} - set(asked))
columns = [*moments, *asked]
FIRST = asked[0]  # by which parts are ranked, and whose share is told
rows = {parts: row for parts, row in cells.items() if any(row.values())}


def summed(some):
    """The sum of rows, and what follows from it."""
    sums = {c: sum((row.get(c, Decimal(0)) for row in some), Decimal(0)) for c in columns}
    if BY_CHANGE:
        sums["change_cost"] = sums["later_cost"] - sums["earlier_cost"]
        if sums["earlier_cost"]:
            sums["change_percent"] = 100 * sums["change_cost"] / abs(sums["earlier_cost"])
    if params["share"] == "yes":
        whole = sums.get("whole_cost", sum((row.get(FIRST, 0) for row in rows.values()), 0))
        if whole:
            sums["share_percent"] = 100 * sums[FIRST] / whole
    return sums


def kind(row):
    """Whether a part is in both periods or in one alone."""
    if not BY_CHANGE:
        return "all"
    if not row.get("earlier_cost"):
        return "new"
    return "changed" if row.get("later_cost") else "gone"


def order(item):
    """The largest first; of changes the largest either way; days in their order."""
    parts, row = item
    if ROWS_BY_TIME:
        return (0, parts)
    if BY_CHANGE:
        return (-abs(row.get("later_cost", 0) - row.get("earlier_cost", 0)), parts)
    return (-row.get(FIRST, Decimal(0)), parts)


by_kind = {}
for parts, row in sorted(rows.items(), key=order):
    by_kind.setdefault(kind(row), []).append((parts, row))


def tabled(shown):
    """The rows of the table: kind, rank, whether it is the rest, names, sums."""
    for name, listed in by_kind.items() if params["tabled"] == "yes" else ():
        most = shown if name in ("changed", "all") else min(shown, NEW_SHOWN)
        for rank, (parts, row) in enumerate(listed[:most], start=1):
            yield name, rank, False, parts, summed([row])
        if rest := [row for _, row in listed[most:]]:
            yield name, most + 1, True, ["others"] * len(listed[0][0]), summed(rest)
        if name in ("new", "gone"):
            yield f"all {name}", 1, False, [], summed([row for _, row in listed])


def words_of(parts):
    """Which row a figure is of, as its label says it."""
    words = ", ".join(parts) or "total"
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def has_room(table):
    """Whether a table's names and figures are likely to find room in the result."""
    figures = sum((FIGURE + len(words_of(row[3]))) * len(row[4]) for row in table)
    names = sum(40 + len(json.dumps(row[3])) for row in table)
    return figures <= ROOM_OF_FIGURES and figures + names <= ROOM


shown = SHOWN
while shown > 1 and not ROWS_BY_TIME and not has_room(list(tabled(shown))):
    shown -= 1
table = [("total", 1, False, [], summed(rows.values())), *tabled(shown)]
pedigree = {"metric": f"{METRIC}, Cost Explorer", "period": params["words"]}
told, declared = [], 0
for name, rank, is_rest, parts, sums in table:
    told.append([name, rank, is_rest, declared, *parts])
    for column, value in sums.items():
        in_percent = column.endswith("percent")
        own = {"part": ", ".join(parts)} if parts else {}
        label = f"{column.replace('_', ' ')}, {words_of(parts)}"
        figure(value, "percent" if in_percent else unit, label, **own, **pedigree)
        declared += 1
print(json.dumps({"unit": unit, "moments": moments, "shown": shown, "rows": told}))
