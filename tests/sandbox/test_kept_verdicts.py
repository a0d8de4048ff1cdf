"""Verdicts between processes: private, found by their key alone, never believed when damaged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finops_repl.base.places import cache_dir
from finops_repl.sandbox.kept_verdicts import keep_verdict, kept_verdict
from finops_repl.sandbox.verdict import Proof, Verdict

VERDICT = Verdict(
    (Proof("memory", "use more", "killed", True), Proof("processes", "more", "no end", False)),
    "v2",
    "61908f95-1cac-47c2-8e4a-5e5a332c5a92",
    0.75,
)


@pytest.fixture(autouse=True)
def verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of verdicts, which begins empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_dir("verdicts")


def test_verdict_comes_back_whole_under_its_key_alone(verdicts: Path) -> None:
    keep_verdict("one", VERDICT)
    assert kept_verdict("one") == VERDICT
    assert kept_verdict("another") is None
    assert (verdicts / "one.json").stat().st_mode & 0o777 == 0o600
    assert verdicts.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "damage",
    ["", "{}", "[]", '{"schema": 99, "verdict": {}}', '{"schema": 1, "verdict": {"proofs": [{}]}}'],
)
def test_damaged_verdict_counts_as_none_and_is_written_over(verdicts: Path, damage: str) -> None:
    (verdicts / "one.json").write_text(damage)
    assert kept_verdict("one") is None
    keep_verdict("one", VERDICT)
    assert kept_verdict("one") == VERDICT


def test_newest_verdicts_are_kept(verdicts: Path) -> None:
    for number in range(40):
        keep_verdict(f"{number}", VERDICT)
        os.utime(verdicts / f"{number}.json", (number, number))
    keep_verdict("last", VERDICT)
    assert {path.stem for path in verdicts.iterdir()} == {"last", *map(str, range(25, 40))}
