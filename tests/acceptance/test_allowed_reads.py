"""From the shell: reads that the user allows besides, and the IAM policy for what passes."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from finops_repl.assembly.setting_checks import SettingChecks
from finops_repl.base.places import settings_dir
from tests.acceptance.conftest import ACCOUNT, Finops

SETTINGS = """
[gateway]
allow = ["lambda:GetFunction", "kinesis:ListStreams"]

[aws]
output = "s3://results/finops/"
workgroup = "finops"
"""


def settings(text: str) -> None:
    settings_dir().mkdir(parents=True, exist_ok=True)
    (settings_dir() / "settings.toml").write_text(text)


def test_what_is_allowed_besides_is_shown_and_a_wrong_name_stops(finops: Finops) -> None:
    assert "also allowed" not in finops("account", "--account", ACCOUNT, "--json").json()
    settings(SETTINGS)
    shown = finops("account", "--account", ACCOUNT, "--json").json()
    assert shown["also allowed"] == (
        "lambda:GetFunction, kinesis:ListStreams (gateway.allow, user file)"
    )
    doctor = SettingChecks({"account": ACCOUNT}, asks_model=False)
    assert "beyond the reviewed reads it allows lambda:GetFunction, kinesis:ListStreams" in (
        doctor.account(threading.Event()).found
    )
    env = {"FINOPS_GATEWAY_ALLOW": "ec2:TerminateInstances"}
    refused = finops("sql", "SELECT 1", "--account", ACCOUNT, env=env)
    assert refused.code == 2
    assert "never passes: it may change things" in refused.stderr


def test_a_workspace_allows_nothing(finops: Finops, workspace: Path) -> None:
    (workspace / "finops-repl.toml").write_text('[gateway]\nallow = ["lambda:GetFunction"]\n')
    refused = finops("account", "--account", ACCOUNT)
    assert refused.code == 2
    assert "a workspace may not set 'gateway.allow'" in refused.stderr


def test_the_policy_follows_the_settings_and_says_what_it_leaves_out(finops: Finops) -> None:
    bare = finops("iam-policy")
    assert bare.code == 0
    assert "no object in S3 can be read" in bare.stderr
    assert "s3:GetObject" not in bare.stdout
    assert '"lambda:GetFunction"' not in bare.stdout
    settings(SETTINGS)
    ours = finops("iam-policy", "--exports", "s3://exports/cur/")
    assert '"lambda:GetFunction"' in ours.stdout
    assert "arn:aws:s3:::exports/cur/*" in ours.stdout
    assert "arn:aws:s3:::results/finops/*" in ours.stdout
    assert "workgroup/finops" in ours.stdout
    assert "to be added by hand: kinesis:ListStreams" in ours.stderr
    assert "needs the same policies" not in ours.stderr
    other = finops("iam-policy", env={"FINOPS_AWS_BILL_PROFILE": "data"})
    assert "who needs the same policies" in other.stderr
    parts = ours.json()
    assert f"{len(parts)} managed policies" in ours.stderr
    first = finops("iam-policy", "--exports", "s3://exports/cur/", "--part", "1")
    assert first.json() == parts["finops-repl-reads-1"]
    missing = finops("iam-policy", "--part", "99")
    assert missing.code == 2
    assert "there is no part 99" in missing.stderr


def test_the_policy_comes_as_template_and_as_terraform(finops: Finops) -> None:
    template = json.loads(finops("iam-policy", "--format", "cloudformation").stdout)
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert kinds == {"AWS::IAM::ManagedPolicy"}
    assert finops("iam-policy", "--format", "terraform").stdout.startswith('variable "role_name"')
