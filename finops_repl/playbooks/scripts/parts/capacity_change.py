# ruff: noqa: F821
# mypy: ignore-errors
"""What changed capacity around a day, and whether it was planned."""

CAUSES = (
    "UpdateAutoScalingGroup",
    "SetDesiredCapacity",
    "CreateAutoScalingGroup",
    "PutScalingPolicy",
    "ModifyFleet",
    "CreateFleet",
    "RunInstances",
)
SIZES = ("minSize", "maxSize", "desiredCapacity")
TICKETS = ("change-ticket", "change-request", "change-id", "ticket")  # tag keys, in lower case


def cause_of(region, account, group, onset):
    """The change of capacity that fits best, from 24 hours before the onset day to its end.

    CloudTrail names new values only, so the old ones come from earlier events of the same group;
    a deployment that writes the same sizes again is no change.
    """
    lookups = [("EventName", name) for name in CAUSES]
    since = midnight(onset) - DAY
    if group:
        lookups, since = [("ResourceName", group)], midnight(onset) - 45 * DAY
    found = [
        event for each in lookups for event in events(region, *each, since, midnight(onset) + DAY)
    ]
    sizes, changes = {}, []
    for event in sorted(found, key=lambda event: event["eventTime"]):
        if account not in (event.get("recipientAccountId"), event["userIdentity"].get("accountId")):
            continue
        asked = event.get("requestParameters") or {}
        new = {name: asked[name] for name in SIZES if name in asked}
        growth = max((to - sizes[name] for name, to in new.items() if name in sizes), default=0)
        if event["eventName"] in CAUSES and event["eventTime"] >= f"{onset - DAY}T":
            rank = (growth, -CAUSES.index(event["eventName"]), event["eventTime"])
            changes.append((rank, event, {n: [sizes.get(n), to] for n, to in new.items()}))
        sizes |= new
    return max(changes, key=lambda change: change[0])[1:] if changes else None


def ticket_of(region, account, onset):
    """The change ticket in the tags of what was launched around the onset; empty without one."""
    around = (midnight(onset) - DAY, midnight(onset) + DAY)
    for event in events(region, "EventName", "RunInstances", *around):
        asked = event.get("requestParameters") or {}
        if account == event.get("recipientAccountId"):
            for item in (asked.get("tagSpecificationSet") or {}).get("items", ()):
                for tag in item.get("tags", ()):
                    if tag["key"].lower() in TICKETS:
                        return tag["value"]
    return ""
