"""How figures were made, said shortly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.base.events import FigureRegistered
from finops_repl.faces.figures import footnotes, made_by, shown_value, spent_usd


def figure(name: str, value: str, unit: str, pedigree: Mapping[str, Any]) -> FigureRegistered:
    return FigureRegistered(name, value, unit, f"label of {name}", pedigree)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("-0.004", "USD", "$0.00"),
        ("312.25", "percent", "312.25 %"),
        ("14", "instances", "14 instances"),
        ("0.333333333", "", "0.3333"),
        ("a lot", "USD", "a lot USD"),
    ],
)
def test_a_value_is_shown_with_its_unit(value: str, unit: str, shown: str) -> None:
    assert shown_value(value, unit) == shown


def test_who_states_it_comes_first_and_every_other_field_follows() -> None:
    pedigree = {
        "metric": "unblended",
        "source": "declared by a script",
        "run": "ab12cd34",
        "script": "script_1.py",
        "aws_calls": ["ce:GetCostAndUsage ×2", "sts:GetCallerIdentity ×1"],
        "left_out": "",
        "note": "\x1b[2J" + "x" * 500,
    }
    said = made_by(pedigree)
    assert said.startswith(
        "declared by a script, run ab12cd34 (script_1.py), metric unblended, "
        "aws calls ce:GetCostAndUsage ×2 sts:GetCallerIdentity ×1, note xxx"
    )
    assert said.endswith("…")
    assert len(said) < 600


def test_a_footnote_names_the_metric_once() -> None:
    made = {"source": "observed by the host", "metric": "unblended"}
    known = {
        "f1": figure("f1", "1", "USD", {**made, "described_as": "unblended cost, 2026-10"}),
        "f2": figure("f2", "1", "USD", {**made, "described_as": "2026-10"}),
    }
    assert [note.text for note in footnotes(("f1", "f2"), known) if not note.mark] == [
        "observed by the host, described as unblended cost, 2026-10",
        "observed by the host, metric unblended, described as 2026-10",
    ]


def test_figures_of_one_making_share_a_short_line_on_it() -> None:
    query = {"source": "observed by the host", "column": "cost", "metric": "unblended"}
    known = {
        name: figure(name, "1", "USD", {**query, "sql": f"SELECT {name}", "call": name})
        for name in ("f1", "f2")
    }
    derived = {"source": "computed by the host", "expression": "f1 + f2", "of": ["f1: 1", "f2: 1"]}
    known["f3"] = figure("f3", "2", "USD", derived)
    notes = footnotes(("f1", "f3", "f2", "f1", "f9", "run 3fa9"), known)
    assert [tuple(note) for note in notes] == [
        ("[f1]", "$1.00  label of f1"),
        ("[f2]", "$1.00  label of f2"),
        ("", "observed by the host, metric unblended"),
        ("[f3]", "$2.00  label of f3"),
        ("", "computed by the host, expression f1 + f2"),
        ("[f9]", ""),
        ("", "unsourced: nothing registered this figure"),
        ("[run 3fa9]", ""),
        ("", "printed by run 3fa9; nobody declared what it is"),
    ]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("12.5", "$12.50"),
        ("0.0123", "$0.0123"),
        ("0.0041", "$0.0041"),
        ("0.000005", "$0.000005"),  # a listing of S3: $0.0000 would pass for nothing
    ],
)
def test_what_was_spent_is_shown_however_little(amount: str, text: str) -> None:
    assert spent_usd(Decimal(amount)) == text
