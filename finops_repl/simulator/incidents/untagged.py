"""Untagged spend: a new pipeline creates resources without the tags that costs are allocated by.

The resources are wanted, and cost the same with their tags: what is wrong is that nobody is
charged for them.
"""

from __future__ import annotations

from finops_repl.simulator.event import Event, by_role, event, event_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.launches import billed_as, charged, launched, launching
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource, sized
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import Account, Tags, World

__all__ = ["Untagged"]

DAYS_AGO = 70
INSTANCES, INSTANCE_TYPE = 4, "m6i.4xlarge"
BUCKETS, BUCKET_GB = 4, 90_000
LAUNCHED = 36_600
ACTOR, AGENT = "research-pipeline", "HashiCorp Terraform/1.9.2 terraform-provider-aws/5.58.0"


class Untagged:
    """Placed in an account's region; by default in a production account."""

    name: IncidentKind = "untagged"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "ranking", "mobile", "platform")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """The same resources with all tags, or with none."""
        right, _ = _scene(site, _tags(site.place.account))
        wrong, resources = _scene(site, {})
        return Stage(right, wrong, Truth(
            site.calendar.last, True,
            f"{ACTOR} creates resources without the default tags of the organisation",
            wrong.events[0], resources,
            "tag the resources with team, environment, application and cost-center, set the"
            " pipeline's default tags, and require them by a tag policy; nothing is to be ended",
            {"owner": site.place.account.team},
        ))  # fmt: skip


def _tags(account: Account) -> Tags:
    return {
        "team": account.team,
        "environment": account.environment,
        "application": account.application,
        "cost-center": account.cost_center,
    }


def _scene(site: Site, tags: Tags) -> tuple[Scene, tuple[str, ...]]:
    world, calendar, place = site.world, site.calendar, site.place
    account, region, first, last = place.account, place.region, place.first, calendar.last
    instances = launched(
        world, account, region, INSTANCE_TYPE,
        max(1, world.scaled(INSTANCES, "untagged", account.name)),
        name="research", tags=tags, first=first, second=LAUNCHED, volume_gb=1_000,
    )  # fmt: skip
    count = max(1, world.scaled(BUCKETS, "untagged buckets", account.name))
    each_gb = world.scaled(BUCKETS * BUCKET_GB, "untagged bytes", account.name) // count
    buckets = [
        f"research-{number + 1:02d}-{world.chance.hex(8, 'untagged', account.id, number)}"
        for number in range(count)
    ]
    stored = sized(offer("s3", "TimedStorage-ByteHrs"), each_gb)
    resources = tuple(
        Resource("bucket", name, name, account, region, first, None, (stored,), tags)
        for name in buckets
    )
    who = by_role(world, account, ACTOR)
    made = launching(
        world, instances, calendar.moment(first, LAUNCHED), who, agent=AGENT, tags=tags or None
    )
    events = [made, *(_bucket(site, name) for name in buckets)]
    loads = tuple(
        Load(each.id, "AWS/EC2 CPUUtilization", first, last, 35_000, 70_000) for each in instances
    )
    scene = Scene(
        instances, resources, charged(instances, calendar, resources), loads=loads,
        events=tuple(events),
    )  # fmt: skip
    return scene, (*billed_as(instances), *buckets)


def _bucket(site: Site, name: str) -> Event:
    account, region = site.place.account, site.place.region
    return event(
        event_id(site.world, "untagged", name),
        site.calendar.moment(site.place.first, LAUNCHED - 300), account, region.code,
        "CreateBucket", "s3.amazonaws.com", by_role(site.world, account, ACTOR),
        {"bucketName": name}, [("AWS::S3::Bucket", name)], None, AGENT,
    )  # fmt: skip
