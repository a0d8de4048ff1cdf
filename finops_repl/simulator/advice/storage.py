"""Advice on EBS volumes: Compute Optimizer's rules.

Unattached for 32 days, or without an operation a day: delete it. gp2 and io1: gp3 does the same for
less, where what was observed needs no more than gp3 gives. Sources: Compute Optimizer user guide,
"Idle resource recommendations" and "Viewing Amazon EBS volume recommendations"; EBS price page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from finops_repl.simulator.advice.advice import Advice, Option
from finops_repl.simulator.advice.costs import Costs
from finops_repl.simulator.advice.readings import of, whole
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.resources import Listed
from finops_repl.simulator.offers import REGIONS, offer, price_e10

__all__ = ["FREE_IOPS", "FREE_MIBPS", "gp3_cost", "observed", "volumes"]

UNATTACHED_DAYS = 32
FREE_IOPS, FREE_MIBPS = 3_000, 125
MARGIN = 1.25
_DEARER = ("gp2", "io1")
_READ, _WRITE = "VolumeReadOps", "VolumeWriteOps"


def gp3_cost(region: str, gb: int, iops: int, mibps: int = FREE_MIBPS) -> float:
    """A gp3 volume's list price a month."""

    def price(usage: str) -> float:
        return price_e10(offer("ec2", usage), REGIONS[region]) / 10**10

    return (
        gb * price("EBS:VolumeUsage.gp3")
        + max(0, iops - FREE_IOPS) * price("EBS:VolumeP-IOPS.gp3")
        + max(0, mibps - FREE_MIBPS) / 1_024 * price("EBS:VolumeP-Throughput.gp3")
    )


def volumes(measured: Measurements, costs: Costs, region: str) -> Iterator[Advice]:
    """Advice on each volume that exists, the instances' own included."""
    here = [each for each in measured.resources.of("volume", region) if each.exists]
    candidates = [each.id for each in here if each.facts["type"] in _DEARER]
    readings = observed(measured, region, candidates)
    oldest = measured.view.calendar.as_of - timedelta(days=UNATTACHED_DAYS - 1)
    # While its holder runs, a volume has more than one operation a day.
    at_work = measured.instances.windows(
        region, {str(each.facts["instance"]) for each in here}, oldest, measured.view.calendar.as_of
    )
    for each in here:
        ops = readings.get(each.id, {})
        cost = costs.of(region, each.on_bill)
        holder = each.facts["instance"]
        loose = holder not in at_work and each.first <= oldest
        options = () if loose or not ops else _options(each, region, sum(ops.values()), cost.listed)
        yield Advice(
            "volume", each.id, f"arn:aws:ec2:{region}:{each.account_id}:volume/{each.id}",
            each.account_id, region, str(each.facts["type"]),
            "NotOptimized" if options else "Optimized",
            "Delete" if loose else "Upgrade" if options else "",
            idle=("Idle" if holder else "Unattached") if loose else "",
            readings=ops,
            listed=cost.listed, amortized=cost.amortized, idle_savings=cost.listed,
            idle_savings_after=cost.uncovered, options=options,
            days=UNATTACHED_DAYS if loose else 14, name=each.name, tags=each.tags,
            facts={**each.facts, "attached": int(bool(each.facts["instance"]))},
        )  # fmt: skip


def observed(
    measured: Measurements, region: str, volumes: Sequence[str]
) -> Mapping[str, Mapping[str, float]]:
    """The most operations a second of volumes in the look-back period; none of unattached ones."""
    metrics = [of("AWS/EBS", name, "VolumeId", id_) for id_ in volumes for name in (_READ, _WRITE)]
    found: dict[str, dict[str, float]] = {}
    for metric, tally in whole(measured, metrics, region).items():
        mine = found.setdefault(metric.dimensions[0][1], {})
        mine[f"{metric.name}PerSecond"] = tally.most / 60
    return found


def _options(
    each: Listed, region: str, observed: float, listed: float
) -> tuple[Option, ...]:  # fmt: skip
    needed = max(FREE_IOPS, round(observed * MARGIN))
    saved = listed - gp3_cost(region, int(each.facts["gb"]), needed)
    return (Option("gp3", saved, saved, {"iops": needed}),) if saved > 0 else ()
