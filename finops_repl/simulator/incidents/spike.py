"""Runaway auto-scaling: somebody lifts a group's ceiling, and it launches what it may.

It launches instances until the organisation's EC2 compute cost is four times the week before's.
Left alone it runs on to the last day; placed earlier it is undone after seven days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from finops_repl.base.errors import InputError
from finops_repl.simulator.event import (
    AUTOSCALING,
    GROUP_TYPE,
    Event,
    by_role,
    event,
    event_id,
    group_change,
)
from finops_repl.simulator.fleet import ROOT_GB, WAVE, Instance, new_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import first_day
from finops_repl.simulator.launches import UNCOVERED, billed_as, charged
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import instance, price_e10
from finops_repl.simulator.scene import Ceiling, Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import Group, World

__all__ = ["Spike"]

DAYS = 7
TIMES = 4
QUIET_BEFORE = 14
RAMP = (70, 90, 100, 105, 110, 110, 115)
"""Instances on each day in percent of the average day's; together they are seven days' worth."""
ACTORS = ("deploy-pipeline", "capacity-tuner", "release-automation")
ONCALL = "platform-oncall"


class Spike:
    """Placed in an auto-scaling group; by default in the last seven days."""

    name: IncidentKind = "spike"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The group of the choice, else one of a production account."""
        group = _group(world, choice)
        first = first_day(calendar, choice, DAYS, QUIET_BEFORE)
        return Place(group.account, group.region, first, group)

    def stage(self, site: Site) -> Stage:
        """Nothing, or the instances that the group launched."""
        world, calendar, group, first = (
            site.world,
            site.calendar,
            site.place.group,
            site.place.first,
        )
        assert group is not None
        last = min(first + DAYS - 1, calendar.last)
        goes_on = last == calendar.last
        average = _average(site, group, first, last)
        most = -(-(group.most + -(-average * max(RAMP) // 100)) // 10) * 10
        second = world.chance.between(68_000, 82_000, "spike changed", group.name)
        actor = world.chance.pick(ACTORS, "spike actor")
        cause = group_change(
            world, event_id(world, "spike", group.name, "cause"),
            calendar.moment(first - 1, second), group, actor, {"minSize": 1, "maxSize": most},
        )  # fmt: skip
        earlier = world.chance.between(40, 300, "spike policy", group.name)
        events = [_policy(world, calendar.moment(first - 1, second - earlier), group, actor), cause]
        if not goes_on:
            undone = world.chance.between(81_000, 83_000, "undone", group.name)
            events.append(_undone(world, calendar.moment(last, undone), group))
        instances = tuple(_launches(world, group, first, last, goes_on, average))
        wrong = Scene(
            instances,
            meters=charged(instances, calendar),
            events=tuple(events),
            loads=tuple(
                Load(each.id, "AWS/EC2 CPUUtilization", first, last, 1_500, 6_000)
                for each in instances
            ),
            ceilings=(Ceiling(group.name, most, first, last, goes_on),),
        )
        return Stage(Scene(), wrong, Truth(
            last, goes_on,
            f"{actor} lifted the maximum size of {group.name} from {group.most} to {most} and its"
            " scaling policy's target to 5 % CPU, so that it launched all it may",
            cause, billed_as(instances),
            f"set the maximum size of {group.name} back to {group.most} and its scaling policy to"
            " the former target",
            {"group": group.name, "instance_type": group.kind, "most_before": group.most,
             "most_after": most, "instances": len(instances)},
        ))  # fmt: skip


def _average(site: Site, group: Group, first: int, last: int) -> int:
    """How many instances on an average day make the cost of these days four times that before."""
    days = last - first + 1
    wanted = TIMES * site.compute_cost(first - days, first - 1) - site.compute_cost(first, last)
    an_hour = price_e10(instance(group.kind), group.region)
    return max(1, -(-wanted * 100 // (24 * an_hour * sum(RAMP[:days]))))


def _group(world: World, choice: IncidentChoice) -> Group:
    account = world.account(choice.account) if choice.account else None
    if choice.place:
        return world.group(choice.place, account)
    known = [group for group in world.groups if account in (None, group.account)]
    if account is None:
        known = [group for group in known if group.account.environment == "prod"]
    if not known:
        with_groups = sorted({group.account.name for group in world.groups})
        raise InputError(
            f"{choice.account} has no auto-scaling group", hint=f"try {', '.join(with_groups)}"
        )
    return world.chance.pick(known, "spike group")


def _policy(world: World, time: datetime, group: Group, actor: str) -> Event:
    """The scaling policy that drives the group up to its ceiling."""
    return event(
        event_id(world, "spike", group.name, "policy"), time, group.account, group.region.code,
        "PutScalingPolicy", AUTOSCALING, by_role(world, group.account, actor),
        {
            "autoScalingGroupName": group.name,
            "policyName": f"{group.name}-cpu",
            "policyType": "TargetTrackingScaling",
            "targetTrackingConfiguration": {
                "predefinedMetricSpecification": {
                    "predefinedMetricType": "ASGAverageCPUUtilization"
                },
                "targetValue": 5,
            },
        },
        [(GROUP_TYPE, group.name)],
    )  # fmt: skip


def _undone(world: World, time: datetime, group: Group) -> Event:
    return group_change(
        world, event_id(world, "spike", group.name, "undone"), time, group, ONCALL,
        {"minSize": 1, "maxSize": group.most, "desiredCapacity": group.usual},
    )  # fmt: skip


def _launches(
    world: World, group: Group, first: int, last: int, goes_on: bool, average: int
) -> Iterator[Instance]:
    running = 0
    for day in range(first, last + 1):
        wanted = max(1, average * RAMP[day - first] // 100)
        for number in range(running, wanted):
            words = ("spike", group.name, day, number)
            wave = (number - running) // WAVE
            yield Instance(
                new_id(world, "i", *words), group.account, group.region,
                group.region.code + world.chance.pick("abc", *words), group.kind, group.tags,
                day, min(120 + 60 * wave, 7_200), None if goes_on else last, 84_000,
                new_id(world, "vol", *words), ROOT_GB, group.name, pool=UNCOVERED,
            )  # fmt: skip
        running = max(running, wanted)


assert sum(RAMP) == 100 * DAYS
