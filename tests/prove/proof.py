"""Whether the tests of a defence noticed that it was off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.prove.defence import Defence
from tests.prove.outcomes import Outcome
from tests.prove.scratch import without
from tests.prove.trial import Trial, try_tests

__all__ = ["Proof", "baseline_problems", "judge", "prove"]

Colour = Literal["red", "GREEN", "UNFAIR"]
"""Red is right. Green: a test did not notice. Unfair: a test failed, but by no assertion."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A defence, what its tests did without it, and why that proves nothing, where it does not."""

    defence: Defence
    colour: Colour
    tests: int
    seconds: float
    problems: tuple[str, ...] = ()


def prove(copy: Path, defence: Defence) -> Proof:
    """Switch the defence off in the copy, run its tests, switch it on again."""
    with without(copy, defence.changes):
        return judge(defence, try_tests(copy, defence.tests))


def judge(defence: Defence, trial: Trial) -> Proof:
    """Every test that the defence names has to have failed, each by an assertion of its own.

    What goes wrong in its wake, such as a thread that dies or a file left open, may add to that.
    """
    green, unfair = [], []
    count = 0
    for test in defence.tests:
        ends: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in trial.of(test):
            ends[outcome.test].append(outcome)
        count += len(ends)
        if not ends:
            unfair.append(f"{test} did not run: {trial.said.strip()[-300:]}")
        for name, outcomes in ends.items():
            hows = {outcome.how for outcome in outcomes}
            if hows == {"passed"}:
                green.append(f"{name} passed")
            elif "assertion" not in hows:
                why = next(outcome.why for outcome in outcomes if outcome.how == "other")
                unfair.append(f"{name} failed by {why}")
    colour: Colour = "GREEN" if green else "UNFAIR" if unfair else "red"
    return Proof(defence, colour, count, trial.seconds, (*green, *unfair))


def baseline_problems(trial: Trial, defences: Sequence[Defence]) -> list[str]:
    """What is wrong with the tests while every defence is on: each has to run, and to pass."""
    if not trial.outcomes:
        return [trial.said]
    wanted = dict.fromkeys(test for defence in defences for test in defence.tests)
    problems = [f"{test} did not run" for test in wanted if not trial.of(test)]
    bad = [outcome for outcome in trial.outcomes if outcome.how != "passed"]
    return problems + [f"{outcome.test}: {outcome.why}" for outcome in bad]
