"""Files become tables without losing a digit, a leading zero or the meaning of NULL."""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from finops_repl.base.errors import InputError
from finops_repl.trino.files import files_room
from finops_repl.trino.room import SqlRoom

FOCUS = Path(__file__).parents[1] / "billing" / "data" / "focus_rows.csv"
TOTALS = (
    ("AWS", 3, Decimal("10.84567970123")),
    ("Microsoft", 2, Decimal(1)),
    ("Oracle", 1, Decimal("0.0000001")),
)
BY_PROVIDER = (
    "SELECT ProviderName, count(*), sum(BilledCost) FROM {} GROUP BY ProviderName ORDER BY 1"
)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "focus_parquet.parquet"
    with duckdb.connect() as store:
        store.execute(
            f"COPY (SELECT * REPLACE (CAST(BilledCost AS DECIMAL(38,14)) AS BilledCost,"
            f" CAST(ChargePeriodStart AS TIMESTAMPTZ) AS ChargePeriodStart)"
            f" FROM read_csv('{FOCUS}', all_varchar = true, nullstr = 'NULL')) TO '{path}'"
        )
    return path


def test_sums_are_exact_to_every_digit() -> None:
    assert files_room([FOCUS]).query(BY_PROVIDER.format("focus_rows")).rows == TOTALS


def test_compressed_and_parquet_files_give_the_same_sums(tmp_path: Path, parquet: Path) -> None:
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(FOCUS.read_bytes()))
    room = files_room([packed, parquet])
    assert room.query(BY_PROVIDER.format("packed")).rows == TOTALS
    assert room.query(BY_PROVIDER.format("focus_parquet")).rows == TOTALS


def test_account_ids_keep_their_digits_and_null_is_null() -> None:
    room = files_room([FOCUS])
    rows = room.query(
        "SELECT DISTINCT BillingAccountId, SubAccountId FROM focus_rows ORDER BY 1, 2"
    ).rows
    assert rows[0] == ("0000000000042", "0000000000043")
    assert {len(str(cell)) for row in rows for cell in row} == {13}
    empty = "SELECT count(*) FROM focus_rows WHERE AvailabilityZone IS NULL AND Tags IS NULL"
    assert room.query(empty).rows == ((3,),)


def test_periods_are_timestamps_and_tags_are_json() -> None:
    room = files_room([FOCUS])
    sql = (
        "SELECT min(ChargePeriodStart), max(date_diff('hour', ChargePeriodStart, ChargePeriodEnd)),"
        " count_if(json_extract_scalar(Tags, '$.environment') = 'prod') FROM focus_rows"
    )
    assert room.query(sql).rows == ((datetime.fromisoformat("2024-09-01 00:00"), 24, 2),)


def test_each_row_says_which_file_it_was_read_from(tmp_path: Path) -> None:
    paths = []
    for month, file, rows in (("2026-01", "a", 1), ("2026-01", "b", 2), ("2026-02", "a", 3)):
        path = tmp_path / "my bill" / f"billing_period={month}" / f"{file}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("BilledCost,ServiceName\n" + "1.5,a\n" * rows)
        paths.append((f"file://{path}", rows))
    room = files_room([tmp_path / "my bill"])
    counted = 'SELECT "$path", count(*) FROM my_bill GROUP BY 1 ORDER BY 1'
    assert list(room.query(counted).rows) == paths
    names = [column.name for column in room.query("SELECT * FROM my_bill").columns]
    assert names == ["BilledCost", "ServiceName", "billing_period"]


def test_folder_stands_for_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b-2024.csv").write_text("x\n2\n")
    (tmp_path / "notes.txt").write_text("no table")
    room = files_room([tmp_path])
    assert room.query("SHOW TABLES").rows == (("a",), ("b_2024",))
    assert room.query("SELECT x FROM b_2024").rows == (("2",),)


def test_column_that_is_not_what_its_name_says_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("BilledCost,ChargePeriodStart\n1.5,2024-01-01\nfree,soon\n")
    assert [column.type for column in files_room([path]).query("SELECT * FROM odd").columns] == [
        "varchar",
        "varchar",
    ]


def test_cur_columns_have_aws_s_types(tmp_path: Path) -> None:
    path = tmp_path / "cur.csv"
    path.write_text(
        "line_item_usage_start_date,line_item_unblended_cost,resource_tags,pricing_term,"
        "lineItem/UnblendedCost,reservation_total_reserved_units,savings_plan_start_time\n"
        '2025-01-01T00:00:00Z,0.0000000001,"{""user_team"":""web""}",OnDemand,2,3,4\n'
    )
    room = files_room([path])
    assert [column.type for column in room.query("SELECT * FROM cur").columns] == [
        "timestamp(3)",
        "double",
        "map(varchar, varchar)",
        "varchar",
        "double",
        "varchar",
        "varchar",
    ]
    sql = (
        "SELECT line_item_usage_start_date, resource_tags['user_team'], line_item_unblended_cost,"
        ' sum("lineItem/UnblendedCost") FROM cur GROUP BY 1, 2, 3'
    )
    assert room.query(sql).rows == (
        (datetime.fromisoformat("2025-01-01 00:00"), "web", Decimal("0.0000000001"), Decimal(2)),
    )


def test_nothing_is_read_once_the_room_is_locked(tmp_path: Path) -> None:
    room = files_room([FOCUS])
    with pytest.raises(duckdb.Error):
        room._store.execute(f"SELECT * FROM read_csv('{FOCUS}')")
    with pytest.raises(InputError):
        room.query(f'SELECT * FROM "{FOCUS}"')


@pytest.mark.parametrize(
    ("name", "content"),
    [("broken.parquet", b"PAR1 no parquet"), ("broken.csv.gz", b"no gzip"), ("empty.csv", b"")],
)
def test_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=name):
        files_room([path])


def test_room_over_files_is_a_locked_room() -> None:
    assert isinstance(files_room([FOCUS]), SqlRoom)


def test_money_of_a_parquet_file_is_summed_exactly_whatever_its_type(tmp_path: Path) -> None:
    doubles, texts = tmp_path / "doubles.parquet", tmp_path / "texts.parquet"
    with duckdb.connect() as store:
        rows = "(VALUES (0.1, '2024-01-01'), (0.2, 'NULL'), (1e-7, NULL)) t (a, b)"
        store.execute(
            "COPY (SELECT a::DOUBLE AS BilledCost, b AS ChargePeriodStart, a::DOUBLE AS other"
            f" FROM {rows}) TO '{doubles}'"
        )
        store.execute(
            f"COPY (SELECT a::DOUBLE::VARCHAR AS BilledCost, b AS ChargePeriodStart FROM {rows})"
            f" TO '{texts}'"
        )
    room = files_room([doubles, texts])
    for name in ("doubles", "texts"):
        sql = f"SELECT sum(BilledCost), max(ChargePeriodStart) FROM {name}"
        found = room.query(sql)
        assert found.rows == ((Decimal("0.3000001"), datetime.fromisoformat("2024-01-01 00:00")),)
        assert [column.type for column in found.columns] == ["double", "timestamp(3)"]
    assert room.query("SELECT other FROM doubles WHERE other = 0.1E0").rows == ((Decimal("0.1"),),)
