"""Money columns are doubles to SQL and exact underneath: sums have every digit, every time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from finops_repl.trino.room import SqlRoom


def value(room: SqlRoom, sql: str) -> object:
    return room.query(sql).rows[0][0]


def test_sum_of_costs_has_every_digit(room: SqlRoom) -> None:
    table = room.query("SELECT sum(line_item_unblended_cost) AS cost FROM cur2")
    assert table.columns[0].type == "double"
    assert table.rows == ((Decimal("110.6000000006"),),)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum(CASE WHEN rows_behind = 1 THEN line_item_unblended_cost ELSE 0 END)",
         "-1.8999999997"),
        ("sum(line_item_unblended_cost) FILTER (WHERE rows_behind = 2)", "100.0000000003"),
        ("sum(coalesce(savings_plan_savings_plan_effective_cost, line_item_unblended_cost))",
         "105.3500000006"),
        ("sum(line_item_unblended_cost - coalesce(savings_plan_savings_plan_effective_cost, 0))",
         "103.3500000006"),
        ("max(line_item_unblended_cost)", "100.0000000003"),
        ("max(CASE WHEN rows_behind = 2 THEN line_item_unblended_cost"
         " ELSE CAST(0 AS decimal(38, 2)) END)", "100.0000000003"),
        ("-sum(line_item_unblended_cost)", "-110.6000000006"),
        ("CAST(sum(line_item_unblended_cost) AS decimal(18, 2))", "110.60"),
        ("round(sum(line_item_unblended_cost), 2)", "110.6"),
    ],
)  # fmt: skip
def test_money_stays_exact_through(room: SqlRoom, expression: str, expected: str) -> None:
    found = value(room, f"SELECT {expression} FROM cur2")
    assert isinstance(found, Decimal)
    assert str(found) == expected


def test_money_stays_exact_through_subqueries_unions_and_windows(room: SqlRoom) -> None:
    sql = (
        "WITH a AS (SELECT billing_period p, sum(line_item_unblended_cost) c FROM cur2 GROUP BY 1"
        " UNION ALL SELECT 'none', 0) SELECT sum(c) OVER (ORDER BY p) FROM a ORDER BY 1 DESC"
    )
    assert value(room, sql) == Decimal("110.6000000006")


def test_an_average_of_decimals_is_a_decimal_rounded_half_up(room: SqlRoom) -> None:
    assert value(room, "SELECT avg(x) FROM (VALUES 1.10, 2.25) AS t (x)") == Decimal("1.68")
    assert value(room, "SELECT avg(x) FROM (VALUES -1.10, -2.25) AS t (x)") == Decimal("-1.68")
    assert value(room, "SELECT avg(x) FROM (VALUES 1.10) AS t (x) WHERE x > 5") is None


def test_quotients_and_products_are_doubles_as_in_athena(room: SqlRoom) -> None:
    sql = "SELECT line_item_unblended_cost / 3, line_item_unblended_cost * 2 FROM cur2"
    table = room.query(f"{sql} WHERE rows_behind = 3")
    assert [column.type for column in table.columns] == ["double", "double"]
    assert table.rows == ((Decimal("4.166666666666667"), Decimal(25)),)
    assert str(table.rows[0][1]) == "25"


def test_the_same_sum_is_the_same_every_time(room: SqlRoom) -> None:
    sql = "SELECT sum(amount) FROM numbers"
    assert len({value(room, sql) for _ in range(5)}) == 1


def test_comparisons_of_costs_are_exact_at_the_edge(room: SqlRoom) -> None:
    sql = "SELECT count(*) FROM cur2 WHERE line_item_unblended_cost = 0.1000000001"
    assert value(room, sql) == 1
    assert value(room, "SELECT count(*) FROM cur2 WHERE line_item_unblended_cost > 12.5") == 1
