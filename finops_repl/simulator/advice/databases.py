"""Advice on RDS databases: Compute Optimizer's rules.

Idle: no connection in the look-back period. Sizing: the smallest class of the family on which the
P99.5 of CPU is at most 80 % and which holds what is in memory. Storage: io1 whose IOPS gp3 gives as
well. SQL Server gets no advice. Source: Compute Optimizer user guide, "Viewing RDS DB instance
recommendations" and "Idle resource recommendations".
"""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.advice.advice import Advice, Finding, Option
from finops_repl.simulator.advice.costs import Costs
from finops_repl.simulator.advice.readings import by_hour, of, peak, whole
from finops_repl.simulator.advice.sizes import HEADROOM_PERCENT, memory, smaller
from finops_repl.simulator.metrics.instances import GIB
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.resources import Listed
from finops_repl.simulator.metrics.series import Metric

__all__ = ["HOURS", "databases"]

HOURS = ("InstanceUsage:", "Multi-AZUsage:")
_NAMES = ("DatabaseConnections", "FreeableMemory", "ReadIOPS", "WriteIOPS")
MEMORY_MARGIN = 1.2


def databases(measured: Measurements, costs: Costs, region: str) -> Iterator[Advice]:
    """Advice on each database instance that exists."""
    here = [
        each for each in measured.resources.of("database", region)
        if each.exists and each.facts["engine"] != "SQL Server"
    ]  # fmt: skip
    readings = whole(measured, (_metric(each, name) for each in here for name in _NAMES), region)
    hours = by_hour(measured, (_metric(each, "CPUUtilization") for each in here), region)
    for each in here:
        connections, free, reads, writes = (readings[_metric(each, name)] for name in _NAMES)
        cpu = [hour.most for hour in hours[_metric(each, "CPUUtilization")]]
        cost, kind = costs.of(region, each.on_bill, *HOURS), str(each.facts["type"])
        used = memory(kind) - free.least / GIB
        busy, most = peak(cpu), max(cpu)
        options = [
            Option(target, cost.listed * (1 - share), cost.uncovered * (1 - share),
                   {"CPU": min(100.0, most / share)})
            for target, share in smaller(kind)
            if busy / share <= HEADROOM_PERCENT and memory(target) >= used * MEMORY_MARGIN
        ]  # fmt: skip
        finding: Finding = "Overprovisioned" if options else "Optimized"
        is_idle = connections.most == 0
        yield Advice(
            "database", each.id, each.on_bill, each.account_id, region, kind, finding,
            "Stop" if is_idle else "Rightsize" if options else "",
            ("CPUOverprovisioned",) if options else (),
            "Idle" if is_idle else "",
            {"CPU": most, "Memory": 100 * used / memory(kind),
             "DatabaseConnections": connections.most, "EBSVolumeReadIOPS": reads.most,
             "EBSVolumeWriteIOPS": writes.most},
            cost.listed, cost.amortized, cost.listed, cost.uncovered,
            tuple(reversed(options))[:3], name=each.id, tags=each.tags, facts=each.facts,
        )  # fmt: skip


def _metric(each: Listed, name: str) -> Metric:
    return of("AWS/RDS", name, "DBInstanceIdentifier", each.id)
