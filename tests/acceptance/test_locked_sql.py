"""SQL leaves the catalog by none of its ways in: the command, the agent's tool, a script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.assembly.house import House
from finops_repl.base.errors import InputError, LimitReached
from finops_repl.base.places import Workspace
from tests.acceptance.conftest import ACCOUNT, Finops

REACHES_OUT = (
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "SELECT * FROM house",
    "SELECT 1; SELECT 2",
    "ATTACH '/tmp/x.db'",
    "SELECT getenv('HOME')",
)
NEVER_ENDS = "SELECT count(*) FROM cur2 a, cur2 b, cur2 c WHERE a.line_item_usage_amount > 0"


@pytest.mark.parametrize("statement", REACHES_OUT)
def test_the_sql_command_refuses(finops: Finops, statement: str) -> None:
    ended = finops("sql", "--account", ACCOUNT, statement)
    assert (ended.code, ended.stdout) == (2, "")


def test_the_sql_command_stops_what_never_ends(finops: Finops) -> None:
    ended = finops("sql", "--account", ACCOUNT, "--timeout", "2", NEVER_ENDS)
    assert (ended.code, ended.stdout) == (5, "")


def test_the_agents_tool_refuses_and_stops(workspace: Path) -> None:
    flags = {"account": ACCOUNT, "workspace": str(workspace)}
    house = House.open(flags, headless=True)
    assert house.workspace == Workspace(workspace)
    for statement in REACHES_OUT:
        with pytest.raises(InputError):
            house.bill.query(statement)
    with pytest.raises(LimitReached):
        house.bill.query(NEVER_ENDS, timeout_s=2)


def test_athena_refuses_and_stops_for_a_script(finops: Finops, workspace: Path) -> None:
    code = f"""
import boto3, botocore.exceptions, json, time
athena = boto3.client("athena")
context = {{"Catalog": bill["catalog"], "Database": bill["database"]}}
for statement in {REACHES_OUT!r}:
    try:
        query = athena.start_query_execution(QueryString=statement, QueryExecutionContext=context)
    except botocore.exceptions.ClientError as refused:
        print("refused")
        continue
    while True:
        status = athena.get_query_execution(QueryExecutionId=query["QueryExecutionId"])
        state = status["QueryExecution"]["Status"]["State"]
        if state not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.02)
    print("refused" if state == "FAILED" else state)
query = athena.start_query_execution(QueryString={NEVER_ENDS!r}, QueryExecutionContext=context)
time.sleep(0.5)
athena.stop_query_execution(QueryExecutionId=query["QueryExecutionId"])
for _ in range(100):
    status = athena.get_query_execution(QueryExecutionId=query["QueryExecutionId"])
    state = status["QueryExecution"]["Status"]["State"]
    if state not in ("QUEUED", "RUNNING"):
        break
    time.sleep(0.05)
print(state)
"""
    fields = {
        "schema": 1,
        "name": "Attack",
        "language": "python",
        "code": code,
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
    }
    (workspace / "workflows" / "attack.json").write_text(json.dumps(fields))
    ended = finops("run-workflow", "attack", "--account", ACCOUNT)
    assert ended.code == 0, ended.stderr
    assert ended.stdout.split() == ["refused"] * len(REACHES_OUT) + ["CANCELLED"]
