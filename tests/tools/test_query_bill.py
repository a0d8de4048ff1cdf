"""query_bill: small results, each number with the id of a figure that the host observed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from finops_repl.base.errors import InputError
from finops_repl.base.table import Column, Table
from finops_repl.billing.port import BillTable
from finops_repl.tools.encoding import MAX_BYTES, encode
from finops_repl.tools.query_bill import QueryBill
from tests.agent.fakes import FakeBill, table
from tests.tools.conftest import Bench

SQL = "SELECT line_item_product_code, sum(line_item_unblended_cost) AS cost FROM cur2 GROUP BY 1"


def test_numbers_carry_their_figure_ids(bench: Bench) -> None:
    costs = table(
        "service:varchar cost:double hours:bigint month:integer",
        ("AmazonEC2", Decimal("12.3456789"), 730, 10),
        ("AmazonS3", None, 0, 10),
    )
    result = bench.call(QueryBill(FakeBill([("", costs)])), sql=SQL, describes="October, final")
    assert result.content["rows"] == [
        ["AmazonEC2", "12.3457 [f1]", "730 [f2]", 10],
        ["AmazonS3", None, "0 [f3]", 10],
    ]
    first = result.figures[0]
    assert (first.value, first.unit, first.witness) == (Decimal("12.3456789"), "USD", "observed")
    assert first.label == "cost, AmazonEC2"
    assert first.pedigree["source"] == "observed by the host"
    assert first.pedigree["metric"] == "unblended"
    assert first.pedigree["described_as"] == "October, final"
    assert first.pedigree["sql"] == SQL


def test_a_figure_is_called_by_each_word_of_its_row_once(bench: Bench) -> None:
    costs = table(
        "account:varchar region:varchar cost:double",
        ("sim-data", "", Decimal(1)),
        ("others", "others", Decimal(2)),
    )
    result = bench.call(QueryBill(FakeBill([("", costs)])), sql=SQL)
    assert [each.label for each in result.figures] == ["cost, sim-data", "cost, others"]


def test_a_large_result_is_cut_and_registers_only_what_is_shown(bench: Bench) -> None:
    rows = [(f"service {n} {'x' * 200}", Decimal(n)) for n in range(100)]
    result = bench.call(
        QueryBill(FakeBill([("", table("service:varchar cost:double", *rows))])),
        sql=SQL,
        max_rows=100,
    )
    shown = result.content["rows"]
    assert 5 < len(shown) < 30
    assert result.content["row_count"] == 100
    assert f"{100 - len(shown)} rows did not fit; OFFSET {len(shown)}" in result.content["left_out"]
    *cells, total = result.figures
    assert len(cells) == len(shown)
    assert result.content["totals_of_all_rows"] == {"cost": f"4950 [{total.id}]"}
    assert (total.value, total.unit) == (Decimal(4950), "USD")
    encoded = encode(result.content)
    assert len(encoded.encode()) <= MAX_BYTES
    assert len(json.loads(encoded)["rows"]) == len(shown)


def test_a_result_of_many_numbers_is_no_set_of_figures(bench: Bench) -> None:
    rows = [(n, n, n) for n in range(60)]
    bill = FakeBill([("", table("a:bigint b:bigint c:bigint", *rows))])
    result = bench.call(QueryBill(bill), sql="SELECT 1", max_rows=60)
    assert result.figures == ()
    assert "aggregate" in result.content["no_figure_ids"]


def test_more_rows_than_asked_for_are_said_to_exist(bench: Bench) -> None:
    bill = FakeBill([("", table("a:varchar", ("x",), ("y",), ("z",)))])
    result = bench.call(QueryBill(bill), sql="SELECT 1", max_rows=2)
    assert result.content["row_count"] == 2
    assert "more than 2 rows" in result.content["truncated"]


def test_without_sql_it_describes_the_table(bench: Bench) -> None:
    columns = table(
        "line_item_usage_start_date:timestamp line_item_line_item_type:varchar"
        " line_item_unblended_cost:double"
    )
    bill = FakeBill(
        [
            ("count(*)", table("a:date b:date c:bigint", ("2025-11-01", "2026-11-19", 9))),
            ("DISTINCT", table("kind:varchar", ("Tax",), ("Usage",))),
        ],
        columns.columns,
    )
    content = bench.call(QueryBill(bill)).content
    assert content["bill"]["table"] == "cur2"
    assert "line_item_line_item_type:varchar" in content["columns"]
    assert content["last"] == "2026-11-19"
    assert content["row_types"]["values"] == ["Tax", "Usage"]
    assert content["map"]["cost"] == "line_item_unblended_cost"
    assert content["map"]["day"] == "line_item_usage_start_date"


def test_a_bill_that_is_not_read_whole_is_described_by_its_latest_months(bench: Bench) -> None:
    columns = table(
        "line_item_usage_start_date:timestamp line_item_line_item_type:varchar"
        " line_item_unblended_cost:double billing_period:varchar"
    )
    bill = FakeBill(
        [
            ("DISTINCT line_item_line_item_type", table("kind:varchar", ("Usage",))),
            ("WHERE billing_period >= '", table("a:date b:date c:bigint", ("2026-10-01", "x", 9))),
            ("count(*)", InputError("reads every month")),
        ],
        columns.columns,
        primary=BillTable("AwsDataCatalog", "billing", "cur2", "cur2", "billing_period"),
    )
    content = bench.call(QueryBill(bill)).content
    assert content["days_looked_at"].startswith("those of billing_period >= '20")
    assert (content["first"], content["rows"]) == ("2026-10-01", 9)
    assert content["row_types"]["values"] == ["Usage"]
    assert all("WHERE" in sql for sql in bill.asked[1:])


def test_an_error_of_the_bill_teaches(bench: Bench) -> None:
    bill = FakeBill([("", InputError("no column costs", hint="did you mean cost?"))])
    result = bench.call(QueryBill(bill), sql="SELECT costs FROM cur2")
    assert result.is_error
    assert result.content == {"error": "no column costs", "hint": "did you mean cost?"}


def test_too_many_rows_are_refused_with_the_bound(bench: Bench) -> None:
    result = bench.call(QueryBill(FakeBill([])), sql="SELECT 1", max_rows=5000)
    assert result.is_error
    assert "200" in result.content["problems"][0]


WIDE = tuple(Column(f"resource_tags_user_{'x' * 40}_{n}", "varchar") for n in range(500))
KNOWN = table(
    "line_item_usage_start_date:timestamp line_item_unblended_cost:double "
    "line_item_line_item_type:varchar line_item_product_code:varchar year:varchar month:varchar"
).columns


def described(bench: Bench, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a wide bill's description says, and how it is sent."""
    bill = FakeBill(
        [
            ("min(", table("a:varchar b:varchar c:bigint", ("2025-11", "2026-11", 9))),
            ("DISTINCT", table("kind:varchar", ("Usage",))),
        ],
        (*WIDE, *KNOWN),
    )
    result = bench.call(QueryBill(bill), **given)
    return dict(result.content), json.loads(encode(result.content, rest=result.rest))


def test_of_many_columns_those_that_matter_are_shown_and_the_others_can_be_asked_for(
    bench: Bench,
) -> None:
    content, sent = described(bench)
    assert sent["columns"] == content["columns"]
    assert "cut" not in sent
    assert all(f"{each.name}:{each.type}" in sent["columns"] for each in KNOWN)
    assert "of 506; columns_like finds the others" in sent["columns_shown"]
    _, sent = described(bench, columns_like="_499")
    assert sent["columns"] == f"{WIDE[499].name}:varchar"


def test_a_query_of_500_columns_and_huge_cells_fits_with_whole_ids(bench: Bench) -> None:
    columns = tuple(Column(f"c{n}", "varchar") for n in range(498))
    wide = Table(
        (Column("name", "varchar"), Column("cost", "double"), *columns),
        tuple(("漢" * 3_000, Decimal(n), *["x" * 900] * 498) for n in range(20)),
    )
    result = bench.call(QueryBill(FakeBill([("", wide)])), sql="SELECT 1")
    sent = encode(result.content, rest=result.rest)
    assert len(sent.encode()) <= MAX_BYTES
    read = json.loads(sent)
    assert read["columns_left_out"] > 300
    assert read["row_count"] == 20
    assert "left_out" in read
    assert "aggregate" in sent


def test_what_a_cell_holds_is_stored_without_secrets_and_escapes(bench: Bench) -> None:
    cell = "\x1b[31mAKIAIOSFODNN7EXAMPLE\x07"
    costs = table("name:varchar cost:double", (cell, Decimal(1)))
    (figure,) = bench.call(QueryBill(FakeBill([("", costs)])), sql="SELECT 1").figures
    assert figure.label == "cost, [redacted]"


def test_the_stated_period_stands_in_the_pedigree(bench: Bench) -> None:
    costs = table("cost:double", (Decimal(1),))
    result = bench.call(QueryBill(FakeBill([("", costs)])), sql="SELECT 1", period="2026-10")
    assert result.figures[0].pedigree["period"] == "2026-10"
