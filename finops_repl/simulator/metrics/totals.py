"""AWS/AutoScaling: the sizes of groups, and AWS/Billing: the month's charges so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from finops_repl.simulator.metrics.instances import Instances
from finops_repl.simulator.metrics.ledger_days import midnight
from finops_repl.simulator.metrics.readings import DAY, Part, Span
from finops_repl.simulator.metrics.series import Dimensions, Metric, Series
from finops_repl.simulator.view import View

__all__ = ["Charges", "Groups", "steps_between"]

_EVEN = (1,) * 24
_MEMBERS = ("GroupDesiredCapacity", "GroupInServiceInstances", "GroupTotalInstances")
_SIZES = {"GroupMaxSize": "maxSize", "GroupMinSize": "minSize"}
_CHANGE = "UpdateAutoScalingGroup"


class Groups:
    """How many instances each group has, and may have; a change shows within the minute."""

    namespaces = frozenset({"AWS/AutoScaling"})

    def __init__(self, view: View, instances: Instances) -> None:
        self._view, self._instances = view, instances

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of every group."""
        for group in self._view.world.groups:
            if group.region.code == region:
                for name in (*_MEMBERS, *_SIZES):
                    metric = Metric(
                        "AWS/AutoScaling", name, (("AutoScalingGroupName", group.name),)
                    )
                    yield metric, group.account.id

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series as steps from one size to the next."""
        known = {each.name for each in self._view.world.groups if each.region.code == region}
        begin, end = midnight(first), midnight(last) + DAY
        found: dict[Metric, Series] = {}
        for metric in asked:
            name = metric.of("AutoScalingGroupName")
            if name in known and (metric.name in _MEMBERS or metric.name in _SIZES):
                steps = (
                    self.members(name, region) if metric.name in _MEMBERS
                    else self._limits(name, _SIZES[metric.name])
                )  # fmt: skip
                found[metric] = Series(
                    "None", 60, [Part(0, _EVEN, steps_between(steps, begin, end))]
                )
        return found

    def members(self, group: str, region: str) -> list[tuple[int, float]]:
        """When the group has how many members from then on."""
        changes: dict[int, int] = {}
        for life in self._instances.lives(region).values():
            if life.group == group:
                for moment, step in ((life.launched, 1), (life.ended, -1)):
                    if moment is not None:
                        second = int(moment.timestamp())
                        changes[second] = changes.get(second, 0) + step
        steps, count = [(0, 0.0)], 0
        for second, step in sorted(changes.items()):
            count += step
            steps.append((second, float(count)))
        return steps

    def _limits(self, group: str, field: str) -> list[tuple[int, float]]:
        """What the events set; before the first of them, what the group is meant to have."""
        usual = next(each.most for each in self._view.world.groups if each.name == group)
        steps = [(0, float(usual if field == "maxSize" else 1))]
        for time, request in self._view.rows(
            "SELECT time, request FROM trail WHERE name = ?"
            " AND request->>'autoScalingGroupName' = ? ORDER BY time",
            [_CHANGE, group],
        ):
            value = json.loads(request).get(field)
            if value is not None:
                steps.append((int(time.timestamp()), float(value)))
        return steps


def steps_between(steps: Sequence[tuple[int, float]], begin: int, end: int) -> list[Span]:
    """The spans of a number that stays what it is until the next step."""
    ends = [*(since for since, _ in steps[1:]), end]
    return [
        Span(max(begin, since), min(end, until), value, value)
        for (since, value), until in zip(steps, ends, strict=True)
        if until > begin and since < end
    ]


QUARTER = DAY // 4
"""AWS estimates charges several times a day."""
_CHARGED = """
    SELECT {}, f.day, sum(f.unblended)::DOUBLE
    FROM fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge
    WHERE f.day BETWEEN ? AND ? GROUP BY ALL ORDER BY ALL
"""


class Charges:
    """What a month's bill comes to so far, in us-east-1 alone: of all, by account, by service.

    The last estimate of a month is its bill.
    """

    namespaces = frozenset({"AWS/Billing"})

    def __init__(self, view: View) -> None:
        self._view = view

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of what is charged for this month."""
        if region == "us-east-1":
            first = self._view.calendar.open_month_starts
            for dimensions in self._by_dimensions(first, self._view.calendar.as_of):
                yield (
                    Metric("AWS/Billing", "EstimatedCharges", dimensions),
                    (self._view.world.payer.id),
                )

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """Each estimate as of its quarter of a day."""
        if region != "us-east-1":
            return {}
        last = min(last, self._view.calendar.as_of)
        charged = self._by_dimensions(first.replace(day=1), last)
        return {
            metric: Series("None", QUARTER, [Part(0, _EVEN, _estimates(days, first, last))])
            for metric in asked
            if metric.name == "EstimatedCharges"
            and (days := charged.get(metric.dimensions)) is not None
        }

    def _by_dimensions(self, first: date, last: date) -> dict[Dimensions, dict[date, float]]:
        found: dict[Dimensions, dict[date, float]] = {}
        for account, service, day, cost in self._view.rows(
            _CHARGED.format("g.account_id, g.product_code"), [first, last]
        ):
            usd = ("Currency", "USD")
            for dimensions in (
                (usd,),
                (usd, ("LinkedAccount", account)),
                (usd, ("ServiceName", service)),
                (usd, ("LinkedAccount", account), ("ServiceName", service)),
            ):
                days = found.setdefault(dimensions, {})
                days[day] = days.get(day, 0) + cost
        return found


def _estimates(days: Mapping[date, float], first: date, last: date) -> list[Span]:
    spans: list[Span] = []
    so_far, day = 0.0, first.replace(day=1)
    while day <= last:
        if day.day == 1:
            so_far = 0.0
        for quarter in range(1, 5):
            begin = midnight(day) + (quarter - 1) * QUARTER
            value = so_far + days.get(day, 0) * quarter / 4
            spans.append(Span(begin, begin + QUARTER, value, value))
        so_far += days.get(day, 0)
        day += timedelta(days=1)
    return spans
