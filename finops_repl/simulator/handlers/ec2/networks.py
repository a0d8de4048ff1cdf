"""EC2's networks: elastic addresses, NAT gateways and VPC endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.simulator.handlers.ec2.filters import Described
from finops_repl.simulator.handlers.ec2.listing import Listing
from finops_repl.simulator.handlers.resources.networking import (
    interface,
    private_ip,
    public_ip,
    subnet,
    vpc,
)
from finops_repl.simulator.handlers.resources.standing import Standing, key_values
from finops_repl.simulator.world import World

__all__ = ["NETWORKS"]


def _addresses(world: World, found: Sequence[Standing]) -> list[Described]:
    return [_address(world, each) for each in found]


def _address(world: World, found: Standing) -> Described:
    described: dict[str, Any] = {
        "AllocationId": found.id,
        "PublicIp": public_ip(world, found.id),
        "Domain": "vpc",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": found.region,
        "Tags": key_values(found.tags),
    }
    if holder := found.text("interface"):
        described |= {
            "AssociationId": f"eipassoc-0{world.chance.hex(16, 'association', found.id)}",
            "NetworkInterfaceId": holder,
            "NetworkInterfaceOwnerId": found.account,
            "PrivateIpAddress": private_ip(world, found.region, holder),
        }
    return described


def _nats(world: World, found: Sequence[Standing]) -> list[Described]:
    """Without allocations: the bill charges these gateways' addresses to nobody."""
    return [
        {
            "NatGatewayId": each.id,
            "State": "available",
            "CreateTime": each.created,
            "ConnectivityType": "public",
            "VpcId": _network(world, each),
            "SubnetId": subnet(world, each.account, each.zone),
            "NatGatewayAddresses": [
                {
                    "NetworkInterfaceId": interface(world, each.id),
                    "PrivateIp": private_ip(world, each.region, each.id),
                    "PublicIp": public_ip(world, each.id),
                    "IsPrimary": True,
                    "Status": "succeeded",
                }
            ],
            "Tags": key_values(each.tags),
        }
        for each in found
    ]


def _endpoints(world: World, found: Sequence[Standing]) -> list[Described]:
    return [_endpoint(world, each) for each in found]


def _endpoint(world: World, found: Standing) -> Described:
    network = _network(world, found)
    described: dict[str, Any] = {
        "VpcEndpointId": found.id,
        "VpcEndpointType": "Gateway" if found.kind == "gateway-endpoint" else "Interface",
        "ServiceName": found.text("service"),
        "State": "available",
        "VpcId": network,
        "CreationTimestamp": found.created,
        "OwnerId": found.account,
        "RequesterManaged": False,
        "RouteTableIds": [],
        "SubnetIds": [],
        "NetworkInterfaceIds": [],
        "Tags": key_values(found.tags),
    }
    if found.kind == "gateway-endpoint":
        described["RouteTableIds"] = [f"rtb-0{world.chance.hex(16, 'routes', network)}"]
        return described
    zones = [f"{found.region}{letter}" for letter in "abc"[: found.number("zones")]]
    described["SubnetIds"] = [subnet(world, found.account, zone) for zone in zones]
    described["NetworkInterfaceIds"] = [interface(world, f"{found.id}/{zone}") for zone in zones]
    return described


def _network(world: World, found: Standing) -> str:
    return found.text("vpc") or vpc(world, found.account, found.region)


NETWORKS: Mapping[str, Listing] = {
    "DescribeAddresses": Listing(
        ("address",), "Addresses", _addresses,
        {
            "AllocationIds": (
                "AllocationId", "InvalidAllocationID.NotFound",
                "The allocation ID '{}' does not exist",
            ),
            "PublicIps": ("PublicIp", "InvalidAddress.NotFound", "Address '{}' not found."),
        },
        {
            "allocation-id": "AllocationId",
            "association-id": "AssociationId",
            "domain": "Domain",
            "instance-id": "InstanceId",
            "network-border-group": "NetworkBorderGroup",
            "network-interface-id": "NetworkInterfaceId",
            "network-interface-owner-id": "NetworkInterfaceOwnerId",
            "private-ip-address": "PrivateIpAddress",
            "public-ip": "PublicIp",
        },
        paged=False,
    ),
    "DescribeNatGateways": Listing(
        ("nat",), "NatGateways", _nats,
        {"NatGatewayIds": (
            "NatGatewayId", "NatGatewayNotFound", "The Nat Gateway {} was not found",
        )},
        {
            "nat-gateway-id": "NatGatewayId",
            "state": "State",
            "subnet-id": "SubnetId",
            "vpc-id": "VpcId",
        },
        filters_name="Filter",
    ),
    "DescribeVpcEndpoints": Listing(
        ("endpoint", "gateway-endpoint"), "VpcEndpoints", _endpoints,
        {"VpcEndpointIds": (
            "VpcEndpointId", "InvalidVpcEndpointId.NotFound",
            "The Vpc Endpoint Id '{}' does not exist",
        )},
        {
            "service-name": "ServiceName",
            "vpc-endpoint-id": "VpcEndpointId",
            "vpc-endpoint-state": "State",
            "vpc-endpoint-type": "VpcEndpointType",
            "vpc-id": "VpcId",
        },
    ),
}  # fmt: skip
