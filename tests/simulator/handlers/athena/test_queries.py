"""Athena of the simulated account, asked by the clients that scripts use."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from finops_repl.aws.call import Call, Refusal
from finops_repl.trino.room import Limits, SqlRoom
from tests.billing.small_account import BUCKET, SmallAccount, small_account
from tests.trino.small_bill import CATALOG, make_small_bill

if TYPE_CHECKING:
    import boto3

BY_PERIOD = (
    "SELECT billing_period, sum(line_item_unblended_cost) AS cost FROM cur2"
    " GROUP BY billing_period ORDER BY 1"
)


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[SmallAccount, boto3.Session]]:
    folder = tmp_path_factory.mktemp("athena")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        room = SqlRoom.over_database(
            make_small_bill(folder / "bill.duckdb"), CATALOG, limits=Limits(memory="300MB")
        )
        (folder / "audit").mkdir()
        with small_account(room, folder / "audit") as made:
            yield made
        room.close()


@pytest.fixture
def session(opened: tuple[SmallAccount, boto3.Session]) -> boto3.Session:
    return opened[1]


@pytest.fixture
def athena(session: boto3.Session) -> Any:
    return session.client("athena")


def run(athena: Any, sql: str, **options: Any) -> dict[str, Any]:
    """Start a query and wait for its end."""
    started = athena.start_query_execution(QueryString=sql, WorkGroup="primary", **options)
    for _ in range(1000):
        found = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])
        execution: dict[str, Any] = found["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        threading.Event().wait(0.01)
    raise AssertionError("the query did not end")


def texts(page: dict[str, Any]) -> list[list[str | None]]:
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]


def test_results_have_a_header_and_described_columns(athena: Any) -> None:
    execution = run(athena, BY_PERIOD)
    assert execution["Status"]["State"] == "SUCCEEDED"
    page = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert texts(page) == [
        ["billing_period", "cost"],
        ["2025-01", "100.3000000006"],
        ["2025-02", "10.3"],
    ]
    columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Name"], column["Type"]) for column in columns] == [
        ("billing_period", "varchar"),
        ("cost", "double"),
    ]
    assert "NextToken" not in page


def test_statistics_grow_with_what_is_read(athena: Any) -> None:
    narrow = run(athena, "SELECT sum(n) FROM numbers")["Statistics"]["DataScannedInBytes"]
    wide = run(athena, "SELECT sum(n), max(word) FROM numbers")["Statistics"]["DataScannedInBytes"]
    assert 0 < narrow < wide
    assert narrow == 8 * 100_000
    joined = run(athena, "SELECT count(*) FROM numbers a JOIN numbers b USING (n)")["Statistics"]
    assert joined["DataScannedInBytes"] == 2 * narrow


@pytest.mark.parametrize(
    ("where", "share"),
    [
        ("", 6),
        ("WHERE billing_period = '2025-01'", 3),
        ("WHERE rows_behind > 0 AND (billing_period = '2025-02' AND billing_period < '2026')", 3),
        ("WHERE billing_period IN ('2025-01', '2025-02')", 6),
        ("WHERE billing_period LIKE '2024-%'", 0),
        ("WHERE billing_period = '2025-01' OR rows_behind > 0", 6),
        ("WHERE billing_period = (SELECT max(billing_period) FROM cur2)", 12),  # read twice
        ("a JOIN cur2 b ON a.rows_behind = b.rows_behind WHERE a.billing_period = '2025-01'", 9),
    ],
)
def test_a_condition_on_the_month_reads_that_month_alone(
    athena: Any, where: str, share: int
) -> None:
    column = "a.line_item_unblended_cost" if where.startswith("a ") else "line_item_unblended_cost"
    scanned = run(athena, f"SELECT sum({column}) FROM cur2 {where}")["Statistics"]
    width = 12 if "rows_behind" in where else 8
    assert scanned["DataScannedInBytes"] == share * width


def test_null_is_no_value_and_empty_text_is_one(athena: Any) -> None:
    execution = run(athena, "SELECT NULL, '', 'a,\"b\"\nc'")
    page = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert texts(page)[1] == [None, "", 'a,"b"\nc']


def test_pages_hold_every_row_once(athena: Any) -> None:
    execution = run(athena, "SELECT n FROM numbers WHERE n < 2500 ORDER BY n")
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 700}
    )
    rows = [row for page in pages for row in texts(page)]
    assert rows == [["n"]] + [[str(n)] for n in range(2500)]


def test_a_page_of_one_is_the_header(athena: Any) -> None:
    execution = run(athena, "SELECT n FROM numbers WHERE n < 2 ORDER BY n")
    query = execution["QueryExecutionId"]
    page = athena.get_query_results(QueryExecutionId=query, MaxResults=1)
    assert texts(page) == [["n"]]
    page = athena.get_query_results(QueryExecutionId=query, NextToken=page["NextToken"])
    assert texts(page) == [["0"], ["1"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT nope FROM cur2", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.billing.nope'"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT line_item_unblended_cost = '1' FROM cur2", "TYPE_MISMATCH: line 1:8"),
    ],
)
def test_failed_query_says_why_in_athena_s_words(athena: Any, sql: str, reason: str) -> None:
    execution = run(athena, sql)
    assert execution["Status"]["State"] == "FAILED"
    assert execution["Status"]["StateChangeReason"].startswith(reason)
    with pytest.raises(ClientError, match="Query did not finish successfully"):
        athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])


def test_stopped_query_is_cancelled(athena: Any) -> None:
    sql = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n > c.n"
    query = athena.start_query_execution(QueryString=sql)["QueryExecutionId"]
    with pytest.raises(ClientError, match="has not yet finished"):
        athena.get_query_results(QueryExecutionId=query)
    athena.stop_query_execution(QueryExecutionId=query)
    for _ in range(1000):
        found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        if found["State"] == "CANCELLED":
            break
        threading.Event().wait(0.01)
    assert found["StateChangeReason"] == "Query cancelled by user"


def test_parameters_of_a_query_take_the_place_of_its_marks(athena: Any) -> None:
    sql = "SELECT count(*) FROM numbers WHERE n < ? AND word <> ?"
    execution = run(athena, sql, ExecutionParameters=["10", "'w1'"])
    page = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert texts(page) == [["_col0"], ["9"]]


def test_the_same_token_starts_no_second_query(athena: Any) -> None:
    token = "a-token-of-at-least-thirty-two-characters"
    one, other = (
        athena.start_query_execution(QueryString="SELECT 1", ClientRequestToken=token)
        for _ in range(2)
    )
    assert one["QueryExecutionId"] == other["QueryExecutionId"]


def test_tables_and_workgroups_are_described(athena: Any) -> None:
    where = {"CatalogName": "AwsDataCatalog", "DatabaseName": "billing"}
    table = athena.get_table_metadata(**where, TableName="cur2")["TableMetadata"]
    assert table["PartitionKeys"] == [{"Name": "billing_period", "Type": "string"}]
    assert {"Name": "line_item_unblended_cost", "Type": "double"} in table["Columns"]
    listed = athena.list_table_metadata(**where)["TableMetadataList"]
    assert [each["Name"] for each in listed] == ["cur2", "numbers"]
    assert athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"] == [
        {"Name": "billing"}
    ]
    group = athena.get_work_group(WorkGroup="primary")["WorkGroup"]["Configuration"]
    assert group["ResultConfiguration"]["OutputLocation"] == f"s3://{BUCKET}/"
    for wrong in ({**where, "TableName": "nope"}, {**where, "DatabaseName": "x", "TableName": "y"}):
        with pytest.raises(ClientError, match="EntityNotFound"):
            athena.get_table_metadata(**wrong)


@pytest.mark.parametrize(
    "options",
    [
        {"WorkGroup": "other"},
        {"ResultConfiguration": {"OutputLocation": "s3://somebody-else/x/"}},
        {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}.evil/x/"}},
    ],
)
def test_query_that_cannot_start_is_refused(
    opened: tuple[SmallAccount, boto3.Session], athena: Any, options: dict[str, Any]
) -> None:
    asked = {"QueryString": "SELECT 1", **options}
    call = Call("athena", "StartQueryExecution", "us-east-1", asked)
    refused = opened[0].answer(call, cancelled=threading.Event())
    assert isinstance(refused, Refusal)
    assert refused.code == "InvalidRequestException"
    # Through the gateway the place is no choice of whoever asks: it is left to the workgroup.
    assert athena.start_query_execution(**asked)["QueryExecutionId"]


@pytest.mark.parametrize("sql", ["DROP TABLE cur2", "SELECT 1; SELECT 2", "SELECT '1'::integer"])
def test_service_itself_takes_nothing_but_one_select(
    opened: tuple[SmallAccount, boto3.Session], sql: str
) -> None:
    call = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": sql})
    refused = opened[0].answer(call, cancelled=threading.Event())
    assert isinstance(refused, Refusal)
    assert refused.code == "InvalidRequestException"


def test_unknown_query_and_unknown_operation_are_refused(
    opened: tuple[SmallAccount, boto3.Session], athena: Any
) -> None:
    with pytest.raises(ClientError, match="was not found"):
        athena.get_query_execution(QueryExecutionId="00000000-0000-0000-0000-000000000000")
    call = Call("athena", "CreateWorkGroup", "us-east-1", {"Name": "x"})
    assert isinstance(opened[0].answer(call, cancelled=threading.Event()), Refusal)


def test_pyathena_cursors_agree(session: boto3.Session) -> None:
    import pyathena
    from pyathena.cursor import DictCursor
    from pyathena.pandas.cursor import PandasCursor

    connection = pyathena.connect(
        session=session,
        region_name="us-east-1",
        work_group="primary",
        schema_name="billing",
        poll_interval=0.01,
    )
    rows = connection.cursor().execute(BY_PERIOD).fetchall()
    assert rows == [("2025-01", 100.3000000006), ("2025-02", 10.3)]
    records = connection.cursor(DictCursor).execute(BY_PERIOD).fetchall()
    assert records == [{"billing_period": period, "cost": cost} for period, cost in rows]
    frame: Any = connection.cursor(PandasCursor).execute(BY_PERIOD).as_pandas()
    assert frame.to_dict("records") == records
    marked = connection.cursor().execute(
        "SELECT count(*) FROM numbers WHERE n < %(most)s", {"most": 10}
    )
    assert marked.fetchone() == (10,)


def test_result_file_in_s3_says_the_same(session: boto3.Session, athena: Any) -> None:
    execution = run(athena, BY_PERIOD)
    location = execution["ResultConfiguration"]["OutputLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    body = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    lines = ['"billing_period","cost"', '"2025-01","100.3000000006"', '"2025-02","10.3"', ""]
    assert body.decode() == "\n".join(lines)
    costs = [Decimal(line.split(",")[1].strip('"')) for line in lines[1:3]]
    assert sum(costs) == Decimal("110.6000000006")


def test_show_tables_has_no_header(athena: Any) -> None:
    execution = run(athena, "SHOW TABLES")
    page = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert texts(page) == [["cur2"], ["numbers"]]
    assert execution["StatementType"] == "UTILITY"


def test_old_results_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from finops_repl.simulator.handlers.athena import queries

    monkeypatch.setattr(queries, "KEPT", 3)
    room = SqlRoom.over_database(make_small_bill(tmp_path / "bill.duckdb"), CATALOG)
    (tmp_path / "audit").mkdir()
    with small_account(room, tmp_path / "audit") as (account, session):
        client = session.client("athena")
        ids = [run(client, f"SELECT {n}")["QueryExecutionId"] for n in range(6)]
        assert len(account.athena.objects()) <= 4
        with pytest.raises(ClientError, match="was not found"):
            client.get_query_execution(QueryExecutionId=ids[0])
    room.close()


LEFT_BEHIND = """
import sys, threading
from pathlib import Path
from finops_repl.aws.call import Call
from finops_repl.simulator.handlers.athena.queries import AthenaService
from finops_repl.trino.room import SqlRoom
from tests.trino.small_bill import CATALOG, make_small_bill
service = AthenaService(SqlRoom.over_database(make_small_bill(Path(sys.argv[1])), CATALOG), "b")
sql = "SELECT count(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n > c.n"
for _ in range(4):
    call = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": sql})
    service.answer(call, cancelled=threading.Event())
threading.Event().wait(0.3)
"""


def test_query_left_behind_does_not_keep_the_program_from_ending(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LEFT_BEHIND, str(tmp_path / "bill.duckdb")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[4],
    )
    assert (ended.returncode, ended.stderr) == (0, "")
