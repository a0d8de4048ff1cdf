"""What the organisation had Cost Explorer work out about Savings Plans, and when.

A job has the recommendations generated every morning, of the three times a day that AWS allows; an
analyst started some purchase analyses this morning. CloudTrail records each start, and Cost
Explorer lists what came of it. How long each takes is this simulation's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from finops_repl.simulator.event import BROWSER, Event, by_role, event, event_id
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.world import World

if TYPE_CHECKING:
    from finops_repl.simulator.ledger import Ledger  # numpy: who only reads a world needs none

__all__ = ["Generation", "PlanAnalysis", "analyses", "generations", "requests"]

COST_EXPLORER = "ce.amazonaws.com"
JOB, ANALYST = "cost-reporter", "finops-analyst"
ESTIMATED = timedelta(minutes=30)
MORNING, DESK = 5 * 3600, 7 * 3600
"""Seconds of the day, UTC, from which on the job runs and the analyst works."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Recommendations of Savings Plans worked out anew, for all questions at once."""

    id: str
    started: datetime
    completed: datetime


@dataclass(frozen=True, slots=True)
class PlanAnalysis:
    """A purchase that was tried; `configuration` is in the API's form."""

    id: str
    started: datetime
    completed: datetime
    configuration: Mapping[str, Any]

    @property
    def plan(self) -> Mapping[str, Any]:
        """The one plan that is tried."""
        added: Mapping[str, Any] = self.configuration["SavingsPlansToAdd"][0]
        return added

    @property
    def without(self) -> Sequence[str]:
        """The ids of the plans that count as not owned."""
        excluded: Sequence[str] = self.configuration.get("SavingsPlansToExclude", ())
        return excluded


def generations(world: World, calendar: Calendar, days: int) -> list[Generation]:
    """Those of so many days up to today, the latest first."""
    found = []
    for day in range(calendar.length, calendar.length - days, -1):
        started = calendar.moment(day, MORNING + world.chance.below(1_200, "generation", day))
        took = timedelta(seconds=world.chance.between(180, 1_500, "generation took", day))
        name = world.chance.uuid("generation", str(started.date()))
        found.append(Generation(name, started, started + took))
    return found


def analyses(
    world: World, calendar: Calendar, renewed: Sequence[tuple[str, str]]
) -> list[PlanAnalysis]:
    """Those of this morning, the latest first.

    `renewed` are the id and the dollars an hour of each plan that one asks about buying again.
    """
    found = []
    for number, configuration in enumerate(_configurations(world, calendar, renewed)):
        started = calendar.moment(
            calendar.length, DESK + 240 * number + world.chance.below(200, "analysis", number)
        )
        took = timedelta(seconds=world.chance.between(60, 1_200, "analysis took", number))
        name = world.chance.uuid("analysis", str(calendar.as_of), number)
        found.append(PlanAnalysis(name, started, started + took, configuration))
    return found[::-1]


def _configurations(
    world: World, calendar: Calendar, renewed: Sequence[tuple[str, str]]
) -> Iterator[Mapping[str, Any]]:
    end = calendar.day(calendar.length)

    def asked(
        analysis: str, plan: str, days: int, term: str = "ONE_YEAR", payment: str = "NO_UPFRONT",
        account: str = "", commitment: str = "", **more: Any,
    ) -> Mapping[str, Any]:  # fmt: skip
        added: dict[str, Any] = {
            "SavingsPlansType": plan, "TermInYears": term, "PaymentOption": payment,
        } | ({"SavingsPlansCommitment": float(commitment)} if commitment else {})  # fmt: skip
        return {
            "AccountScope": "LINKED" if account else "PAYER",
            **({"AccountId": account} if account else {}),
            "AnalysisType": analysis,
            "SavingsPlansToAdd": [added],
            "LookBackTimePeriod": {"Start": str(end - timedelta(days=days)), "End": str(end)},
            **more,
        }

    yield asked("MAX_SAVINGS", "COMPUTE_SP", 30)
    yield asked("MAX_SAVINGS", "DATABASE_SP", 60)
    yield asked("MAX_SAVINGS", "SAGEMAKER_SP", 30)  # the organisation has no such usage: it fails
    yield asked(
        "TARGET_AVERAGE_COVERAGE", "COMPUTE_SP", 30, "THREE_YEARS", "PARTIAL_UPFRONT",
        SavingsPlansTargetCoverage=80,
    )  # fmt: skip
    yield asked("MAX_SAVINGS", "COMPUTE_SP", 14, account=world.account("sim-checkout-prod").id)
    for plan, hourly in renewed:
        yield asked(
            "CUSTOM_COMMITMENT", "COMPUTE_SP", 30, commitment=hourly, SavingsPlansToExclude=[plan]
        )


def requests(ledger: Ledger, days: int) -> Iterator[Event]:
    """The start of each, as CloudTrail records it."""
    world, calendar, payer = ledger.world, ledger.calendar, ledger.world.payer
    job, analyst = by_role(world, payer, JOB), by_role(world, payer, ANALYST)
    for each in generations(world, calendar, days):
        yield event(
            event_id(world, each.id), each.started, payer, "us-east-1",
            "StartSavingsPlansPurchaseRecommendationGeneration", COST_EXPLORER, job, {}, [],
            {"RecommendationId": each.id},
        )  # fmt: skip
    plans = [(plan.id, plan.hourly) for plan in ledger.commitments if plan.kind == "compute-sp"]
    for tried in analyses(world, calendar, plans):
        configuration = {"SavingsPlansPurchaseAnalysisConfiguration": tried.configuration}
        yield event(
            event_id(world, tried.id), tried.started, payer, "us-east-1",
            "StartCommitmentPurchaseAnalysis", COST_EXPLORER, analyst,
            {"CommitmentPurchaseAnalysisConfiguration": configuration}, [],
            {"AnalysisId": tried.id}, BROWSER,
        )  # fmt: skip
