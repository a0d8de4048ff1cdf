"""Expressions give what Trino's documentation says they give, down to the text that Athena shows.

Each line is one promise: an expression, and its value as Athena writes it (NULL for none). The
values come from Trino's documented semantics, not from running our own translation.
"""

from __future__ import annotations

import pytest

from finops_repl.simulator.handlers.athena_results import text_writer
from finops_repl.trino.room import SqlRoom
from finops_repl.trino.types import parse_type

NUMBERS = """
1 + 2 => 3
7 / 2 => 3
-7 / 2 => -3
7 % 3 => 1
-7 % 3 => -1
7 / 2.0 => 3.5
10 / 4.0 => 2.5
1 / 3.0 => 0.3
1.0 / 3.00 => 0.33
2.0 / 3.0 => 0.7
-2.0 / 3.0 => -0.7
1E0 / 3 => 0.3333333333333333
1E0 / 0 => Infinity
-1E0 / 0 => -Infinity
0E0 / 0 => NaN
0E0 / 0 = 0E0 / 0 => false
0E0 / 0 <> 0E0 / 0 => true
0E0 / 0 > 1 => false
1.5 * 2 => 3.0
1.10 * 1.10 => 1.2100
1.5 + 1 => 2.5
0.1 + 0.2 => 0.3
0.1E0 + 0.2E0 => 0.30000000000000004
2147483647 + 1E0 => 2.147483648E9
abs(-3) => 3
abs(-2.5) => 2.5
sign(-2.5E0) => -1.0
sign(3) => 1
ceil(2.1E0) => 3.0
ceiling(-2.1) => -2
floor(2.9) => 2
floor(-2.5E0) => -3.0
floor(7) => 7
round(2.5) => 3
round(-2.5) => -3
round(2.345, 2) => 2.350
round(1.005E0, 2) => 1.0
round(2.5E0) => 3.0
round(1234.567E0, -2) => 1200.0
round(7) => 7
truncate(-2.7E0) => -2.0
mod(7, 3) => 1
power(2, 10) => 1024.0
sqrt(9) => 3.0
ln(1) => 0.0
log10(100) => 2.0
log2(8) => 3.0
log(2, 8) => 3.0
greatest(1, 3, 2) => 3
greatest(1, NULL) => NULL
least(2, 1) => 1
least('b', 'a') => a
is_nan(0E0 / 0) => true
nullif(0, 0) => NULL
coalesce(NULL, 1.5) => 1.5
10000000000 => 10000000000
1E-4 => 1.0E-4
0.001E0 => 0.001
12345678E0 => 1.2345678E7
1E7 => 1.0E7
9999999E0 => 9999999.0
-0E0 => -0.0
"""

CASTS = """
CAST(2.5E0 AS bigint) => 3
CAST(-2.5E0 AS integer) => -3
CAST(0.5E0 AS integer) => 1
CAST(2.5 AS bigint) => 3
CAST('12' AS integer) => 12
TRY_CAST('1.5' AS bigint) => NULL
TRY_CAST('1_000' AS bigint) => NULL
TRY_CAST('x' AS double) => NULL
CAST('1e3' AS double) => 1000.0
CAST('1.555' AS decimal(3, 2)) => 1.56
CAST(1.555E0 AS decimal(3, 2)) => 1.56
CAST(1.005E0 AS decimal(3, 2)) => 1.01
CAST(2.345 AS decimal(3, 2)) => 2.35
CAST(1 AS decimal(5, 2)) => 1.00
CAST(1.5E0 AS varchar) => 1.5E0
CAST(100E0 AS varchar) => 1.0E2
CAST(0.00012E0 AS varchar) => 1.2E-4
CAST(-0.5E0 AS varchar) => -5.0E-1
CAST(1E20 AS varchar) => 1.0E20
CAST(12345.678E0 AS varchar) => 1.2345678E4
CAST(0E0 AS varchar) => 0.0E0
CAST(7 AS varchar) => 7
CAST(1.50 AS varchar) => 1.50
CAST(true AS varchar) => true
CAST(DATE '2024-01-31' AS varchar) => 2024-01-31
CAST(TIMESTAMP '2024-01-31 10:00:00' AS varchar) => 2024-01-31 10:00:00
CAST(CAST(DATE '2024-01-31' AS timestamp) AS varchar) => 2024-01-31 00:00:00.000
CAST('abcdef' AS varchar(3)) => abc
CAST('true' AS boolean) => true
TRY_CAST('yes' AS boolean) => NULL
CAST('2024-01-05' AS date) => 2024-01-05
TRY_CAST('2024/01/05' AS date) => NULL
TRY_CAST('2024-02-30' AS date) => NULL
TRY_CAST('2024-01-05T10:00:00' AS timestamp) => NULL
CAST('2024-01-05 10:00:00' AS timestamp) => 2024-01-05 10:00:00.000
CAST(TIMESTAMP '2024-01-05 23:59:59' AS date) => 2024-01-05
CAST(true AS integer) => 1
CAST(NULL AS integer) => NULL
CAST(json_parse('{"a":"x","b":1}') AS map(varchar, varchar)) => {a=x, b=1}
"""

STRINGS = """
'a' || 'b' => ab
'a' || NULL => NULL
concat('a', 'b', 'c') => abc
concat('a', NULL) => NULL
concat_ws('-', 'a', NULL, 'b') => a-b
lower('ÄB') => äb
upper('ab') => AB
length('héllo') => 5
substr('hello', 2) => ello
substr('hello', 2, 3) => ell
substr('hello', -3) => llo
substr('hello', -3, 2) => ll
'[' || substr('hello', 0) || ']' => []
'[' || substr('hello', -9) || ']' => []
'[' || substr('hello', 9) || ']' => []
substring('hello', 1, 1) => h
substring('hello' FROM 2 FOR 2) => el
strpos('hello', 'l') => 3
strpos('hello', 'z') => 0
strpos('a.b.c', '.', 2) => 4
strpos('a.b.c', '.', 5) => 0
position('l' IN 'hello') => 3
replace('a-b-c', '-', '+') => a+b+c
replace('a-b', '-') => ab
trim('  x ') => x
ltrim('  x') => x
rtrim('x  ') => x
lpad('7', 3, '0') => 007
rpad('abc', 2, 'x') => ab
split('a,b', ',') => [a, b]
split_part('a,b,c', ',', 2) => b
split_part('a,b', ',', 3) => NULL
starts_with('abc', 'ab') => true
'abc' LIKE 'a%' => true
'abc' LIKE 'A%' => false
'a_c' LIKE 'a!_c' ESCAPE '!' => true
'abc' LIKE 'a!_c' ESCAPE '!' => false
'abc' NOT LIKE '%z%' => true
chr(65) => A
translate('abcd', 'ab', 'xy') => xycd
format('%s is %d', 'x', 5) => x is 5
format('%.2f', 1.005E0) => 1.01
format('%,.2f', 1234567.891E0) => 1,234,567.89
format('%,.2f', -0.5E0) => -0.50
format('%,d', 1234567) => 1,234,567
format('%05d', 42) => 00042
format('%.1f%%', 12.34) => 12.3%
regexp_like('abc123', '\\d+') => true
regexp_like('abc', '^b') => false
regexp_extract('abc123', '\\d+') => 123
regexp_extract('abc123', '([a-z]+)(\\d+)', 2) => 123
regexp_extract('abc', '\\d+') => NULL
regexp_extract_all('a1b22', '\\d+') => [1, 22]
regexp_replace('a1b22', '\\d+') => ab
regexp_replace('2024-01', '(\\d+)-(\\d+)', '$2/$1') => 01/2024
regexp_count('a1b22', '\\d') => 3
json_extract_scalar('{"a":{"b":"x"}}', '$.a.b') => x
json_extract_scalar('{"a":[1,2]}', '$.a[1]') => 2
json_extract_scalar('{"a":{}}', '$.a') => NULL
json_extract_scalar('{"a":true}', '$.a') => true
json_extract_scalar('no json', '$.a') => NULL
json_extract_scalar('{"a b":"x"}', '$["a b"]') => x
json_array_length('[1,2,3]') => 3
to_hex(md5(to_utf8('a'))) => 0CC175B9C0F1B6A831C399E269772661
"""

DATES = """
DATE '2024-01-31' + INTERVAL '1' MONTH => 2024-02-29
DATE '2024-03-31' - INTERVAL '1' MONTH => 2024-02-29
DATE '2024-01-31' + INTERVAL '1' DAY => 2024-02-01
TIMESTAMP '2024-01-31 10:00:00' + INTERVAL '2' HOUR => 2024-01-31 12:00:00
INTERVAL '1' DAY + DATE '2024-01-31' => 2024-02-01
date_trunc('month', DATE '2024-02-15') => 2024-02-01
date_trunc('week', DATE '2024-01-07') => 2024-01-01
date_trunc('quarter', DATE '2024-05-05') => 2024-04-01
date_trunc('hour', TIMESTAMP '2024-01-01 10:59:59') => 2024-01-01 10:00:00
date_trunc('month', TIMESTAMP '2024-01-15 10:00:00') => 2024-01-01 00:00:00
date_add('day', -1, DATE '2024-01-01') => 2023-12-31
date_add('month', 1, DATE '2024-01-31') => 2024-02-29
date_add('quarter', 1, DATE '2024-01-31') => 2024-04-30
date_add('week', 1, DATE '2024-01-01') => 2024-01-08
date_add('hour', 1, TIMESTAMP '2024-01-01 23:30:00') => 2024-01-02 00:30:00
date_diff('day', DATE '2024-01-01', DATE '2024-02-01') => 31
date_diff('day', TIMESTAMP '2024-01-01 12:00:00', TIMESTAMP '2024-01-02 11:59:00') => 0
date_diff('hour', TIMESTAMP '2024-01-01 00:59:00', TIMESTAMP '2024-01-01 01:00:00') => 0
date_diff('month', DATE '2024-01-31', DATE '2024-02-29') => 1
date_diff('month', DATE '2024-01-31', DATE '2024-02-28') => 0
date_diff('year', DATE '2024-02-29', DATE '2025-02-28') => 1
date_diff('day', DATE '2024-02-01', DATE '2024-01-01') => -31
day_of_week(DATE '2024-01-07') => 7
dow(DATE '2024-01-01') => 1
day_of_year(DATE '2024-12-31') => 366
week(DATE '2024-12-30') => 1
year_of_week(DATE '2024-12-30') => 2025
quarter(DATE '2024-05-01') => 2
month(TIMESTAMP '2024-05-01 00:00:00') => 5
hour(TIMESTAMP '2024-05-01 13:14:15') => 13
EXTRACT(YEAR FROM DATE '2024-05-01') => 2024
EXTRACT(DOW FROM DATE '2024-01-07') => 7
last_day_of_month(DATE '2024-02-01') => 2024-02-29
date_format(TIMESTAMP '2024-01-05 03:04:05', '%Y-%m-%d %H:%i:%s') => 2024-01-05 03:04:05
date_format(DATE '2024-01-05', '%b %e, %Y') => Jan 5, 2024
date_format(DATE '2024-01-05', '%M %W') => January Friday
date_parse('2024-01-05', '%Y-%m-%d') => 2024-01-05 00:00:00.000
date_parse('05/01/2024 03:04', '%d/%m/%Y %H:%i') => 2024-01-05 03:04:00.000
format_datetime(TIMESTAMP '2024-01-05 03:04:05', 'yyyy-MM-dd''T''HH:mm') => 2024-01-05T03:04
format_datetime(DATE '2024-01-05', 'EEE d MMM') => Fri 5 Jan
parse_datetime('2024-01-05', 'yyyy-MM-dd') => 2024-01-05 00:00:00.000 UTC
to_iso8601(DATE '2024-01-05') => 2024-01-05
to_iso8601(CAST('2024-01-05 03:04:05' AS timestamp)) => 2024-01-05T03:04:05.000
from_iso8601_date('2024-01-05') => 2024-01-05
from_iso8601_timestamp('2024-01-05T03:04:05Z') => 2024-01-05 03:04:05.000 UTC
from_iso8601_timestamp('2024-01-05') => 2024-01-05 00:00:00.000 UTC
from_unixtime(1704067200) => 2024-01-01 00:00:00.000 UTC
to_unixtime(TIMESTAMP '2024-01-01 00:00:00') => 1.7040672E9
date('2024-01-05') => 2024-01-05
date(TIMESTAMP '2024-01-05 10:00:00') => 2024-01-05
current_date => 2026-01-31
now() => 2026-01-31 12:30:15.000 UTC
localtimestamp => 2026-01-31 12:30:15.000
date_trunc('month', current_date) - INTERVAL '1' MONTH => 2025-12-01
TIMESTAMP '2024-01-01 00:00:00' = DATE '2024-01-01' => true
CAST('2024-01-01 00:00:00' AS timestamp) AT TIME ZONE 'UTC' => 2024-01-01 00:00:00.000 UTC
"""

COLLECTIONS = """
ARRAY[1, 2, 3] => [1, 2, 3]
ARRAY[1, 2.5] => [1.0, 2.5]
ARRAY[10, 20][1] => 10
cardinality(ARRAY[1, 2]) => 2
contains(ARRAY[1, 2], 2) => true
contains(ARRAY[1, NULL], 2) => NULL
element_at(ARRAY[1, 2], -1) => 2
element_at(ARRAY[1, 2], 5) => NULL
array_join(ARRAY['a', 'b'], '-') => a-b
array_join(ARRAY['a', NULL, 'b'], '-') => a-b
array_distinct(ARRAY[2, 1, 2]) => [2, 1]
array_sort(ARRAY[3, NULL, 1]) => [1, 3, null]
array_max(ARRAY[1, 3, 2]) => 3
array_max(ARRAY[1, NULL]) => NULL
array_min(ARRAY[3, 1]) => 1
slice(ARRAY[1, 2, 3, 4], 2, 2) => [2, 3]
slice(ARRAY[1, 2, 3, 4], -2, 2) => [3, 4]
flatten(ARRAY[ARRAY[1], ARRAY[2, 3]]) => [1, 2, 3]
filter(ARRAY[1, 2, 3], x -> x > 1) => [2, 3]
transform(ARRAY[1, 2], x -> x * 10) => [10, 20]
transform(ARRAY['a'], x -> upper(x)) => [A]
any_match(ARRAY[1, 2], x -> x > 1) => true
all_match(ARRAY[1, 2], x -> x > 1) => false
none_match(ARRAY[1, 2], x -> x > 5) => true
any_match(ARRAY[1, NULL], x -> x > 5) => NULL
sequence(1, 3) => [1, 2, 3]
sequence(3, 1) => [3, 2, 1]
sequence(1, 10, 4) => [1, 5, 9]
sequence(DATE '2024-01-30', DATE '2024-02-01') => [2024-01-30, 2024-01-31, 2024-02-01]
ARRAY[1] || ARRAY[2] => [1, 2]
concat(ARRAY[1], ARRAY[2, 3]) => [1, 2, 3]
CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END => b
CASE WHEN false THEN 1 END => NULL
if(1 > 2, 'a', 'b') => b
if(1 > 2, 'a') => NULL
try(1 / 0) => NULL
try_cast('x' AS integer) => NULL
NULL = NULL => NULL
NULL IS NULL => true
1 IS DISTINCT FROM NULL => true
2 BETWEEN 1 AND 3 => true
2 NOT IN (1, 3) => true
2 IN (1, NULL) => NULL
NOT true OR true => true
1 = 1.0 => true
'a' < 'b' => true
"""


def promises(*tables: str) -> list[tuple[str, str]]:
    lines = [line for table in tables for line in table.strip().splitlines()]
    return [(line.rpartition(" => ")[0], line.rpartition(" => ")[2]) for line in lines]


def shown(room: SqlRoom, expression: str) -> str:
    """The value of an expression as Athena would write it into a CSV."""
    with room.run(f"SELECT {expression}", timeout_s=30) as running:
        [[(value,)]] = list(running.batches)
    text = text_writer(parse_type(running.columns[0].type))(value)
    return "NULL" if text is None else text


@pytest.mark.parametrize(
    ("expression", "expected"), promises(NUMBERS, CASTS, STRINGS, DATES, COLLECTIONS)
)
def test_expression_means_what_trino_says(room: SqlRoom, expression: str, expected: str) -> None:
    assert shown(room, expression) == expected
