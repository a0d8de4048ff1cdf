"""Advice on EC2 instances and auto-scaling groups: Compute Optimizer's rules.

Idle: over the look-back period CPU stays below 5 % and network below 5 MB a day. Sizing: the
smallest size of the family on which the P99.5 of CPU is at most 80 %. Without the agent there is no
reading of memory. What runs on Spot, ran for fewer than 30 hours, or belongs to a group gets no
advice of its own. Sources: Compute Optimizer user guide, "Idle resource recommendations",
"Viewing EC2 instance recommendations" and "Requirements".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from finops_repl.simulator.advice.advice import Advice, Finding, Option
from finops_repl.simulator.advice.costs import LOOK_BACK_DAYS, Cost, Costs
from finops_repl.simulator.advice.readings import by_hour, daily, of, peak
from finops_repl.simulator.advice.sizes import HEADROOM_PERCENT, smaller
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.series import Metric
from finops_repl.simulator.offers import REGIONS, instance, price_e10

__all__ = ["IDLE_BYTES", "IDLE_CPU", "Standing", "groups", "hourly", "instances", "standing"]

IDLE_CPU, IDLE_BYTES = 5, 5_000_000
LEAST_HOURS = 30
BUSY_PERCENT = 90
MOST_OPTIONS = 3
HOURS = ("BoxUsage:", "SpotUsage:")


@dataclass(frozen=True, slots=True)
class Standing:
    """An instance of the inventory."""

    id: str
    account_id: str
    region: str
    zone: str
    type: str
    state: str
    market: str
    group: str
    tags: Mapping[str, str]

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{self.region}:{self.account_id}:instance/{self.id}"

    def metric(self, name: str) -> Metric:
        return of("AWS/EC2", name, "InstanceId", self.id)


def standing(measured: Measurements, region: str) -> Sequence[Standing]:
    """The instances that exist in a region."""
    return [
        Standing(id_, account, place, zone, kind, state, market, group, json.loads(tags))
        for id_, account, place, zone, kind, state, market, group, tags in measured.view.rows(
            "SELECT id, account_id, region, zone, type, state, market, scaling_group, tags"
            " FROM instance WHERE region = ? ORDER BY launched, id",
            [region],
        )
    ]


def hourly(kind: str, region: str) -> float:
    """The list price of an hour of a type in a region."""
    return price_e10(instance(kind), REGIONS[region]) / 10**10


def instances(measured: Measurements, costs: Costs, region: str) -> Iterator[Advice]:
    """Advice on each instance that stands alone."""
    here = [each for each in standing(measured, region) if not each.group and not each.market]
    cpu = by_hour(measured, (each.metric("CPUUtilization") for each in here), region)
    most = {metric: max(hour.most for hour in hours) for metric, hours in cpu.items()}
    idle = _quiet(measured, region, here, most)
    for each in here:
        cost = costs.of(region, each.id, *HOURS)
        if cost.hours < LEAST_HOURS:
            continue
        metric = each.metric("CPUUtilization")
        finding, options = _sized(
            each.type, cost, peak(hour.most for hour in cpu[metric]), most[metric]
        )
        is_idle = each.id in idle
        all_of_it = costs.of(region, each.id)
        yield Advice(
            "instance", each.id, each.arn, each.account_id, region, each.type, finding,
            "Stop" if is_idle else "" if finding == "Optimized" else "Rightsize",
            ("CPUOverprovisioned",) if finding == "Overprovisioned" else
            ("CPUUnderprovisioned",) if finding == "Underprovisioned" else (),
            "Idle" if is_idle else "",
            {"CPU": most[metric], **idle.get(each.id, {})}, cost.listed, all_of_it.amortized,
            cost.listed, cost.uncovered, options, LOOK_BACK_DAYS,
            each.tags.get("Name", ""), each.tags, {"state": each.state},
        )  # fmt: skip


def groups(measured: Measurements, costs: Costs, region: str) -> Iterator[Advice]:
    """Advice on each group that has instances: on the type that all of them have."""
    members: dict[str, list[Standing]] = {}
    for each in standing(measured, region):
        if each.group:
            members.setdefault(each.group, []).append(each)
    known = {group.name: group for group in measured.view.world.groups}
    metrics = {
        name: of("AWS/EC2", "CPUUtilization", "AutoScalingGroupName", name) for name in members
    }
    cpu = by_hour(measured, metrics.values(), region)
    for name, some in sorted(members.items()):
        group, kind = known[name], some[0].type
        each_cost = [costs.of(region, each.id, *HOURS) for each in some]
        cost = _together(each_cost)
        if cost.hours < LEAST_HOURS:
            continue
        # A group is as busy as its instances are on average.
        averages = [hour.total / hour.count for hour in cpu[metrics[name]]]
        finding, options = _sized(kind, cost, peak(averages), max(averages))
        yield Advice(
            "group", name, group.arn, group.account.id, region, kind, finding,
            "" if finding == "Optimized" else "Rightsize",
            readings={"CPU": max(averages)}, listed=cost.listed, amortized=cost.amortized,
            options=options, name=name, tags=group.tags, facts={"members": len(some)},
        )  # fmt: skip


def _together(costs: Sequence[Cost]) -> Cost:
    return Cost(
        sum(each.listed for each in costs), sum(each.amortized for each in costs),
        sum(each.uncovered for each in costs), sum(each.reserved_hours for each in costs),
        sum(each.planned_hours for each in costs), sum(each.on_demand_hours for each in costs),
    )  # fmt: skip


def _sized(kind: str, cost: Cost, busy: float, most: float) -> tuple[Finding, tuple[Option, ...]]:
    """The finding by CPU alone, and the sizes that would do, the smallest first."""
    options = [
        Option(
            target, cost.listed * (1 - share), cost.uncovered * (1 - share),
            {"CPU": min(100.0, most / share)},
        )
        for target, share in smaller(kind)
        if busy / share <= HEADROOM_PERCENT
    ]  # fmt: skip
    if options:
        return "Overprovisioned", tuple(reversed(options))[:MOST_OPTIONS]
    return "Underprovisioned" if busy > BUSY_PERCENT else "Optimized", ()


def _quiet(
    measured: Measurements, region: str, here: Sequence[Standing], most: Mapping[Metric, float]
) -> dict[str, dict[str, float]]:
    """The idle ones, with what passes through their network in bytes a second at most."""
    low = [each for each in here if most.get(each.metric("CPUUtilization"), 100) < IDLE_CPU]
    both = [each.metric(name) for each in low for name in ("NetworkIn", "NetworkOut")]
    by_day = daily(measured, both, region)
    found: dict[str, dict[str, float]] = {}
    for each in low:
        into, out = (by_day[each.metric(name)] for name in ("NetworkIn", "NetworkOut"))
        if all(a.total + b.total < IDLE_BYTES for a, b in zip(into, out, strict=True)):
            found[each.id] = {
                "NetworkInBytesPerSecond": max(day.most for day in into) / 300,
                "NetworkOutBytesPerSecond": max(day.most for day in out) / 300,
            }
    return found
