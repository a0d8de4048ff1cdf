"""A cell holds what Athena's text of it means: a moment in UTC, a real's own digits."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from finops_repl.trino.room import SqlRoom


@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        ("timestamp '2020-01-02 10:11:12 +02:00'", datetime(2020, 1, 2, 8, 11, 12, tzinfo=UTC)),
        (
            "with_timezone(timestamp '2020-07-01 00:00', 'Europe/Berlin')",
            datetime(2020, 6, 30, 22, tzinfo=UTC),
        ),
        (
            "timestamp '2020-01-02 10:00 UTC' AT TIME ZONE 'Asia/Kolkata'",
            datetime(2020, 1, 2, 10, tzinfo=UTC),
        ),
        ("REAL '1.1'", Decimal("1.1")),
        ("REAL '-3.4028235E38'", Decimal("-340282350000000000000000000000000000000")),
        ("CAST('NaN' AS real)", Decimal("NaN")),
    ],
)
def test_cell_means_what_athena_writes(room: SqlRoom, expression: str, cell: object) -> None:
    [[value]] = room.query(f"SELECT {expression}").rows
    assert str(value) == str(cell)
