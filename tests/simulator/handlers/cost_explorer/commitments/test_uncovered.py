"""On-demand usage is seen with the commitments of today, also on days before they began."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from finops_repl.simulator.commitment import family_percent
from finops_repl.simulator.handlers.cost_explorer.commitments.sp_coverage import PLAN_ELIGIBLE
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import (
    Demand,
    lookback_of,
    uncovered,
)
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from tests.simulator.bills import tampered

BEGAN = date(2026, 10, 10)
LATER = f"UPDATE commitment SET starts = DATE '{BEGAN}'"
Costs = dict[tuple[date, str, str, str], Decimal]


@contextmanager
def opened(organisation: SimulatedOrganisation, folder: Path, statement: str) -> Iterator[View]:
    """The organisation's tables with one of them changed."""
    world = World(organisation.spec.seed, organisation.spec.rows)
    path = tampered(organisation, folder, statement)
    view = View(world, Calendar(organisation.spec.as_of), path)
    try:
        yield view
    finally:
        view.close()


def demands(view: View, days: int = 30) -> list[Demand]:
    every = {account.id for account in view.world.accounts}
    return uncovered(view, lookback_of(view, days), every, PLAN_ELIGIBLE)


def costs(found: list[Demand]) -> Costs:
    return {
        (each.day, each.account, each.where.region, each.where.family): each.cost for each in found
    }


def test_a_plan_bought_meanwhile_takes_its_whole_commitment_of_each_day_before(
    small: SimulatedOrganisation, tmp_path: Path
) -> None:
    before = costs(demands(small.view))
    with opened(small, tmp_path, f"{LATER} WHERE kind = 'compute-sp'") as view:
        after = costs(demands(view))
        ((a_day,),) = view.rows("SELECT 24 * rate FROM commitment WHERE kind = 'compute-sp'")
    taken: defaultdict[date, Decimal] = defaultdict(Decimal)
    for key, cost in before.items():
        less = cost - after.get(key, Decimal(0))
        taken[key[0]] += less * family_percent("compute-sp", key[3]) / 100
    for day, dollars in taken.items():
        expected = a_day if day < BEGAN else 0
        assert abs(dollars - expected) < Decimal("1e-15"), day


def test_the_highest_saving_is_covered_first_and_the_owners_usage_before_all(
    small: SimulatedOrganisation, tmp_path: Path
) -> None:
    before = costs(demands(small.view))
    day = min(key[0] for key in before)
    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, cost in before.items():
        if key[0] == day:
            spent[key[1]] += cost
    owner = min(spent, key=lambda account: spent[account])
    began = f"{LATER}, account_id = '{owner}' WHERE kind = 'compute-sp'"
    with opened(small, tmp_path, began) as view:
        after = costs(demands(view))
    left: dict[bool, set[int]] = {True: set(), False: set()}
    taken: set[int] = set()
    for key, cost in before.items():
        if key[0] != day:
            continue
        rate, rest = family_percent("compute-sp", key[3]), after.get(key, Decimal(0))
        if rest:
            left[key[1] == owner].add(rate)
        if rest < cost and key[1] != owner:
            taken.add(rate)
    assert left[True] == set()
    assert taken
    assert max(taken) <= min(left[False])


def test_what_one_plan_covers_whole_is_nothing_to_the_next(
    small: SimulatedOrganisation, tmp_path: Path
) -> None:
    """The family's own plan is asked first, and leaves the compute plan to the others."""
    began = f"{LATER}, stops = DATE '2027-10-01' WHERE family = 'c6g'"
    with opened(small, tmp_path, f"{began}; {LATER} WHERE kind = 'compute-sp'") as view:
        found = demands(view)
    family = {each.day for each in found if each.where.family == "c6g"}
    assert family
    assert min(family) >= BEGAN


def test_units_go_with_the_cost(small: SimulatedOrganisation, tmp_path: Path) -> None:
    whole = {
        (each.day, each.account, each.where): each.units / each.cost
        for each in demands(small.view)
        if each.where.family
    }
    with opened(small, tmp_path, f"{LATER} WHERE kind = 'compute-sp'") as view:
        for each in demands(view):
            if each.where.family:
                ratio = each.units / each.cost
                assert abs(ratio - whole[each.day, each.account, each.where]) < Decimal("1e-12")
