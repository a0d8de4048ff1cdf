"""The contest itself: who is believed, who is not, and whom a goal is measured against."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.rounds import Figure
from tests.peers.contest import BURST, OURS, QUESTIONS, Entry, Row, run_contest
from tests.peers.driven import Driven
from tests.peers.table import print_contest, print_goal

TOOL = "scripted"


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[dict[str, Driven]]:
    with (
        (tmp_path / "complaints").open("w") as complaints,
        Driven(
            "tests.peers.scripted_tool", sys.executable, "no image", dict(os.environ), complaints
        ) as tool,
    ):
        yield {TOOL: tool}


def contest(tools: dict[str, Driven], way: str) -> Row:
    (row,) = run_contest([Entry(TOOL, way)], tools, 2, 1)
    return row


def test_whether_runs_are_apart_is_observed_not_claimed(tools: dict[str, Driven]) -> None:
    assert contest(tools, "apart").isolated is True
    assert contest(tools, "shared").isolated is False


def test_every_question_is_asked_as_often_as_it_was_to_be(tools: dict[str, Driven]) -> None:
    figures = contest(tools, "apart").figures
    assert {question: figure.n for question, figure in figures.items()} == {
        **dict.fromkeys(QUESTIONS, 2),
        BURST: 1,
    }


def test_a_tool_that_fails_is_in_the_table_with_its_own_words(
    tools: dict[str, Driven], capsys: pytest.CaptureFixture[str]
) -> None:
    row = contest(tools, "broken")
    assert set(row.failed) == set(QUESTIONS)
    print_contest([row])
    assert "[1] scripted, broken: RuntimeError: no kernel" in capsys.readouterr().out


def test_a_tool_that_did_not_run_the_script_has_no_figures(tools: dict[str, Driven]) -> None:
    row = contest(tools, "idle")
    assert row.figures == {}
    assert "the script printed" in row.failed[BURST]


def test_the_goal_is_the_fastest_peer_that_keeps_runs_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_goal(
        [
            Row(Entry(OURS, "pool"), isolated=True, figures={BURST: Figure((9_000.0,))}),
            Row(Entry("slow", "a run"), isolated=True, figures={BURST: Figure((20_000.0,))}),
            Row(Entry("quick", "a run"), isolated=True, figures={BURST: Figure((10_000.0,))}),
            Row(Entry("careless", "kept"), isolated=False, figures={BURST: Figure((500.0,))}),
        ]
    )
    said = capsys.readouterr().out
    assert "met     20 x boto3, 4 in flight, ours with pool against quick a run: 9,000 ms" in said
