"""Whether the tests of a defence noticed that it was off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.prove.defence import Defence
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
    """Every test that the defence names has to have failed, each by an assertion of its own."""
    green, unfair = [], []
    count = 0
    for test in defence.tests:
        outcomes = trial.of(test)
        count += len(outcomes)
        if not outcomes:
            unfair.append(f"{test} did not run: {trial.said.strip()[-300:]}")
        green += [f"{outcome.test} passed" for outcome in outcomes if outcome.how == "passed"]
        unfair += [f"{o.test} failed by {o.why}" for o in outcomes if o.how == "other"]
    colour: Colour = "GREEN" if green else "UNFAIR" if unfair else "red"
    return Proof(defence, colour, count, trial.seconds, (*green, *unfair))


def baseline_problems(trial: Trial, defences: Sequence[Defence]) -> list[str]:
    """What is wrong with the tests while every defence is on: each has to run, and to pass."""
    wanted = dict.fromkeys(test for defence in defences for test in defence.tests)
    problems = [f"{test} did not run" for test in wanted if not trial.of(test)]
    bad = [outcome for outcome in trial.outcomes if outcome.how != "passed"]
    return problems + [f"{outcome.test}: {outcome.why}" for outcome in bad]
