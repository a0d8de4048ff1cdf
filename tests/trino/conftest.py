"""A locked room over the small bill, made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from finops_repl.trino.room import Limits, SqlRoom
from tests.trino.small_bill import CATALOG, make_small_bill

NOW = datetime(2026, 1, 31, 12, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def bill_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_bill(tmp_path_factory.mktemp("bill") / "bill.duckdb")


@pytest.fixture(scope="session")
def room(bill_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlRoom]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("rooms")))
        made = SqlRoom.over_database(
            bill_file, CATALOG, limits=Limits(memory="300MB", temporary="50MB"), now=lambda: NOW
        )
    yield made
    made.close()
