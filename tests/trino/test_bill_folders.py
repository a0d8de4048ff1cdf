"""Folders of billing files are the tables that Athena would make of them."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from finops_repl.base.errors import InputError
from finops_repl.trino import bill_folders
from finops_repl.trino.bill_folders import source_tables, table_name
from finops_repl.trino.files import files_room

HEADER = "line_item_usage_start_date,line_item_unblended_cost,resource_tags"


def month(path: Path, cost: str, extra: str = "") -> None:
    """One line of CUR 2.0; `extra` is one more column."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f"{HEADER}{',' + extra if extra else ''}\n"
    text += f'2026-08-01T00:00:00Z,{cost},"{{""user_team"":""web""}}"{",x" if extra else ""}\n'
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def test_an_export_in_hive_style_is_one_table_with_its_months(tmp_path: Path) -> None:
    data = tmp_path / "my-export" / "data"
    month(data / "BILLING_PERIOD=2026-08" / "my-export-00001.csv.gz", "1.5")
    month(data / "BILLING_PERIOD=2026-09" / "my-export-00001.csv.gz", "2.25", "new_column")
    month(data / "BILLING_PERIOD=2026-09" / "my-export-00002.csv.gz", "0.25", "new_column")
    (tmp_path / "my-export" / "metadata").mkdir()
    (tmp_path / "my-export" / "metadata" / "manifest.json").write_text("{}")
    room = files_room([tmp_path])
    assert room.query("SHOW TABLES").rows == (("my_export",),)
    table = room.catalog.tables["my_export"]
    assert table.partition_keys == ("billing_period",)
    assert table.names[-1] == "billing_period"
    sql = (
        "SELECT billing_period, count(*), sum(line_item_unblended_cost), max(new_column)"
        " FROM my_export GROUP BY 1 ORDER BY 1"
    )
    assert room.query(sql).rows == (
        ("2026-08", 1, Decimal("1.5"), None),
        ("2026-09", 2, Decimal("2.5"), "x"),
    )


def test_year_and_month_are_strings_as_in_a_legacy_report(tmp_path: Path) -> None:
    for number, cost in (("9", 1), ("10", 2)):
        path = tmp_path / "report" / "year=2026" / f"month={number}" / "cur.snappy.parquet"
        path.parent.mkdir(parents=True)
        with duckdb.connect() as store:
            store.execute(
                f"COPY (SELECT {cost}::DOUBLE AS line_item_unblended_cost, 'x' AS"
                f" resource_tags_user_team) TO '{path}'"
            )
    room = files_room([tmp_path / "report"])
    assert room.catalog.tables["report"].partition_keys == ("year", "month")
    sql = "SELECT sum(line_item_unblended_cost) FROM report WHERE year = '2026' AND month = '9'"
    assert room.query(sql).rows == ((Decimal(1),),)


def test_months_of_one_bill_side_by_side_are_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "bills 2026"
    month(folder / "august.csv", "1")
    month(folder / "september.csv.gz", "2", "later_column")
    (folder / "notes.csv").write_text("a\n1\n")
    room = files_room([folder])
    assert room.query("SHOW TABLES").rows == (("bills_2026",), ("notes",))
    sql = "SELECT sum(line_item_unblended_cost), count(later_column) FROM bills_2026"
    assert room.query(sql).rows == ((Decimal(3), 1),)


def test_csv_and_parquet_of_one_bill_are_not_added_up(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        month(tmp_path / name, "1")
    for name in ("a.parquet", "b.parquet"):
        with duckdb.connect() as store:
            store.execute(
                "COPY (SELECT 1::DOUBLE AS line_item_unblended_cost, MAP {} AS resource_tags)"
                f" TO '{tmp_path / name}'"
            )
    names = sorted(source_tables([tmp_path]))
    assert names == [f"{table_name(tmp_path)}_csv", f"{table_name(tmp_path)}_parquet"]


def test_a_month_in_two_versions_is_refused(tmp_path: Path) -> None:
    period = tmp_path / "report" / "20260901-20261001"
    month(period / "11111111-aaaa" / "report-1.csv.gz", "1")
    assert list(source_tables([tmp_path])) == ["report"]
    month(period / "22222222-bbbb" / "report-1.csv.gz", "1")
    with pytest.raises(InputError, match="2 versions of the same month"):
        source_tables([tmp_path])


def test_loose_files_beside_months_are_refused(tmp_path: Path) -> None:
    month(tmp_path / "x" / "billing_period=2026-08" / "a.csv", "1")
    month(tmp_path / "x" / "billing_period=2026-09" / "deeper=1" / "a.csv", "1")
    with pytest.raises(InputError, match="counted twice"):
        source_tables([tmp_path])


def test_missing_file_and_two_files_of_one_name_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        source_tables([tmp_path / "nope.csv"])
    for name in ("a.csv", "a.parquet"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match="would both be table a"):
        source_tables([tmp_path])


@pytest.mark.parametrize(
    ("file", "table"),
    [("focus_sample.csv", "focus_sample"), ("my bill.CSV.GZ", "my_bill"), ("2024.csv", "_2024")],
)
def test_table_is_named_by_its_file(file: str, table: str) -> None:
    assert table_name(Path(file)) == table


def test_a_folder_of_very_many_files_is_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bill_folders, "MOST_PATHS", 3)
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("x\n1\n")
    assert len(source_tables([tmp_path])) == 3
    (tmp_path / "d.txt").touch()
    with pytest.raises(InputError, match="more than 3 files") as caught:
        source_tables([tmp_path])
    assert "the export itself" in caught.value.hint
