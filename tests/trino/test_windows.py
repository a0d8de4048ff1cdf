"""A window may extend one that the WINDOW clause names."""

from __future__ import annotations

import pytest

from finops_repl.trino.room import SqlRoom

QUERIES: list[tuple[str, list[tuple[object, ...]]]] = [
    (
        "SELECT n, sum(n) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), sum(n) OVER w"
        " FROM numbers WHERE n < 4 WINDOW w AS (ORDER BY n) ORDER BY n",
        [(0, 0, 0), (1, 1, 1), (2, 3, 3), (3, 5, 6)],
    ),
    (
        "SELECT n, sum(n) OVER c, rank() OVER (b), lag(n) OVER (a ORDER BY n DESC)"
        " FROM numbers WHERE n < 4"
        " WINDOW a AS (PARTITION BY n % 2), b AS (a ORDER BY n), c AS (b ROWS 1 PRECEDING)"
        " ORDER BY n",
        [(0, 0, 1, 2), (1, 1, 1, 3), (2, 2, 2, None), (3, 4, 2, None)],
    ),
]


@pytest.mark.parametrize(("sql", "rows"), QUERIES)
def test_named_window_is_extended(room: SqlRoom, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert [tuple(row) for row in room.query(sql).rows] == rows
