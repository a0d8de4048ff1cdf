"""A pile of snapshots: the backup job goes on, and nothing deletes what it makes any more.

Every four days a few large volumes are copied. A copy is deleted after eight days, as long as
something does; the first one to stay is due on the first day of the incident.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from finops_repl.simulator.event import DAYS_KEPT, EC2, Event, by_role, event, event_id
from finops_repl.simulator.fleet import new_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.launches import MIDNIGHT, charged
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource, sized
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Snapshots"]

DAYS_AGO = 200
EVERY, KEPT = 4, 8
VOLUMES, LEAST_GB, MOST_GB = 5, 900, 1_800
SMALL = 20  # in a small organisation a single volume is a twentieth as large
ACTOR, OPERATOR = "backup-runner", "platform-admin"
MADE = 5_400


class Snapshots:
    """Placed in an account's region; by default in a production account that keeps much data."""

    name: IncidentKind = "snapshots"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "shop", "logs", "lake")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """Two sets of copies at any time, or all that were due since the first day beside them."""
        world, place = site.world, site.place
        account = place.account
        policy = new_id(world, "policy", "snapshots", account.name)
        cause = event(
            event_id(world, "snapshots", account.id), site.calendar.moment(place.first, 32_400),
            account, place.region.code, "DeleteLifecyclePolicy", "dlm.amazonaws.com",
            by_role(world, account, OPERATOR), {"policyId": policy},
            [("AWS::DLM::LifecyclePolicy", policy)],
        )  # fmt: skip
        right = _scene(site, site.calendar.length)
        wrong = _scene(site, place.first)
        due = range(place.first - KEPT, site.calendar.length - KEPT)
        arns = tuple(each.on_bill for each in wrong.resources if each.first in due)
        return Stage(
            right,
            replace(wrong, events=(cause, *wrong.events)),
            Truth(
                site.calendar.last, True,
                f"{OPERATOR} deleted the lifecycle policy {policy}; {ACTOR} makes snapshots every"
                f" {EVERY} days and nothing deletes them",
                cause, arns,
                f"delete the snapshots older than {KEPT} days and restore the lifecycle policy",
                {"policy": policy, "snapshots": len(arns), "kept_days": KEPT},
            ),
        )  # fmt: skip


def _scene(site: Site, deleted_before: int) -> Scene:
    """The copies; those due before a day are deleted, the others stay."""
    world, calendar, place = site.world, site.calendar, site.place
    account, region = place.account, place.region
    price = offer("ec2", "EBS:SnapshotUsage")
    count = world.scaled(VOLUMES, "snapshots", account.name)
    share = 1 if count else SMALL
    resources: list[Resource] = []
    events: list[Event] = []
    for day in range(place.first % EVERY, calendar.length, EVERY):
        due = day + KEPT
        deleted = due < deleted_before and due <= calendar.last
        for number in range(max(1, count)):
            words = ("snapshots", account.name, region.code, number)
            volume = new_id(world, "vol", *words)
            id_ = new_id(world, "snap", *words, day)
            gb = world.chance.between(LEAST_GB, MOST_GB, *words, day) // share
            arn = f"arn:aws:ec2:{region.code}:{account.id}:snapshot/{id_}"
            tags = world.tags(account, "/".join(map(str, words)))
            found = Resource(
                "snapshot", id_, arn, account, region, day, due - 1 if deleted else None,
                (sized(price, gb),), tags,
                facts={"volume": volume, "volume_gb": MOST_GB // share, "gb": gb},
            )  # fmt: skip
            resources.append(found)
            if day < calendar.last - DAYS_KEPT:
                continue  # nobody can look that far back
            events.append(_event(site, found, "CreateSnapshot", calendar.moment(day, MADE)))
            if deleted:
                ended = calendar.moment(due - 1, MIDNIGHT - 600)
                events.append(_event(site, found, "DeleteSnapshot", ended))
    return Scene(
        resources=tuple(resources), meters=charged((), calendar, resources), events=tuple(events)
    )


def _event(site: Site, snapshot: Resource, name: str, time: datetime) -> Event:
    volume = str(snapshot.facts["volume"])
    return event(
        event_id(site.world, name, snapshot.id), time, snapshot.account, snapshot.region.code,
        name, EC2, by_role(site.world, snapshot.account, ACTOR),
        {"volumeId": volume} if name == "CreateSnapshot" else {"snapshotId": snapshot.id},
        [("AWS::EC2::Snapshot", snapshot.id), ("AWS::EC2::Volume", volume)],
    )  # fmt: skip
