"""Cost Explorer and SQL on the bill agree to the last digit, in every cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from finops_repl.simulator.handlers.cost_explorer.costs import CostExplorerService
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from tests.simulator.bills import (
    METRICS,
    disagreements,
    from_cost_explorer,
    from_the_bill,
    pages,
    tampered,
)
from tests.simulator.conftest import SMALL, Answers, Worlds
from tests.simulator.questions import Question, known_values, questions


@pytest.mark.parametrize(
    "text", [SMALL, "simulated:seed=23,as_of=2026-03-01,rows=20000", "simulated:as_of=2026-10-31"]
)
def test_every_month_service_and_account_agrees_in_every_metric(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    bill = from_the_bill(organisation.room)
    assert (
        disagreements(
            bill, from_cost_explorer(organisation, Calendar(organisation.spec.as_of), "MONTHLY")
        )
        == []
    )
    assert {cell[0] for cell in bill} == set(METRICS)
    assert len({cell[1] for cell in bill}) == 13
    assert any(
        bill[cell] != bill["UnblendedCost", *cell[1:]]
        for cell in bill
        if cell[0] == "AmortizedCost"
    )


def test_daily_answers_sum_to_the_bill(small: SimulatedOrganisation) -> None:
    bill = from_the_bill(small.room)
    assert disagreements(bill, from_cost_explorer(small, Calendar(small.spec.as_of), "DAILY")) == []


@pytest.mark.parametrize(
    ("cell", "granularity"),
    [
        ("UPDATE monthly_plain SET unblended = unblended + 0.01 WHERE rowid = 77", "MONTHLY"),
        (
            "UPDATE monthly_plain SET amortized = amortized + 1e-10 WHERE rowid = 99",
            "MONTHLY",
        ),
        ("DELETE FROM monthly_plain WHERE rowid = 5", "MONTHLY"),
        ("UPDATE fact SET blended = blended - 0.01 WHERE rowid = 4321", "DAILY"),
    ],
)
def test_one_corrupt_cell_is_noticed(
    small: SimulatedOrganisation, tmp_path: Path, cell: str, granularity: str
) -> None:
    calendar = Calendar(small.spec.as_of)
    view = View(World(small.spec.seed, small.spec.rows), calendar, tampered(small, tmp_path, cell))
    try:
        explorer = from_cost_explorer(CostExplorerService(view), calendar, granularity)
        assert disagreements(from_the_bill(small.room), explorer)
    finally:
        view.close()


def explained(explorer: Answers, question: Question) -> dict[tuple[str, ...], Decimal]:
    """Cost Explorer's answer by bucket and keys, without what is nothing."""
    found: dict[tuple[str, ...], Decimal] = {}
    for page in pages(explorer, **question.params):
        for bucket in page["ResultsByTime"]:
            start = bucket["TimePeriod"]["Start"]
            for group in bucket["Groups"] or [{"Keys": [], "Metrics": bucket["Total"]}]:
                if group["Metrics"]:
                    keys = (key.rpartition("$")[2] for key in group["Keys"])
                    amount = Decimal(group["Metrics"][question.metric]["Amount"])
                    found[(start, *keys)] = amount
    return {cell: amount for cell, amount in found.items() if amount}


def billed(organisation: SimulatedOrganisation, question: Question) -> dict[Any, Decimal]:
    """The bill's answer in the same form."""
    rows = organisation.room.query(question.sql).rows
    cells = {tuple(map(str, row[:-1])): Decimal(str(row[-1])) for row in rows}
    return {cell: amount for cell, amount in cells.items() if amount}


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_any_question_has_one_answer(small: SimulatedOrganisation, data: st.DataObject) -> None:
    calendar = Calendar(small.spec.as_of)
    asked = data.draw(questions(_values(small), calendar.first_day, small.spec.as_of))
    assert explained(small, asked) == billed(small, asked)


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_any_question_by_the_hour_has_the_bills_answer(worlds: Worlds, data: st.DataObject) -> None:
    """Of the last 14 days, summed over the hours: the bill knows days alone.

    A first day of a month is among them, with all that lands on it.
    """
    organisation = worlds("simulated:seed=23,as_of=2026-03-01,rows=20000")
    last = organisation.spec.as_of
    first = last - timedelta(days=13)
    asked = data.draw(questions(_values(organisation), first, last))
    assume(asked.params["TimePeriod"]["Start"] >= str(first))
    hours = {name: f"{day}T00:00:00Z" for name, day in asked.params["TimePeriod"].items()}
    params = {**asked.params, "Granularity": "HOURLY", "TimePeriod": hours}
    by_hour = explained(organisation, Question(params, asked.sql, asked.metric))
    assert summed(by_hour) == summed(billed(organisation, asked))


def summed(cells: Mapping[tuple[str, ...], Decimal]) -> dict[tuple[str, ...], Decimal]:
    """Cells by their keys alone, to the last digit."""
    found: dict[tuple[str, ...], Decimal] = {}
    with localcontext(prec=60):
        for (_, *keys), amount in cells.items():
            found[tuple(keys)] = found.get(tuple(keys), Decimal(0)) + amount
    return {keys: amount for keys, amount in found.items() if amount}


_KNOWN: dict[Path, Any] = {}


def _values(organisation: SimulatedOrganisation) -> Any:
    if organisation.store_path not in _KNOWN:
        _KNOWN[organisation.store_path] = known_values(organisation)
    return _KNOWN[organisation.store_path]
