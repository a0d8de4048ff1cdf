"""The small account behind a gateway, opened once for the room's tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from finops_repl.billing.athena import AthenaBill
from finops_repl.trino.room import Limits, SqlRoom
from tests.billing.small_account import TABLE, SmallAccount, small_account
from tests.trino.small_bill import CATALOG, make_small_bill

if TYPE_CHECKING:
    import boto3

Opened = tuple[SmallAccount, "boto3.Session"]


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlRoom]:
    folder = tmp_path_factory.mktemp("account")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        room = SqlRoom.over_database(
            make_small_bill(folder / "bill.duckdb"), CATALOG, limits=Limits(memory="300MB")
        )
        yield room
        room.close()


@pytest.fixture(scope="session")
def opened(room: SqlRoom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with small_account(room, tmp_path_factory.mktemp("audit")) as made:
        yield made


@pytest.fixture
def bill(opened: Opened) -> AthenaBill:
    return AthenaBill(lambda: opened[1], [TABLE], poll_s=0.01)
