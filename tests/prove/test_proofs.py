"""The proofs themselves: every defence can still be found, and a proof that is none is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prove.__main__ import DEFENCES
from tests.prove.defence import Change, Defence
from tests.prove.outcomes import Outcome
from tests.prove.proof import baseline_problems, judge
from tests.prove.scratch import TREE, without
from tests.prove.trial import Trial


def test_every_defence_is_found_once_and_its_tests_are_there() -> None:
    assert [problem for defence in DEFENCES for problem in defence.problems(TREE)] == []


def test_no_two_defences_have_one_name() -> None:
    names = [defence.name for defence in DEFENCES]
    assert len(names) == len(set(names))


WALL = Defence("wall", "wall.py", "high", "low", ("a.py::test_wall", "b.py::test_door[1]"))
CLIMBED = Outcome("tests/a.py::test_wall[x]", "assertion", "assert 1 == 2")
OPENED = Outcome("tests/b.py::test_door[1]", "assertion", "assert 1 == 2")


@pytest.mark.parametrize(
    ("outcomes", "colour", "said"),
    [
        ([CLIMBED, OPENED], "red", ""),
        ([CLIMBED, Outcome(OPENED.test, "passed")], "GREEN", "test_door[1] passed"),
        (
            [CLIMBED, Outcome("tests/a.py::test_wall[y]", "passed"), OPENED],
            "GREEN",
            "test_wall[y] passed",
        ),
        ([CLIMBED, Outcome(OPENED.test, "other", "KeyError: 1")], "UNFAIR", "by KeyError: 1"),
        ([CLIMBED, OPENED, Outcome(OPENED.test, "other", "a file left open")], "red", ""),
        ([CLIMBED], "UNFAIR", "test_door[1] did not run"),
    ],
)
def test_only_failing_by_assertion_in_every_test_is_red(
    outcomes: list[Outcome], colour: str, said: str
) -> None:
    proof = judge(WALL, Trial(tuple(outcomes), 1.0, "nothing"))
    assert proof.colour == colour
    assert said in "".join(proof.problems)


def test_baseline_has_to_run_and_to_pass() -> None:
    green = Outcome("tests/a.py::test_wall", "passed")
    problems = baseline_problems(Trial((green, OPENED), 1.0, ""), [WALL])
    assert problems == ["tests/b.py::test_door[1]: assert 1 == 2"]
    assert baseline_problems(Trial((green,), 1.0, ""), [WALL]) == ["b.py::test_door[1] did not run"]


def test_change_that_is_not_found_once_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "wall.py").write_text("high high")
    assert "2 times" in Change("wall.py", "high", "low").problem(tmp_path)
    assert "0 times" in Change("wall.py", "deep", "low").problem(tmp_path)
    assert "no door.py" in Change("door.py", "high", "low").problem(tmp_path)
    assert "nothing" in Change("wall.py", "high", "high").problem(tmp_path)


def test_file_is_as_before_after_the_proof(tmp_path: Path) -> None:
    wall = tmp_path / "wall.py"
    wall.write_text("high and wide")
    before = wall.stat().st_mtime_ns
    changes = [Change("wall.py", "high", "low"), Change("wall.py", "wide", "thin")]
    with without(tmp_path, changes):
        assert wall.read_text() == "low and thin"
        assert wall.stat().st_mtime_ns != before
    assert (wall.read_text(), wall.stat().st_mtime_ns) == ("high and wide", before)
