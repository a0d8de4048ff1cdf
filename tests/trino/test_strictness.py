"""What Athena refuses is refused here too, with its kind of message and the place.

Otherwise a statement learned on the simulated account would fail on the real one.
"""

from __future__ import annotations

import pytest

from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.room import SqlRoom

REFUSED = """
SELECT '1'::integer
  SYNTAX_ERROR: line 1:11: mismatched input '::'
SELECT `a` FROM cur2
  SYNTAX_ERROR: line 1:8: mismatched input '`'
SELECT 1 'one'
  SYNTAX_ERROR: line 1:10: mismatched input ''one''
FROM cur2
  SYNTAX_ERROR: Only one SELECT
SELECT 1 LIMIT 1 OFFSET 1
  SYNTAX_ERROR: line 1:25: OFFSET comes before LIMIT
SELECT 1 IS TRUE
  SYNTAX_ERROR: line 1:8: IS takes NULL or DISTINCT FROM
SELECT INTERVAL '1 day' + current_date
  SYNTAX_ERROR: an interval is written
SELECT 'a' 'b'
  NOT_SUPPORTED: line 1:8: CONCAT
SELECT foo(1)
  FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered
SELECT nvl(1, 2)
  FUNCTION_NOT_FOUND: line 1:8: Function 'nvl' not registered
SELECT ifnull(1, 2)
  FUNCTION_NOT_FOUND
SELECT to_char(current_date, 'YYYY')
  FUNCTION_NOT_FOUND
SELECT list_sum(ARRAY[1])
  FUNCTION_NOT_FOUND
SELECT sum('a')
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar)
SELECT lower(1)
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer)
SELECT hour(current_date)
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (date)
SELECT date_trunc('hour', current_date)
  INVALID_FUNCTION_ARGUMENT: line 1:8: 'hour'
SELECT current_date + INTERVAL '1' HOUR
  INVALID_FUNCTION_ARGUMENT
SELECT billing_period = 2025 FROM cur2
  TYPE_MISMATCH: line 1:8: Cannot apply operator: varchar = integer
SELECT current_date > '2025-01-01'
  TYPE_MISMATCH: line 1:23: Cannot apply operator: date > varchar
SELECT 'a' || 1
  TYPE_MISMATCH: line 1:8: Cannot apply operator: varchar || integer
SELECT '1' + 1
  TYPE_MISMATCH: line 1:8: Cannot apply operator: varchar + integer
SELECT 1 IN ('1')
  TYPE_MISMATCH
SELECT 1 BETWEEN '0' AND '2'
  TYPE_MISMATCH: line 1:8: Cannot check if integer is BETWEEN varchar and varchar
SELECT CASE WHEN true THEN 1 ELSE 'x' END
  TYPE_MISMATCH: line 1:28: All CASE results must be the same type: integer, varchar
SELECT coalesce(1, 'x')
  TYPE_MISMATCH: line 1:8: All coalesce operands must be the same type
SELECT if(1, 2, 3)
  TYPE_MISMATCH: line 1:11: CASE WHEN clause must evaluate to a boolean
SELECT 1 WHERE 1
  TYPE_MISMATCH: line 1:16: WHERE clause must evaluate to a boolean: actual type integer
SELECT CAST(ARRAY[1] AS varchar)
  TYPE_MISMATCH: line 1:19: Cannot cast array(integer) to varchar
SELECT 1 UNION SELECT 'a'
  TYPE_MISMATCH
SELECT ARRAY[1, 'a']
  TYPE_MISMATCH
SELECT max(resource_tags) FROM cur2
  FUNCTION_NOT_FOUND
SELECT 1 ORDER BY MAP()
  FUNCTION_NOT_FOUND
SELECT resource_tags FROM cur2 ORDER BY 1
  TYPE_MISMATCH: line 1:41: Type map(varchar, varchar) is not orderable
SELECT nope FROM cur2
  COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved
SELECT word AS w FROM numbers GROUP BY w
  COLUMN_NOT_FOUND: line 1:40: Column 'w' cannot be resolved
SELECT n + 1 AS m FROM numbers WHERE m = 1
  COLUMN_NOT_FOUND: line 1:38: Column 'm'
SELECT count(*) AS c FROM numbers HAVING c > 1
  COLUMN_NOT_FOUND: line 1:42: Column 'c'
SELECT a.n FROM numbers a JOIN numbers b USING (n)
  COLUMN_NOT_FOUND: line 1:8: Column 'a.n'
SELECT numbers.n FROM numbers a
  COLUMN_NOT_FOUND: line 1:8: Column 'numbers.n'
SELECT n FROM numbers a, numbers b
  AMBIGUOUS_NAME: line 1:8: Column 'n' is ambiguous
SELECT n, count(*) FROM numbers
  EXPRESSION_NOT_AGGREGATE: 'n' must be an aggregate
SELECT n FROM numbers WHERE sum(n) > 1
  EXPRESSION_NOT_SCALAR
SELECT n FROM numbers GROUP BY 3
  INVALID_COLUMN_REFERENCE: line 1:32: GROUP BY position 3
SELECT * FROM nope
  TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.billing.nope' does not exist
SELECT * FROM other.numbers
  TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.other.numbers' does not exist
SELECT row_number()
  SYNTAX_ERROR: line 1:8: Window function row_number requires an OVER clause
SELECT lower('a') OVER ()
  SYNTAX_ERROR: line 1:8: lower is not an aggregate
SELECT resource_tags['nope'] FROM cur2 WHERE rows_behind = 1
  GENERIC_USER_ERROR: Key not present in map: nope
SELECT ARRAY[1][2]
  GENERIC_USER_ERROR: Array subscript out of bounds: 2
SELECT 1 / 0
  DIVISION_BY_ZERO
SELECT CAST('x' AS integer)
  GENERIC_USER_ERROR: Value cannot be cast to integer: x
SELECT (SELECT n FROM numbers)
  GENERIC_USER_ERROR: Scalar sub-query has returned multiple rows
SELECT date_parse('2024', '%D')
  NOT_SUPPORTED: line 1:8: %D in date_parse
SELECT regexp_extract('a', '(x)|(a)', 1)
  NOT_SUPPORTED: line 1:8: A group that may take no part
WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a
  NOT_SUPPORTED: line 1:16: RECURSIVE in WITH
SELECT * FROM numbers TABLESAMPLE BERNOULLI (10)
  NOT_SUPPORTED: line 1:15: SAMPLE in TABLE
SELECT DISTINCT ON (n) n FROM numbers
  NOT_SUPPORTED: line 1:21: ON in DISTINCT
SELECT n FROM numbers GROUP BY ALL
  NOT_SUPPORTED: ALL in GROUP
SELECT * EXCLUDE (n) FROM numbers
  NOT_SUPPORTED: line 1:8: EXCEPT in STAR
SELECT INTERVAL '1' DAY
  NOT_SUPPORTED: A result column of type interval day to second
"""
"""Statements, each with the beginning of its message below."""


def pairs(table: str) -> list[tuple[str, str]]:
    lines = table.strip().splitlines()
    return [(sql, message.strip()) for sql, message in zip(lines[::2], lines[1::2], strict=True)]


@pytest.mark.parametrize(("sql", "message"), pairs(REFUSED))
def test_statement_is_refused_as_athena_refuses_it(room: SqlRoom, sql: str, message: str) -> None:
    with pytest.raises(SqlProblem) as refused:
        room.query(sql)
    assert refused.value.message.startswith(message)


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SELECT summ(n) FROM numbers", "did you mean sum"),
        ("SELECT line_item_unblendedcost FROM cur2", "line_item_unblended_cost"),
        ("SELECT * FROM number", "numbers"),
        ("SELECT '1'::integer", "CAST(x AS type)"),
    ],
)
def test_error_names_what_was_probably_meant(room: SqlRoom, sql: str, hint: str) -> None:
    with pytest.raises(SqlProblem) as refused:
        room.query(sql)
    assert hint in refused.value.hint


def test_place_counts_lines_and_columns(room: SqlRoom) -> None:
    with pytest.raises(SqlProblem) as refused:
        room.query("SELECT n\n  FROM numbers\n WHERE m = 1")
    assert refused.value.at == (3, 8)


def test_no_message_shows_the_rewritten_statement(room: SqlRoom) -> None:
    with pytest.raises(SqlProblem) as refused:
        room.query("SELECT line_item_usage_account_id, count(*) FROM cur2")
    assert "SELECT" not in str(refused.value)
    assert "r1" not in str(refused.value)
