"""The sandbox as approvals see it: its name, and whether scripts in it may run unasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from finops_repl.assembly.sandbox_state import EngineState
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.setting_values import WhenUnproven
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.verdict import Proof, Verdict


@dataclass
class Engine:
    """An engine whose boxes hold their limits or do not; `asked` counts who wanted to know."""

    holds: bool = True
    is_there: bool = True
    asked: int = 0

    def profile(self) -> str:
        self._answer()
        return "0123456789abcdef0123"

    def verdict(self) -> Verdict:
        self.asked += 1
        self._answer()
        return Verdict((Proof("memory", "ate", "went on", self.holds),), "v2", "boot", 0.1)

    def _answer(self) -> None:
        if not self.is_there:
            raise SandboxUnavailable("no engine answers")


def state(engine: Engine, unproven: WhenUnproven) -> EngineState:
    return EngineState(lambda: cast(DockerEngine, engine), unproven)


@pytest.mark.parametrize("holds", [True, False])
def test_an_engine_that_may_run_unproven_is_asked_what_it_holds(holds: bool) -> None:
    engine = Engine(holds)
    assert state(engine, "warn").holds() is holds
    assert state(engine, "warn").profile() == "0123456789ab"


def test_an_engine_that_refuses_what_is_not_proven_needs_no_asking() -> None:
    engine = Engine(holds=False)
    assert state(engine, "refuse").holds()
    assert engine.asked == 0


def test_where_no_engine_answers_nothing_is_granted_to_its_name() -> None:
    away = state(Engine(is_there=False), "warn")
    assert away.profile() == ""
    assert away.holds(), "no script runs there, asked or unasked"
