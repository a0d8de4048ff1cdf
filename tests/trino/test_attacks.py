"""SQL that wants out of its catalog: refused by the check, and by the lock where there is no check.

The second half runs each attack on a store twice: as the room opens it before the lock, where it
must work (else it proves nothing), and locked, where it must not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.room import Limits, SqlRoom, fresh_store, locked
from finops_repl.trino.store import Store

STATEMENTS = """
SELECT read_text('/etc/passwd')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM read_csv_auto('/etc/passwd')
SELECT * FROM read_parquet('/etc/passwd')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_json('/etc/passwd')
SELECT * FROM parquet_scan('/etc/passwd')
SELECT * FROM glob('/etc/*')
SELECT * FROM '/etc/passwd'
SELECT * FROM "/etc/passwd"
SELECT * FROM "/etc/passwd" AS t
SELECT * FROM "main"."/etc/passwd"
FROM '/etc/passwd'
SELECT * FROM 'https://example.com/x.csv'
SELECT * FROM TABLE(read_text('/etc/passwd'))
SELECT * FROM LATERAL read_text('/etc/passwd')
SELECT * FROM cur2 CROSS JOIN read_text('/etc/passwd')
SELECT * FROM UNNEST(read_text('/etc/passwd')) AS t (x)
WITH "cur2" AS (SELECT * FROM "/etc/passwd") SELECT * FROM cur2
SELECT (SELECT content FROM read_text('/etc/passwd'))
SELECT * FROM cur2 WHERE EXISTS (SELECT 1 FROM glob('/etc/*'))
SELECT 1 UNION SELECT content FROM read_text('/etc/passwd')
SELECT getenv('HOME')
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_secrets()
SELECT * FROM pragma_version()
SELECT * FROM information_schema.views
SELECT * FROM bill.information_schema.tables
SELECT * FROM "fact$partitions"
SELECT * FROM duckdb_tables
SELECT * FROM sqlite_master
SELECT * FROM pg_catalog.pg_class
SELECT current_setting('memory_limit')
SELECT query('SELECT 1')
SELECT * FROM query('SELECT 1')
SELECT * FROM query_table('fact')
SELECT * FROM fact
SELECT * FROM cur2_view
SELECT * FROM bill.main.fact
SELECT * FROM memory.main.loading
SELECT * FROM secret_variable
SELECT nextval('x')
SELECT error('x')
SELECT system('id')
COPY cur2 TO '/tmp/x.csv'
COPY (SELECT 1) TO '/tmp/x.csv'
EXPORT DATABASE '/tmp/x'
ATTACH '/tmp/x.db'
INSTALL httpfs
LOAD httpfs
PRAGMA version
SET memory_limit = '100GB'
RESET lock_configuration
CALL pragma_version()
CREATE TABLE x AS SELECT 1
CREATE MACRO m() AS 1
INSERT INTO cur2 SELECT * FROM cur2
UPDATE cur2 SET billing_period = ''
DELETE FROM cur2
DROP TABLE cur2
TRUNCATE TABLE cur2
VACUUM
CHECKPOINT
EXPLAIN SELECT 1
EXPLAIN ANALYZE SELECT 1
UNLOAD (SELECT 1) TO 's3://x/'
PREPARE p FROM SELECT 1
EXECUTE p
SELECT 1; SELECT 2
SELECT 1; DROP TABLE cur2
SELECT 1 /* ; */ ; DROP TABLE cur2
SHOW TABLES; DROP TABLE cur2
WITH x AS (DELETE FROM cur2 RETURNING *) SELECT * FROM x
WITH x AS (INSERT INTO cur2 SELECT 1) SELECT 1
SELECT * INTO OUTFILE '/tmp/x' FROM cur2
SELECT * INTO x FROM cur2
SELECT * FROM cur2 FOR UPDATE
{{ SELECT 1 }}
{# SELECT 1 #} DROP TABLE cur2
SELECT 1 /* unclosed
SELECT 'unclosed
SELECT "unclosed
SELECT $$x$$
SELECT E'\\\\x41'
SELECT #1
SELECT @x
USING EXTERNAL FUNCTION f(x varchar) RETURNS varchar LAMBDA 'f' SELECT f('x')
"""


@pytest.mark.parametrize("sql", STATEMENTS.strip().splitlines())
def test_statement_out_of_the_catalog_is_refused(room: SqlRoom, sql: str) -> None:
    secret_variable = "a Python variable that a scan of the caller's frames would find"
    with pytest.raises(SqlProblem):
        room.query(sql)
    assert secret_variable


def test_the_store_behind_the_catalog_is_in_no_list_of_tables(room: SqlRoom) -> None:
    listed = "SELECT table_name FROM information_schema.{} GROUP BY 1 ORDER BY 1"
    for name in ("tables", "columns"):
        assert room.query(listed.format(name)).rows == (("cur2",), ("numbers",))


@pytest.mark.parametrize(
    "name",
    ['x"; DROP TABLE fact; --', "/etc/passwd", "a'b", 'q"uo""te', "{0}", "%s", "r1.c0"],
)
def test_names_and_texts_stay_names_and_texts(room: SqlRoom, name: str) -> None:
    quoted, text = name.replace('"', '""'), name.replace("'", "''")
    table = room.query(f'SELECT x AS "{quoted}" FROM (SELECT \'{text}\' AS x) AS "{quoted}"')
    assert table.names == (name,)
    assert table.rows == ((name,),)


RAW: dict[str, str] = {
    "read a file": "SELECT * FROM read_text('{file}')",
    "read a file by its name": "SELECT * FROM '{csv}'",
    "list a folder": "SELECT * FROM glob('{folder}/*')",
    "write a file": "COPY (SELECT 1) TO '{folder}/written.csv'",
    "attach a database": "ATTACH '{folder}/attached.db'",
    "export": "EXPORT DATABASE '{folder}/exported'",
    "lift the lock": "SET enable_external_access = true",
    "raise the memory": "SET memory_limit = '64GB'",
    "move the temporary folder": "SET temp_directory = '{folder}'",
}


@pytest.fixture
def unlocked(tmp_path: Path) -> Iterator[Store]:
    store = fresh_store(Limits(), tmp_path / "sql")
    yield store
    store.close()


@pytest.fixture
def aimed(tmp_path: Path) -> Callable[[str], str]:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")

    def fill(sql: str) -> str:
        return sql.format(file=tmp_path / "secret.txt", csv=tmp_path / "rows.csv", folder=tmp_path)

    return fill


@pytest.mark.parametrize("attack", RAW)
def test_lock_stops_what_works_without_it(
    unlocked: Store, aimed: Callable[[str], str], attack: str
) -> None:
    sql = aimed(RAW[attack])
    if attack != "lift the lock":  # on from the start: nothing to lift
        unlocked.execute(sql)
        if attack.startswith("attach"):
            unlocked.execute("DETACH attached")
    locked(unlocked)
    with pytest.raises(duckdb.Error):
        unlocked.execute(sql)


def test_lock_keeps_extensions_out(unlocked: Store) -> None:
    locked(unlocked)
    for sql in ("INSTALL spatial", "LOAD spatial", "SELECT * FROM 'https://127.0.0.1:9/x.parquet'"):
        with pytest.raises(duckdb.Error):
            unlocked.execute(sql)


def test_python_variables_are_not_tables(unlocked: Store) -> None:
    import pandas

    frame = pandas.DataFrame({"secret": [1]})
    open_store = duckdb.connect(":memory:")
    assert open_store.execute("SELECT secret FROM frame").fetchall() == [(1,)]
    open_store.close()
    with pytest.raises(duckdb.Error):
        unlocked.execute("SELECT secret FROM frame")
    assert len(frame) == 1


def test_database_is_attached_for_reading_only(room: SqlRoom) -> None:
    with pytest.raises(duckdb.Error):
        room._store.execute("INSERT INTO bill.main.numbers VALUES (1, 'x', 1)")
