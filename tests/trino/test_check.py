"""One reading statement is told from everything else without a catalog."""

from __future__ import annotations

import pytest

from finops_repl.trino.check import read_statement, statement_problem, with_parameters
from finops_repl.trino.problem import SqlProblem

READING = """
SELECT 1
select 1;
 SELECT 1 ; 
-- a remark
SELECT * FROM any_table WHERE x = 'a;b' /* ; */
(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT 1
WITH a AS (SELECT 1) SELECT * FROM a
VALUES 1, 2
TABLE cur2
SHOW TABLES
SHOW TABLES IN "billing";
DESCRIBE billing.cur2
SHOW COLUMNS FROM cur2
SHOW TABLES 'cur*|focus'
SHOW TABLES IN billing LIKE 'cur*'
SHOW PARTITIONS cur2
SHOW PARTITIONS "billing".cur2;
SHOW DATABASES
SELECT "weird name" FROM "db"."tab""le"
SELECT count(*) FILTER (WHERE x -> y) FROM t
EXPLAIN SELECT 1
explain with a as (select 1) select * from a;
EXPLAIN (SELECT 1) UNION ALL (SELECT 2)
EXPLAIN /* the plan */ SELECT 1 -- alone
"""
WRITING = """
INSERT INTO t SELECT 1
CREATE TABLE t AS SELECT 1
DROP TABLE t
UNLOAD (SELECT 1) TO 's3://b/'
WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a
WITH a AS (DELETE FROM t) SELECT 1
MSCK REPAIR TABLE t
ALTER TABLE t ADD PARTITION (a = 1)
OPTIMIZE t REWRITE DATA
MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE
CALL system.sync()
GRANT SELECT ON t TO u
SELECT 1; SELECT 2
SELECT 1; DROP TABLE t
SHOW TABLES; DROP TABLE t
SHOW CREATE TABLE t; SELECT 1
SELECT * FROM TABLE(system.query('DELETE'))
SELECT * INTO t FROM u
SELECT 1 FOR UPDATE
FROM t INSERT OVERWRITE TABLE u SELECT 1
EXPLAIN ANALYZE SELECT 1
explain analyze select 1
EXPLAIN /* plain */ ANALYZE SELECT 1
EXPLAIN --
EXPLAIN ANALYZE VERBOSE SELECT 1
EXPLAIN (TYPE IO, FORMAT JSON) SELECT 1
EXPLAIN (FORMAT JSON) SELECT 1
EXPLAIN EXPLAIN SELECT 1
EXPLAIN DROP TABLE t
EXPLAIN INSERT INTO t SELECT 1
EXPLAIN CREATE TABLE t AS SELECT 1
EXPLAIN UNLOAD (SELECT 1) TO 's3://b/'
EXPLAIN SELECT 1; DROP TABLE t
EXPLAIN WITH a AS (DELETE FROM t) SELECT 1
EXPLAIN SELECT * FROM TABLE(system.query('DELETE'))
EXPLAIN SHOW TABLES
EXPLAIN
EXPLAINSELECT 1
PREPARE p FROM SELECT 1
PREPARE p FROM EXPLAIN SELECT 1
EXECUTE p
EXECUTE p USING 1
EXECUTE IMMEDIATE 'DROP TABLE t'
DEALLOCATE PREPARE p
SHOW CREATE TABLE t
SHOW PARTITIONS
SHOW PARTITIONS t; DROP TABLE t
SHOW PARTITIONS (SELECT 1)
SHOW TABLES 'a'; DROP TABLE t
SHOW TABLES 'it''s'
SHOW TBLPROPERTIES t
SHOW TABLES /* */ ; DROP TABLE t
DESCRIBE EXTENDED t
DESCRIBE FORMATTED t
DESCRIBE INPUT p
DESC t; DROP TABLE t
USING EXTERNAL FUNCTION f(x int) RETURNS int LAMBDA 'f' SELECT f(1)
{# x #} DROP TABLE t
SELECT 1 {# ; DROP TABLE t #}
SELECT 1 /* /* */ DROP TABLE t */
"""


@pytest.mark.parametrize("sql", [line for line in READING.split("\n") if line.strip()])
def test_reading_statement_passes(sql: str) -> None:
    if not sql.lstrip().startswith("--"):
        assert statement_problem(sql) is None


@pytest.mark.parametrize("sql", WRITING.strip().splitlines())
def test_anything_else_has_a_problem(sql: str) -> None:
    assert statement_problem(sql)
    with pytest.raises(SqlProblem):
        read_statement(sql)


@pytest.mark.parametrize("sql", ["", "   ", ";", "-- nothing", "/* nothing */"])
def test_empty_statement_says_so(sql: str) -> None:
    assert statement_problem(sql) == "SYNTAX_ERROR: the statement is empty (write one SELECT)"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE VIEW v AS SELECT 1", "not CREATE VIEW (the SELECT in it can be run"),
        ("UNLOAD (SELECT 1) TO 's3://b/'", "not UNLOAD (the SELECT in it can be run"),
        ("SHOW CREATE TABLE t", "not SHOW CREATE (answered are SHOW TABLES"),
        ("EXECUTE p USING 1", "not EXECUTE (run its SELECT with the values in place"),
        ("SELECT 1; SELECT 2", "(run one statement after the other)"),
    ],
)
def test_a_refused_statement_is_named_with_what_to_do_in_its_place(sql: str, said: str) -> None:
    assert said in (statement_problem(sql) or "")


def test_remark_in_front_is_no_statement() -> None:
    assert statement_problem("-- a remark\nSELECT 1") is None
    assert statement_problem("/* SELECT 1 */ DROP TABLE t")


def test_parameters_stand_where_the_marks_are() -> None:
    sql = "SELECT '?' , ? FROM t WHERE x = ? -- ?"
    assert with_parameters(sql, ["1", "'a'"]) == "SELECT '?' , 1 FROM t WHERE x = 'a' -- ?"
    for wrong in ([], ["1"], ["1", "2", "3"]):
        with pytest.raises(SqlProblem):
            with_parameters(sql, wrong)


def test_parameter_cannot_smuggle_a_second_statement() -> None:
    assert statement_problem(with_parameters("SELECT ?", ["1; DROP TABLE t"]))


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT 1 -- DROP TABLE t", "SELECT 1"),
        ("SELECT /* ; DROP TABLE t */ 1", f"SELECT {' ' * 21}1"),
        ("SELECT '-- no remark', \"/* a name */\" FROM t", None),
        ("  SHOW TABLES IN billing ; ", "SHOW TABLES IN billing ;"),
        ("EXPLAIN/* ANALYZE */SELECT 1 -- x", f"EXPLAIN{' ' * 13}SELECT 1"),
        ("EXPLAIN (SELECT 1)", None),
    ],
)
def test_what_is_run_is_what_was_read_without_its_remarks(sql: str, read: str | None) -> None:
    assert read_statement(sql) == (sql if read is None else read)


def test_positions_stay_where_a_remark_was() -> None:
    sql = "/* two\nlines */ SELECT x"
    assert read_statement(sql) == "SELECT x"
    assert read_statement("SELECT 1,\n -- one\n x").split("\n")[2] == " x"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM lambda_source.db.t",
        'WITH a AS (SELECT * FROM "Lambda_Source".db.t) SELECT * FROM a',
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM lambda_source.db.t)",
        "DESCRIBE lambda_source.db.t",
        "SHOW PARTITIONS lambda_source.db.t",
        "SHOW TABLES IN lambda_source.db",
        "EXPLAIN SELECT * FROM lambda_source.db.t",
    ],
)
def test_a_foreign_catalog_is_not_asked(sql: str) -> None:
    with pytest.raises(SqlProblem, match=r"Catalog '(?i:lambda_source)' is not asked from here"):
        read_statement(sql, catalogs=["awsdatacatalog"])
    assert read_statement(
        sql.replace("lambda_source", "AwsDataCatalog").replace("Lambda_Source", "awsdatacatalog"),
        catalogs=["awsdatacatalog"],
    )


QUERY = "(SELECT max(x) FROM lambda_source.db.t)"


@pytest.mark.parametrize(
    "call",
    [
        f"json_value({QUERY}, 'lax $')",
        f"JSON_QUERY ({QUERY}, 'lax $.a' WITH WRAPPER)",
        f"json_exists('x', 'lax $' PASSING {QUERY} AS y)",
        f"json_array(1, {QUERY})",
        f"json_object('a' VALUE {QUERY})",
        f'"json_array"({QUERY})',
        "json_array((TABLE lambda_source.db.t))",
        "json_array((SELECT 1 FROM TABLE(lambda_source.system.query('DELETE'))))",
    ],
)
def test_no_foreign_catalog_is_asked_within_a_function_of_sql_json(call: str) -> None:
    with pytest.raises(SqlProblem):
        read_statement(f"SELECT {call}", catalogs=["awsdatacatalog"])


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1 " + "/* " * 80_000, "SHOW TABLES" + " " * 200_000 + "x", "SELECT 1 " * 1_000_000],
)
def test_a_text_that_would_be_read_again_and_again_is_refused_at_once(sql: str) -> None:
    with pytest.raises(SqlProblem):
        read_statement(sql)
