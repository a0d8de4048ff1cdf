"""Untagged spend: a pipeline takes away the tags that costs are allocated by.

The resources are wanted, and cost the same with their tags: what is wrong is that from one day on
nobody is charged for them.
"""

from __future__ import annotations

from dataclasses import replace

from finops_repl.simulator.event import EC2, Event, by_role, event, event_id
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.launches import billed_as, charged, launched
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource, sized
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import Tags, World

__all__ = ["Untagged"]

DAYS_AGO = 70
INSTANCES, INSTANCE_TYPE = 4, "m6i.4xlarge"
BUCKETS, BUCKET_GB = 4, 90_000
LOST = 79_200
ACTOR, AGENT = "research-pipeline", "HashiCorp Terraform/1.9.2 terraform-provider-aws/5.58.0"


class Untagged:
    """Placed in an account's region; by default in a production account."""

    name: IncidentKind = "untagged"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "ranking", "mobile", "platform")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """Resources with all their tags, or with none from the first day on."""
        calendar, first, account = site.calendar, site.place.first, site.place.account
        tags = {
            "team": account.team, "environment": account.environment,
            "application": account.application, "cost-center": account.cost_center,
        }  # fmt: skip
        right, bare = _scene(site, tags), _scene(site, {})
        meters = (
            *(replace(meter, last=first - 1) for meter in right.meters),
            *(replace(meter, first=first) for meter in bare.meters),
        )
        events = _events(site, bare, tags)
        resources = (*billed_as(bare.instances), *(each.on_bill for each in bare.resources))
        return Stage(right, replace(bare, meters=meters, events=events), Truth(
            calendar.last, True,
            f"{ACTOR} lost its default tags and took them off what it looks after",
            events[0], resources,
            "tag the resources with team, environment, application and cost-center again, set the"
            " pipeline's default tags, and require them by a tag policy; nothing is to be ended",
            {"owner": account.team},
        ))  # fmt: skip


def _scene(site: Site, tags: Tags) -> Scene:
    world, calendar, place = site.world, site.calendar, site.place
    account, region = place.account, place.region
    instances = launched(
        world, account, region, INSTANCE_TYPE,
        max(1, world.scaled(INSTANCES, "untagged", account.name)),
        name="research", tags=tags, first=0, volume_gb=1_000,
    )  # fmt: skip
    count = max(1, world.scaled(BUCKETS, "untagged buckets", account.name))
    each_gb = world.scaled(BUCKETS * BUCKET_GB, "untagged bytes", account.name) // count
    stored = sized(offer("s3", "TimedStorage-ByteHrs"), each_gb)
    names = [
        f"research-{number + 1:02d}-{world.chance.hex(8, 'untagged', account.id, number)}"
        for number in range(count)
    ]
    resources = tuple(
        Resource(
            "bucket",
            name,
            name,
            account,
            region,
            0,
            None,
            (stored,),
            tags,
            facts={"role": "lake", "lifecycle": ""},
        )
        for name in names
    )
    loads = tuple(
        Load(each.id, "AWS/EC2 CPUUtilization", 0, calendar.last, 35_000, 70_000)
        for each in instances
    )
    return Scene(instances, resources, charged(instances, calendar, resources), loads=loads)


def _events(site: Site, scene: Scene, tags: Tags) -> tuple[Event, ...]:
    """Who took the tags off, from the instances first."""
    account, region = site.place.account, site.place.region.code
    who = by_role(site.world, account, ACTOR)
    time = site.calendar.moment(site.place.first - 1, LOST)

    def lost(each: Instance) -> Event:
        request = {
            "resourcesSet": {"items": [{"resourceId": id_} for id_ in (each.id, each.volume)]},
            "tagSet": {"items": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        return event(
            event_id(site.world, "untagged", each.id), time, account, region, "DeleteTags", EC2,
            who, request, [("AWS::EC2::Instance", each.id)], None, AGENT,
        )  # fmt: skip

    return (
        *(lost(each) for each in scene.instances),
        *(
            event(
                event_id(site.world, "untagged", each.id), time, account, region,
                "DeleteBucketTagging", "s3.amazonaws.com", who, {"bucketName": each.id},
                [("AWS::S3::Bucket", each.id)], None, AGENT,
            )
            for each in scene.resources
        ),
    )  # fmt: skip
