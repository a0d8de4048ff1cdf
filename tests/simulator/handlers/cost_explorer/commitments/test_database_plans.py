"""A Database Savings Plan is advised for what the bill has on demand of tables' throughput."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_repl.simulator.database_plans import DATABASE_ELIGIBLE as ELIGIBLE
from finops_repl.simulator.database_plans import database_percent
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import (
    lookback_of,
    uncovered,
)
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from tests.simulator.bills import tampered
from tests.simulator.conftest import Worlds, fields
from tests.simulator.handlers.cost_explorer.commitments.bill import DATABASE_ELIGIBLE, DAY, billed

ZERO, STEP = Decimal(0), Decimal("0.001")
DAYS = {"SEVEN_DAYS": 7, "THIRTY_DAYS": 30, "SIXTY_DAYS": 60}
Spent = Mapping[str, Mapping[str, Decimal]]
"""By day and unit: what is on demand."""


def advised(
    organisation: SimulatedOrganisation, lookback: str = "THIRTY_DAYS", **more: Any
) -> list[Any]:
    answer = fields(
        organisation, "ce", "GetSavingsPlansPurchaseRecommendation",
        SavingsPlansType="DATABASE_SP", TermInYears="ONE_YEAR", PaymentOption="NO_UPFRONT",
        LookbackPeriodInDays=lookback, **more,
    )  # fmt: skip
    details = answer["SavingsPlansPurchaseRecommendation"][
        "SavingsPlansPurchaseRecommendationDetails"
    ]
    return list(details)


def spent(organisation: SimulatedOrganisation, days: int, accounts: Collection[str]) -> Spent:
    """What the bill has of it, in some accounts."""
    since = organisation.spec.as_of - timedelta(days=days - 1)
    ids = ", ".join(f"'{account}'" for account in accounts)
    rows = billed(
        organisation, [f"cast({DAY} AS varchar)", "pricing_unit"], ["line_item_unblended_cost"],
        f"line_item_line_item_type = 'Usage' AND {DATABASE_ELIGIBLE} AND {DAY} >= DATE '{since}'"
        f" AND line_item_usage_account_id IN ({ids})",
    )  # fmt: skip
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for (day, unit), (cost,) in rows.items():
        found[day][unit] = cost
    return found


def saved(bill: Spent, hourly: Decimal) -> Decimal:
    """What an hourly commitment saves, by plain sums: the lowest rate is covered first."""
    total = ZERO
    for costs in bill.values():
        free = 24 * hourly
        total -= free
        for percent, cost in sorted((database_percent(unit), cost) for unit, cost in costs.items()):
            used = min(free, cost * percent / 100)
            free -= used
            total += used * 100 / percent
    return total


@settings(
    max_examples=12, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_it_is_judged_by_the_bills_rows_and_saves_the_most(
    small: SimulatedOrganisation, data: st.DataObject
) -> None:
    lookback = data.draw(st.sampled_from(sorted(DAYS)))
    every = [account.id for account in small.world.accounts]
    accounts = data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    only = {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": accounts}}
    scope = data.draw(st.sampled_from(("PAYER", "LINKED")))
    found = advised(small, lookback, AccountScope=scope, Filter=only)
    owners = {each["AccountId"]: each for each in found}
    asked = {small.account_id: accounts}
    if scope == "LINKED":
        asked = {account: [account] for account in accounts}
    assert len(owners) == len(found)
    for account, chosen in asked.items():
        bill = spent(small, DAYS[lookback], chosen)
        whole = sum((cost for costs in bill.values() for cost in costs.values()), ZERO)
        if account not in owners:
            assert saved(bill, STEP) <= 0
            continue
        told = owners[account]
        assert Decimal(told["EstimatedOnDemandCostWithCurrentCommitment"]) == whole
        hourly = Decimal(told["HourlyCommitmentToPurchase"])
        best = saved(bill, hourly)
        assert best > 0
        assert abs(Decimal(told["EstimatedSavingsAmount"]) - best) < Decimal("1e-6")
        for other in (STEP, -STEP, hourly / 10, -hourly / 10):
            assert saved(bill, hourly + other) <= best


def test_the_default_organisation_is_advised_one_plan_for_all_its_tables(worlds: Worlds) -> None:
    organisation = worlds("simulated:as_of=2026-10-31")
    (told,) = advised(organisation)
    bill = spent(organisation, 30, [account.id for account in organisation.world.accounts])
    whole = sum((cost for costs in bill.values() for cost in costs.values()), ZERO)
    assert Decimal(told["EstimatedOnDemandCostWithCurrentCommitment"]) == whole
    assert abs(
        Decimal(told["EstimatedSavingsAmount"])
        - saved(bill, Decimal(told["HourlyCommitmentToPurchase"]))
    ) < Decimal("1e-6")
    assert told["SavingsPlansDetails"].keys() == {"OfferingId"}
    assert told["UpfrontCost"] == "0"


MOVED = "UPDATE charge SET instance_family = replace(instance_family, 'r6g', 'r7g')"
AS_VALKEY = f"{MOVED}, engine = if(engine = 'Redis', 'Valkey', engine)"


@pytest.mark.parametrize(
    ("statement", "services"),
    [("SELECT 1", set()), (MOVED, {"db.r7g"}), (AS_VALKEY, {"db.r7g", "cache.r7g"})],
)
def test_databases_count_from_the_seventh_generation_on_and_caches_that_run_valkey(
    worlds: Worlds, tmp_path: Path, statement: str, services: set[str]
) -> None:
    organisation = worlds("simulated:as_of=2026-10-31")
    path = tampered(organisation, tmp_path, statement)
    world = World(organisation.spec.seed, organisation.spec.rows)
    view = View(world, Calendar(organisation.spec.as_of), path)
    try:
        every = {account.id for account in world.accounts}
        found = uncovered(view, lookback_of(view, 7), every, ELIGIBLE)
    finally:
        view.close()
    assert {each.where.family for each in found} == {"", *services}
    assert {each.where.unit for each in found if each.where.family} <= {"Hrs"}


def test_a_compute_plan_takes_nothing_of_it(small: SimulatedOrganisation, tmp_path: Path) -> None:
    """Also one that was bought meanwhile, and is taken to have been there before."""
    later = f"UPDATE commitment SET starts = DATE '{small.spec.as_of}' WHERE kind = 'compute-sp'"
    path = tampered(small, tmp_path, later)
    view = View(World(small.spec.seed, small.spec.rows), Calendar(small.spec.as_of), path)
    try:
        every = {account.id for account in small.world.accounts}
        found = uncovered(view, lookback_of(view, 30), every, ELIGIBLE)
    finally:
        view.close()
    bill = spent(small, 30, every)
    whole = sum((cost for costs in bill.values() for cost in costs.values()), ZERO)
    assert sum((each.cost for each in found), ZERO) == whole
