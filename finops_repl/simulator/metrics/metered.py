"""What the bill counts, minute by minute: bytes, requests, capacity units.

The readings of a day add up to the day's usage on the bill, or to a fixed share of it. A GB of the
bill is 2^30 bytes, as S3's price page counts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.metrics.instances import GIB, PACKET
from finops_repl.simulator.metrics.ledger_days import Daily, LedgerDays
from finops_repl.simulator.metrics.readings import Part, Span
from finops_repl.simulator.metrics.resources import Listed, Resources, whole_days
from finops_repl.simulator.metrics.series import Dimensions, Metric, Series
from finops_repl.simulator.metrics.shapes import shape
from finops_repl.simulator.view import View

__all__ = ["Metered", "dimension_value"]

RESOLUTION = 60


@dataclass(frozen=True, slots=True)
class _Count:
    """A metric that is `factor` times the usage of a usage type.

    With `low` and `high` each resource has a factor of its own between them. `mode` names the fact
    that a resource must have.
    """

    kind: str
    type: str
    namespace: str
    dimension: str
    name: str
    unit: str
    usages: tuple[str, ...]
    factor: float = 1
    low: float = 1
    high: float = 1
    pattern: Pattern = "consumer"

    def of(self, found: Listed) -> bool:
        return not self.type or self.type in (found.facts.get("type"), found.facts.get("mode"))


_NAT, _ALB, _NLB = "AWS/NATGateway", "AWS/ApplicationELB", "AWS/NetworkELB"
_NAT_BYTES, _LCU = ("NatGateway-Bytes",), ("LCUUsage",)
_OUTWARD = 0.06
"""The share of a gateway's bytes that go out: most of what passes it is downloaded."""
_WAYS = (
    ("OutToDestination", _OUTWARD), ("InFromSource", _OUTWARD),
    ("OutToSource", 1 - _OUTWARD), ("InFromDestination", 1 - _OUTWARD),
)  # fmt: skip
_GB_SECONDS = ("Lambda-GB-Second", "Lambda-GB-Second-ARM")
DURATION = "Duration"

COUNTS = (
    *(_Count("nat", "", _NAT, "NatGatewayId", f"Bytes{way}", "Bytes", _NAT_BYTES, GIB * share,
             pattern="business") for way, share in _WAYS),
    *(_Count("nat", "", _NAT, "NatGatewayId", f"Packets{way}", "Count", _NAT_BYTES,
             GIB / PACKET * share, pattern="business") for way, share in _WAYS),
    _Count("nat", "", _NAT, "NatGatewayId", "ActiveConnectionCount", "Count", _NAT_BYTES,
           1, 500, 4_000, "business"),
    _Count("nat", "", _NAT, "NatGatewayId", "ErrorPortAllocation", "Count", _NAT_BYTES, 0),
    _Count("balancer", "application", _ALB, "LoadBalancer", "ConsumedLCUs", "Count", _LCU),
    _Count("balancer", "application", _ALB, "LoadBalancer", "RequestCount", "Count", _LCU,
           3_600, 10, 60),
    _Count("balancer", "application", _ALB, "LoadBalancer", "ProcessedBytes", "Bytes", _LCU,
           GIB, 0.2, 1),
    _Count("balancer", "application", _ALB, "LoadBalancer", "HTTPCode_Target_5XX_Count", "Count",
           _LCU, 3_600, 0.001, 0.05),
    _Count("balancer", "network", _NLB, "LoadBalancer", "ConsumedLCUs", "Count", _LCU),
    _Count("balancer", "network", _NLB, "LoadBalancer", "NewFlowCount", "Count", _LCU,
           3_600, 100, 700),
    _Count("balancer", "network", _NLB, "LoadBalancer", "ProcessedBytes", "Bytes", _LCU,
           GIB, 0.2, 1),
    _Count("balancer", "classic", "AWS/ELB", "LoadBalancerName", "EstimatedProcessedBytes",
           "Bytes", ("DataProcessing-Bytes",), GIB),
    _Count("balancer", "classic", "AWS/ELB", "LoadBalancerName", "RequestCount", "Count",
           ("DataProcessing-Bytes",), 1, 5_000, 60_000),
    _Count("function", "", "AWS/Lambda", "FunctionName", "Invocations", "Count", ("Request",)),
    _Count("function", "", "AWS/Lambda", "FunctionName", "Errors", "Count", ("Request",),
           0.001, 0.1, 9),
    _Count("function", "", "AWS/Lambda", "FunctionName", "Throttles", "Count", ("Request",), 0),
    _Count("function", "", "AWS/Lambda", "FunctionName", DURATION, "Milliseconds", _GB_SECONDS,
           1_000),
    _Count("table", "PAY_PER_REQUEST", "AWS/DynamoDB", "TableName", "ConsumedReadCapacityUnits",
           "Count", ("ReadRequestUnits",)),
    _Count("table", "PAY_PER_REQUEST", "AWS/DynamoDB", "TableName", "ConsumedWriteCapacityUnits",
           "Count", ("WriteRequestUnits",)),
    _Count("table", "PROVISIONED", "AWS/DynamoDB", "TableName", "ConsumedReadCapacityUnits",
           "Count", ("ReadCapacityUnit-Hrs",), 3_600, 0.15, 0.7),
    _Count("table", "PROVISIONED", "AWS/DynamoDB", "TableName", "ConsumedWriteCapacityUnits",
           "Count", ("WriteCapacityUnit-Hrs",), 3_600, 0.15, 0.7),
    _Count("log-group", "", "AWS/Logs", "LogGroupName", "IncomingBytes", "Bytes",
           ("DataProcessing-Bytes",), GIB),
)  # fmt: skip
_BY_NAME = {(each.namespace, each.name, each.type): each for each in COUNTS}
_KINDS = {each.namespace: each.kind for each in COUNTS}


def dimension_value(found: Listed) -> str:
    """What CloudWatch calls a resource: `app/NAME/ID` for a load balancer, else its id."""
    _, of_balancer, path = found.on_bill.partition(":loadbalancer/")
    return path if of_balancer else found.id


class Metered:
    """The metrics of everything that is counted."""

    namespaces = frozenset(_KINDS)

    def __init__(self, view: View, ledger: LedgerDays, resources: Resources) -> None:
        self._view, self._ledger, self._resources = view, ledger, resources

    def metrics(self, region: str) -> Iterator[tuple[Metric, str]]:
        """Those of the resources that exist."""
        for count in COUNTS:
            for found in self._resources.of(count.kind, region):
                if found.exists and count.of(found):
                    yield (
                        Metric(count.namespace, count.name, _dimensions(count, found)),
                        found.account_id,
                    )

    def series(
        self, asked: Sequence[Metric], region: str, first: date, last: date
    ) -> Mapping[Metric, Series]:
        """The series of resources that ever were."""
        found: dict[Metric, Series] = {}
        for count in COUNTS:
            names = {m.dimensions for m in asked
                     if (m.namespace, m.name) == (count.namespace, count.name)}  # fmt: skip
            mine = [
                each
                for each in (self._resources.of(count.kind, region) if names else ())
                if count.of(each) and _dimensions(count, each) in names
            ]
            if not mine:
                continue
            ids = [each.on_bill for each in mine]
            used = self._ledger.used(region, count.usages, ids, first, last)
            calls: Daily = {}
            if count.name == DURATION:
                calls = self._ledger.used(region, ["Request"], ids, first, last)
            for each in mine:
                metric = Metric(count.namespace, count.name, _dimensions(count, each))
                part = self._part(count, each, used.get(each.on_bill, {}),
                                  calls.get(each.on_bill, {}), first, last)  # fmt: skip
                found[metric] = Series(count.unit, RESOLUTION, [part])
        return found

    def _part(
        self, count: _Count, found: Listed, used: Mapping[date, float],
        calls: Mapping[date, float], first: date, last: date,
    ) -> Part:  # fmt: skip
        chance = self._view.world.chance
        # What two metrics say of the same bytes they say at the same minutes.
        key = chance.bits("readings", found.on_bill, *count.usages[:1])
        of_ten = chance.below(10_001, "factor", found.on_bill, count.name) / 10_000
        factor = count.factor * (count.low + (count.high - count.low) * of_ten)
        if count.name == DURATION:
            # GB-seconds on the bill are the duration times the memory.
            factor /= int(found.facts["mb"]) / 1_024
        spans = [
            Span(begin, end, total=used.get(day, 0) * factor, calls=calls.get(day))
            for day, begin, end in whole_days(found, first, last)
        ]
        return Part(key, shape(count.pattern, found.region), spans)


def _dimensions(count: _Count, found: Listed) -> Dimensions:
    return ((count.dimension, dimension_value(found)),)
