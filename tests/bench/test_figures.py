"""Figures as they are printed: what is counted, what is settled before, what is met or missed."""

from __future__ import annotations

import pytest

from tests.bench.goals import Goal
from tests.bench.rounds import Contestant, Figure, rounds


def test_each_round_takes_every_contestant_once_and_settles_before_each() -> None:
    course: list[str] = []

    def contestant(name: str, *values: float) -> Contestant:
        left = iter(values)

        def go() -> float:
            course.append(name)
            return next(left)

        return go

    figures = rounds(
        2,
        {"first": contestant("first", 9, 1, 2), "second": contestant("second", 8, 3, 4)},
        settle=lambda: course.append("settle"),
        uncounted=1,
    )
    assert course == ["settle", "first", "settle", "second"] * 3
    assert figures == {"first": Figure((1, 2)), "second": Figure((3, 4))}


def test_a_figure_tells_its_median_its_least_and_its_percentiles() -> None:
    figure = Figure(tuple(float(value) for value in range(20, 0, -1)))
    assert (figure.n, figure.median, figure.least, figure.p90) == (20, 10.5, 1.0, 18.0)
    assert Figure(tuple(map(float, range(1, 201)))).p99 == 198.0


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        (Goal("warm print", 20, "at most", 25), "met     warm print: 20.0 ms"),
        (
            Goal("warm print", 30, "at most", 25),
            "MISSED  warm print: 30.0 ms, goal at most 25.0 ms; off by 5.0 ms (20%)",
        ),
        (Goal("tunnel", 310, "at least", 300, "MB/s"), "met     tunnel: 310 MB/s"),
        (
            Goal("added to a call", 0.47, "at most", 1),
            "met     added to a call: 0.47 ms, goal at most 1.0 ms",
        ),
        (
            Goal("tunnel", 150, "at least", 300, "MB/s"),
            "MISSED  tunnel: 150 MB/s, goal at least 300 MB/s; off by 150 MB/s (50%)",
        ),
    ],
)
def test_a_goal_says_whether_it_is_met_and_by_how_much_it_is_missed(goal: Goal, said: str) -> None:
    assert str(goal).startswith(said)
