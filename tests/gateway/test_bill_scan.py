"""A query of the bill names its months, and its price at most is known before it starts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.base.errors import InputError, LimitReached
from finops_repl.base.spend import Spend
from finops_repl.billing.athena import AthenaBill
from finops_repl.billing.port import BillTable
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.bill_scan import BillScan
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.meter import Meter
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.trino.check import read_statement
from finops_repl.trino.partitions import TableName
from tests.gateway.priced_account import GB, PricedAccount

BILL = TableName("AwsDataCatalog", "cur", "cur2")
NOW = datetime(2026, 6, 5, tzinfo=UTC)
MONTHS = ("2026-04", "2026-05", "2026-06")


def account(**fields: Any) -> PricedAccount:
    """Three months of 10, 20 and 30 GB; each in two objects, the first in three."""
    places = {month: f"s3://bill/cur/data/BILLING_PERIOD={month}" for month in MONTHS}
    sizes = {
        f"cur/data/BILLING_PERIOD={month}/part{number}.parquet": 5 * (at + 1) * GB
        for at, month in enumerate(MONTHS)
        for number in (1, 2)
    }
    sizes["cur/data/BILLING_PERIOD=2026-04/manifest.json"] = 0
    sizes["cur/data/BILLING_PERIOD=2026-045/other"] = 1_000 * GB
    return PricedAccount(**{"months": places, "sizes": sizes, **fields})


def gateway(
    upstream: PricedAccount,
    folder: Path,
    *,
    cap: str = "100",
    call: str | None = None,
    full_scan: bool = False,
) -> Gateway:
    bill = BillScan(
        BILL, full_scan=full_scan, allowed_by="athena.full_scan in settings.toml", now=lambda: NOW
    )
    meter = Meter(Spend(Decimal(cap)), call_usd=Decimal(call) if call else None, bill=bill)
    return Gateway(upstream, ReadOnlyPolicy(read_statement), AuditLog(folder), meter=meter)


def start(through: Gateway, sql: str) -> Answer:
    return start_as(through, sql, Caller("session", run="run"))


def start_as(through: Gateway, sql: str, caller: Caller) -> Answer:
    params = {"QueryString": sql, "QueryExecutionContext": {"Database": "cur"}}
    return through.perform(Call("athena", "StartQueryExecution", "us-east-1", params), caller)


def reason(through: Gateway) -> str:
    return through.calls("run")[-1].reason


def test_a_query_of_the_whole_bill_is_not_started_and_told_what_to_write(tmp_path: Path) -> None:
    upstream = account()
    through = gateway(upstream, tmp_path)
    refused = start(through, "SELECT sum(line_item_unblended_cost) FROM cur2")
    assert refused == Refusal(
        "InvalidRequestException",
        "a query that reads every month of cur.cur2 is not started: it scans the whole table"
        " (restrict each SELECT that names the table: WHERE billing_period = '2026-06', or BETWEEN"
        " two months; to scan it all, set athena.full_scan in settings.toml to true)",
    )
    assert "StartQueryExecution" not in upstream.operations()
    [record] = through.calls("run")
    assert record.decision == "deny"
    assert record.price_usd == 0


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM cur2 WHERE billing_period <> ''",
        "SELECT 1 FROM cur2 WHERE billing_period LIKE '20%'",
        "SELECT 1 FROM cur2 WHERE billing_period <= '2026-12'",
        "SELECT 1 FROM cur2 WHERE billing_period = '2026-06' OR true",
        "SELECT 1 FROM cur2 a, cur2 b WHERE a.billing_period = '2026-06'",
        "WITH cur2 AS (SELECT * FROM cur2) SELECT 1 FROM cur2 WHERE billing_period = '2026-06'",
        "SELECT 1 FROM CUR.CUR2",
        "SELECT 1 /* WHERE billing_period = '2026-06' */ FROM cur2",
    ],
)
def test_what_leaves_no_month_out_is_the_whole_bill(tmp_path: Path, sql: str) -> None:
    refused = start(gateway(account(), tmp_path), sql)
    assert isinstance(refused, Refusal)
    assert "reads every month" in refused.message


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (
            "SELECT 1 FROM cur2 WHERE billing_period = '2026-05'",
            "at most 20.0 GB of the bill, $0.10",
        ),
        (
            "SELECT 1 FROM cur2 WHERE billing_period >= '2026-05'",
            "at most 50.0 GB of the bill, $0.25",
        ),
        (
            "SELECT 1 FROM cur2 WHERE billing_period = date_format(current_date, '%Y-%m')",
            "at most 30.0 GB of the bill, $0.15",
        ),
        (
            "SELECT 1 FROM cur2 WHERE billing_period = '2019-01'",
            "at most 0 bytes of the bill, $0.00",
        ),
        (
            "SELECT 1 FROM cur2 a JOIN cur2 b ON a.x = b.x"
            " WHERE a.billing_period = '2026-04' AND b.billing_period = '2026-05'",
            "at most 30.0 GB of the bill, $0.15",
        ),
        (
            "WITH m AS (SELECT * FROM cur2 WHERE billing_period = '2026-04')"
            " SELECT 1 FROM m a, m b, m c",
            "at most 30.0 GB of the bill, $0.15",
        ),
    ],
)
def test_the_most_that_a_query_may_scan_is_told(tmp_path: Path, sql: str, told: str) -> None:
    through = gateway(account(), tmp_path)
    assert isinstance(start(through, sql), Result)
    assert reason(through) == f"one reading statement; {told}"


def test_a_query_above_a_cap_is_not_started_and_its_size_told(tmp_path: Path) -> None:
    (tmp_path / "session").mkdir()
    upstream = account()
    through = gateway(upstream, tmp_path, call="0.12")
    assert isinstance(start(through, "SELECT 1 FROM cur2 WHERE billing_period='2026-05'"), Result)
    refused = start(through, "SELECT 1 FROM cur2 WHERE billing_period = '2026-06'")
    assert isinstance(refused, Refusal)
    assert "the call cap of $0.12 is passed: this query may cost $0.15" in refused.message
    assert "it may scan at most 30.0 GB of the bill, $0.15" in refused.message
    poor = gateway(upstream, tmp_path / "session", cap="0.12")
    refused = start(poor, "SELECT 1 FROM cur2 WHERE billing_period = '2026-06'")
    assert isinstance(refused, Refusal)
    assert "the session cap of $0.12 would be passed" in refused.message
    assert upstream.operations()["StartQueryExecution"] == 1
    through.close()


def test_two_queries_at_once_share_what_is_left(tmp_path: Path) -> None:
    through = gateway(account(done={"q2"}), tmp_path, cap="0.30")
    assert isinstance(start(through, "SELECT 1 FROM cur2 WHERE billing_period='2026-05'"), Result)
    both = "SELECT 1 FROM cur2 WHERE billing_period IN ('2026-05', '2026-06')"
    refused = start(through, both)
    assert isinstance(refused, Refusal)
    assert "$0.25 is asked for and $0.10 is set aside for what runs" in refused.message
    through.cancel("run")  # the first one ends, and nothing was scanned
    assert isinstance(start_as(through, both, Caller("session")), Result)
    through.close()


def test_what_was_found_is_remembered_and_paid_for_once(tmp_path: Path) -> None:
    upstream = account()
    through = gateway(upstream, tmp_path)
    for _ in range(3):
        start(through, "SELECT 1 FROM cur2 WHERE billing_period = '2026-04'")
    asked = upstream.operations()
    # Three objects on two pages; the months on two pages of Glue.
    assert (asked["GetTableMetadata"], asked["GetPartitions"], asked["ListObjectsV2"]) == (1, 2, 2)
    prices = [record.price_usd for record in through.calls("run")]
    assert prices == [Decimal("0.00001"), 0, 0]


def test_a_table_whose_partitions_glue_does_not_list_is_told_by_its_objects(tmp_path: Path) -> None:
    through = gateway(account(months={}), tmp_path)
    start(through, "SELECT 1 FROM cur2 WHERE billing_period = '2026-05'")
    assert reason(through).endswith("at most 20.0 GB of the bill, $0.10")


def test_objects_beside_all_months_count_for_each(tmp_path: Path) -> None:
    sizes = {"cur/data/BILLING_PERIOD=2026-05/a": GB, "cur/data/loose": 3 * GB}
    through = gateway(account(months={}, sizes=sizes), tmp_path)
    start(through, "SELECT 1 FROM cur2 WHERE billing_period = '2026-05'")
    assert reason(through).endswith("at most 4.0 GB of the bill, $0.02")


@pytest.mark.parametrize("refused", ["GetTableMetadata", "GetPartitions", "ListObjectsV2"])
def test_where_no_estimate_can_be_had_that_is_said_and_the_query_watched(
    tmp_path: Path, refused: str
) -> None:
    through = gateway(account(refuses=frozenset({refused})), tmp_path)
    assert isinstance(start(through, "SELECT 1 FROM cur2 WHERE billing_period='2026-05'"), Result)
    assert reason(through) == "one reading statement; what it scans is not known before"
    through.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM other",
        "SELECT 1",
        "SHOW TABLES",
        "DESCRIBE cur2",
        "EXPLAIN SELECT 1 FROM cur2",
    ],
)
def test_what_does_not_read_the_bill_passes_without_a_look(tmp_path: Path, sql: str) -> None:
    upstream = account()
    assert isinstance(start(gateway(upstream, tmp_path), sql), Result)
    assert "GetTableMetadata" not in upstream.operations()


def test_who_asks_for_it_may_scan_it_all_within_the_caps(tmp_path: Path) -> None:
    through = gateway(account(), tmp_path, full_scan=True)
    assert isinstance(start(through, "SELECT 1 FROM cur2"), Result)
    assert reason(through).endswith("at most 60.0 GB of the bill, $0.30")


def test_a_legacy_bill_names_its_months_in_two_columns(tmp_path: Path) -> None:
    keys = (("year", "string"), ("month", "string"))
    places = {"2026,5": "s3://bill/a", "2026,06": "s3://bill/b"}
    upstream = account(keys=keys, months=places, sizes={"a/x": GB, "b/x": 2 * GB})
    through = gateway(upstream, tmp_path)
    refused = start(through, "SELECT 1 FROM cur2 WHERE line_item_usage_start_date > now()")
    assert isinstance(refused, Refusal)
    assert "WHERE year = '2026' AND month = '6'" in refused.message
    start(through, "SELECT 1 FROM cur2 WHERE year = '2026' AND month IN ('6', '06')")
    assert reason(through).endswith("at most 2.0 GB of the bill, $0.01")


def test_a_bill_without_months_is_estimated_as_a_whole(tmp_path: Path) -> None:
    through = gateway(account(keys=(), months={}), tmp_path)
    start(through, "SELECT 1 FROM cur2 WHERE cost > 1")
    assert reason(through).endswith("at most 1.1 TB of the bill, $5.30")


def test_the_bill_says_that_a_cap_stopped_it_and_how_to_name_the_months(tmp_path: Path) -> None:
    through = gateway(account(), tmp_path, cap="0.12")
    table = BillTable(BILL.catalog, BILL.database, BILL.table, "cur2", workgroup="primary")
    bill = AthenaBill(lambda: session(through, Caller("session")), [table])
    with pytest.raises(LimitReached, match=r"session cap of \$0.12 .* at most 30.0 GB of the bill"):
        bill.query("SELECT 1 FROM cur2 WHERE billing_period = '2026-06'")
    with pytest.raises(InputError, match=r"^a query that reads every month of cur.cur2"):
        bill.query("SELECT 1 FROM cur2")
