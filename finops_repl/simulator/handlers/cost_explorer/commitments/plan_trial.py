"""A plan tried on the days of a lookback: what it would have cost, saved and covered.

The ledger knows days: each counts as 24 hours of its average, so that the hours told here sum to
the days of the bill, also where Cost Explorer's own hours follow a curve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property

from finops_repl.simulator.handlers.cost_explorer.commitments.best import (
    Outcome,
    Tier,
    best,
    outcome,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import (
    ZERO,
    percent,
    ratio,
    text,
)
from finops_repl.simulator.handlers.cost_explorer.commitments.purchase import MONTH_HOURS
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import Demand, Lookback
from finops_repl.simulator.offerings import UPFRONT, Option, PlanKind, plan_rate

__all__ = ["Day", "Terms", "Trial", "days_of", "enough_for", "most_saving"]

STEP = Decimal("0.001")
"""What commitments are multiples of, dollars an hour."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be bought, and from which days it is judged."""

    kind: PlanKind
    years: int
    option: Option
    lookback: Lookback


@dataclass(frozen=True, slots=True)
class Day:
    """A day's usage by rate, the highest saving first, and what plans cover of such usage already.

    `covered` is at list price.
    """

    day: date
    tiers: Sequence[Tier]
    covered: Decimal

    @property
    def on_demand(self) -> Decimal:
        return sum((tier.on_demand for tier in self.tiers), ZERO)

    def coverage(self, left: Decimal) -> Decimal:
        """What is covered, in percent, where so much is left on demand."""
        whole = self.on_demand + self.covered
        return ratio(100 * (whole - left), whole)


@dataclass(frozen=True)
class Trial:
    """A commitment of dollars an hour, and the days that it is tried on."""

    terms: Terms
    days: Sequence[Day]
    commitment: Decimal

    @cached_property
    def outcome(self) -> Outcome:
        return outcome([day.tiers for day in self.days], self.commitment * 24)

    @property
    def monthly(self) -> Decimal:
        """The savings of a month."""
        return ratio(self.outcome.savings, Decimal(self.terms.lookback.hours)) * MONTH_HOURS

    @property
    def coverage(self) -> Decimal:
        """In percent, on the average of all hours, with this plan and those owned already."""
        every = (day.coverage(self._tried(day).left) for day in self.days)
        return sum(every, ZERO) / len(self.days)

    def figures(self) -> dict[str, str]:
        """What every answer tells of a plan, as the API names it."""
        found, terms = self.outcome, self.terms
        upfront = self.commitment * terms.years * 365 * 24 * UPFRONT[terms.option] / 100
        hourly = [day.on_demand / 24 for day in self.days]
        return {
            "UpfrontCost": text(upfront),
            "EstimatedROI": percent(found.savings, found.fee),
            "CurrencyCode": "USD",
            "EstimatedOnDemandCost": text(found.left),
            "EstimatedOnDemandCostWithCurrentCommitment": text(found.on_demand),
            "EstimatedSavingsAmount": text(found.savings),
            "EstimatedSavingsPercentage": percent(found.savings, found.on_demand),
            "HourlyCommitmentToPurchase": f"{self.commitment:.3f}",
            "EstimatedAverageUtilization": percent(found.used, found.fee),
            "EstimatedMonthlySavingsAmount": text(self.monthly),
            "CurrentMinimumHourlyOnDemandSpend": text(min(hourly)),
            "CurrentMaximumHourlyOnDemandSpend": text(max(hourly)),
            "CurrentAverageHourlyOnDemandSpend": text(
                ratio(found.on_demand, Decimal(terms.lookback.hours))
            ),
        }

    def charts(self) -> dict[str, object]:
        """Coverage without and with the plan, on average and hour by hour, as the API names it."""
        now = sum((day.coverage(day.on_demand) for day in self.days), ZERO)
        return {
            "CurrentAverageCoverage": text(now / len(self.days)),
            "EstimatedAverageCoverage": text(self.coverage),
            "MetricsOverLookbackPeriod": [
                {"StartTime": f"{day.day}T{hour:02}:00:00Z", **metrics}
                for day in self.days
                for metrics in [self._metrics(day)]
                for hour in range(24)
            ],
        }

    def _tried(self, day: Day) -> Outcome:
        return outcome([day.tiers], self.commitment * 24)

    def _metrics(self, day: Day) -> dict[str, str]:
        """Of any hour of a day."""
        found = self._tried(day)
        return {
            "EstimatedOnDemandCost": text(found.left / 24),
            "CurrentCoverage": text(day.coverage(day.on_demand)),
            "EstimatedCoverage": text(day.coverage(found.left)),
            "EstimatedNewCommitmentUtilization": percent(found.used, found.fee),
        }


def days_of(terms: Terms, demands: Iterable[Demand]) -> list[Day]:
    """All days of the lookback, oldest first."""
    costs: defaultdict[tuple[date, int], Decimal] = defaultdict(Decimal)
    covered: defaultdict[date, Decimal] = defaultdict(Decimal)
    for demand in demands:
        where = demand.where
        rate = plan_rate(terms.kind, where.family, terms.years, terms.option, where.unit)
        costs[demand.day, rate] += demand.cost
        covered[demand.day] += demand.covered
    tiers: defaultdict[date, list[Tier]] = defaultdict(list)
    for (day, rate), cost in sorted(costs.items()):
        tiers[day].append(Tier(cost, cost * rate / 100))
    every = [terms.lookback.first + timedelta(days=number) for number in range(terms.lookback.days)]
    return [Day(day, tiers[day], covered[day]) for day in every]


def most_saving(terms: Terms, days: Sequence[Day]) -> Trial:
    """The commitment that saves the most; 0 where none saves."""
    return Trial(terms, days, best([day.tiers for day in days], STEP * 24) / 24)


def enough_for(terms: Terms, days: Sequence[Day], target: int) -> Trial:
    """The smallest commitment whose average coverage reaches `target` percent.

    Coverage rises with the commitment up to what covers each day whole.
    """
    whole = max((sum((tier.takes for tier in day.tiers), ZERO) for day in days), default=ZERO) / 24
    low, high = -1, int((whole / STEP).to_integral_value(ROUND_CEILING))
    while high - low > 1:
        middle = (low + high) // 2
        if Trial(terms, days, STEP * middle).coverage >= target:
            high = middle
        else:
            low = middle
    return Trial(terms, days, STEP * high)
