"""How many healthy targets load balancers have: the members of a group, an instance, addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from finops_repl.simulator.metrics.instances import Instances
from finops_repl.simulator.metrics.ledger_days import midnight
from finops_repl.simulator.metrics.readings import DAY, Part, Span
from finops_repl.simulator.metrics.resources import Listed, Resources
from finops_repl.simulator.metrics.series import Dimensions, Metric, Series
from finops_repl.simulator.metrics.totals import Groups, steps_between
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World

__all__ = ["Health", "target_group"]

_NAMESPACES = {"application": "AWS/ApplicationELB", "network": "AWS/NetworkELB"}
_HEALTHY, _UNHEALTHY = "HealthyHostCount", "UnHealthyHostCount"
_EVEN = (1,) * 24


def target_group(world: World, balancer_id: str, on_bill: str) -> str:
    """What comes last in the ARN of a balancer's target group; a name has 32 characters at most."""
    digits = world.chance.hex(16, "targets", on_bill)
    return f"targetgroup/{balancer_id[:24]}-targets/{digits}"


class Health:
    """The target groups of application and network load balancers, one for each."""

    namespaces = frozenset(_NAMESPACES.values())

    def __init__(
        self, view: View, instances: Instances, groups: Groups, resources: Resources
    ) -> None:
        self._view, self._instances, self._groups = view, instances, groups
        self._resources = resources

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of the balancers that exist."""
        for found in self._resources.of("balancer", region):
            namespace = _NAMESPACES.get(str(found.facts["type"]))
            if found.exists and namespace:
                for name in (_HEALTHY, _UNHEALTHY):
                    yield Metric(namespace, name, self._dimensions(found)), found.account_id

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series as steps from one number to the next."""
        mine = [each for each in asked if each.name in (_HEALTHY, _UNHEALTHY)]
        known = {
            self._dimensions(each): each
            for each in (self._resources.of("balancer", region) if mine else ())
        }
        return {
            metric: Series("Count", 60, [Part(0, _EVEN, self._spans(found, metric, first, last))])
            for metric in mine
            if (found := known.get(metric.dimensions)) is not None
        }

    def _spans(self, found: Listed, metric: Metric, first: date, last: date) -> list[Span]:
        begin = midnight(max(first, found.first))
        end = midnight(min(last, found.last)) + DAY
        group, holder = str(found.facts.get("group", "")), str(found.facts.get("instance", ""))
        if metric.name == _UNHEALTHY:
            return steps_between([(0, 0.0)], begin, end)
        if group:
            return steps_between(self._groups.members(group, found.region), begin, end)
        if holder:
            windows = self._instances.windows(found.region, [holder], first, last)
            return [Span(low, high, 1, 1) for low, high in windows.get(holder, {}).values()]
        return steps_between([(0, float(found.facts.get("addresses", 0)))], begin, end)

    def _dimensions(self, found: Listed) -> Dimensions:
        path = found.on_bill.partition(":loadbalancer/")[2]
        group = target_group(self._view.world, found.id, found.on_bill)
        return (("LoadBalancer", path), ("TargetGroup", group))
