"""The simulated account's bill without a client: what pyathena would have told, and no other way.

Each statement is asked twice, through pyathena and by calls, of one gateway.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal
from finops_repl.base.errors import FinopsError, InputError, LimitReached, UnknownName
from finops_repl.base.table import Table
from finops_repl.billing.athena import AthenaBill
from finops_repl.billing.port import Bill
from finops_repl.billing.simulated import SimulatedBill
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.decision import Decision, Deny
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.trino.check import read_statement
from finops_repl.trino.room import SqlRoom
from tests.billing.small_account import TABLE, SmallAccount, small_gateway
from tests.billing.test_athena import ENDLESS
from tests.trino.small_bill import CATALOG

PYATHENA, CALLS = Caller("test", run="pyathena"), Caller("test", run="calls")
COLUMNS = CATALOG.tables["cur2"].hive_columns

ANSWERED = (
    "SELECT * FROM cur2 ORDER BY rows_behind",
    "SELECT billing_period, sum(line_item_unblended_cost) FROM cur2 GROUP BY 1 ORDER BY 1",
    "SELECT 7, 10000000000, CAST(1.50 AS decimal(10, 2)), 1E10, -0.1E0, true, false, 'x', '', NULL",
    "SELECT DATE '2025-01-31', CAST('2025-01-31 10:00:00' AS timestamp), from_unixtime(0)",
    "SELECT CAST(1.10 AS real), nan(), infinity(), CAST(1 AS tinyint), CAST(0 AS decimal(5, 2))",
    "SELECT ARRAY[1, 2], ARRAY['a, b', NULL], MAP(ARRAY['k'], ARRAY[1.5])",
    "SELECT ROW(1, 'x'), ARRAY[ROW(DATE '2025-01-31', NULL)], ROW(CAST(1.5 AS decimal(5, 2)))",
    "SELECT resource_tags, CAST(ROW(1, 'x') AS row(a integer, b varchar)) FROM cur2 LIMIT 2",
    "SELECT CAST('[1]' AS json), json_parse('{\"a\": 1}'), to_utf8('ab'), CAST(NULL AS bigint)",
    'SELECT \'it said "no", twice\nand went\' AS said, \'ü€\' AS "a ""name"""',
    "SELECT n FROM numbers ORDER BY n LIMIT 2500",
    "SELECT n FROM numbers WHERE n < 0",
    "SHOW TABLES",
    "SHOW COLUMNS IN cur2",
    "DESCRIBE cur2",
    "SHOW DATABASES",
)

REFUSED = (
    "SELECT nope FROM cur2",
    "SELECT foo(1)",
    "SELECT 1 / 0",
    "SELECT CAST('x' AS integer)",
    "SELECT",
    "DROP TABLE cur2",
    "SELECT 1; SELECT 2",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM nowhere.cur2",
    "EXPLAIN SELECT 1",
    "DESCRIBE cur3",
    f"SELECT '{'x' * 262_144}'",
)


@pytest.fixture(scope="module")
def gateway(room: SqlRoom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with small_gateway(room, tmp_path_factory.mktemp("audit")) as (_, gateway):
        yield gateway


def by_pyathena(gateway: Gateway) -> AthenaBill:
    return AthenaBill(lambda: session(gateway, PYATHENA), [TABLE], poll_s=0.002)


def by_calls(gateway: Gateway) -> SimulatedBill:
    return SimulatedBill(gateway, CALLS, TABLE, COLUMNS)


def told(bill: Bill, sql: str, max_rows: int | None = None) -> Table | tuple[object, ...]:
    """The table, or the error as a user meets it."""
    try:
        return bill.query(sql, max_rows=max_rows)
    except FinopsError as error:
        return type(error), error.message, error.hint


@pytest.mark.parametrize("sql", ANSWERED)
def test_results_are_pyathenas(gateway: Gateway, sql: str) -> None:
    found = told(by_calls(gateway), sql)
    assert isinstance(found, Table)
    # Texts tell 1.10 from 1.1, and NaN is not itself.
    assert repr(found) == repr(told(by_pyathena(gateway), sql))


@pytest.mark.parametrize("sql", REFUSED)
def test_errors_are_pyathenas(gateway: Gateway, sql: str) -> None:
    found = told(by_calls(gateway), sql)
    assert isinstance(found, tuple)
    assert found == told(by_pyathena(gateway), sql)


@pytest.mark.parametrize("max_rows", [1, 999, 1000, 1001, 1999, 2000, 2001])
def test_a_cap_cuts_where_pyathena_cuts(gateway: Gateway, max_rows: int) -> None:
    sql = "SELECT n FROM numbers ORDER BY n LIMIT 2000"
    found = told(by_calls(gateway), sql, max_rows)
    assert isinstance(found, Table)
    assert (len(found.rows), found.truncated) == (max_rows - (max_rows > 2000), max_rows < 2000)
    assert found == told(by_pyathena(gateway), sql, max_rows)


def test_the_same_calls_are_recorded(gateway: Gateway) -> None:
    for bill in (by_pyathena(gateway), by_calls(gateway)):
        bill.query("SELECT 1")
    latest = {"StartQueryExecution", "GetQueryExecution", "GetQueryResults"}
    for run in ("pyathena", "calls"):
        passed = [(each.operation, each.decision) for each in gateway.calls(run)]
        assert latest <= {operation for operation, _ in passed}, run
        assert passed[-1] == ("GetQueryResults", "allow")


class Shut:
    """A policy that nothing passes."""

    def decide(self, call: Call) -> Decision:
        return Deny("the door is shut", "open it")


def test_no_statement_goes_round_the_gateway(room: SqlRoom, tmp_path: Path) -> None:
    gateway = Gateway(SmallAccount(room), Shut(), AuditLog(tmp_path))
    found = told(by_calls(gateway), "SELECT 1")
    assert found == told(by_pyathena(gateway), "SELECT 1")
    with pytest.raises(InputError, match="the door is shut"):
        by_calls(gateway).query("SELECT 1")
    assert {each.decision for each in gateway.calls("calls")} == {"deny"}


def test_calls_refused_for_being_too_many_are_made_again(room: SqlRoom, tmp_path: Path) -> None:
    with small_gateway(room, tmp_path, throttle=1) as (_, gateway):
        for _ in range(3):
            table = by_calls(gateway).query("SELECT n FROM numbers ORDER BY n LIMIT 1500")
            assert len(table.rows) == 1500
        assert {each.status for each in gateway.calls("calls")} == {200, 400}


class Crowded(SmallAccount):
    """Too many others ask it all the time."""

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        return Refusal("TooManyRequestsException", "Rate exceeded")


def test_an_account_that_refuses_every_call_is_given_up(room: SqlRoom, tmp_path: Path) -> None:
    gateway = Gateway(Crowded(room), ReadOnlyPolicy(read_statement), AuditLog(tmp_path))
    with pytest.raises(InputError, match="TooManyRequestsException: Rate exceeded"):
        by_calls(gateway).query("SELECT 1")
    assert len(gateway.calls("calls")) == 5


def test_a_query_that_is_given_up_is_stopped(room: SqlRoom, tmp_path: Path) -> None:
    with small_gateway(room, tmp_path) as (_, gateway):
        bill = by_calls(gateway)
        cancelled = threading.Event()
        threading.Timer(0.1, cancelled.set).start()
        with pytest.raises(LimitReached, match="cancelled"):
            bill.query(ENDLESS, cancelled=cancelled)
        with pytest.raises(LimitReached, match=r"longer than 0\.1 s"):
            bill.query(ENDLESS, timeout_s=0.1)
        stops = [each for each in gateway.calls("calls") if each.operation == "StopQueryExecution"]
        assert [each.status for each in stops] == [200, 200]
        # A third has its place: only two run at once.
        assert bill.query("SELECT 1", timeout_s=20).rows == ((1,),)


def test_columns_and_table_are_what_the_account_says(gateway: Gateway) -> None:
    bill = by_calls(gateway)
    assert (bill.primary, bill.tables) == (TABLE, {"cur2": TABLE})
    assert bill.columns("cur2") == by_pyathena(gateway).columns("cur2")
    with pytest.raises(UnknownName, match="cur2"):
        bill.columns("cur3")
