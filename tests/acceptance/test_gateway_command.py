"""`finops-repl gateway` with clients that nobody here wrote: the AWS CLI and boto3 as they come."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import ACCOUNT, COMMAND, Finops

Aws = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def aws_command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The AWS CLI from PyPI, in an environment of its own: it brings its own botocore."""
    folder = tmp_path_factory.mktemp("aws-cli")
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "awscli~=1.44"]
    subprocess.run(pip, check=True, timeout=240)
    return folder / "bin" / "aws"


@pytest.fixture
def aws(aws_command: Path, door: Mapping[str, str], tmp_path: Path) -> Aws:
    """Run `aws` with these arguments against the gateway; no settings of anybody are read."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_PAGER": "",
        **door,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(aws_command), *arguments], env=env, capture_output=True, text=True, timeout=60
        )

    return run


def read(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_aws_cli_reads_cost_inventory_and_a_query_result(aws: Aws, tmp_path: Path) -> None:
    period = "Start=2026-08-01,End=2026-10-01"
    cost = read(
        aws(
            *("ce", "get-cost-and-usage", "--time-period", period),
            *("--granularity", "MONTHLY", "--metrics", "UnblendedCost"),
        )
    )
    months = [month["Total"]["UnblendedCost"] for month in cost["ResultsByTime"]]
    assert len(months) == 2
    assert all(float(month["Amount"]) > 1_000 and month["Unit"] == "USD" for month in months)

    instances = read(aws("ec2", "describe-instances", "--max-items", "3"))
    assert instances["Reservations"][0]["Instances"][0]["InstanceId"].startswith("i-")

    sql = (
        "SELECT round(sum(line_item_unblended_cost), 2) AS cost"
        " FROM cur2 WHERE billing_period = '2026-08'"
    )
    context = json.loads(aws("athena", "list-databases", "--catalog-name", "AwsDataCatalog").stdout)
    database = context["DatabaseList"][0]["Name"]
    started = read(
        aws(
            *("athena", "start-query-execution", "--query-string", sql),
            *("--query-execution-context", f"Database={database}"),
        )
    )["QueryExecutionId"]
    execution: dict[str, Any] = {}
    for _ in range(100):
        execution = read(aws("athena", "get-query-execution", "--query-execution-id", started))
        if execution["QueryExecution"]["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.1)
    place = execution["QueryExecution"]["ResultConfiguration"]["OutputLocation"]
    copied = aws("s3", "cp", place, str(tmp_path / "result.csv"))
    assert copied.returncode == 0, copied.stderr
    header, value = (tmp_path / "result.csv").read_text().split()
    assert header == '"cost"'
    assert abs(float(value.strip('"')) - float(months[0]["Amount"])) < 0.01


def test_the_aws_cli_may_not_write(aws: Aws) -> None:
    refused = aws("ec2", "terminate-instances", "--instance-ids", "i-0123456789abcdef0")
    assert refused.returncode != 0
    assert "UnauthorizedOperation" in refused.stderr
    assert "does not pass finops-repl's gateway" in refused.stderr


def test_who_does_not_sign_with_the_key_of_this_start_is_refused(
    aws_command: Path, door: Mapping[str, str], tmp_path: Path
) -> None:
    env = {**door, "AWS_SECRET_ACCESS_KEY": "guessed", "HOME": str(tmp_path), "PATH": "/usr/bin"}
    refused = subprocess.run(
        [str(aws_command), "sts", "get-caller-identity"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode != 0
    assert "SignatureDoesNotMatch" in refused.stderr


def test_the_printed_lines_work_in_a_shell(tmp_path: Path) -> None:
    command = [COMMAND, "gateway", "--account", ACCOUNT, "--workspace", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    lines = [running.stdout.readline() for _ in range(7)]
    assert lines[0].startswith("# sim-")
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    asked = subprocess.run(
        ["sh", "-c", "".join(lines) + f'exec "{sys.executable}" -c "{program}"'],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert len(asked.stdout.strip()) == 12, asked.stderr
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=30) == 0
    running.stdout.close()


def test_a_taken_port_is_named(finops: Finops) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = finops("gateway", "--account", ACCOUNT, "--port", port)
    assert ended.code == 2
    assert f"port {port} of 127.0.0.1 cannot be served" in ended.stderr
    assert "--port" in ended.stderr
