"""What Athena refuses is refused here too, with its kind of message and the place.

Otherwise a statement learned on the simulated account would fail on the real one.
"""

from __future__ import annotations

import pytest

from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.room import SqlRoom

REFUSED = r"""
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
  SYNTAX_ERROR: line 1:8: mismatched input
SELECT foo(1)
  FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered
SELECT U&'\+110000'
  SYNTAX_ERROR: line 1:8: Invalid escaped character: \+110000
SELECT U&'\D83D\DE00'
  SYNTAX_ERROR: line 1:8: Invalid escaped character: \D83D
SELECT U&'a' UESCAPE '!!'
  SYNTAX_ERROR: line 1:8: Invalid Unicode escape character: !!
SELECT U&'a' UESCAPE 'c'
  SYNTAX_ERROR: line 1:8: Invalid Unicode escape character: c
SELECT substring('a')
  FUNCTION_NOT_FOUND: line 1:18: Unexpected parameters (varchar) for function substr.
SELECT greatest()
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters () for function greatest.
SELECT row()
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters () for function row.
SELECT current_timestamp(-1)
  NOT_SUPPORTED: line 1:8: current_timestamp takes a literal precision
SELECT map_agg(ARRAY[1], 2)
  NOT_SUPPORTED: A result column of map(array(integer), integer), whose keys are no scalars
SELECT ARRAY[MAP(ARRAY[ROW(1, 2)], ARRAY[1])]
  NOT_SUPPORTED: A result column of array(map(row(integer, integer), integer)), whose keys
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
  INVALID_FUNCTION_ARGUMENT: Key not present in map: nope
SELECT ARRAY[1][2]
  INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2
SELECT 1 / 0
  DIVISION_BY_ZERO
SELECT CAST('x' AS integer)
  INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT
SELECT (SELECT n FROM numbers)
  GENERIC_USER_ERROR: Scalar sub-query has returned multiple rows
SELECT date_parse('2024', '%D')
  NOT_SUPPORTED: line 1:8: %D in date_parse
SELECT regexp_extract('a', '(x)|(a)', 1)
  NOT_SUPPORTED: line 1:8: A group that may take no part
WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a
  MISSING_COLUMN_ALIASES: line 1:16: missing column aliases in recursive WITH query
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 12) SELECT count(*) FROM a
  NOT_SUPPORTED: Recursion depth limit exceeded (10)
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT n FROM a WHERE n = 2
  NOT_SUPPORTED: Recursion depth limit exceeded (10)
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT n + 1.5 FROM a WHERE n < 3) SELECT n FROM a
  TYPE_MISMATCH: line 1:16: recursion step relation output type (decimal(12,1)) is not coercible
WITH RECURSIVE a (n) AS (SELECT n FROM a UNION ALL SELECT 1) SELECT n FROM a
  INVALID_RECURSIVE_REFERENCE: line 1:33: recursive reference not allowed in this context
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT x.n FROM a x, a y) SELECT n FROM a
  INVALID_RECURSIVE_REFERENCE: line 1:66: multiple recursive references
WITH RECURSIVE a (n) AS (SELECT 1 UNION SELECT n + 1 FROM a WHERE n < 3) SELECT n FROM a
  NOT_SUPPORTED
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT max(n) FROM a GROUP BY n) SELECT n FROM a
  NOT_SUPPORTED
WITH RECURSIVE a (n) AS (SELECT 1 UNION ALL SELECT 1 WHERE 1 IN (SELECT n FROM a)) SELECT n FROM a
  NOT_SUPPORTED
WITH RECURSIVE a (s) AS (SELECT 'x' UNION ALL SELECT s || s || s FROM a) SELECT s FROM a
  NOT_SUPPORTED: The expression could build a string without bounds
SELECT 1 FROM numbers GROUP BY DISTINCT ROLLUP (n), CUBE (n)
  NOT_SUPPORTED: line 1:49: GROUP BY DISTINCT
SELECT 1 FROM numbers TABLESAMPLE BERNOULLI (100.5)
  NUMERIC_VALUE_OUT_OF_RANGE: line 1:46: Sample percentage must be less than or equal to 100
SELECT 1 FROM numbers TABLESAMPLE BERNOULLI ('10')
  TYPE_MISMATCH: line 1:46: Sample percentage should be a numeric expression
SELECT 1 FROM numbers TABLESAMPLE (10)
  SYNTAX_ERROR: line 1:36: mismatched input '('
SELECT 1 FROM numbers TABLESAMPLE SYSTEM (10 PERCENT)
  SYNTAX_ERROR: line 1:46: mismatched input 'PERCENT'
SELECT 1 FROM numbers TABLESAMPLE RESERVOIR (10)
  SYNTAX_ERROR: line 1:46: mismatched input 'RESERVOIR'
SELECT 1 FROM numbers TABLESAMPLE BERNOULLI (10) REPEATABLE (3)
  NOT_SUPPORTED
(SELECT n FROM numbers) TABLESAMPLE BERNOULLI (10)
  NOT_SUPPORTED: line 1:9: SAMPLE in SUBQUERY
SELECT DISTINCT ON (n) n FROM numbers
  SYNTAX_ERROR: line 1:21: mismatched input 'ON'
SELECT n FROM numbers GROUP BY ALL
  SYNTAX_ERROR: mismatched input 'ALL'
SELECT * EXCLUDE (n) FROM numbers
  SYNTAX_ERROR: line 1:8: mismatched input 'EXCEPT'
SELECT * REPLACE (1 AS n) FROM numbers
  SYNTAX_ERROR: line 1:8: mismatched input 'REPLACE'
SELECT n FROM numbers QUALIFY row_number() OVER (ORDER BY n) = 1
  SYNTAX_ERROR: line 1:31: mismatched input 'row_number'
SELECT n FROM numbers ORDER BY ALL
  COLUMN_NOT_FOUND: line 1:32: Column 'ALL'
SELECT n, FROM numbers
  SYNTAX_ERROR: line 1:11: mismatched input 'FROM'
SELECT count(n,) FROM numbers
  SYNTAX_ERROR: line 1:16: mismatched input ')'
SELECT n FROM numbers GROUP BY n,
  SYNTAX_ERROR: line 1:34: mismatched input '<EOF>'
SELECT n FROM numbers LIMIT 10, 5
  SYNTAX_ERROR: line 1:31: mismatched input ','
SELECT [1, 2]
  SYNTAX_ERROR: line 1:8: mismatched input '['
SELECT 1 == 1
  SYNTAX_ERROR: line 1:11: mismatched input '='
SELECT 7 // 2
  SYNTAX_ERROR: line 1:11: mismatched input '/'
SELECT 2 ** 3
  SYNTAX_ERROR: line 1:13: mismatched input '3'
SELECT 2 ^ 3
  SYNTAX_ERROR: line 1:10: mismatched input '^'
SELECT 1 & 3
  SYNTAX_ERROR: line 1:10: mismatched input '&'
SELECT word ->> 'x' FROM numbers
  SYNTAX_ERROR: line 1:15: mismatched input '>'
SELECT word ILIKE 'W%' FROM numbers
  SYNTAX_ERROR: line 1:8: mismatched input 'ILIKE'
SELECT word RLIKE 'w' FROM numbers
  SYNTAX_ERROR: line 1:8: mismatched input 'RLIKE'
SELECT word SIMILAR TO 'w' FROM numbers
  SYNTAX_ERROR: line 1:8: mismatched input 'SIMILAR'
SELECT word ISNULL FROM numbers
  SYNTAX_ERROR: line 1:13: mismatched input 'ISNULL'
SELECT current_date()
  SYNTAX_ERROR: line 1:21: mismatched input ')'
SELECT 1_000
  SYNTAX_ERROR: line 1:8: mismatched input '1_000'
SELECT n AS order FROM numbers
  SYNTAX_ERROR: line 1:13: mismatched input 'order'
SELECT left.n FROM numbers left
  SYNTAX_ERROR
SELECT n AS end FROM numbers
  SYNTAX_ERROR
SELECT n FROM numbers AS table
  SYNTAX_ERROR
SELECT CAST(n AS string) FROM numbers
  TYPE_NOT_FOUND: line 1:18: Unknown type: string
SELECT CAST(n AS float) FROM numbers
  TYPE_NOT_FOUND: line 1:18: Unknown type: float
SELECT TRY_CAST('1' AS text)
  TYPE_NOT_FOUND: line 1:24: Unknown type: text
SELECT CAST('2024-01-01' AS datetime)
  TYPE_NOT_FOUND: line 1:29: Unknown type: datetime
SELECT current_date - 1
  TYPE_MISMATCH: line 1:23: Cannot apply operator: date - integer
SELECT INTERVAL 1 DAY
  SYNTAX_ERROR
SELECT INTERVAL '1' WEEK
  SYNTAX_ERROR: line 1:17: an interval is written
SELECT left('abc', 1)
  FUNCTION_NOT_FOUND
SELECT len('abc')
  FUNCTION_NOT_FOUND: line 1:8: Function 'len' not registered
SELECT datediff('day', current_date, current_date)
  FUNCTION_NOT_FOUND
SELECT dateadd(day, 1, current_date)
  FUNCTION_NOT_FOUND
SELECT to_date('2024-01-01')
  FUNCTION_NOT_FOUND
SELECT string_agg('a', ',')
  FUNCTION_NOT_FOUND
SELECT group_concat('a')
  FUNCTION_NOT_FOUND
SELECT median(1)
  FUNCTION_NOT_FOUND
SELECT strftime(current_date, '%Y')
  FUNCTION_NOT_FOUND
SELECT date_part('year', current_date)
  FUNCTION_NOT_FOUND
SELECT isnull(1)
  FUNCTION_NOT_FOUND
SELECT getdate()
  FUNCTION_NOT_FOUND
SELECT sysdate
  COLUMN_NOT_FOUND
SELECT date_trunc('month', '2024-01-01')
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar, varchar)
SELECT date_diff('day', '2024-01-01', current_date)
  FUNCTION_NOT_FOUND
SELECT round('1.5')
  FUNCTION_NOT_FOUND
SELECT substr(12345, 1)
  FUNCTION_NOT_FOUND
SELECT avg(word) FROM numbers
  FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar)
SELECT sum(true)
  FUNCTION_NOT_FOUND
SELECT lpad(1, 2, '0')
  FUNCTION_NOT_FOUND
SELECT concat('a', 1)
  FUNCTION_NOT_FOUND
SELECT split_part('a', 'b')
  FUNCTION_NOT_FOUND
SELECT contains(ARRAY[1], 'x')
  FUNCTION_NOT_FOUND
SELECT resource_tags.user_team FROM cur2
  COLUMN_NOT_FOUND
SELECT count(DISTINCT n) OVER () FROM numbers
  NOT_SUPPORTED: line 1:8: DISTINCT in window function
SELECT sum(count(n)) FROM numbers
  NESTED_AGGREGATION
SELECT n, sum(rank() OVER (ORDER BY n)) FROM numbers GROUP BY n
  NESTED_WINDOW
SELECT n, rank() OVER (ORDER BY n) AS r FROM numbers WHERE r = 1
  COLUMN_NOT_FOUND: line 1:60: Column 'r'
SELECT n FROM numbers WHERE row_number() OVER (ORDER BY n) = 1
  EXPRESSION_NOT_SCALAR
SELECT n FROM numbers GROUP BY sum(n)
  EXPRESSION_NOT_SCALAR
SELECT "word" FROM numbers WHERE word = "w1"
  COLUMN_NOT_FOUND: line 1:41: Column 'w1'
SELECT DISTINCT n FROM numbers ORDER BY word
  EXPRESSION_NOT_IN_DISTINCT
SELECT n FROM numbers UNION SELECT n, word FROM numbers
  TYPE_MISMATCH
SELECT n FROM numbers LIMIT n
  SYNTAX_ERROR
SELECT 2147483647 + 1
  NUMERIC_VALUE_OUT_OF_RANGE
SELECT CAST(300 AS tinyint)
  INVALID_CAST_ARGUMENT
SELECT CAST('99999999999' AS integer)
  INVALID_CAST_ARGUMENT
SELECT CAST(12345 AS decimal(4, 1))
  INVALID_CAST_ARGUMENT
SELECT CAST('2024-02-30' AS date)
  INVALID_CAST_ARGUMENT
SELECT CAST('abc' AS double)
  INVALID_CAST_ARGUMENT: Cannot cast 'abc' to DOUBLE
SELECT DATE '2024-13-01'
  INVALID_LITERAL: line 1:8: '2024-13-01' is not a valid date literal
SELECT 1 % 0
  DIVISION_BY_ZERO
SELECT mod(1, 0)
  DIVISION_BY_ZERO
SELECT 1.5 / 0
  DIVISION_BY_ZERO
SELECT MAP(ARRAY['a', 'a'], ARRAY[1, 2])
  INVALID_FUNCTION_ARGUMENT: Duplicate map keys
SELECT json_parse('{')
  INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON
SELECT date_parse('x', '%Y-%m-%d')
  INVALID_FUNCTION_ARGUMENT
SELECT xxhash64(to_utf8('a'))
  NOT_SUPPORTED: line 1:8: Function 'xxhash64' is Athena's
SELECT max_by(word, n, n) FROM numbers
  NOT_SUPPORTED
SELECT approx_percentile(n, -0.5) FROM numbers
  INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1
SELECT approx_percentile(n, ARRAY[0.5, 1.5]) FROM numbers
  INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1
SELECT approx_percentile(n, 1, 0.5) FROM numbers
  NOT_SUPPORTED
SELECT url_extract_host('https://example.com/a%20b')
  NOT_SUPPORTED: That URL is not read here
SELECT array_sort(ARRAY[3, 1, 2], (x, y) -> x - y)
  INVALID_FUNCTION_ARGUMENT: Lambda comparator must return either -1, 0, or 1
SELECT n FROM numbers FETCH FIRST 5 ROWS WITH TIES
  MISSING_ORDER_BY: line 1:35: FETCH FIRST WITH TIES clause requires ORDER BY
SELECT n FROM numbers ORDER BY n FETCH FIRST 0 ROWS ONLY
  NUMERIC_VALUE_OUT_OF_RANGE: line 1:46: FETCH FIRST row count must be positive (actual value: 0)
SELECT "$file_size" FROM cur2
  NOT_SUPPORTED: line 1:8: "$file_size"
SELECT "$path" FROM (SELECT * FROM cur2) AS x
  COLUMN_NOT_FOUND: line 1:8: Column '$path' cannot be resolved
SELECT "$path" FROM cur2 AS x CROSS JOIN cur2 AS y
  AMBIGUOUS_NAME: line 1:8: Column '$path' is ambiguous
SELECT typeof(upper('a'))
  NOT_SUPPORTED
SELECT random()
  NOT_SUPPORTED
SELECT regexp_like('a', '(?=a)')
  NOT_SUPPORTED
SELECT regexp_like('a', '[a-z&&[^b]]')
  NOT_SUPPORTED
SELECT CAST('a' AS char(3))
  NOT_SUPPORTED
SELECT from_iso8601_timestamp(t) FROM (VALUES '2024-01-01T00:00:00+02:00') AS v (t)
  NOT_SUPPORTED: from_iso8601_timestamp reads offsets in literals alone
SELECT TRY(from_iso8601_timestamp(t)) FROM (VALUES '2024-01-01T00:00:00+02:00') AS v (t)
  NOT_SUPPORTED: from_iso8601_timestamp reads offsets in literals alone
SELECT TRY_CAST('2024-01-01 10:00:00' || '.1234567' AS timestamp(6))
  NOT_SUPPORTED
SELECT at_timezone(current_timestamp, 'Europe/Atlantis')
  INVALID_FUNCTION_ARGUMENT: line 1:8: 'Europe/Atlantis' is not a valid time zone
SELECT ARRAY[current_timestamp AT TIME ZONE 'Europe/Berlin']
  NOT_SUPPORTED: A result column of array(timestamp(3) with time zone)
SELECT coalesce(CAST('abc' AS integer), 0)
  INVALID_CAST_ARGUMENT: Cannot cast 'abc' to INT
SELECT CAST('2024-02-30x' AS date) IS NULL
  INVALID_CAST_ARGUMENT: Value cannot be cast to date
SELECT coalesce(ARRAY[1][3], 0)
  INVALID_FUNCTION_ARGUMENT: Array subscript
SELECT coalesce(MAP(ARRAY['a'], ARRAY[1])['b'], 0)
  INVALID_FUNCTION_ARGUMENT: Key not present in map: b
SELECT coalesce(json_extract_scalar('{"a": 1e3}', '$.a'), 'x')
  NOT_SUPPORTED
SELECT split('abc', '')
  INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string
SELECT split_part('a-b', '-', 0)
  INVALID_FUNCTION_ARGUMENT: Index must be greater than zero
SELECT 'abc' LIKE 'a#bc' ESCAPE '#'
  INVALID_FUNCTION_ARGUMENT: Escape character must be followed by
SELECT regexp_extract('abc', 'b', 1)
  INVALID_FUNCTION_ARGUMENT: line 1:8: Pattern has 0 groups. Cannot access group 1
SELECT regexp_like('abab', '(ab)\1')
  NOT_SUPPORTED
SELECT regexp_replace('new york', '(\w)(\w*)', x -> upper(x[1]) || lower(x[2]))
  NOT_SUPPORTED: line 1:8: regexp_replace with a lambda
SELECT regexp_position('a1b22', '\d+', 3)
  NOT_SUPPORTED: line 1:8: regexp_position with a start
SELECT listagg(word, ',') FROM numbers
  SYNTAX_ERROR: line 1:16: mismatched input. Expecting: 'WITHIN GROUP'
SELECT listagg(word, ',') WITHIN GROUP (ORDER BY word) OVER () FROM numbers
  SYNTAX_ERROR: line 1:16: mismatched input 'OVER'
SELECT lag(n) OVER () FROM numbers
  MISSING_ORDER_BY: line 1:8: lag function requires an ORDER BY window clause
SELECT lag(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM numbers
  INVALID_WINDOW_FRAME: line 1:8: Cannot specify window frame for lag function
SELECT lag(n, -1) OVER (ORDER BY n) FROM numbers
  INVALID_FUNCTION_ARGUMENT: line 1:8: Offset must be at least 0
SELECT nth_value(n, 0) OVER (ORDER BY n) FROM numbers
  INVALID_FUNCTION_ARGUMENT: line 1:8: Offset must be at least 1
SELECT sum(n) FILTER (n > 1) FROM numbers
  SYNTAX_ERROR: line 1:23: mismatched input 'n'
SELECT CAST('1' AS int64)
  TYPE_NOT_FOUND: line 1:20: Unknown type: int64
SELECT CAST('a' AS character varying(3))
  TYPE_NOT_FOUND: line 1:20: Unknown type: character
SELECT CAST(ARRAY['a'] AS array(string))
  TYPE_NOT_FOUND: line 1:33: Unknown type: string
SELECT CAST(ARRAY[1] AS integer[])
  SYNTAX_ERROR: line 1:32: mismatched input '['
SELECT float '1.5'
  TYPE_NOT_FOUND: line 1:8: Unknown type: float
SELECT DECIMAL(5, 2) '1.5'
  SYNTAX_ERROR: line 1:22: mismatched input ''1.5''
SELECT CAST(ARRAY['hello'] AS array(varchar(3)))
  NOT_SUPPORTED: line 1:45: varchar(3) within another type
SELECT position('a', 'abc')
  SYNTAX_ERROR: line 1:20: mismatched input ','
SELECT extract('year' FROM current_date)
  SYNTAX_ERROR: line 1:16: mismatched input ''year''
SELECT extract(day, current_date)
  SYNTAX_ERROR: line 1:19: mismatched input ','
SELECT substring('abc' FOR 2)
  SYNTAX_ERROR
SELECT 1 IN ()
  SYNTAX_ERROR
SELECT 1 IS UNKNOWN
  SYNTAX_ERROR: line 1:13: mismatched input 'UNKNOWN'
SELECT n NOT NULL FROM numbers
  SYNTAX_ERROR: line 1:14: mismatched input 'NULL'
SELECT date_diff(current_date, current_date)
  FUNCTION_NOT_FOUND
SELECT ceiling()
  FUNCTION_NOT_FOUND
SELECT date_parse(' 2024-01-05', '%Y-%m-%d')
  INVALID_FUNCTION_ARGUMENT: Invalid format
SELECT json_value('{"a": 5}', '$.a')
  INVALID_PATH: line 1:31: mismatched input
SELECT json_value('{"a": 5}', 'strict $.a')
  NOT_SUPPORTED: line 1:31: The JSON path 'strict $.a'
SELECT json_exists('{"a": 5}', 'lax $.a ? (@ > 1)')
  NOT_SUPPORTED: line 1:32: The JSON path
SELECT json_exists('{"a": 5}', 'lax $.a.size()')
  NOT_SUPPORTED: line 1:32: The JSON path
SELECT json_value('{"a": 5}', 'lax $x' PASSING 5 AS "x")
  NOT_SUPPORTED: line 1:8: PASSING in json_value
SELECT json_value('{"a": 5}', 'lax $.b' ERROR ON EMPTY)
  JSON_VALUE_RESULT_ERROR: cannot extract SQL scalar from JSON: JSON path found no items
SELECT json_value('{"a": [5]}', 'lax $.a' ERROR ON ERROR)
  JSON_VALUE_RESULT_ERROR: cannot extract SQL scalar from JSON: JSON path found an item
SELECT json_value('{"a": "x"}', 'lax $.a' RETURNING bigint ERROR ON ERROR)
  JSON_VALUE_RESULT_ERROR
SELECT json_value('no JSON', 'lax $' ERROR ON ERROR) IS NULL
  JSON_INPUT_CONVERSION_ERROR
SELECT json_value('{}', 'lax $' DEFAULT 1 ON EMPTY)
  TYPE_MISMATCH: line 1:8: DEFAULT ON EMPTY of JSON_VALUE
SELECT json_value('{}', 'lax $' RETURNING text)
  TYPE_NOT_FOUND: line 1:43: Unknown type: text
SELECT json_value('{}', 'lax $' NULL ON ERROR NULL ON EMPTY)
  SYNTAX_ERROR: line 1:52: mismatched input 'ON'
SELECT json_value('{}', word) FROM numbers
  SYNTAX_ERROR
SELECT json_value(JSON '{}', 'lax $')
  TYPE_MISMATCH: line 1:8: Cannot read input of type json as JSON
SELECT json_query('[1, 2]', 'lax $[*]' ERROR ON ERROR)
  JSON_OUTPUT_CONVERSION_ERROR: conversion from JSON failed: JSON path found multiple items
SELECT json_query('[1]', 'lax $' WITH WRAPPER OMIT QUOTES)
  INVALID_FUNCTION_ARGUMENT: line 1:8: OMIT QUOTES behavior
SELECT json_query('[1.5e10]', 'lax $')
  NOT_SUPPORTED: JSON with such numbers
SELECT json_object('x' : 1, 'x' : 2 WITH UNIQUE KEYS)
  INVALID_FUNCTION_ARGUMENT: line 1:8: duplicate key passed to JSON_OBJECT function
SELECT json_object('x' : 1, 'x' : 2)
  NOT_SUPPORTED: line 1:8: cannot construct a JSON object with duplicate key
SELECT json_object(word : 1, 'b' : 2) FROM numbers
  NOT_SUPPORTED: line 1:8: json_object of several keys
SELECT json_object(nullif('a', 'a') : 1)
  INVALID_FUNCTION_ARGUMENT: null value passed for JSON object key
SELECT json_object('a', 1)
  SYNTAX_ERROR: line 1:23: mismatched input ','
SELECT parse_data_size('3 MB')
  INVALID_FUNCTION_ARGUMENT: Invalid data size: '3 MB'
SELECT split_to_multimap('a', ',', ':')
  INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly once in each entry
SELECT json_array('x' FORMAT JSON)
  JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed
SELECT json_array(ARRAY[1])
  TYPE_MISMATCH
SELECT word : a FROM numbers
  SYNTAX_ERROR: line 1:13: mismatched input ':'
SELECT json_extract('[1]', '$.0')
  NOT_SUPPORTED
SELECT normalize('a', NFKC)
  NOT_SUPPORTED
SELECT n FROM numbers WHERE false AND DATE '2024-02-30' IS NULL
  INVALID_LITERAL: line 1:39: '2024-02-30' is not a valid date literal
SELECT TIMESTAMP '2024-01-01 24:00:00'
  INVALID_LITERAL: line 1:8: '2024-01-01 24:00:00' is not a valid timestamp literal
SELECT coalesce(CAST('2024-01-01 24:00' AS timestamp), localtimestamp)
  INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: 2024-01-01 24:00
SELECT -CAST('-2147483648' AS integer)
  INVALID_CAST_ARGUMENT
SELECT count(*) FROM cur2 GROUP BY resource_tags, map_concat(resource_tags, resource_tags)
  NOT_SUPPORTED: line 1:51: Grouping by that map(varchar, varchar)
SELECT sum(n) OVER w FROM numbers
  INVALID_WINDOW_REFERENCE: line 1:20: Cannot resolve WINDOW name w
SELECT sum(n) OVER w FROM numbers WINDOW w AS (v), v AS (ORDER BY n)
  INVALID_WINDOW_REFERENCE: line 1:48: Cannot resolve WINDOW name v
SELECT sum(n) OVER (w PARTITION BY n) FROM numbers WINDOW w AS (ORDER BY n)
  INVALID_PARTITION_BY: line 1:36: WINDOW specification with named WINDOW reference cannot
SELECT sum(n) OVER (w ORDER BY n) FROM numbers WINDOW w AS (ORDER BY n)
  INVALID_ORDER_BY: line 1:32: Cannot specify ORDER BY if referenced named WINDOW
SELECT sum(n) OVER (w ORDER BY n) FROM numbers WINDOW w AS (ROWS 1 PRECEDING)
  INVALID_WINDOW_REFERENCE: line 1:21: Cannot reference named WINDOW containing frame
SELECT contains(ARRAY[MAP(ARRAY['a'], ARRAY[1])], MAP(ARRAY['a'], ARRAY[1]))
  NOT_SUPPORTED: line 1:8: contains of map(varchar, integer)
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
