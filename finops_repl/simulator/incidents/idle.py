"""Idle resources: what a load test left behind, running, attached to nothing, used by nobody.

Instances at 1 to 2 % CPU, volumes attached to nothing, addresses associated with nothing, load
balancers without a request and NAT gateways without a byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from finops_repl.simulator.event import EC2, Event, by_role, event, event_id
from finops_repl.simulator.fleet import new_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed
from finops_repl.simulator.launches import billed_as, charged, launched, launching
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Fact, Resource, Use, hourly, sized
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Idle"]

DAYS_AGO = 75
ACTOR, AGENT = "load-test-runner", "HashiCorp Terraform/1.7.5 terraform-provider-aws/5.40.0"
INSTANCES, INSTANCE_TYPE = 3, "m5.2xlarge"
VOLUME_GB = 3_000
LAUNCHED = 1_200
TAGS = {"environment": "load-test"}


class Idle:
    """Placed in an account's region; by default in a small account's."""

    name: IncidentKind = "idle"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a small account's own."""
        small = [account for account in world.members if account.environment != "prod"]
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=small)

    def stage(self, site: Site) -> Stage:
        """Nothing, for the test cleans up after itself, or what it left."""
        world, calendar, place = site.world, site.calendar, site.place
        account, first, last = place.account, place.first, calendar.last
        instances = launched(
            world, account, place.region, INSTANCE_TYPE,
            max(1, world.scaled(INSTANCES, "idle", account.name)), name="load-test", tags=TAGS,
            first=first, second=LAUNCHED,
        )  # fmt: skip
        cause = launching(
            world, instances, calendar.moment(first, LAUNCHED), by_role(world, account, ACTOR),
            agent=AGENT, tags=TAGS,
        )  # fmt: skip
        left = [(kind, resource) for kind in _kinds() for resource in _resources(site, kind)]
        resources = tuple(resource for _, resource in left)
        loads = tuple(
            Load(each.id, f"AWS/EC2 {metric}", first, last, least, most)
            for each in instances
            for metric, least, most in (
                ("CPUUtilization", 1_000, 2_000), ("NetworkIn", 900_000, 6_000_000),
                ("NetworkOut", 900_000, 6_000_000),
            )
        )  # fmt: skip
        wrong = Scene(
            instances, resources, charged(instances, calendar, resources), loads=loads,
            events=(cause, *(_made(site, *each) for each in left)),
        )  # fmt: skip
        counts = {kind.name: sum(each is kind for each, _ in left) for kind, _ in left}
        return Stage(Scene(), wrong, Truth(
            last, True,
            f"a load test of {ACTOR} on {calendar.day(first)} was never cleaned up",
            cause, (*billed_as(instances), *(each.on_bill for each in resources)),
            "end the instances, snapshot and delete the volumes, release the addresses, delete the"
            " load balancers and the NAT gateways",
            {"instance": len(instances)} | counts,
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Left:
    """A kind of thing left behind: how many, what a day of one uses, who made it."""

    name: str
    count: int
    use: Use
    prefix: str
    arn: str
    made_by: str
    cloud_type: str
    facts: Mapping[str, Fact]
    source: str = EC2


def _kinds() -> tuple[_Left, ...]:
    return (
        _Left("volume", 16, sized(offer("ec2", "EBS:VolumeUsage.gp2"), VOLUME_GB), "vol", "{id}",
              "CreateVolume", "AWS::EC2::Volume",
              {"type": "gp2", "gb": VOLUME_GB, "iops": 3 * VOLUME_GB, "mibps": 0, "instance": ""}),
        _Left("address", 18, hourly(offer("vpc", "PublicIPv4:IdleAddress")), "eipalloc",
              "arn:aws:ec2:{region}:{account}:elastic-ip/{id}", "AllocateAddress",
              "AWS::EC2::EIP", {"interface": ""}),
        _Left("balancer", 5,
              hourly(offer("elb", "LoadBalancerUsage", "LoadBalancing:Application")), "load-test",
              "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{id}/{digits}",
              "CreateLoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer",
              {"type": "application", "scheme": "internal"}, "elasticloadbalancing.amazonaws.com"),
        _Left("nat", 3, hourly(offer("ec2", "NatGateway-Hours")), "nat",
              "arn:aws:ec2:{region}:{account}:natgateway/{id}", "CreateNatGateway",
              "AWS::EC2::NatGateway", {}),
    )  # fmt: skip


def _resources(site: Site, kind: _Left) -> Iterator[Resource]:
    world, account, region = site.world, site.place.account, site.place.region
    for number in range(max(1, world.scaled(kind.count, "idle", kind.name, account.name))):
        words = ("idle", account.name, region.code, number)
        id_ = new_id(world, kind.prefix, *words)
        on_bill = kind.arn.format(region=region.code, account=account.id, id=id_, digits=id_[-16:])
        in_a_zone = kind.name in ("volume", "nat")
        yield Resource(
            kind.name, id_, on_bill, account, region, site.place.first, None, (kind.use,), TAGS,
            region.code + world.chance.pick("abc", "zone", *words) if in_a_zone else "",
            kind.facts,
        )  # fmt: skip


def _made(site: Site, kind: _Left, resource: Resource) -> Event:
    account = resource.account
    return event(
        event_id(site.world, "idle", resource.id),
        site.calendar.moment(resource.first, LAUNCHED - 600), account, resource.region.code,
        kind.made_by, kind.source, by_role(site.world, account, ACTOR),
        {"clientToken": site.world.chance.hex(12, "token", resource.id)},
        [(kind.cloud_type, resource.id)], None, AGENT,
    )  # fmt: skip
