"""Dates and moments that a statement has as texts are read once, while it is translated."""

from __future__ import annotations

import pytest

from finops_repl.trino.room import SqlRoom


@pytest.mark.parametrize(
    ("written", "held"),
    [
        ("DATE '2026-9-21'", "DATE '2026-09-21'"),
        ("CAST(' 2026-09-21' AS date)", "DATE '2026-09-21'"),
        ("TIMESTAMP '2026-09-21 10:00'", "TIMESTAMP '2026-09-21 10:00:00'"),
        ("CAST('2026-09-21 10:00:00.9996' AS timestamp)", "TIMESTAMP '2026-09-21 10:00:01'"),
        ("TIMESTAMP '2026-09-21 10:00:00 UTC'", "TIMESTAMP '2026-09-21 10:00:00'"),
    ],
)
def test_literal_is_no_work_for_each_row(room: SqlRoom, written: str, held: str) -> None:
    assert room.translate(f"SELECT {written}").sql == f"SELECT {held} AS c0"


def test_a_cast_that_fails_does_so_only_once_a_row_reaches_it(room: SqlRoom) -> None:
    found = room.query("SELECT CAST('2026-02-30' AS date) FROM numbers WHERE n < 0")
    assert found.rows == ()
