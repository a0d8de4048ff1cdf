"""A short soak; `make soak` is the long one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.sandbox.conftest import engine_client, sandbox_image
from tests.soak.__main__ import soak
from tests.soak.course import Grounds
from tests.soak.memory import slope
from tests.soak.plan import KINDS, plan

__all__ = ["engine_client", "sandbox_image"]


@pytest.mark.usefixtures("sandbox_image")
def test_every_way_a_run_can_go_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grounds = Grounds(tmp_path / "soak")
    grounds.make()
    monkeypatch.setattr(tempfile, "tempdir", str(grounds.temporary))
    assert soak(grounds, runs=len(KINDS), seed=1, pool=1) == []


def test_a_seed_fixes_the_plan_and_every_kind_is_in_it() -> None:
    names = [step.name for step in plan(100, seed=3)]
    assert names == [step.name for step in plan(100, seed=3)]
    assert names != [step.name for step in plan(100, seed=4)]
    assert set(names) == {step.name for _, step in KINDS}


def test_a_single_peak_does_not_tilt_the_slope_of_memory() -> None:
    flat = [(run, 50_000) for run in range(0, 1_000, 10)]
    peak = [(run, held + 20_000 * (run == 500)) for run, held in flat]
    rising = [(run, held + 3 * run) for run, held in flat]
    assert slope(peak) == 0
    assert slope(rising) == 3
