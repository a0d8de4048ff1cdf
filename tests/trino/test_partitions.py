"""Which months a statement reads at most is told before it runs, and never too few."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from finops_repl.base.table import Column
from finops_repl.trino.partitions import TableName, table_uses

BILL = TableName("awsdatacatalog", "cur", "cur2")
KEYS = (Column("billing_period", "string"),)
MONTHS = [(f"2026-{month:02}",) for month in range(1, 7)]
NOW = datetime(2026, 6, 5, tzinfo=UTC)
ALL = "123456"


def read(sql: str) -> list[tuple[int, str]]:
    """How often each use of the bill reads which of the six months."""
    return [
        (use.times, "".join(str(n + 1) for n in sorted(use.reads(KEYS, MONTHS, now=NOW))))
        for use in table_uses(sql, BILL, database="cur")
    ]


@pytest.mark.parametrize(
    ("where", "months"),
    [
        ("billing_period = '2026-02'", "2"),
        ("'2026-02' = billing_period", "2"),
        ("billing_period IN ('2026-01', '2026-03', '2031-01')", "13"),
        ("billing_period BETWEEN '2026-02' AND '2026-04'", "234"),
        ("billing_period LIKE '2026-0%'", ALL),
        ("billing_period LIKE '%-05'", "5"),
        ("billing_period >= '2026-05' AND line_item_product_code = 'AmazonEC2'", "56"),
        ("billing_period = '2026-02' OR billing_period = '2026-03'", "23"),
        ("(billing_period = '2026-02' AND a = 1) OR (billing_period = '2026-03' AND a = 2)", "23"),
        ("billing_period = '2026-02' OR line_item_product_code = 'AmazonEC2'", ALL),
        ("billing_period = '2026-02' OR 1 = 1", ALL),
        ("NOT (billing_period <> '2026-02')", "2"),
        ("NOT (billing_period <> '2026-02' OR a = 1)", "2"),
        ("NOT (billing_period = '2026-02' AND a = 1)", ALL),
        ("substr(billing_period, 6, 2) = '03'", "3"),
        ("date_parse(billing_period, '%Y-%m') >= date '2026-05-01'", "56"),
        ("billing_period = date_format(current_date - interval '1' month, '%Y-%m')", "5"),
        ("json_value(json_object('m' : billing_period), 'lax $.m') = '2026-04'", "4"),
        ("concat(billing_period, a) = '2026-01x'", ALL),
        ("no_such_function(billing_period) = '2026-01'", ALL),
        ("billing_period = a", ALL),
        ("billing_period = (SELECT max(billing_period) FROM other)", ALL),
        ("billing_period = '2026-02' AND random() < 0.5", "2"),
        ("random() < 0.0001", ALL),
        ("line_item_usage_start_date >= date '2026-05-01'", ALL),
        ("1 = 0", ""),
    ],
)
def test_a_condition_leaves_out_the_months_of_which_it_cannot_hold(where: str, months: str) -> None:
    assert read(f"SELECT sum(cost) FROM cur2 WHERE {where}") == [(1, months)]


@pytest.mark.parametrize(
    ("sql", "uses"),
    [
        ("SELECT * FROM cur2", [(1, ALL)]),
        ("TABLE cur2", [(1, ALL)]),
        ('SELECT * FROM "AwsDataCatalog"."CUR"."Cur2"', [(1, ALL)]),
        ("SELECT * FROM other WHERE billing_period = '2026-01'", []),
        ("SELECT * FROM elsewhere.cur2", []),
        ('SELECT * FROM "cur2$partitions"', []),
        ("SELECT 1", []),
        ("SHOW TABLES", []),
        ("DESCRIBE cur2", []),
        ("EXPLAIN SELECT * FROM cur2", []),
        ("SELECT * FROM cur2 AS c WHERE c.billing_period = '2026-01'", [(1, "1")]),
        ("SELECT * FROM cur2 c, other o WHERE o.billing_period = '2026-01'", [(1, ALL)]),
        (
            "SELECT * FROM cur2 c JOIN other cur2 ON true WHERE cur2.billing_period = 'x'",
            [(1, ALL)],
        ),
        ("SELECT * FROM (SELECT * FROM cur2) WHERE billing_period = '2026-01'", [(1, ALL)]),
        ("SELECT * FROM (SELECT * FROM cur2 WHERE billing_period = '2026-01')", [(1, "1")]),
        (
            "SELECT a FROM cur2 WHERE billing_period = '2026-01'"
            " UNION ALL SELECT a FROM cur2 WHERE billing_period > '2026-04'",
            [(1, "1"), (1, "56")],
        ),
        (
            "SELECT * FROM cur2 WHERE billing_period = '2026-01' AND a IN (SELECT a FROM cur2)",
            [(1, "1"), (1, ALL)],
        ),
        (
            "SELECT * FROM other o JOIN cur2 ON o.a = cur2.a AND cur2.billing_period = '2026-02'",
            [(1, "2")],
        ),
        # A row that an outer join makes up meets a condition without any month being left out.
        (
            "SELECT * FROM other LEFT JOIN cur2 ON true"
            " WHERE billing_period = '2026-01' OR billing_period IS NULL",
            [(1, ALL)],
        ),
        ("SELECT * FROM cur2 LEFT JOIN o ON true WHERE billing_period = '2026-01'", [(1, "1")]),
        ("SELECT * FROM cur2 LEFT JOIN o ON cur2.billing_period = '2026-01'", [(1, ALL)]),
        ("SELECT * FROM cur2 FULL JOIN o ON true WHERE billing_period = '2026-01'", [(1, ALL)]),
        ("SELECT count(*) FROM cur2 HAVING max(billing_period) = '2026-01'", [(1, ALL)]),
    ],
)
def test_each_place_that_names_the_bill_is_looked_at(sql: str, uses: list[tuple[int, str]]) -> None:
    assert sorted(read(sql)) == sorted(uses)


@pytest.mark.parametrize(
    ("sql", "uses"),
    [
        ("WITH m AS (SELECT * FROM cur2 WHERE billing_period = '2026-01') TABLE m", [(1, "1")]),
        ("WITH m AS (SELECT * FROM cur2) SELECT * FROM m WHERE billing_period = '1'", [(1, ALL)]),
        # Athena reads a WITH anew wherever it is named.
        ("WITH m AS (SELECT a FROM cur2) SELECT * FROM m x JOIN m y ON x.a = y.a", [(2, ALL)]),
        (
            "WITH m AS (TABLE cur2), n AS (SELECT 1 FROM m, m AS o) SELECT 1 FROM n, n AS p",
            [(4, ALL)],
        ),
        ("WITH cur2 AS (SELECT 1 AS a) SELECT * FROM cur2", []),
        # Within itself the name is still the table's.
        ("WITH cur2 AS (SELECT * FROM cur2) SELECT * FROM cur2", [(1, ALL)]),
        ("WITH m AS (TABLE cur2), cur2 AS (SELECT 1 AS a) SELECT * FROM m, cur2", [(1, ALL)]),
        ("WITH cur2 AS (SELECT 1 AS a) SELECT * FROM cur.cur2", [(1, ALL)]),
    ],
)
def test_a_with_hides_no_reading(sql: str, uses: list[tuple[int, str]]) -> None:
    assert read(sql) == uses


def test_a_chain_of_withs_that_multiplies_is_counted_at_once() -> None:
    links = [
        f"w{n} AS (SELECT 1 FROM w{n - 1} a, w{n - 1} b, w{n - 1} c, w{n - 1} d)"
        for n in range(1, 60)
    ]
    [use] = table_uses(
        f"WITH w0 AS (TABLE cur2), {', '.join(links)} TABLE w59", BILL, database="cur"
    )
    assert use.times == 10_000


def test_year_and_month_are_tried_together() -> None:
    keys = (Column("year", "string"), Column("month", "string"))
    months = [("2025", "12"), ("2026", "1"), ("2026", "01"), ("2026", "2")]
    wheres = {
        "year = '2026' AND month = '1'": {1},
        "year = '2026' AND month IN ('1', '01')": {1, 2},
        "year = '2026' AND CAST(month AS integer) = 1": {1, 2},
        "year || '-' || lpad(month, 2, '0') >= '2026-01'": {1, 2, 3},
        "year = 2026": {0, 1, 2, 3},  # Athena refuses it: a text is no number
    }
    for where, read_ in wheres.items():
        [use] = table_uses(f"SELECT 1 FROM cur2 WHERE {where}", BILL, database="cur")
        assert use.reads(keys, months) == read_, where
