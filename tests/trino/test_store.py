"""Our own door to the database."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from finops_repl.base.errors import DamagedFile
from finops_repl.trino.room import SqlRoom
from finops_repl.trino.store import connect
from tests.trino.small_bill import CATALOG


def test_file_can_be_read_by_us_and_by_a_room_at_once(bill_file: Path) -> None:
    store = connect(bill_file, read_only=True)
    room = SqlRoom.over_database(bill_file, CATALOG)
    again = connect(bill_file, read_only=True)
    for reader in (store, again):
        assert reader.execute("SELECT count(*) FROM fact").fetchone() == (6,)
    assert room.query("SELECT count(*) FROM cur2").rows == ((6,),)
    for opened in (store, again, room):
        opened.close()


def test_store_opened_for_reading_cannot_be_written(bill_file: Path) -> None:
    store = connect(bill_file, read_only=True)
    with pytest.raises(duckdb.Error):
        store.execute("DELETE FROM fact")
    store.close()


def test_file_that_is_no_database_is_named_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(DamagedFile, match=r"ledger\.duckdb"):
        connect(path, read_only=True)
    with pytest.raises(DamagedFile, match=r"ledger\.duckdb"):
        SqlRoom.over_database(path, CATALOG)
    assert path.read_bytes() == b"no database at all" * 1000
