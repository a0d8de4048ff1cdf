"""The user's own files as a bill."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.base.errors import InputError, LimitReached, UnknownName
from finops_repl.billing.files import FilesBill
from finops_repl.billing.port import Bill
from tests.check_data import PARQUET, by_hand, by_product, forms_of

FOCUS = Path(__file__).parent / "data" / "focus_rows.csv"


@pytest.fixture
def bill() -> FilesBill:
    return FilesBill([FOCUS])


def test_file_is_a_bill_like_any_other(bill: FilesBill) -> None:
    port: Bill = bill
    assert port.primary.as_mapping() == {
        "catalog": "files",
        "database": "bill",
        "table": "focus_rows",
        "kind": "focus",
        "partition": "",
        "workgroup": "",
    }
    table = port.query("SELECT sum(BilledCost) AS cost FROM files.bill.focus_rows")
    assert table.rows == ((Decimal("11.84567980123"),),)


@pytest.mark.parametrize("form", ["csv", "csv.gz", *PARQUET])
def test_every_form_of_a_file_has_the_same_totals(tmp_path: Path, form: str) -> None:
    file = forms_of(FOCUS, tmp_path)[form]
    assert by_product(file) == by_hand(FOCUS)


def test_columns_are_found_whatever_their_case(bill: FilesBill) -> None:
    types = {column.name: column.type for column in bill.columns("FOCUS_ROWS")}
    assert types["BilledCost"] == "double"
    assert types["SubAccountId"] == "varchar"
    assert types["ChargePeriodStart"] == "timestamp"
    with pytest.raises(UnknownName, match="focus_rows"):
        bill.columns("focus_row")


def test_bill_of_a_known_kind_comes_before_other_files(tmp_path: Path) -> None:
    (tmp_path / "a_notes.csv").write_text("x\n1\n")
    (tmp_path / "focus.csv").write_bytes(FOCUS.read_bytes())
    (tmp_path / "legacy.csv").write_text("line_item_unblended_cost,year,month\n1,2025,7\n")
    bill = FilesBill([tmp_path])
    assert bill.primary.table == "legacy"
    assert bill.tables["legacy"].partition == "year,month"
    assert {table.table: table.kind for table in bill.tables.values()} == {
        "a_notes": "other",
        "focus": "focus",
        "legacy": "legacy",
    }


def test_other_files_cannot_be_read(bill: FilesBill) -> None:
    for sql in ("SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('/etc/passwd')"):
        with pytest.raises(InputError):
            bill.query(sql)


def test_query_can_be_cancelled(bill: FilesBill) -> None:
    cancelled = threading.Event()
    cancelled.set()
    joins = " CROSS JOIN ".join(f"focus_rows r{i}" for i in range(12))
    with pytest.raises(LimitReached):
        bill.query(f"SELECT count(DISTINCT r1.BilledCost + r2.BilledCost + r11.BilledCost)"
                   f" FROM {joins}", cancelled=cancelled)  # fmt: skip
