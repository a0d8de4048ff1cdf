"""AWS/EBS: what attached volumes do while their instance runs, and AWS/S3: what lies in buckets."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from finops_repl.simulator.metrics.instances import GIB, Instances
from finops_repl.simulator.metrics.ledger_days import LedgerDays, midnight
from finops_repl.simulator.metrics.readings import DAY, HOUR, Part, Span
from finops_repl.simulator.metrics.resources import Listed, Resources
from finops_repl.simulator.metrics.series import Metric, Series
from finops_repl.simulator.metrics.shapes import shape
from finops_repl.simulator.view import View

__all__ = ["Buckets", "Volumes"]

_UNITS = {
    "VolumeReadOps": "Count", "VolumeWriteOps": "Count", "VolumeReadBytes": "Bytes",
    "VolumeWriteBytes": "Bytes", "VolumeIdleTime": "Seconds", "VolumeQueueLength": "Count",
}  # fmt: skip
BURST = "BurstBalance"
_BURSTING = ("gp2", "st1")
RESOLUTION = 60
_OPERATION_BYTES = 16 * 1_024
_LEAST_IDLE = 40
"""Of the seconds of a minute, how many a volume has nothing to do at least."""


class Volumes:
    """The metrics of volumes that are attached to an instance; others have none, as in AWS."""

    namespaces = frozenset({"AWS/EBS"})

    def __init__(self, view: View, instances: Instances, resources: Resources) -> None:
        self._view, self._instances, self._resources = view, instances, resources

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of the attached volumes that exist."""
        for found in self._resources.of("volume", region):
            if found.exists and found.facts["instance"]:
                for name in (*_UNITS, *([BURST] if found.facts["type"] in _BURSTING else ())):
                    metric = Metric("AWS/EBS", name, (("VolumeId", found.id),))
                    yield metric, found.account_id

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """Readings in the hours in which the instance runs."""
        known = {each.id: each for each in self._resources.of("volume", region)}
        mine = {
            metric: known[metric.of("VolumeId")]
            for metric in asked
            if metric.of("VolumeId") in known and (metric.name in _UNITS or metric.name == BURST)
        }
        holders = {str(each.facts["instance"]) for each in mine.values()} - {""}
        windows = self._instances.windows(region, holders, first, last)
        return {
            metric: Series(
                _UNITS.get(metric.name, "Percent"), RESOLUTION,
                [self._part(each, metric.name, windows.get(str(each.facts["instance"]), {}))],
            )
            for metric, each in mine.items()
        }  # fmt: skip

    def operations(self, found: Listed, name: str, day: date) -> float:
        """How many operations a second a volume has on a day in which its instance runs."""
        chance = self._view.world.chance
        work = self._instances.work(str(found.facts["instance"]), found.region, day)
        most = 60 if found.facts.get("root") else max(100, int(found.facts["iops"]))
        share = chance.between(10, 90, "iops", found.id, name) / 10_000
        return 0.02 + most * share * min(work, 50) / 25

    def _part(
        self, found: Listed, name: str, windows: Mapping[date, tuple[int, int]]
    ) -> Part:  # fmt: skip
        spans = []
        for day, (begin, end) in windows.items():
            if day < found.first or begin >= end:
                continue
            if name in ("VolumeIdleTime", BURST, "VolumeQueueLength"):
                least, most = {"VolumeIdleTime": (_LEAST_IDLE, 60), BURST: (82, 100)}.get(
                    name, (0, 1)
                )
                spans.append(Span(begin, end, least, most))
                continue
            ops = "VolumeReadOps" if "Read" in name else "VolumeWriteOps"
            total = round(self.operations(found, ops, day) * (end - begin))
            spans.append(
                Span(begin, end, total=total * (_OPERATION_BYTES if "Bytes" in name else 1))
            )
        # A volume's bytes are its operations' at the same minutes.
        key = self._view.world.chance.bits("readings", found.id, name.replace("Bytes", "Ops"))
        return Part(key, shape("steady", found.region), spans)


ALL, SIZE, OBJECTS = "AllStorageTypes", "BucketSizeBytes", "NumberOfObjects"
_STORED = "TimedStorage-%"


class Buckets:
    """The daily metrics of buckets: their size by storage type is what the bill meters.

    The bill has a day's share of a GB-month for every GB that lies there on the day.
    """

    namespaces = frozenset({"AWS/S3"})

    def __init__(self, view: View, ledger: LedgerDays, resources: Resources) -> None:
        self._view, self._ledger, self._resources = view, ledger, resources

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of the buckets that held something in the last two days."""
        found = {each.id: each for each in self._resources.of("bucket", region) if each.exists}
        as_of = self._view.calendar.as_of
        for bucket, storage in self._ledger.by_operation(
            region, [_STORED], found, as_of - timedelta(days=1), as_of
        ):
            yield _metric(SIZE, bucket, storage), found[bucket].account_id
        for bucket, each in found.items():
            yield _metric(OBJECTS, bucket, ALL), each.account_id

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """One reading for each day, at its beginning."""
        buckets = {dict(each.dimensions).get("BucketName", "") for each in asked}
        stored = self._ledger.by_operation(region, [_STORED], buckets, first, last)
        found: dict[Metric, Series] = {}
        objects: dict[str, dict[date, float]] = {}
        for (bucket, storage), days in stored.items():
            sizes = {
                day: amount * monthrange(day.year, day.month)[1] * GIB
                for day, amount in days.items()
            }
            found[_metric(SIZE, bucket, storage)] = _daily("Bytes", sizes)
            count = objects.setdefault(bucket, {})
            an_object = self._view.world.chance.between(40, 4_000, "object", bucket) * 1_024
            for day, size in sizes.items():
                count[day] = count.get(day, 0) + round(size / an_object)
        for bucket, counts in objects.items():
            found[_metric(OBJECTS, bucket, ALL)] = _daily("Count", counts)
        return {metric: found[metric] for metric in asked if metric in found}


def _metric(name: str, bucket: str, storage: str) -> Metric:
    return Metric("AWS/S3", name, (("BucketName", bucket), ("StorageType", storage)))


def _daily(unit: str, values: Mapping[date, float]) -> Series:
    spans = [
        Span(midnight(day), midnight(day) + HOUR, value, value)
        for day, value in sorted(values.items())
    ]
    return Series(unit, DAY, [Part(0, (1,) * 24, spans)])
