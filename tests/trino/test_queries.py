"""Whole statements on the small bill: joins, groups, windows, WITH, tags, and names of columns."""

from __future__ import annotations

import pytest

from finops_repl.trino.check import parse_query
from finops_repl.trino.room import SqlRoom

QUERIES: list[tuple[str, list[tuple[object, ...]]]] = [
    (
        "SELECT line_item_product_code, count(*) FROM cur2 GROUP BY 1 ORDER BY 2 DESC, 1",
        [("AmazonEC2", 4), ("AmazonS3", 1), (None, 1)],
    ),
    (
        "SELECT billing_period AS month, count(*) AS lines FROM awsdatacatalog.billing.cur2"
        " GROUP BY billing_period ORDER BY month DESC",
        [("2025-02", 3), ("2025-01", 3)],
    ),
    (
        'SELECT "cur2"."billing_period" FROM "billing"."cur2" WHERE rows_behind = 3',
        [("2025-02",)],
    ),
    (
        "WITH a AS (SELECT line_item_usage_account_id AS id, count(*) AS c FROM cur2 GROUP BY 1),"
        " b (top) AS (SELECT max(c) FROM a) SELECT id FROM a CROSS JOIN b WHERE c = top",
        [("222222222222",)],
    ),
    (
        "SELECT k, count(*) FROM cur2 CROSS JOIN UNNEST(resource_tags) AS t (k, v)"
        " GROUP BY k ORDER BY k",
        [("user_env", 1), ("user_team", 4)],
    ),
    (
        "SELECT count(*) FROM cur2 LEFT JOIN UNNEST(resource_tags) AS t (k, v) ON TRUE",
        [(7,)],
    ),
    (
        "SELECT x, place FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t (x, place) ORDER BY 2",
        [("a", 1), ("b", 2)],
    ),
    ("SELECT a, b FROM UNNEST(ARRAY[1, 2], ARRAY[3]) AS t (a, b) ORDER BY 1", [(1, 3), (2, None)]),
    (
        "SELECT element_at(resource_tags, 'user_team') AS team, count(*) FROM cur2"
        " GROUP BY element_at(resource_tags, 'user_team') ORDER BY team NULLS FIRST",
        [(None, 2), ("data", 2), ("web", 2)],
    ),
    (
        "SELECT n FROM numbers WHERE n IN (SELECT rows_behind FROM cur2) ORDER BY n",
        [(1,), (2,), (3,)],
    ),
    (
        "SELECT n FROM numbers x WHERE EXISTS (SELECT 1 FROM cur2 WHERE rows_behind = x.n + 1)"
        " ORDER BY n",
        [(0,), (1,), (2,)],
    ),
    ("SELECT n FROM numbers ORDER BY n DESC OFFSET 1 LIMIT 2", [(99998,), (99997,)]),
    ("SELECT n FROM numbers ORDER BY n FETCH FIRST 2 ROWS ONLY", [(0,), (1,)]),
    ("SELECT 1 UNION ALL SELECT 2 UNION SELECT 2 ORDER BY 1", [(1,), (2,)]),
    ("SELECT 1 UNION SELECT 2 INTERSECT SELECT 2 ORDER BY 1", [(1,), (2,)]),
    ("SELECT 1 EXCEPT SELECT 1", []),
    ("VALUES (1, 'a'), (2, 'b')", [(1, "a"), (2, "b")]),
    ("SELECT x + 1 FROM (VALUES ROW(1), ROW(2)) AS t (x) ORDER BY 1", [(2,), (3,)]),
    (
        "SELECT line_item_usage_account_id, rank() OVER (ORDER BY count(*) DESC) FROM cur2"
        " GROUP BY 1 ORDER BY 2",
        [("222222222222", 1), ("111111111111", 2)],
    ),
    (
        "SELECT n, lag(n, 1, -1) OVER (ORDER BY n), sum(n) OVER (ORDER BY n ROWS BETWEEN"
        " 1 PRECEDING AND CURRENT ROW) FROM numbers WHERE n < 3 ORDER BY n",
        [(0, -1, 0), (1, 0, 1), (2, 1, 3)],
    ),
    (
        "SELECT last_value(x) IGNORE NULLS OVER (ORDER BY o ROWS BETWEEN UNBOUNDED PRECEDING AND"
        " CURRENT ROW) FROM (VALUES (1, 5), (2, NULL)) AS t (o, x) ORDER BY o",
        [(5,), (5,)],
    ),
    (
        "SELECT billing_period, count(*) FROM cur2 GROUP BY ROLLUP (billing_period) ORDER BY 1",
        [("2025-01", 3), ("2025-02", 3), (None, 6)],
    ),
    (
        "SELECT grouping(billing_period), count(*) FROM cur2"
        " GROUP BY GROUPING SETS ((billing_period), ()) ORDER BY 1, 2",
        [(0, 3), (0, 3), (1, 6)],
    ),
    (
        "SELECT count(DISTINCT line_item_product_code), count(line_item_product_code),"
        " count_if(rows_behind > 1), count(*) FILTER (WHERE rows_behind = 3) FROM cur2",
        [(2, 5, 2, 1)],
    ),
    (
        "SELECT array_agg(DISTINCT line_item_product_code ORDER BY line_item_product_code)"
        " FROM cur2 WHERE line_item_product_code IS NOT NULL",
        [(["AmazonEC2", "AmazonS3"],)],
    ),
    (
        "SELECT listagg(DISTINCT billing_period, ', ') WITHIN GROUP (ORDER BY billing_period)"
        " FROM cur2",
        [("2025-01, 2025-02",)],
    ),
    (
        "SELECT max_by(x, y), min_by(x, y) FROM (VALUES (NULL, 2), ('a', 1)) AS t (x, y)",
        [(None, "a")],
    ),
    ("SELECT map_agg(x, y) FROM (VALUES ('a', 1), ('b', 2)) AS t (x, y)", [({"a": 1, "b": 2},)]),
    (
        "SELECT map_filter(map_agg(x, y), (k, v) -> v > 1) FROM (VALUES ('a', 1), ('b', 2))"
        " AS t (x, y)",
        [({"b": 2},)],
    ),
    (
        "SELECT approx_distinct(n), approx_percentile(n, 0.5) FROM numbers WHERE n < 101",
        [(101, 50)],
    ),
    (
        "SELECT bool_and(n >= 0), bool_or(n > 99999), arbitrary(word) FROM numbers WHERE n = 7",
        [(True, False, "w7")],
    ),
    ("SELECT n, b.word FROM numbers a JOIN numbers b USING (n) WHERE n = 3", [(3, "w3")]),
    ("SELECT n FROM numbers a FULL JOIN (VALUES 7) AS v (n) USING (n) WHERE n = 7", [(7,)]),
    ("SELECT 5 AS n, count(*) FROM numbers GROUP BY 1", [(5, 100000)]),
    ("SELECT 'x' AS kind FROM numbers GROUP BY 'x'", [("x",)]),
    ("SELECT -n AS n FROM numbers WHERE n < 3 ORDER BY n", [(-2,), (-1,), (0,)]),
    ("TABLE numbers LIMIT 0", []),
    # The example of WITH RECURSIVE in Trino's documentation; ten steps are the most.
    (
        "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 4)"
        " SELECT sum(n) FROM t",
        [(10,)],
    ),
    (
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 11)"
        " SELECT max(n), count(*) FROM t",
        [(11, 11)],
    ),
    (
        "WITH RECURSIVE top (n) AS (SELECT 3), days (day, left_) AS (SELECT DATE '2025-01-01', n"
        " FROM top UNION ALL SELECT day + INTERVAL '1' DAY, left_ - 1 FROM days WHERE left_ > 1)"
        " SELECT CAST(day AS varchar), count(rows_behind) FROM days LEFT JOIN cur2"
        " ON CAST(line_item_usage_start_date AS date) = day GROUP BY 1 ORDER BY 1",
        [("2025-01-01", 1), ("2025-01-02", 1), ("2025-01-03", 0)],
    ),
    (
        "SELECT rows_behind FROM cur2 ORDER BY rows_behind FETCH FIRST 1 ROW WITH TIES",
        [(1,), (1,), (1,), (1,)],
    ),
    (
        "SELECT rows_behind FROM cur2 ORDER BY rows_behind OFFSET 3 FETCH NEXT 2 ROWS WITH TIES",
        [(1,), (2,)],
    ),
    (
        "SELECT count(*), max(code) FROM (SELECT line_item_product_code AS code FROM cur2"
        " ORDER BY rows_behind DESC FETCH FIRST 3 ROWS WITH TIES) AS most",
        [(6, "AmazonS3")],
    ),
    (
        "SELECT billing_period, count(*) AS c FROM cur2 GROUP BY 1 ORDER BY c DESC"
        " FETCH FIRST ROW WITH TIES",
        [("2025-01", 3), ("2025-02", 3)],
    ),
    ("SELECT DISTINCT n % 3 FROM numbers ORDER BY 1 FETCH FIRST 2 ROWS WITH TIES", [(0,), (1,)]),
    ("SELECT 1 UNION ALL SELECT 1 ORDER BY 1 FETCH FIRST ROW WITH TIES", [(1,), (1,)]),
    (
        'SELECT "$path", count(*) FROM cur2 GROUP BY "$path" ORDER BY 1',
        [
            ("s3://exports/BILLING_PERIOD=2025-01/bill.parquet", 3),
            ("s3://exports/BILLING_PERIOD=2025-02/bill.parquet", 3),
        ],
    ),
    ("SELECT count(*) FROM cur2 AS x WHERE x.\"$path\" LIKE '%=2025-02/%'", [(3,)]),
    # Athena writes a view down with the names of its functions in quotes, its joins in parentheses.
    (
        'SELECT "date_format"("line_item_usage_start_date", \'%Y-%m\') "m", "count"(*) "n",'
        ' "sum"("count"(*)) OVER () "all", "if"(("count"(*) > 9), 1, 2), "if"(false, 1) FROM "cur2"'
        " GROUP BY 1 ORDER BY 1 LIMIT 1",
        [("2025-01", 3, 6, 2, None)],
    ),
    ("SELECT * FROM (VALUES \"row\"(1, 'a'), ROW(2, 'b')) AS t (n, s)", [(1, "a"), (2, "b")]),
    ("SELECT * FROM ((SELECT 1 AS a) x CROSS JOIN (SELECT 2 AS b) y)", [(1, 2)]),
    ("SELECT * FROM ((SELECT 1 AS a) CROSS JOIN (SELECT 2 AS b)) t", [(1, 2)]),
    ("SELECT t.d FROM ((SELECT 1 AS a) x CROSS JOIN (SELECT 2 AS b) y) AS t (c, d)", [(2,)]),
    ("SELECT x.a FROM ((SELECT 1 AS a) x)", [(1,)]),
    ("SELECT n, t.v FROM (numbers JOIN ((VALUES (3, 'c')) t (k, v)) ON n = t.k)", [(3, "c")]),
    (
        "SELECT x.a, y.b, z.c FROM (SELECT 1 AS a) x LEFT JOIN ((SELECT 2 AS b) y CROSS JOIN"
        " (SELECT 3 AS c) z) ON x.a = y.b",
        [(1, None, None)],
    ),
    (
        "SELECT x.a, y.b, z.c FROM (SELECT 1 AS a) x CROSS JOIN ((SELECT 2 AS b) y RIGHT JOIN"
        " (SELECT 3 AS c) z ON y.b = z.c)",
        [(1, None, 3)],
    ),
    (
        "SELECT * FROM (SELECT 1 AS a) x JOIN (SELECT 2 AS b) y JOIN (SELECT 3 AS c) z ON true"
        " ON true",
        [(1, 2, 3)],
    ),
    (
        "SELECT e FROM (SELECT 2 AS n) t CROSS JOIN (UNNEST(ARRAY[n, 3]) AS u (e)) ORDER BY e",
        [(2,), (3,)],
    ),
    ("SELECT count(*) FROM ((cur2))", [(6,)]),
    ('SELECT * FROM "cur2$partitions" ORDER BY 1', [("2025-01",), ("2025-02",)]),
    (
        "SELECT count(*) FROM billing.\"cur2$partitions\" p WHERE p.billing_period > '2025-01'",
        [(1,)],
    ),
    (
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_name LIKE 'c%'",
        [("billing", "cur2")],
    ),
    (
        "SELECT column_name, ordinal_position, data_type, extra_info FROM"
        ' "awsdatacatalog"."information_schema"."columns" WHERE table_schema = \'billing\' AND'
        " ordinal_position > 9 ORDER BY ordinal_position",
        [
            ("resource_tags", 10, "map(varchar, varchar)", None),
            ("rows_behind", 11, "integer", None),
            ("billing_period", 12, "varchar", "partition key"),
        ],
    ),
    (
        "SELECT schema_name FROM information_schema.schemata s ORDER BY 1",
        [("billing",), ("information_schema",)],
    ),
]


@pytest.mark.parametrize(("sql", "rows"), QUERIES)
def test_query_answers(room: SqlRoom, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert list(room.query(sql).rows) == rows


@pytest.mark.parametrize("method", ["BERNOULLI", "SYSTEM"])
def test_a_sample_is_about_as_large_as_its_percentage(room: SqlRoom, method: str) -> None:
    def rows(percent: str, source: str = "numbers") -> int:
        sql = f"SELECT count(*), count(DISTINCT n) FROM {source} TABLESAMPLE {method} ({percent})"
        ((count, distinct),) = room.query(sql).rows
        assert count == distinct
        return int(str(count))

    assert rows("0") == 0
    assert rows("100") == 100_000
    assert rows("100", "(SELECT n FROM numbers WHERE n < 7) AS few") == 7
    # Segments are of 2,048 rows: half of 49 lie within 1 and 48 but once in 10^14 times.
    assert 2_048 <= rows("50") <= 97_952
    if method == "BERNOULLI":
        assert 49_000 < rows("50.0") < 51_000  # six standard deviations to each side


def test_each_table_of_a_join_has_a_sample_of_its_own(room: SqlRoom) -> None:
    sql = (
        "SELECT count(*) FROM numbers AS a TABLESAMPLE BERNOULLI ({}) JOIN numbers AS b"
        " TABLESAMPLE BERNOULLI ({}) ON a.n = b.n"
    )
    assert room.query(sql.format(100, 0)).rows == ((0,),)
    assert room.query(sql.format(100, 100)).rows == ((100_000,),)


def test_columns_have_the_names_and_types_that_trino_gives(room: SqlRoom) -> None:
    table = room.query(
        'SELECT n, n + 1, amount AS "Amount in $", avg(n) OVER (), count(*) OVER () c,'
        " CAST(NULL AS date), 'x' FROM numbers LIMIT 0"
    )
    assert [(column.name, column.type) for column in table.columns] == [
        ("n", "bigint"),
        ("_col1", "bigint"),
        ("Amount in $", "decimal(18,10)"),
        ("_col3", "double"),
        ("c", "bigint"),
        ("_col5", "date"),
        ("_col6", "varchar"),
    ]


@pytest.mark.parametrize("sql", [sql for sql, _ in QUERIES])
def test_a_statement_is_translated_without_a_change_of_its_tree(room: SqlRoom, sql: str) -> None:
    tree = parse_query(sql)
    before = [(id(node), id(node.parent)) for node in tree.walk()]
    room.translate(sql)
    assert [(id(node), id(node.parent)) for node in tree.walk()] == before


def test_star_gives_every_column_of_the_catalog_in_its_order(room: SqlRoom) -> None:
    assert room.query("SELECT * FROM cur2").names == room.catalog.tables["cur2"].names


def test_tables_and_columns_can_be_asked_for(room: SqlRoom) -> None:
    assert room.query("SHOW TABLES").rows == (("cur2",), ("numbers",))
    assert room.query("SHOW TABLES IN billing").rows == (("cur2",), ("numbers",))
    assert room.query("SHOW TABLES IN billing 'CUR*|x'").rows == (("cur2",),)
    assert room.query("DESCRIBE billing.numbers").rows[0] == ("n", "bigint", "")
    partitions = room.query("SHOW PARTITIONS cur2")
    assert partitions.rows == (("billing_period=2025-01",), ("billing_period=2025-02",))
    assert room.query("SHOW DATABASES").rows == (("billing",),)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("cur2", ["cur2"]),
        ("cur", []),
        ("C*2", ["cur2"]),
        ("*um*b*", ["numbers"]),
        ("cur22|c*r*r2|*c*c*", []),
        ("n*|cur*2", ["cur2", "numbers"]),
        ("....", []),
        ("*" * 20_000 + "x", []),
        ("*" * 20_000, ["cur2", "numbers"]),
    ],
    ids=lambda value: str(value)[:20],
)
def test_tables_are_found_by_a_pattern_of_any_length(
    room: SqlRoom, pattern: str, names: list[str]
) -> None:
    found = room.query(f"SHOW TABLES LIKE '{pattern}'").rows
    assert [name for (name,) in found] == names


def test_rows_beyond_the_cap_are_cut_and_the_table_says_so(room: SqlRoom) -> None:
    table = room.query("SELECT n FROM numbers", max_rows=10)
    assert (len(table.rows), table.truncated) == (10, True)
    assert not room.query("SELECT n FROM numbers LIMIT 10", max_rows=10).truncated
