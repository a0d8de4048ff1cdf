"""A bill describes itself: which kind, which days, and by the last partition alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from finops_repl.base.table import Table
from finops_repl.billing.description import describe_bill
from finops_repl.billing.files import FilesBill

ROWS = "2026-0{0}-01T00:00:00Z,1.5,Usage\n2026-0{0}-03T00:00:00Z,2,Tax\n"
HEADER = "line_item_usage_start_date,line_item_unblended_cost,line_item_line_item_type\n"
TODAY = date(2026, 10, 2)
FOCUS = Path(__file__).parent / "data" / "focus_rows.csv"


@pytest.fixture(params=["BILLING_PERIOD=2026-0{0}", "year=2026/month={0}"])
def months(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    for month in (8, 9):
        folder = tmp_path / "export" / str(request.param).format(month)
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_text(HEADER + ROWS.format(month))
    return tmp_path / "export"


def test_a_table_with_months_is_described_from_its_last_one(months: Path) -> None:
    bill, asked = FilesBill([months]), list[str]()

    def ask(sql: str, most: int) -> Table:
        asked.append(sql)
        return bill.query(sql, max_rows=most)

    described = describe_bill(bill, ask, today=TODAY)
    assert (described.first, described.last, described.rows) == ("2026-08-01", "2026-09-03", 4)
    assert described.row_types == ("Tax", "Usage")
    assert described.table.kind in ("cur2", "legacy")
    assert all("WHERE" in sql for sql in asked[1:])


def test_a_table_without_months_is_described_whole() -> None:
    bill = FilesBill([FOCUS])
    described = describe_bill(bill, lambda sql, most: bill.query(sql, max_rows=most), today=TODAY)
    assert (described.first, described.last) == ("2024-09-01", "2024-09-30")
    fields = described.as_fields()
    assert fields["bill"]["kind"] == "focus"
    assert fields["map"]["cost"] == "BilledCost"
    assert "Credit" in fields["row_types"]["values"]


def test_a_table_that_is_no_bill_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    bill = FilesBill([tmp_path])

    def ask(sql: str, most: int) -> Table:
        raise AssertionError(sql)

    assert describe_bill(bill, ask, today=TODAY).as_fields()["columns"] == "a:varchar b:varchar"
