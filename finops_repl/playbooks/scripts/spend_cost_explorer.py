# ruff: noqa: F821, T201
# mypy: ignore-errors
"""Unblended cost of whole months by one dimension, from one request of Cost Explorer ($0.01)."""

import json
from decimal import Decimal

import boto3

KEY = params["key"]  # SERVICE, LINKED_ACCOUNT or REGION; empty: by month
SHOWN = int(params["shown"])
APART = ["Credit", "Refund", "Tax"]
METRIC = "UnblendedCost"

asked = {
    "TimePeriod": {"Start": params["start"], "End": params["end"]},
    "Granularity": "MONTHLY",
    "Metrics": [METRIC],
    "Filter": {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": APART}}},
}
if KEY:
    asked["GroupBy"] = [{"Type": "DIMENSION", "Key": KEY}]
told = boto3.client("ce", region_name="us-east-1").get_cost_and_usage(**asked)
if told.get("NextPageToken"):
    raise SystemExit("Cost Explorer has more than one page: nothing is summed from a part")

names = {
    each["Value"]: each["Attributes"].get("description", "")
    for each in told.get("DimensionValueAttributes", [])
}
sums, units = {}, set()
for month in told["ResultsByTime"]:
    start = month["TimePeriod"]["Start"][:7]
    for group in month["Groups"] if KEY else [{"Keys": [start], "Metrics": month["Total"]}]:
        cost = group["Metrics"][METRIC]
        key = group["Keys"][0]
        label = f"{names[key]} ({key})" if names.get(key) else key
        sums[label] = sums.get(label, Decimal(0)) + Decimal(cost["Amount"])
        if Decimal(cost["Amount"]):
            units.add(cost["Unit"])
if len(units) > 1:
    raise SystemExit(f"the costs are in several currencies, which have no sum: {sorted(units)}")

unit = units.pop() if units else "USD"
order = sorted(sums.items(), key=lambda item: (-item[1], item[0]) if KEY else item[0])
pedigree = {"metric": "unblended cost, Cost Explorer", "period": params["words"]}
rows = []
for label, cost in order[:SHOWN]:
    figure(cost, unit, f"cost {len(rows)}", part=label, **pedigree)
    rows.append(label)
if order[SHOWN:]:
    figure(sum(cost for _, cost in order[SHOWN:]), unit, "others", **pedigree)
figure(sum(sums.values(), Decimal(0)), unit, "total", **pedigree)
print(json.dumps({"rows": rows}))
