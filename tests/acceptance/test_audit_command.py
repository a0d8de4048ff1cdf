"""`finops-repl audit` shows what was asked and tells a record that was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_repl.base.places import state_dir
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
