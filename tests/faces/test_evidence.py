"""What stands behind a cited figure, whole."""

from __future__ import annotations

import pytest

from finops_repl.base.errors import UnknownName
from finops_repl.base.events import CodeFinished, CodeStarted, FigureRegistered
from finops_repl.faces.evidence import Evidence, Exhibit
from tests.faces.scripted import CODE, FIGURE

SQL = "SELECT sum(cost) AS cost\nFROM cur2 -- October\nWHERE billing_period = '2026-10'"


@pytest.fixture
def evidence() -> Evidence:
    told = Evidence()
    for fact in (
        FigureRegistered("f1", "12.5", "USD", "cost", {"source": "observed by the host", "sql": SQL,
                                                       "metric": "unblended", "call": "c1"}),
        FigureRegistered("f2", "0.5", "ratio", "share", {"source": "computed by the host",
                                                         "expression": "f1 / 25",
                                                         "of": ["f1: 12.5 USD (cost), observed"]}),
        FIGURE,
        CodeStarted("t1", "ab12cd34", "python", CODE, 30.0),
        CodeFinished("t1", "ab12cd34", "exit", 0, 2.0, aws_calls=3, script="w/s.py"),
    ):  # fmt: skip
        told.note(fact)
    return told


def test_of_a_query_it_is_the_sql_with_its_filters_as_it_was_written(evidence: Evidence) -> None:
    head, sql = evidence.of("f1")
    assert head.heading == "[f1] $12.50  cost"
    assert head.text.splitlines() == [
        "source: observed by the host", "metric: unblended", "exact value: 12.5",
    ]  # fmt: skip
    assert sql == Exhibit("SQL", SQL, "sql")


def test_of_a_derived_figure_it_is_its_expression_and_what_went_in(evidence: Evidence) -> None:
    head, inputs = evidence.of("[f2]")
    assert "expression: f1 / 25" in head.text
    assert inputs.text == "f1: 12.5 USD (cost), observed"


@pytest.mark.parametrize("name", ["f3", "run ab12cd34", "run ab12", "ab12cd34"])
def test_of_a_run_it_is_the_script_and_how_it_ended(evidence: Evidence, name: str) -> None:
    *_, run, script = evidence.of(name)
    assert run.heading == "run ab12cd34"
    assert run.text.splitlines() == ["finished · 2.0 s · 3 AWS calls", "w/s.py"]
    assert script == Exhibit("script", CODE, "python")


@pytest.mark.parametrize("name", ["f99", "run ffff", "[", ""])
def test_what_nothing_registered_is_unknown(evidence: Evidence, name: str) -> None:
    with pytest.raises(UnknownName, match="no figure or run"):
        evidence.of(name)
