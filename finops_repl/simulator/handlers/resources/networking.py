"""The networks that everything stands in: their ids and addresses, from the world's own chance.

An account has one VPC in a region, with a subnet in each zone.
"""

from __future__ import annotations

from finops_repl.simulator.world import World

__all__ = ["interface", "private_ip", "public_ip", "subnet", "vpc"]


def vpc(world: World, account: str, region: str) -> str:
    """The id of an account's VPC in a region."""
    return f"vpc-{world.chance.hex(17, 'network', account, region)}"


def subnet(world: World, account: str, zone: str) -> str:
    """The id of an account's subnet in a zone."""
    return f"subnet-{world.chance.hex(17, 'subnet', account, zone)}"


def private_ip(world: World, region: str, id_: str) -> str:
    """The address of a resource in its VPC."""
    address = world.chance.below(1 << 16, "address", id_)
    return f"10.{len(region)}.{address >> 8}.{address & 255}"


def public_ip(world: World, id_: str) -> str:
    """A public address of nobody: 198.18.0.0/15 is set aside for benchmarks (RFC 2544)."""
    address = world.chance.below(1 << 17, "public address", id_)
    return f"198.{18 + (address >> 16)}.{address >> 8 & 255}.{address & 255}"


def interface(world: World, id_: str) -> str:
    """The id of a resource's network interface."""
    return f"eni-0{world.chance.hex(16, 'interface', id_)}"
