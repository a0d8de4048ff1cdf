"""Split cost allocation: what each pod of an EKS cluster takes of the instances it runs on.

An instance's amortized cost of a day is parted between its vCPUs and its memory, a vCPU weighing
as much as nine GB; a pod's part is what it reserved or used, whichever is more, and the cost that
no pod took is spread over them in proportion. Source: AWS, CUR user guide, "Understanding split
cost allocation data".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from finops_repl.simulator.agreement import off
from finops_repl.simulator.estate.services import TENANTS
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.instance_types import instance_types
from finops_repl.simulator.lines import Ints, Lines, noise, sums
from finops_repl.simulator.meter import MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region, instance, offer, price_e10
from finops_repl.simulator.world import Account, World

__all__ = ["Pod", "Pods", "Shares"]

VCPU_WEIGHT = 9
PER_NODE = 6
SPAN = 1 << 12

_WORKLOADS = ("api", "worker", "scheduler", "gateway", "cache", "reports")


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod on a node; `vcpu` and `gb` are what it reserves, in millionths."""

    arn: str
    account: Account
    region: Region
    node: str
    cluster: str
    namespace: str
    workload: str
    vcpu: int
    gb: int

    def meters(self, calendar: Calendar) -> Iterator[Meter]:
        """Its vCPU hours and its GB hours, in this order."""
        tags = {
            "tenant": self.namespace,
            "aws:eks:cluster-name": self.cluster,
            "aws:eks:namespace": self.namespace,
        }
        for usage in ("EKS-EC2-vCPU-Hours", "EKS-EC2-GB-Hours"):
            yield Meter(
                self.account, self.region, offer("eks", usage), self.arn, 0, calendar.last,
                tags=tags,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shares:
    """A pod's part of one day in columns; `memory` is 1 for GB hours, 0 for vCPU hours.

    Usage is in millionths of an hour, `ratio` in millionths of the node, costs in 10^-10 dollars.
    """

    pod: Ints
    day: Ints
    memory: Ints
    reserved: Ints
    actual: Ints
    usage: Ints
    ratio: Ints
    split: Ints
    unused: Ints
    net_split: Ints
    net_unused: Ints
    public_split: Ints
    public_unused: Ints


class Pods:
    """The pods of the clusters, and their shares of a month's lines."""

    def __init__(
        self, world: World, instances: Sequence[Instance], meters: Sequence[Meter]
    ) -> None:
        nodes = [each for each in instances if each.cluster]
        self.pods = tuple(pod for node in nodes for pod in _pods_of(world, node))
        hours = {
            meter.resource: place
            for place, meter in enumerate(meters)
            if meter.offer.instance_type and not meter.commitment
        }
        self._node = np.full(len(meters), -1, np.int64)
        for number, node in enumerate(nodes):
            self._node[hours[node.id]] = number
        self._price = [price_e10(instance(node.kind), node.region) for node in nodes]
        self._size = [_vcpus_and_gb(node.kind) for node in nodes]
        seeds = [world.chance.bits("pod", pod.arn) for pod in self.pods]
        self._seeds = np.array(seeds, np.uint64)

    def shares(self, lines: Lines) -> Shares:
        """Each pod's part of its node's days among these lines of the ordinary book."""
        inside = lines.meter < len(self._node)
        node = np.where(inside, self._node[np.where(inside, lines.meter, 0)], -1)
        chosen = node >= 0
        keys = node[chosen] * SPAN + lines.day[chosen]
        found, amortized = sums(keys, lines.amortized[chosen])
        _, less = sums(keys, off(lines.amortized[chosen]))
        _, hours = sums(keys, lines.usage[chosen])
        parts = [
            part
            for number, size in enumerate(self._size)
            for part in self._of_node(number, size, found, amortized, amortized - less, hours)
        ]
        if not parts:
            empty = np.zeros(0, np.int64)
            return Shares(*[empty] * 13)
        return Shares(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _of_node(
        self, number: int, size: tuple[int, int], keys: Ints, amortized: Ints, net: Ints,
        hours: Ints,
    ) -> list[tuple[Ints, ...]]:  # fmt: skip
        """The node's vCPUs, then its memory, on each of its days."""
        here = keys // SPAN == number
        day, hours = keys[here] % SPAN, hours[here]
        if not len(day):
            return []
        vcpus, gb = size
        public = hours * self._price[number] // MICRO
        costs = np.stack((amortized[here], net[here], public))
        of_vcpus = costs * (VCPU_WEIGHT * vcpus) // (VCPU_WEIGHT * vcpus + gb)
        return [
            self._of_pool(number, 0, day, vcpus * hours, hours, of_vcpus),
            self._of_pool(number, 1, day, gb * hours, hours, costs - of_vcpus),
        ]

    def _of_pool(
        self, number: int, memory: int, day: Ints, capacity: Ints, hours: Ints, costs: Ints
    ) -> tuple[Ints, ...]:
        """The columns of `Shares` for one node's pods; the last takes what rounding leaves."""
        pods = np.arange(number * PER_NODE, (number + 1) * PER_NODE)
        asked = np.array([(each.vcpu, each.gb) for each in self.pods], np.int64)[pods, memory]
        reserved = asked[:, None] * hours // MICRO
        sway = noise(self._seeds[pods][:, None] + np.uint64(memory), day[None, :])
        actual = reserved * (5_000 + (7_000 * sway >> 16)) // 10_000
        usage = np.maximum(reserved, actual)
        ratio = usage * MICRO // capacity
        split = costs[:, None, :] * ratio // MICRO
        idle = costs - split.sum(axis=1)
        unused = idle[:, None, :] * (usage * MICRO // usage.sum(axis=0)) // MICRO
        unused[:, -1, :] += idle - unused.sum(axis=1)
        amounts = [column[which] for which in range(3) for column in (split, unused)]
        days = np.broadcast_to(day, usage.shape)
        columns = (
            np.broadcast_to(pods[:, None], usage.shape), days, np.full_like(usage, memory),
            reserved, actual, usage, ratio, *amounts,
        )  # fmt: skip
        return tuple(column.reshape(-1) for column in columns)


def _vcpus_and_gb(kind: str) -> tuple[int, int]:
    known = instance_types()[kind]
    return known.vcpus, round(known.gib)


def _pods_of(world: World, node: Instance) -> list[Pod]:
    """Six pods, which together reserve two thirds of their node at most."""
    vcpus, gb = _vcpus_and_gb(node.kind)
    found = []
    for number in range(PER_NODE):
        words = ("pod", node.id, number)
        namespace = world.chance.pick(TENANTS, "namespace", *words)
        workload = _WORKLOADS[number]
        uid = world.chance.hex(8, *words)
        arn = (
            f"arn:aws:eks:{node.region.code}:{node.account.id}:pod/{node.cluster}/{namespace}"
            f"/{workload}-{uid}/{world.chance.hex(32, 'uid', *words)}"
        )
        parts = world.chance.between(300, 1_000, "vcpu", *words)
        memory = world.chance.between(300, 1_000, "gb", *words)
        found.append(
            Pod(
                arn, node.account, node.region, node.id, node.cluster, namespace, workload,
                vcpus * MICRO * parts // 10_000, gb * MICRO * memory // 10_000,
            )
        )  # fmt: skip
    return found
