"""What is remembered of runs is bounded, whatever scripts do."""

from __future__ import annotations

from datetime import UTC, datetime

from finops_repl.gateway.record import CallRecord
from finops_repl.gateway.runs import CALLS_KEPT, RUNS_KEPT, Runs


def record(run: str, number: int = 0) -> CallRecord:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    names = ("ce", "GetCostAndUsage", "us-east-1", "123456789012")
    return CallRecord(at, "u", "s", run, "", *names, "allow", "", 200, 1.0, number)


def test_latest_calls_of_a_run_are_kept_in_their_order() -> None:
    runs = Runs()
    for number in range(CALLS_KEPT + 5):
        runs.add(record("r", number))

    kept = runs.calls("r")
    assert len(kept) == CALLS_KEPT
    assert (kept[0].bytes, kept[-1].bytes) == (5, CALLS_KEPT + 4)


def test_oldest_runs_are_forgotten_first_and_one_in_use_is_not() -> None:
    runs = Runs()
    runs.cancelled("in use").set()
    for number in range(RUNS_KEPT + 5):
        runs.add(record(f"run {number}"))
        assert runs.cancelled("in use").is_set()

    assert runs.calls("run 0") == ()
    assert len(runs.calls(f"run {RUNS_KEPT + 4}")) == 1
