"""The bill in Athena through pyathena and the gateway: exact, typed, stoppable."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal

import pytest

from finops_repl.base.errors import InputError, LimitReached, UnknownName
from finops_repl.billing.athena import AthenaBill
from finops_repl.billing.athena_results import with_near_names
from tests.billing.conftest import Opened
from tests.billing.small_account import TABLE

ENDLESS = (
    "SELECT count(*) FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c WHERE a.n + b.n > c.n"
)


def test_costs_arrive_with_the_digits_of_the_ledger(bill: AthenaBill) -> None:
    sql = (
        "SELECT billing_period, sum(line_item_unblended_cost) AS cost FROM cur2"
        " GROUP BY billing_period ORDER BY 1"
    )
    table = bill.query(sql)
    assert [(column.name, column.type) for column in table.columns] == [
        ("billing_period", "varchar"),
        ("cost", "double"),
    ]
    assert table.rows == (("2025-01", Decimal("100.3000000006")), ("2025-02", Decimal("10.3")))
    assert all(isinstance(row[1], Decimal) for row in table.rows)


def test_cells_have_the_types_that_the_port_promises(bill: AthenaBill) -> None:
    table = bill.query(
        "SELECT 7, 10000000000, CAST(1.50 AS decimal(10, 2)), 1E10, true, DATE '2025-01-31',"
        " CAST('2025-01-31 10:00:00' AS timestamp), from_unixtime(0), 'x', '', NULL,"
        " ARRAY[1, 2], CAST(1 AS varchar)"
    )
    moment = datetime.fromisoformat
    assert table.rows == (
        (
            7,
            10000000000,
            Decimal("1.50"),
            Decimal(10000000000),
            True,
            moment("2025-01-31").date(),
            moment("2025-01-31 10:00"),
            moment("1970-01-01 00:00+00:00"),
            "x",
            "",
            None,
            [1, 2],
            "1",
        ),
    )
    assert str(table.rows[0][3]) == "10000000000"


def test_tags_are_maps(bill: AthenaBill) -> None:
    table = bill.query("SELECT resource_tags FROM cur2 WHERE rows_behind = 3")
    assert table.rows == (({"user_team": "data"},),)


def test_columns_are_those_of_the_table(bill: AthenaBill) -> None:
    columns = bill.columns("cur2")
    assert (columns[0].name, columns[0].type) == ("line_item_usage_account_id", "string")
    assert columns[-1].name == "billing_period"
    assert {column.name: column.type for column in columns}["resource_tags"] == "map<string,string>"
    with pytest.raises(UnknownName, match="cur2"):
        bill.columns("cur3")


def test_bill_says_what_a_script_is_told(bill: AthenaBill) -> None:
    assert bill.primary is TABLE
    assert bill.primary.as_mapping() == {
        "catalog": "AwsDataCatalog",
        "database": "billing",
        "table": "cur2",
        "kind": "cur2",
        "partition": "billing_period",
        "workgroup": "primary",
    }


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nope FROM cur2", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT foo(1)", "Function 'foo' not registered"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO"),
        ("DROP TABLE cur2", "Only one SELECT statement"),
        ("SELECT * FROM read_text('/etc/passwd')", "Table functions are not run here"),
    ],
)
def test_failed_query_says_why(bill: AthenaBill, sql: str, message: str) -> None:
    with pytest.raises(InputError) as failed:
        bill.query(sql)
    assert message in str(failed.value)


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("COLUMN_NOT_FOUND: line 1:8: Column 'c.unblended_cost' cannot be resolved or requester is"
         " not authorized to access requested resources", "line_item_unblended_cost"),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'BilledCost' cannot be resolved or requester is not"
         " authorized to access requested resources", "here it is line_item_unblended_cost"),
        ("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.billing.cur' does not exist",
         "tables: cur2"),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved (did you mean y?)", ""),
        ("SYNTAX_ERROR: line 1:8: mismatched input 'x'", ""),
    ],
)  # fmt: skip
def test_what_athena_does_not_know_is_told_with_the_nearest_names(
    bill: AthenaBill, reason: str, hint: str
) -> None:
    told = with_near_names(
        InputError(reason), bill.tables, lambda: [each.name for each in bill.columns("cur2")]
    )
    assert told.message == reason
    assert hint in told.hint
    assert bool(hint) == bool(told.hint)


def test_rows_beyond_the_cap_are_cut_and_the_table_says_so(bill: AthenaBill) -> None:
    table = bill.query("SELECT n FROM numbers ORDER BY n", max_rows=1500)
    assert (len(table.rows), table.truncated) == (1500, True)
    assert table.rows[-1] == (1499,)
    assert not bill.query("SELECT n FROM numbers LIMIT 3", max_rows=3).truncated


def test_cancelled_query_is_stopped_in_athena_too(opened: Opened, bill: AthenaBill) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(LimitReached, match="cancelled"):
        bill.query(ENDLESS, cancelled=cancelled)
    assert _last_state(opened) == "CANCELLED"


def test_slow_query_is_stopped_at_its_time_limit(opened: Opened, bill: AthenaBill) -> None:
    with pytest.raises(LimitReached, match=r"longer than 0\.2 s"):
        bill.query(ENDLESS, timeout_s=0.2)
    assert _last_state(opened) == "CANCELLED"


def test_queries_run_side_by_side(bill: AthenaBill) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda n: bill.query(f"SELECT {n}").rows, range(8)))
    assert tables == [((n,),) for n in range(8)]


def test_account_without_a_bill_is_an_error(opened: Opened) -> None:
    with pytest.raises(InputError):
        AthenaBill(lambda: opened[1], [])


def _last_state(opened: Opened) -> str:
    client = opened[1].client("athena")
    newest = client.list_query_executions()["QueryExecutionIds"][0]
    for _ in range(500):
        status = client.get_query_execution(QueryExecutionId=newest)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        threading.Event().wait(0.01)
    return str(status["State"])
