# ruff: noqa: F821, T201, S608
# mypy: ignore-errors
"""Tell what EBS snapshots cost by their age, and of which volumes most are kept.

Cost is what the bill charged for each in the days looked at; age is by EC2's inventory, which the
credentials may show of their own account alone. A snapshot holds what changed since the one before
it: when one is deleted, what later ones still need of it is charged with them.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

# parts: athena charged asking sight

OLD_DAYS = int(params.get("older_than_days", 365))
DAYS = int(params.get("days", 30))
SHOWN, NEW_DAYS = 5, min(90, OLD_DAYS)
OLD, NEW = f"older than {OLD_DAYS} days", f"up to {NEW_DAYS} days"
BETWEEN, UNKNOWN = f"{NEW_DAYS + 1} to {OLD_DAYS} days", "unknown, as EC2 does not show it"
LAST = last_complete_day()
FIRST = LAST - (DAYS - 1) * DAY


def snapshots_charged():
    """[resource, account, region, cost] of those charged on the last day."""
    return rows(
        f"SELECT {RESOURCE}, {NAME}, {REGION}, sum({AMORTIZED})"
        f" FROM {TABLE} WHERE {in_days(FIRST, LAST)} AND {RESOURCE} <> ''"
        f" AND line_item_line_item_type IN {USAGE}"
        " AND line_item_usage_type LIKE '%EBS:SnapshotUsage%' GROUP BY 1, 2, 3"
        f" HAVING date(max(line_item_usage_start_date)) = date '{LAST}'"
    )


def snapshots_known(region):
    for each in listed(client("ec2", region), "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        yield each["SnapshotId"], each["StartTime"].date(), each["VolumeId"]


def imaged(region):
    """Snapshots that an image of the account is made of: they cannot be deleted by themselves."""
    for image in listed(client("ec2", region), "describe_images", "Images", Owners=["self"]):
        for device in image.get("BlockDeviceMappings", ()):
            yield device.get("Ebs", {}).get("SnapshotId", "")


def looked_up(charged_now):
    """Each snapshot that is charged with what EC2 knows of it."""
    made, images = {}, set()
    for region in sorted({region for _, _, region, _ in charged_now}):
        for id_, day, volume in answers(f"EC2 in {region}", snapshots_known, region):
            made[id_] = (day, volume)
        images |= set(answers(f"the list of images in {region}", imaged, region))
    for resource, account, region, cost in charged_now:
        id_ = short(resource)
        day, volume = made.get(id_, (None, ""))
        yield {"snapshot": id_, "account": account, "region": region, "volume": volume,
               "made": day, "cost": cost, "image": id_ in images}  # fmt: skip


def age_of(snapshot):
    if snapshot["made"] is None:
        return UNKNOWN
    days = (LAST - snapshot["made"]).days
    return OLD if days > OLD_DAYS else NEW if days <= NEW_DAYS else BETWEEN


def tell_ages(found, how):
    """Declare the cost and the number of snapshots of each age."""
    groups = [
        (age, some)
        for age in (OLD, BETWEEN, NEW, UNKNOWN)
        if (some := [each for each in found if age_of(each) == age])
    ]
    for age, some in groups:
        figure(sum(each["cost"] for each in some), "USD", f"snapshots, {age}", **how)
        figure(len(some), "snapshots", f"count, {age}", **how)


def tell_piles(found, how):
    """Declare where most is spent on copies, how many there are, and how many are new."""
    groups = defaultdict(list)
    for each in found:
        if each["made"]:
            groups[each["account"], each["region"]].append(each)
    order = sorted(groups.items(), key=lambda item: (-sum(e["cost"] for e in item[1]), item[0]))
    for names, some in order[:SHOWN]:
        where = ", ".join(names)
        oldest = min(each["made"] for each in some)
        figure(sum(each["cost"] for each in some), "USD", f"kept, {where} | {oldest}", **how)
        figure(len(some), "snapshots", f"kept count, {where}", **how)
        new = sum(age_of(each) == NEW for each in some)
        figure(new, "snapshots", f"kept new, {where}", **how)


def main():
    found = list(looked_up(snapshots_charged()))
    how = {"metric": "amortized cost of usage", "period": f"{FIRST} to {LAST}"}
    figure(sum((each["cost"] for each in found), ZERO), "USD", "snapshots", **how)
    figure(len(found), "snapshots", "count", **how)
    finding = {"first": str(FIRST), "last": str(LAST), "old_days": OLD_DAYS}
    tell_ages(found, how)
    tell_piles(found, how)
    old = [each for each in found if age_of(each) == OLD]
    figure(sum((each["cost"] for each in old), ZERO), "USD", "old", **how)
    figure(sum(each["image"] for each in old), "snapshots", "of images", **how)
    tell_accounts_in_sight(sorted({each["region"] for each in found}))
    finding["silent"] = told_of(SILENT)

    file = Path(DATA_DIR) / f"snapshots_{LAST}.csv"
    columns = ("snapshot", "volume", "account", "region", "made", "cost", "image")
    with file.open("w", newline="") as out:
        table = csv.DictWriter(out, columns)
        table.writeheader()
        table.writerows(sorted(found, key=lambda each: -each["cost"]))
    finding["file"] = file.name
    print(f"{len(found)} snapshots are charged for")
    print(json.dumps(finding, separators=(",", ":")))


main()
