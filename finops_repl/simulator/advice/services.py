"""Advice on functions and NAT gateways: Compute Optimizer's rules.

A function with more memory than it uses gets less of it. A gateway through which nothing went in 32
days is unused. Source: Compute Optimizer user guide, "Viewing Lambda function recommendations" and
"Idle resource recommendations".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from finops_repl.simulator.advice.advice import Advice, Option
from finops_repl.simulator.advice.costs import Costs
from finops_repl.simulator.advice.readings import of, whole
from finops_repl.simulator.metrics.measurements import Measurements

__all__ = ["functions", "gateways"]

MEMORY_SIZES = (128, 256, 512, 1_024)
LEAST_INVOCATIONS = 50
MEMORY_MARGIN = 1.2
UNUSED_DAYS = 32


def functions(measured: Measurements, costs: Costs, region: str) -> Iterator[Advice]:
    """Advice on each function that is called often enough to tell."""
    here = [each for each in measured.resources.of("function", region) if each.exists]
    names = ("Invocations", "Duration")
    readings = whole(
        measured, (of("AWS/Lambda", name, "FunctionName", each.id) for each in here
                   for name in names), region,
    )  # fmt: skip
    for each in here:
        calls, duration = (
            readings.get(of("AWS/Lambda", name, "FunctionName", each.id)) for name in names
        )
        if calls is None or duration is None or calls.total < LEAST_INVOCATIONS:
            continue
        mb = int(each.facts["mb"])
        # What a function holds at most is in the report line of its log, not among its metrics.
        used = mb * measured.view.world.chance.between(25, 92, "memory used", each.on_bill) / 100
        cost = costs.of(region, each.on_bill, "Lambda-GB-Second")
        options = [
            Option(str(size), cost.listed * (1 - size / mb), cost.uncovered * (1 - size / mb),
                   {"Duration": duration.total / calls.total})
            for size in MEMORY_SIZES
            if size < mb and size >= used * MEMORY_MARGIN
        ]  # fmt: skip
        yield Advice(
            "function", each.id, each.on_bill, each.account_id, region, str(mb),
            "NotOptimized" if options else "Optimized", "Rightsize" if options else "",
            ("MemoryOverprovisioned",) if options else (),
            readings={"Duration": duration.most, "Memory": used,
                      "AverageDuration": duration.total / calls.total},
            listed=cost.listed, amortized=cost.amortized, options=tuple(options[:1]),
            name=each.id, tags=each.tags,
            facts={**each.facts, "invocations": round(calls.total)},
        )  # fmt: skip


def gateways(measured: Measurements, costs: Costs, region: str) -> Iterator[Advice]:
    """Advice on each NAT gateway that has been there for long enough to tell."""
    since = measured.view.calendar.as_of - timedelta(days=UNUSED_DAYS - 1)
    here = [
        each for each in measured.resources.of("nat", region)
        if each.exists and each.first <= since
    ]  # fmt: skip
    names = ("PacketsInFromSource", "PacketsInFromDestination", "ActiveConnectionCount")
    readings = whole(
        measured, (of("AWS/NATGateway", name, "NatGatewayId", each.id) for each in here
                   for name in names), region, days=UNUSED_DAYS,
    )  # fmt: skip
    for each in here:
        passed, back, open_ = (
            readings[of("AWS/NATGateway", name, "NatGatewayId", each.id)] for name in names
        )
        unused = passed.total + back.total == 0
        cost = costs.of(region, each.on_bill)
        yield Advice(
            "nat", each.id, each.on_bill, each.account_id, region, "NatGateway", "Optimized",
            "Delete" if unused else "", idle="Unused" if unused else "",
            readings={"ActiveConnectionCount": open_.most, "PacketsInFromSource": passed.most,
                      "PacketsInFromDestination": back.most},
            listed=cost.listed, amortized=cost.amortized, idle_savings=cost.listed,
            idle_savings_after=cost.uncovered, days=UNUSED_DAYS, name=each.name, tags=each.tags,
        )  # fmt: skip
