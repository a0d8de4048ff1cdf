"""Maps group, and are told apart, by what they hold and not by the order in which they hold it."""

from __future__ import annotations

import pytest

from finops_repl.trino.room import SqlRoom

AB, BA, OTHER = (
    f"MAP(ARRAY[{keys}], ARRAY[{values}])"
    for keys, values in (("'a', 'b'", "1, 2"), ("'b', 'a'", "2, 1"), ("'a', 'b'", "1, 3"))
)
MAPS = f"(VALUES ({AB}, 1), ({BA}, 2), ({OTHER}, 4), (NULL, 8)) AS v (m, n)"
EQUAL, UNEQUAL = {"a": 1, "b": 2}, {"a": 1, "b": 3}

Rows = list[tuple[object, ...]]
QUERIES: list[tuple[str, Rows]] = [
    (
        f"SELECT m, count(*), sum(n) FROM {MAPS} GROUP BY m ORDER BY 3",
        [(EQUAL, 2, 3), (UNEQUAL, 1, 4), (None, 1, 8)],
    ),
    (
        f"SELECT m['b'], cardinality(m) FROM {MAPS} GROUP BY v.m HAVING element_at(m, 'a') = 1"
        " ORDER BY m['b']",
        [(2, 2), (3, 2)],
    ),
    (f"SELECT * FROM (SELECT m FROM {MAPS} WHERE n < 4) GROUP BY 1", [(EQUAL,)]),
    (f"SELECT ARRAY[m], sum(n) FROM {MAPS} WHERE n < 4 GROUP BY 1", [([EQUAL], 3)]),
    (
        f"SELECT count(*) FROM {MAPS} WHERE n < 4 GROUP BY ROW(m, 1)",
        [(2,)],
    ),
    (
        f"SELECT (SELECT sum(x) FROM (VALUES 2, 5) AS u (x) WHERE x = v.m['b']), sum(n) FROM {MAPS}"
        " WHERE n < 4 GROUP BY m",
        [(2, 3)],
    ),
    (
        f"SELECT m, grouping(m), sum(n) FROM {MAPS} WHERE n < 4 GROUP BY ROLLUP (m) ORDER BY 2",
        [(EQUAL, 0, 3), (None, 1, 3)],
    ),
    (f"SELECT DISTINCT m, n > 2 FROM {MAPS} WHERE n < 4", [(EQUAL, False)]),
    (f"SELECT count(DISTINCT m), approx_distinct(m) FROM {MAPS}", [(2, 2)]),
    (
        f"SELECT n, count(*) OVER (PARTITION BY m) FROM {MAPS} ORDER BY n",
        [(1, 2), (2, 2), (4, 1), (8, 1)],
    ),
    (
        f"SELECT m FROM (VALUES {AB}) AS v (m) UNION SELECT m FROM (VALUES {BA}) AS w (m)",
        [(EQUAL,)],
    ),
    (f"SELECT m FROM (VALUES {AB}) AS v (m) EXCEPT SELECT m FROM (VALUES {BA}) AS w (m)", []),
    (
        "SELECT resource_tags, count(*) FROM cur2 WHERE cardinality(resource_tags) = 1"
        " GROUP BY resource_tags ORDER BY 2",
        [({"user_team": "web"}, 1), ({"user_team": "data"}, 2)],
    ),
]


@pytest.mark.parametrize(("sql", "rows"), QUERIES)
def test_equal_maps_are_one_key(room: SqlRoom, sql: str, rows: Rows) -> None:
    assert [tuple(row) for row in room.query(sql).rows] == rows
