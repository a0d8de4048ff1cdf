"""A surge through a NAT gateway: the S3 endpoint is gone, so that all its traffic goes there."""

from __future__ import annotations

from dataclasses import replace

from finops_repl.simulator.event import EC2, by_role, event, event_id
from finops_repl.simulator.fleet import new_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.meter import DAY, MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Nat"]

DAYS_AGO = 24
USUAL_GB, SURGE_GB = 300, 14_000
"""A day's bytes through the gateway, without and with the traffic to S3."""
NOISE = 800
ACTOR = "terraform-apply"


class Nat:
    """Placed in an account's region; by default in a production account that reads much data."""

    name: IncidentKind = "nat"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "media", "search", "shop")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """A gateway with its usual traffic, or with the surge from the first day on."""
        world, calendar, place = site.world, site.calendar, site.place
        account, region, first, last = place.account, place.region, place.first, calendar.last
        words = ("nat incident", account.name, region.code)
        nat, endpoint = new_id(world, "nat", *words), new_id(world, "vpce", *words)
        arn = f"arn:aws:ec2:{region.code}:{account.id}:natgateway/{nat}"
        tags = world.tags(account, "/".join(words))
        zone = region.code + world.chance.pick("abc", "zone", *words)
        usual = max(MICRO, world.scaled(USUAL_GB * MICRO, *words))
        surge = max(20 * usual, world.scaled(SURGE_GB * MICRO, *words))

        vpc = {"vpc": f"vpc-0{world.chance.hex(16, 'vpc', *words)}"}
        gate = Resource(
            "gateway-endpoint", endpoint, f"arn:aws:ec2:{region.code}:{account.id}:vpc-endpoint/"
            f"{endpoint}", account, region, 0, None, (), tags,
            facts={**vpc, "service": f"com.amazonaws.{region.code}.s3"},
        )  # fmt: skip

        def scene(since_first: int) -> Scene:
            hours, through = offer("ec2", "NatGateway-Hours"), offer("ec2", "NatGateway-Bytes")
            return Scene(
                meters=(
                    Meter(account, region, hours, arn, 0, last, DAY, tags, zone=zone),
                    Meter(account, region, through, arn, 0, first - 1, usual, tags, noise=NOISE,
                          zone=zone),
                    Meter(account, region, through, arn, first, last, since_first, tags,
                          noise=NOISE, zone=zone),
                ),
                resources=(
                    Resource("nat", nat, arn, account, region, 0, None, (), tags, zone, vpc),
                ),
            )  # fmt: skip

        cause = event(
            event_id(world, *words), calendar.moment(first - 1, 82_500), account, region.code,
            "DeleteVpcEndpoints", EC2, by_role(world, account, ACTOR),
            {"DeleteVpcEndpointsRequest": {"VpcEndpointId": [endpoint]}},
            [("AWS::EC2::VPCEndpoint", endpoint)], None,
            "HashiCorp Terraform/1.9.2 terraform-provider-aws/5.58.0",
        )  # fmt: skip
        right, wrong = scene(usual), scene(surge)
        return Stage(
            replace(right, resources=(*right.resources, gate)),
            replace(wrong, events=(cause,)),
            Truth(
                last, True,
                f"{ACTOR} deleted the gateway endpoint {endpoint} for S3, so that its traffic goes"
                f" through the NAT gateway {nat}",
                cause, (arn,),
                f"create a gateway endpoint for S3 in {region.code} again and route the private"
                " subnets to it; it costs nothing",
                {"nat_gateway": nat, "endpoint": endpoint},
            ),
        )  # fmt: skip
