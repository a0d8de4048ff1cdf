"""What Trusted Advisor's checks find, by its own thresholds.

Savings are at on-demand prices, whatever is reserved: Trusted Advisor does not know of it. Source:
AWS Support user guide, "Cost optimization checks".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from finops_repl.simulator.advice.adviser import Adviser
from finops_repl.simulator.advice.costs import LOOK_BACK_DAYS
from finops_repl.simulator.advice.databases import HOURS as DATABASE_HOURS
from finops_repl.simulator.advice.instances import HOURS, Standing, standing
from finops_repl.simulator.advice.readings import daily, of, whole
from finops_repl.simulator.handlers.resources.networking import public_ip
from finops_repl.simulator.handlers.trusted_advisor.checks import Check
from finops_repl.simulator.offers import REGIONS

__all__ = ["Flagged", "Report", "Reports"]

LOW_CPU, LOW_BYTES, LOW_DAYS = 10, 5_000_000, 4
WEEK = 7
FEWEST_REQUESTS, FEWEST_OPERATIONS = 100, 1


@dataclass(frozen=True, slots=True)
class Flagged:
    """A resource that a check flags, and what ending it saves a month at on-demand prices."""

    account_id: str
    region: str
    resource: str
    arn: str
    cells: tuple[str, ...]
    savings: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found among `processed` resources that cost `cost` dollars a month."""

    check: Check
    processed: int
    cost: float
    flagged: Sequence[Flagged]

    @property
    def status(self) -> str:
        return "warning" if self.flagged else "ok"

    @property
    def savings(self) -> float:
        return round(sum(each.savings for each in self.flagged), 2)

    @property
    def percent(self) -> float:
        return round(self.savings / self.cost, 4) if self.cost else 0.0


Found = tuple[float, Flagged | None]
"""What a resource costs a month, and why it is flagged, if it is."""


class Reports:
    """Makes each check's report over all accounts and regions, once."""

    def __init__(self, adviser: Adviser) -> None:
        self._adviser, self._measured = adviser, adviser.measured
        self.of = lru_cache(maxsize=None)(self._made)

    def _made(self, check: Check) -> Report:
        look: dict[str, Callable[[str], Iterator[Found]]] = {
            "Qch7DwouX1": self._instances,
            "hjLMh88uM8": self._balancers,
            "Z4AUBRNSmz": self._addresses,
            "DAvU99Dc4C": self._volumes,
            "Ti39halfu8": self._databases,
        }
        found = [each for region in REGIONS for each in look[check.id](region)]
        flagged = [each for _, each in found if each is not None]
        return Report(check, len(found), sum(cost for cost, _ in found), flagged)

    def _instances(self, region: str) -> Iterator[Found]:
        here = [each for each in standing(self._measured, region) if each.state == "running"]
        as_of = self._measured.view.calendar.as_of
        days = [as_of - timedelta(days=back) for back in range(LOOK_BACK_DAYS)]
        rests = self._measured.instances.rests
        quiet = [
            each for each in here
            if sum(rests(each.id, region, day) for day in days) >= LOW_DAYS
        ]  # fmt: skip
        names = ("CPUUtilization", "NetworkIn", "NetworkOut")
        readings = daily(
            self._measured, (each.metric(name) for each in quiet for name in names), region
        )
        for each in here:
            cost = self._adviser.costs.of(region, each.id, *HOURS).listed
            flagged = None
            if each in quiet:
                cpu, into, out = (readings.get(each.metric(name), []) for name in names)
                busy = [day.total / day.count for day in cpu]
                sent = [a.total + b.total for a, b in zip(into, out, strict=True)]
                flagged = _low(each, busy, sent, cost)
            yield cost, flagged

    def _balancers(self, region: str) -> Iterator[Found]:
        here = [
            each for each in self._measured.resources.of("balancer", region)
            if each.exists and each.facts["type"] == "classic"
        ]  # fmt: skip
        metrics = {
            each.id: of("AWS/ELB", "RequestCount", "LoadBalancerName", each.id) for each in here
        }
        readings = daily(self._measured, metrics.values(), region)
        for each in here:
            cost = self._adviser.costs.of(region, each.on_bill, "LoadBalancerUsage").listed
            requests = [tally.total for tally in readings[metrics[each.id]][-WEEK:]]
            idle = max(requests) < FEWEST_REQUESTS
            cells = (region, each.id, "Low request count", _dollars(cost))
            flagged = Flagged(each.account_id, region, each.id, each.on_bill, cells, cost)
            yield cost, flagged if idle else None

    def _addresses(self, region: str) -> Iterator[Found]:
        for each in self._measured.resources.of("address", region):
            if each.exists:
                cost = self._adviser.costs.of(region, each.on_bill).listed
                cells = (region, public_ip(self._measured.view.world, each.id))
                flagged = Flagged(each.account_id, region, each.id, each.on_bill, cells, cost)
                yield cost, None if each.facts["interface"] else flagged

    def _volumes(self, region: str) -> Iterator[Found]:
        as_of = self._measured.view.calendar.as_of
        copies = {
            str(each.facts["volume"]): each
            for each in sorted(self._measured.resources.of("snapshot", region),
                               key=lambda each: each.first)
            if each.exists
        }  # fmt: skip
        here = [each for each in self._measured.resources.of("volume", region) if each.exists]
        at_work = self._measured.instances.windows(
            region, {str(each.facts["instance"]) for each in here},
            as_of - timedelta(days=WEEK - 1), as_of,
        )  # fmt: skip
        for each in here:
            cost = self._adviser.costs.of(region, each.on_bill).listed
            copy = copies.get(each.id)
            of_copy = (copy.id, copy.name, str((as_of - copy.first).days)) if copy else ("", "", "")
            cells = (
                region, each.id, each.name, str(each.facts["type"]), str(each.facts["gb"]),
                _dollars(cost), *of_copy,
            )  # fmt: skip
            arn = f"arn:aws:ec2:{region}:{each.account_id}:volume/{each.id}"
            flagged = Flagged(each.account_id, region, each.id, arn, cells, cost)
            # While its holder runs, a volume has more than one operation a day.
            yield cost, None if each.facts["instance"] in at_work else flagged

    def _databases(self, region: str) -> Iterator[Found]:
        here = [each for each in self._measured.resources.of("database", region) if each.exists]
        metrics = {
            each.id: of("AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", each.id)
            for each in here
        }
        readings = whole(self._measured, metrics.values(), region, WEEK)
        for each in here:
            cost = self._adviser.costs.of(region, each.on_bill, *DATABASE_HOURS).listed
            cells = (
                region, each.id, "Yes" if each.facts["multi_az"] else "No",
                str(each.facts["type"]), str(each.facts["gb"]), f"{WEEK}+", _dollars(cost),
            )  # fmt: skip
            flagged = Flagged(each.account_id, region, each.id, each.on_bill, cells, cost)
            yield cost, None if readings[metrics[each.id]].most else flagged


def _low(
    each: Standing, busy: Sequence[float], sent: Sequence[float], cost: float
) -> Flagged | None:  # fmt: skip
    low = sum(
        cpu <= LOW_CPU and bytes_ <= LOW_BYTES for cpu, bytes_ in zip(busy, sent, strict=True)
    )
    if low < LOW_DAYS:
        return None
    by_day = [_day(cpu, bytes_) for cpu, bytes_ in zip(busy, sent, strict=True)]
    cells = (
        each.zone, each.id, each.tags.get("Name", ""), each.type, _dollars(cost),
        *by_day, *[""] * (LOOK_BACK_DAYS - len(by_day)),
        f"{sum(busy) / len(busy):.1f}%", f"{sum(sent) / len(sent) / 1e6:.2f}MB", f"{low} days",
    )  # fmt: skip
    return Flagged(each.account_id, each.region, each.id, each.arn, cells, cost)


def _day(cpu: float, sent: float) -> str:
    return f"{cpu:.1f}%  {sent / 1e6:.2f}MB"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}"
