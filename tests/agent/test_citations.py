"""A figure that does not hold is marked before anybody reads it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_repl.agent.citations import check
from finops_repl.tools.figures import FigureLedger


@pytest.fixture
def ledger() -> FigureLedger:
    figures = FigureLedger()
    for value, unit in [
        ("1234.5678", "USD"),  # f1
        ("312.4", "percent"),  # f2
        ("-52.5", "USD"),  # f3
        ("0.0725", "ratio"),  # f4
        ("14", "instances"),  # f5
    ]:
        figures.register(Decimal(value), unit, "x", "observed", {})
    return figures


@pytest.mark.parametrize(
    "text",
    [
        "$1,234.57 [f1]",
        "$1,235 [f1]",
        "$1.2k [f1]",
        "$0.0012 million [f1]",
        "about $1,200 [f1]",
        "**$1,234.57** [f1] in all",
        "$1,234.57 a month [f1]",
        "+312 % [f2]",
        "312.4% [f2]",
        "fell by $52.50 [f3]",
        "-$52.50 [f3]",
        "7.25 % [f4]",
        "| EC2 | $1,234.57 [f1] | 312 % [f2] |",
        "14 instances [f5] of 3",
        "no figures at all, `$5` in code, and f(10)",
        "$1,234.57 [f1, f2]",
    ],
)
def test_what_holds_is_left_alone(ledger: FigureLedger, text: str) -> None:
    checked = check(text, ledger)
    assert checked.text == text
    assert (checked.unsourced, checked.mismatched) == (0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "$1,234.56 [f1]",
        "$1,300 [f1]",
        "$1,200 [f1]",
        "$1.3k [f1]",
        "about $1,300 [f1]",
        "313 % [f2]",
        "$312 [f2]",
        "14 % [f5]",
        "+$52.50 [f3]",
        "-$1,234.57 [f1]",
        "$1,234.57 million [f1]",
    ],
)
def test_what_differs_from_its_citation_is_marked_so(ledger: FigureLedger, text: str) -> None:
    checked = check(text, ledger)
    assert checked.mismatched == 1
    assert "**(not what f" in checked.text


@pytest.mark.parametrize(
    "text",
    [
        "$1,234.57",
        "$1,234.57 [f99]",
        "$1,234.57\n[f1] is on another line",
        "| $1,234.57 | [f1] |",
        "$1,234.57 and then a very long sentence that wanders off before it cites at last [f1]",
        "41 percent",
    ],
)
def test_what_cites_nothing_is_marked_unsourced(ledger: FigureLedger, text: str) -> None:
    checked = check(text, ledger)
    assert checked.unsourced == 1
    assert "*(unsourced)*" in checked.text


def test_one_citation_serves_one_figure(ledger: FigureLedger) -> None:
    checked = check("$999 or $1,234.57 [f1]", ledger)
    assert checked.text == "$999 *(unsourced)* or $1,234.57 [f1]"
    assert checked.cited == ("f1",)


def test_marks_of_a_code_block_stand_behind_it(ledger: FigureLedger) -> None:
    checked = check("```\ntotal $5\n```", ledger)
    assert checked.text == "```\ntotal $5\n``` *(unsourced)*"
