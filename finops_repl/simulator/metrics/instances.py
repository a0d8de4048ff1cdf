"""AWS/EC2: instances at work in the hours that the bill has of them, and groups of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache

from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.metrics.ledger_days import LedgerDays, midnight
from finops_repl.simulator.metrics.readings import HOUR, Part, Span
from finops_repl.simulator.metrics.series import Metric, Series
from finops_repl.simulator.metrics.shapes import shape
from finops_repl.simulator.view import View

__all__ = ["GIB", "PACKET", "Instances", "Life"]

GIB = 1_024**3
LISTED_DAYS = 14
"""For how many days after its last reading ListMetrics still knows a metric."""
BASIC, DETAILED = 300, 60
READINGS = 288
"""Readings of five minutes in a day."""
AT_REST = 1.5
"""Below this CPU an instance does nothing but tell others that it is there."""
AT_WORK = 0.2
"""Above this CPU beside its rest an instance has 8 MB of traffic a day and way at least."""

_UNITS = {
    "CPUUtilization": "Percent", "NetworkIn": "Bytes", "NetworkOut": "Bytes",
    "NetworkPacketsIn": "Count", "NetworkPacketsOut": "Count", "EBSReadOps": "Count",
    "EBSWriteOps": "Count", "DiskReadOps": "Count", "DiskWriteOps": "Count",
    "StatusCheckFailed": "Count",
}  # fmt: skip
_OF_GROUPS = ("CPUUtilization", "NetworkIn", "NetworkOut")
PACKET = 900
"""Bytes of a packet."""
BY_INSTANCE, BY_GROUP = "InstanceId", "AutoScalingGroupName"


@dataclass(frozen=True, slots=True)
class Life:
    """An instance from its launch to its end; no end while it exists."""

    id: str
    account_id: str
    type: str
    group: str
    launched: datetime
    ended: datetime | None


class Instances:
    """The metrics of instances and of groups; a group's readings are its members' together."""

    namespaces = frozenset({"AWS/EC2"})

    def __init__(self, view: View, ledger: LedgerDays) -> None:
        self._view, self._ledger = view, ledger
        self.lives = lru_cache(maxsize=None)(self._lives)

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of instances that were there in the last two weeks, and of their groups."""
        since = self._view.calendar.now - timedelta(days=LISTED_DAYS)
        groups: dict[str, str] = {}
        for life in self.lives(region).values():
            if life.ended is None or life.ended >= since:
                if life.group:
                    groups[life.group] = life.account_id
                for name in _UNITS:
                    yield Metric("AWS/EC2", name, ((BY_INSTANCE, life.id),)), life.account_id
        for group, account in sorted(groups.items()):
            for name in _OF_GROUPS:
                yield Metric("AWS/EC2", name, ((BY_GROUP, group),)), account

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series of instances and groups that ever were."""
        lives = self.lives(region)
        members: dict[str, list[str]] = {
            each.of(BY_GROUP): [] for each in asked if each.of(BY_GROUP)
        }
        for life in lives.values():
            if life.group in members:
                members[life.group].append(life.id)
        wanted = {}
        for metric in asked:
            some = members[metric.of(BY_GROUP)] if metric.of(BY_GROUP) else [metric.of(BY_INSTANCE)]
            if metric.name in _UNITS and some and some[0] in lives:
                wanted[metric] = some
        all_ids = {id_ for some in wanted.values() for id_ in some}
        windows = self.windows(region, all_ids, first, last)
        sent = self._ledger.used(region, ["DataTransfer-Out-Bytes"], all_ids, first, last)
        return {
            metric: Series(
                _UNITS[metric.name],
                DETAILED if lives[some[0]].group else BASIC,
                [self._part(lives[id_], metric.name, region, windows.get(id_, {}),
                            sent.get(id_, {})) for id_ in some],
            )
            for metric, some in wanted.items()
        }  # fmt: skip

    def windows(
        self, region: str, ids: Iterable[str], first: date, last: date
    ) -> dict[str, dict[date, tuple[int, int]]]:
        """From when to when instances ran on each day, in seconds of the epoch.

        They begin with the day, or with the launch on its day, and run for as long as is billed.
        """
        used = self._ledger.used(region, ["BoxUsage:%", "SpotUsage:%"], ids, first, last)
        lives = self.lives(region)
        found: dict[str, dict[date, tuple[int, int]]] = {}
        for id_, days in used.items():
            launched = int(lives[id_].launched.timestamp())
            mine = found[id_] = {}
            for day, hours in days.items():
                begin = max(midnight(day), launched)
                mine[day] = begin, begin + round(hours * HOUR)
        return found

    def cpu(self, id_: str, region: str, day: date) -> tuple[float, float]:
        """Between which percentages an instance's CPU lies on a day."""
        found = self._ledger.load(id_, "AWS/EC2 CPUUtilization", day)
        return found if found is not None else self._ordinary(self.lives(region)[id_], day)

    def work(self, id_: str, region: str, day: date) -> float:
        """How much an instance does on a day: the percentage of its CPU above its rest."""
        return max(0.0, sum(self.cpu(id_, region, day)) / 2 - AT_REST)

    def rests(self, id_: str, region: str, day: date) -> bool:
        """True where an instance does nothing to speak of on a day, and sends little."""
        return self.work(id_, region, day) < AT_WORK

    def pattern(self, life: Life) -> Pattern:
        """The rhythm of its days."""
        group = self._groups.get(life.group)
        if group is not None:
            return group
        return "steady" if self._is_production(life) else "business"

    def _ordinary(self, life: Life, day: date) -> tuple[float, float]:
        chance, production = self._view.world.chance, self._is_production(life)
        words = ("cpu", life.group or life.id)
        peak = chance.between(500, 780, *words) if production else chance.between(260, 700, *words)
        if not production and not life.group and day.weekday() >= 5:
            peak = peak * 6 // 10
        return chance.between(30, 90, *words, "rest") / 10, peak / 10

    def _is_production(self, life: Life) -> bool:
        return self._view.world.account(life.account_id).environment == "prod"

    def _part(
        self, life: Life, name: str, region: str, windows: Mapping[date, tuple[int, int]],
        sent: Mapping[date, float],
    ) -> Part:  # fmt: skip
        chance = self._view.world.chance
        spans = []
        for day, (begin, end) in windows.items():
            if begin < end:
                span = self._ledger.loaded(life.id, f"AWS/EC2 {name}", day, begin, end)
                spans.append(span or self._span(life, name, region, day, begin, end, sent))
        return Part(
            chance.bits("readings", life.id, name), shape(self.pattern(life), region), spans
        )

    def _span(
        self, life: Life, name: str, region: str, day: date, begin: int, end: int,
        sent: Mapping[date, float],
    ) -> Span:  # fmt: skip
        """A day of a metric that nothing out of the ordinary is said of."""
        if name == "CPUUtilization":
            return Span(begin, end, *self._ordinary(life, day))
        if name in ("StatusCheckFailed", "DiskReadOps", "DiskWriteOps"):
            # What is kept on EBS is no disk of the instance's own, and no check ever failed.
            return Span(begin, end)
        chance = self._view.world.chance
        work, part = self.work(life.id, region, day), (end - begin) / (24 * HOUR)
        if name.startswith("Network"):
            way = "Out" if name.endswith("Out") else "In"
            total = self._bytes(life.id, way, region, day) * part
            if way == "Out":
                total += sent.get(day, 0) * GIB
            return Span(begin, end, total=total / (PACKET if "Packets" in name else 1))
        a_percent = chance.between(2_000, 30_000, "operations", life.id, name)
        return Span(begin, end, total=round((500 + work * a_percent) * part))

    def _bytes(self, id_: str, way: str, region: str, day: date) -> float:
        """What an instance sends (`Out`) or gets inside of AWS on a whole day."""
        loaded = self._ledger.load(id_, f"AWS/EC2 Network{way}", day)
        if loaded is not None:
            return sum(loaded) / 2 * READINGS
        chance = self._view.world.chance
        a_percent = chance.between(40, 400, "traffic", id_, way) * 1_000_000
        rest = chance.between(1_000, 3_000, "heartbeat", id_) * READINGS
        return rest + self.work(id_, region, day) * a_percent

    @cached_property
    def _groups(self) -> Mapping[str, Pattern]:
        return {group.name: group.pattern for group in self._view.world.groups}

    def _lives(self, region: str) -> Mapping[str, Life]:
        return {
            id_: Life(id_, account, kind, group, launched.astimezone(UTC),
                      ended and ended.astimezone(UTC))
            for id_, account, kind, group, launched, ended in self._view.rows(
                "SELECT id, account_id, type, scaling_group, launched, ended FROM life"
                " WHERE region = ? ORDER BY launched, id",
                [region],
            )
        }  # fmt: skip
