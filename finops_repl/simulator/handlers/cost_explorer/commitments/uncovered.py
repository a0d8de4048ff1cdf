"""What runs on demand with the commitments owned today: what a new one could be bought for.

Recommendations look back at usage as if what is owned today had been owned all the time: usage
under a commitment that has ended since counts as on demand, and what one bought since would have
covered does not (API reference, `EstimatedOnDemandCostWithCurrentCommitment`: "the usage of the
selected time period and the Savings Plans you own"). A commitment that has begun since covers its
owner's usage first, as the bill applies it: reservations, plans for one family, compute plans.
What is idle of the others is not spread anew. The ledger knows days: each counts as 24 hours of
its average.

Beside it stands what the plans of today cover at list price, for the coverage with a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from finops_repl.simulator.bill_rows import FACTS, PUBLIC
from finops_repl.simulator.commitment import Kind, family_percent
from finops_repl.simulator.view import View

__all__ = ["Demand", "Lookback", "Where", "lookback_of", "uncovered", "unreserved"]

SIZED_ALONE = "if(g.engine = 'SQL Server', g.instance_type, '')"
"""The instance type where a reservation covers that one alone (RDS user guide, "Size-flexible
reserved DB instances": none with a licence included), else empty."""

COMPUTE_UNITS = ("Hrs", "Lambda-GB-Second")
HELD = (
    "kind, account_id, region, family, engine, deployment,"
    " quantity * 24 * rate::DECIMAL(28, 10), quantity * 24 * factor, starts"
)


@dataclass(frozen=True, slots=True)
class Lookback:
    """Whole days, both included, that end with the last one that has data."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def hours(self) -> int:
        return self.days * 24

    @property
    def last_hour(self) -> str:
        """The beginning of the last hour, UTC, as Cost Explorer writes it."""
        return f"{self.last}T23:00:00Z"


@dataclass(frozen=True, slots=True)
class Where:
    """What one commitment for a family can be used for.

    No family is Lambda, or what databases charge by the `unit`.
    """

    region: str
    family: str
    engine: str = ""
    deployment: str = ""
    instance_type: str = ""
    unit: str = "Hrs"

    @property
    def is_compute(self) -> bool:
        return not self.engine and self.unit in COMPUTE_UNITS


@dataclass(frozen=True, slots=True)
class Demand:
    """A day's usage of an account on demand: normalized units times hours, and list price.

    `covered` is what plans cover of the same usage, at list price too.
    """

    day: date
    account: str
    where: Where
    units: Decimal
    cost: Decimal
    covered: Decimal = Decimal(0)

    def less(self, part: Decimal, by_plan: bool) -> Demand:
        """What is left when `part` of the cost is covered."""
        left, covered = self.cost - part, self.covered + (part if by_plan else 0)
        return replace(self, units=self.units * left / self.cost, cost=left, covered=covered)


@dataclass(frozen=True, slots=True)
class Held:
    """A commitment that began after the first day: what it covers in a day.

    A plan's `dollars` are its own prices, a reservation has `units`.
    """

    kind: Kind
    owner: str
    where: Where
    dollars: Decimal
    units: Decimal
    starts: date

    def covers(self, demand: Demand) -> bool:
        if demand.day >= self.starts or not demand.cost:
            return False
        if self.kind == "compute-sp":
            return demand.where.is_compute
        return replace(demand.where, instance_type="") == self.where

    def percent(self, demand: Demand) -> int:
        """What the usage costs under a plan, in percent of its list price."""
        return 0 if self.kind == "ri" else family_percent(self.kind, demand.where.family)


def uncovered(
    view: View,
    lookback: Lookback,
    accounts: Collection[str],
    eligible: str,
    values: Sequence[str] = (),
) -> list[Demand]:
    """The days' on-demand usage of accounts that `eligible` chooses, a condition on `g` (charge).

    Commitments are shared: what those of other accounts cover is taken off first.
    """
    found = unreserved(view, lookback, accounts, eligible, values)
    return [each for each in found if each.cost > 0]


def unreserved(
    view: View,
    lookback: Lookback,
    accounts: Collection[str],
    eligible: str,
    values: Sequence[str] = (),
    *,
    without: Sequence[str] = (),
) -> list[Demand]:
    """The same with the usage that plans cover whole; `without` are ids of plans left aside."""
    today = view.calendar.now.date()
    rows = view.rows(
        "SELECT * EXCLUDE (kind, owned, units, cost),"  # noqa: S608  constants, and conditions of our own
        " coalesce(sum(units) FILTER (NOT owned), 0), coalesce(sum(cost) FILTER (NOT owned), 0),"
        " coalesce(sum(cost) FILTER (owned), 0) FROM ("
        "SELECT f.day, g.account_id, g.region, g.instance_family, g.engine, g.deployment,"
        f" {SIZED_ALONE} AS sized_alone, g.unit, f.usage::DECIMAL(20, 6) * g.factor AS units,"
        f" {PUBLIC} AS cost, c.kind,"
        f" coalesce(c.stops > ? AND NOT list_contains(?::VARCHAR[], c.id), false) AS owned {FACTS}"
        " WHERE f.day >= ? AND f.day <= ?"
        " AND t.type_name IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
        f" AND {eligible}) WHERE NOT owned OR kind <> 'ri' GROUP BY ALL ORDER BY ALL",
        [today, list(without), lookback.first, lookback.last, *values],
    )
    found = [Demand(day, account, Where(*where), units, cost, covered)
             for day, account, *where, units, cost, covered in rows]  # fmt: skip
    for held in _begun(view, lookback, today, without):
        found = list(_left(found, held))
    return [each for each in found if each.account in accounts]


def _begun(view: View, lookback: Lookback, today: date, without: Sequence[str]) -> Iterable[Held]:
    """In the order of their application."""
    order = ("ri", "instance-sp", "compute-sp")
    rows: list[tuple[Any, ...]] = view.rows(
        f"SELECT {HELD} FROM commitment WHERE starts > ? AND starts <= ? AND stops > ?"  # noqa: S608
        " AND NOT list_contains(?::VARCHAR[], id) ORDER BY commitment",
        [lookback.first, lookback.last, today, list(without)],
    )
    found = [
        Held(kind, owner, Where(region, family, engine, deployment), dollars, units, starts)
        for kind, owner, region, family, engine, deployment, dollars, units, starts in rows
    ]
    return sorted(found, key=lambda held: order.index(held.kind))


def _left(demands: Sequence[Demand], held: Held) -> Iterable[Demand]:
    """What a commitment would have left of the days before it began."""
    free: dict[date, Decimal] = {}
    whole = held.units if held.kind == "ri" else held.dollars

    def first(demand: Demand) -> tuple[bool, int]:
        return demand.account != held.owner, held.percent(demand)

    for demand in sorted(demands, key=first):
        if not held.covers(demand):
            yield demand
            continue
        asked = demand.units
        if held.kind != "ri":
            asked = demand.cost * held.percent(demand) / 100
        used = min(asked, free.setdefault(demand.day, whole))
        free[demand.day] -= used
        yield demand.less(demand.cost * used / asked if asked else Decimal(0), held.kind != "ri")


def lookback_of(view: View, days: int) -> Lookback:
    """So many days up to the last one."""
    last = view.calendar.as_of
    return Lookback(last - timedelta(days=days - 1), last)
