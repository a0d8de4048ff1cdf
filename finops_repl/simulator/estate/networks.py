"""Load balancers, addresses, NAT gateways, endpoints and the traffic between zones and regions."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.estate.place import Place, Spot
from finops_repl.simulator.offers import between, offer
from finops_repl.simulator.resource import Resource, Use, hourly

__all__ = ["networks"]

IDLE_PER_MILLE = 60
_BALANCERS = (
    ("app", "LoadBalancing:Application", "application"),
    ("net", "LoadBalancing:Network", "network"),
    ("", "LoadBalancing", "classic"),
)


def networks(place: Place) -> Iterator[Resource]:
    """What connects the rest; traffic has been there from the start, and grows with demand."""
    for kind, count, (path, operation, type_) in zip(
        ("balancer", "relay", "frontend"), (2, 1, 0), _BALANCERS, strict=True
    ):
        number = count
        if type_ == "classic":
            number = int(place.account.application == "shop")
        if type_ == "network":
            number = int(place.production)
        for spot in place.spots(kind, number):
            yield _balancer(spot, path, operation, type_)
    for spot in place.spots("address", 1):
        yield _address(spot)
    for spot in place.spots("nat", 1):
        id_ = f"nat-0{spot.digits}"
        yield spot.resource(
            id_, spot.arn("ec2", f"natgateway/{id_}"), (
                hourly(offer("ec2", "NatGateway-Hours")),
                spot.used(offer("ec2", "NatGateway-Bytes"), 20, 400, "business", 1_500, 1_500),
            ), kind="nat", zone=spot.zone, first=0,
        )  # fmt: skip
    main = place.is_first and place.production
    for spot in place.spots("gateway", 1, fewest=int(main)):
        yield _gateway_endpoint(spot)
    if place.production:
        for spot in place.spots("endpoint", 1):
            id_ = f"vpce-0{spot.digits}"
            yield spot.resource(
                id_, spot.arn("ec2", f"vpc-endpoint/{id_}"), (
                    hourly(offer("vpc", "VpcEndpoint-Hours"), 2),
                    spot.used(offer("vpc", "VpcEndpoint-Bytes"), 5, 300, "business", 1_500, 1_500),
                ), zones=2, service=f"com.amazonaws.{place.region.code}.logs",
            )  # fmt: skip
    yield from _traffic(place)


def _gateway_endpoint(spot: Spot) -> Resource:
    """What keeps the traffic to S3 away from a NAT gateway; it costs nothing."""
    id_ = f"vpce-0{spot.digits}"
    return spot.resource(
        id_, spot.arn("ec2", f"vpc-endpoint/{id_}"), (), kind="gateway-endpoint", first=0,
        service=f"com.amazonaws.{spot.place.region.code}.s3",
    )  # fmt: skip


def _balancer(spot: Spot, path: str, operation: str, type_: str) -> Resource:
    place = f"{path}/{spot.name}/{spot.digits}" if path else spot.name
    uses = [hourly(offer("elb", "LoadBalancerUsage", operation))]
    if type_ == "classic":
        sent = offer("elb", "DataProcessing-Bytes", operation)
        uses.append(spot.used(sent, 5, 300, "consumer", 1_500, 1_500))
    else:
        units = offer("elb", "LCUUsage", operation)
        uses.append(spot.used(units, 10, 160, "consumer", 1_500, 1_500))
        uses.append(hourly(offer("vpc", "PublicIPv4:InUseAddress"), 2))
    arn = spot.arn("elasticloadbalancing", f"loadbalancer/{place}")
    group, holder, addresses = _behind(spot)
    return spot.resource(
        spot.name, arn, uses, kind="balancer", type=type_, group=group, instance=holder,
        addresses=addresses,
    )  # fmt: skip


def _behind(spot: Spot) -> tuple[str, str, int]:
    """Where a balancer sends: a group's instances, else a standing one, else so many addresses."""
    place = spot.place
    groups = [
        group.name
        for group in place.world.groups
        if (group.account, group.region) == (place.account, place.region)
    ]
    if groups:
        return spot.pick(groups, "group"), "", 0
    holders = [each.id for each in place.holders if each.stopped is None]
    return ("", spot.pick(holders, "holder"), 0) if holders else ("", "", 2)


def _address(spot: Spot) -> Resource:
    id_ = f"eipalloc-0{spot.digits}"
    idle = spot.place.world.chance.happens(IDLE_PER_MILLE, "idle", *spot.words)
    usage = "PublicIPv4:IdleAddress" if idle else "PublicIPv4:InUseAddress"
    holder = "" if idle else f"eni-0{spot.place.world.chance.hex(16, 'interface', *spot.words)}"
    return spot.resource(
        id_, spot.arn("ec2", f"elastic-ip/{id_}"), [hourly(offer("vpc", usage))], kind="address",
        interface=holder,
    )  # fmt: skip


def _traffic(place: Place) -> Iterator[Resource]:
    """What the bill shows by account and region alone, with no resource."""
    for spot in place.spots("traffic", 1, fewest=int(place.is_first and place.production)):
        uses: list[Use] = [
            spot.used(
                offer("transfer", "DataTransfer-Regional-Bytes"), 100, 6_000, "consumer",
                1_500, 1_200,
            )
        ]  # fmt: skip
        if place.production:
            others = [region for region in place.world.regions if region is not place.region]
            where = spot.pick(others, "destination")
            uses.append(spot.used(between(place.region, where), 10, 900, "consumer", 1_000, 1_500))
        yield spot.resource("", "", uses, tagged=False, first=0)
