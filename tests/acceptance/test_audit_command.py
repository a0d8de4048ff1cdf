"""`finops-repl audit` shows what was asked and tells a record that was changed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.base.places import state_dir
from finops_repl.gateway.audit import open_audit
from finops_repl.gateway.record import CallRecord
from tests.acceptance.conftest import ACCOUNT, Finops

SCRIPT = """
import boto3
boto3.client("sts").get_caller_identity()
try:
    boto3.client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])
except Exception:
    print("refused")
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.usefixtures("home")
def test_calls_are_shown_by_run_and_a_changed_record_is_told(finops: Finops) -> None:
    run = finops("run", "-", "--account", ACCOUNT, "--json", stdin=SCRIPT).json()["run"]
    shown = finops("audit", "--run", run)
    assert shown.code == 0, shown.stderr
    assert "sts:GetCallerIdentity" in shown.stdout
    assert "the record is whole" in shown.stderr
    denied = finops("audit", "--denied", "--json").json()
    assert [call["operation"] for call in denied["calls"]] == ["TerminateInstances"]
    assert denied["problems"] == {}
    assert finops("audit", "--run", "no-such-run", "--json").json()["calls"] == []

    [path] = state_dir("audit").glob("*.jsonl")
    path.write_text(path.read_text().replace("GetCallerIdentity", "GetSessionToken", 1))
    told = finops("audit")
    assert told.code == 1
    assert f"{path.name}:2: the line before it was changed" in told.stderr


@pytest.mark.usefixtures("home")
def test_calls_of_the_cache_are_told_and_a_torn_line_takes_none_along(finops: Finops) -> None:
    for run, cached in (("first", False), ("torn", False), ("second", True)):
        price = Decimal(0) if cached else Decimal("0.01")
        at, who = datetime(2026, 10, 20, tzinfo=UTC), ("ana", "s", run, "")
        what = ("ce", "GetTags", "us-east-1", "111122223333", "allow", "a reviewed read")
        call = CallRecord(at, *who, *what, 200, 1.0, 10, price_usd=price, cached=cached)  # type: ignore[arg-type]
        open_audit().append(call)
        if run == "torn":
            [path] = state_dir("audit").glob("*.jsonl")
            path.write_bytes(path.read_bytes()[:-30])
    told = finops("audit", "--json")
    assert told.code == 1
    assert [call.get("cached") for call in told.json()["calls"]] == [False, None, True]
    assert told.json()["problems"] == {"2026-10.jsonl:2": "it is no whole line of the audit"}
    shown = finops("audit", "--run", "second")
    assert shown.stdout.splitlines()[0].split() == [
        *["at", "run", "call", "region", "account", "decision", "status", "ms", "usd", "cached"],
        "reason",
    ]
    assert " yes " in shown.stdout


@pytest.mark.usefixtures("home")
def test_sums_are_of_what_is_shown_and_of_all_and_polls_are_left_out(finops: Finops) -> None:
    calls = [("old", 19, "ce", "GetTags", "0.01"), *[("new", 20, "ce", "GetTags", "0.02")] * 2]
    calls += [("new", 20, "athena", "GetQueryExecution", "0")] * 5
    for session, day, service, operation, price in calls:
        at, who = datetime(2026, 10, day, tzinfo=UTC), ("ana", session, "r", "")
        what = (service, operation, "us-east-1", "111122223333", "allow", "a reviewed read")
        open_audit().append(CallRecord(at, *who, *what, 200, 1.0, 10, price_usd=Decimal(price)))  # type: ignore[arg-type]
    last = finops("audit", "--last", "1")
    assert "list price of the 1 calls shown: $0.02\n" in last.stderr
    assert "list price of all 8 calls chosen: $0.05\n" in last.stderr
    assert "5 looks at how far a query is" in last.stderr
    assert "GetQueryExecution" not in last.stdout
    assert finops("audit", "--all").stdout.count("GetQueryExecution") == 5
    for choice in (("--session", "new"), ("--since", "2026-10-20")):
        told = finops("audit", *choice, "--json").json()
        assert (told["total_usd"], told["total_calls"], told["polls_hidden"]) == ("0.04", 7, 5)
