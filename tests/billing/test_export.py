"""What leaves as CSV or JSON can be read back without a changed digit."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from finops_repl.base.errors import InputError
from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.export import csv_text, file_content, json_fields

MOMENT = datetime.fromisoformat("2025-01-31 10:00:00+00:00")
TABLE = Table(
    (
        Column("account", "varchar"),
        Column("cost", "double"),
        Column("cost", "double"),
        Column("at", "timestamp(3) with time zone"),
        Column("tags", "map(varchar, varchar)"),
        Column("final", "boolean"),
    ),
    (
        ("000000000042", Decimal("0.0000000001"), Decimal("1E+20"), MOMENT, {"a": 'x"y'}, True),
        (None, None, Decimal(-1), None, None, False),
    ),
)


def test_csv_keeps_every_digit_and_leaves_null_empty() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(TABLE))))
    assert rows == [
        ["account", "cost", "cost", "at", "tags", "final"],
        ["000000000042", "0.0000000001", "100000000000000000000", "2025-01-31T10:00:00+00:00",
         '{"a": "x\\"y"}', "true"],
        ["", "", "-1", "", "", "false"],
    ]  # fmt: skip


def test_parquet_has_the_types_of_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "costs.parquet"
    path.write_bytes(file_content(TABLE, path.name))
    with duckdb.connect() as store:
        store.execute(f"SELECT * FROM '{path}'")
        assert [(name, str(of)) for name, of, *_ in store.description or ()] == [
            ("account", "VARCHAR"), ("cost", "DOUBLE"), ("cost_2", "DOUBLE"),
            ("at", "TIMESTAMP"), ("tags", "MAP(VARCHAR, VARCHAR)"), ("final", "BOOLEAN"),
        ]  # fmt: skip
        assert store.fetchall() == [
            ("000000000042", 1e-10, 1e20, MOMENT.replace(tzinfo=None), {"a": 'x"y'}, True),
            (None, None, -1.0, None, None, False),
        ]


def test_parquet_keeps_decimals_arrays_and_empty_results(tmp_path: Path) -> None:
    columns = (
        Column("d", "decimal(38,10)"),
        Column("a", "array(bigint)"),
        Column("i", "interval day to second"),
    )
    rows: tuple[tuple[Cell, ...], ...] = (
        (Decimal("12345678901234567890.0000000001"), [1, None], "2 00:00:00.000"),
    )
    for given in (rows, rows[:0]):
        path = tmp_path / f"{len(given)}.parquet"
        path.write_bytes(file_content(Table(columns, given), path.name))
        with duckdb.connect() as store:
            assert store.execute(f"SELECT * FROM '{path}'").fetchall() == list(given)


def test_parquet_takes_nested_columns_whose_parts_athena_does_not_describe(tmp_path: Path) -> None:
    columns = (Column("m", "map"), Column("a", "array"), Column("r", "row"), Column("c", "char"))
    rows: tuple[tuple[Cell, ...], ...] = (({"user_team": "web"}, ["1", None], {"x": "1"}, "c"),)
    path = tmp_path / "costs.parquet"
    path.write_bytes(file_content(Table(columns, rows), path.name))
    with duckdb.connect() as store:
        assert store.execute(f"SELECT m, a, r, c FROM '{path}'").fetchall() == [
            ({"user_team": "web"}, ["1", None], '{"x":"1"}', "c")
        ]


@pytest.mark.parametrize("name", ["costs.csv", "costs.JSON"])
def test_text_files_are_what_is_printed(name: str) -> None:
    content = file_content(TABLE, name)
    assert content.decode().startswith("account,cost" if name == "costs.csv" else "{")


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match=r"costs\.xlsx"):
        file_content(TABLE, "costs.xlsx")


def test_json_says_types_and_keeps_exact_numbers_as_text() -> None:
    found = json.loads(json.dumps(json_fields(TABLE)))
    assert found["columns"][1] == {"name": "cost", "type": "double"}
    assert found["truncated"] is False
    assert found["rows"][0] == {
        "account": "000000000042",
        "cost": "0.0000000001",
        "cost_2": "100000000000000000000",
        "at": "2025-01-31T10:00:00+00:00",
        "tags": {"a": 'x"y'},
        "final": True,
    }
    assert found["rows"][1]["account"] is None
