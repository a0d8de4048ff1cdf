"""Instances that somebody launches together, and what the trail records of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from finops_repl.simulator import fleet, resource
from finops_repl.simulator.event import EC2, INSTANCE_TYPE, Event, Who, event, event_id
from finops_repl.simulator.fleet import DAY_SECONDS, Instance, new_id
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.world import Account, Tags, World

__all__ = ["MIDNIGHT", "UNCOVERED", "billed_as", "charged", "launched", "launching", "terminating"]

MIDNIGHT = DAY_SECONDS
"""The second at which a day ends: who stops then has run for the whole day."""
UNCOVERED = "uncovered"
"""The pool of instances that no commitment covers: what they do takes from nobody else's cover."""


def launched(
    world: World, account: Account, region: Region, kind: str, count: int, *,
    name: str, tags: Tags | None, first: int, second: int = 0, apart: int = 0,
    ended: int | None = None, ended_second: int = MIDNIGHT, pool: str = UNCOVERED,
    volume_gb: int = 100,
) -> tuple[Instance, ...]:  # fmt: skip
    """`count` instances of one type, `name-01` and so on, launched `apart` seconds after another.

    They run until `ended`, or on. Without `tags` they do not even have a name. What they send is no
    part of their scene, which costs the same wherever it stands.
    """
    found = []
    for number in range(1, count + 1):
        words = (account.name, region.code, name, number)
        name_tag = {"Name": f"{name}-{number:02d}"}
        found.append(Instance(
            new_id(world, "i", *words), account, region,
            region.code + world.chance.pick("abc", "zone", *words), kind,
            {} if tags is None else {**tags, **name_tag},
            first, second + apart * (number - 1), ended, ended_second,
            new_id(world, "vol", *words), volume_gb, pool=pool, sends=False,
        ))  # fmt: skip
    return tuple(found)


def charged(
    instances: Sequence[Instance], calendar: Calendar, resources: Sequence[Resource] = ()
) -> tuple[Meter, ...]:
    """What instances, their volumes and other resources are charged for."""
    hours = [meter for each in instances for meter in fleet.meters(each, calendar.last)]
    return (*hours, *(meter for each in resources for meter in resource.meters(each, calendar)))


def billed_as(instances: Sequence[Instance]) -> tuple[str, ...]:
    """The resource ids on the bill of instances and their volumes."""
    return tuple(id_ for each in instances for id_ in (each.id, each.volume))


def launching(
    world: World, instances: Sequence[Instance], time: datetime, who: Who, *,
    agent: str, address: str = "", tags: Tags | None = None,
) -> Event:  # fmt: skip
    """One RunInstances for instances of one account, region and type."""
    one = instances[0]
    request: dict[str, object] = {
        "instancesSet": {
            "items": [{"minCount": len(instances), "maxCount": len(instances)}],
        },
        "instanceType": one.kind,
        "availabilityZone": one.zone,
    }
    if tags:
        request["tagSpecificationSet"] = {
            "items": [{"resourceType": "instance", "tags": _pairs(tags)}]
        }
    response = {
        "instancesSet": {
            "items": [{"instanceId": each.id, "instanceType": each.kind} for each in instances]
        }
    }
    return event(
        event_id(world, "launch", one.id), time, one.account, one.region.code, "RunInstances",
        EC2, who, request, [(INSTANCE_TYPE, each.id) for each in instances], response, agent,
        address=address,
    )  # fmt: skip


def terminating(
    world: World, instances: Sequence[Instance], time: datetime, who: Who, *, agent: str
) -> Event:
    """One TerminateInstances for instances of one account and region."""
    one = instances[0]
    return event(
        event_id(world, "end", one.id), time, one.account, one.region.code, "TerminateInstances",
        EC2, who, {"instancesSet": {"items": [{"instanceId": each.id} for each in instances]}},
        [(INSTANCE_TYPE, each.id) for each in instances], None, agent,
    )  # fmt: skip


def _pairs(tags: Tags) -> list[Mapping[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
