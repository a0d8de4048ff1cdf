"""Queries that never end or want all memory are stopped, and the room serves on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from finops_repl.base.errors import LimitReached
from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.room import SqlRoom

ENDLESS = (
    "SELECT count(*) FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c"
    " WHERE a.n + b.n > c.n AND a.word <> b.word"
)


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS,
        "SELECT a.word, b.word FROM numbers a, numbers b, numbers c",
        "SELECT count(*) FROM numbers a JOIN numbers b ON a.n <> b.n JOIN numbers c ON c.n <> b.n",
        "SELECT n, sum(n) OVER (ORDER BY word ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        " FROM (SELECT a.n, b.word FROM numbers a CROSS JOIN numbers b)",
    ],
)
def test_endless_query_ends_at_its_time_limit(room: SqlRoom, sql: str) -> None:
    with pytest.raises(LimitReached):
        room.query(sql, timeout_s=0.5)
    assert room.query("SELECT 1").rows == ((1,),)


def test_cancelled_query_ends(room: SqlRoom) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    with pytest.raises(LimitReached, match="cancelled"):
        room.query(ENDLESS, timeout_s=60, cancelled=cancelled)


def test_query_cancelled_before_it_starts_does_not_run_on(room: SqlRoom) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(LimitReached, match="cancelled"):
        room.query(ENDLESS, timeout_s=60, cancelled=cancelled)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT array_agg(a.word || b.word) FROM numbers a CROSS JOIN numbers b WHERE b.n < 1000",
        "SELECT a.n, b.n, count(*) FROM numbers a CROSS JOIN numbers b GROUP BY 1, 2",
        "SELECT a.word || b.word FROM numbers a CROSS JOIN numbers b ORDER BY 1",
    ],
)
def test_memory_and_temporary_files_are_bounded(room: SqlRoom, sql: str) -> None:
    with pytest.raises(LimitReached, match="more memory"):
        room.query(sql, timeout_s=60)
    assert room.query("SELECT count(*) FROM numbers").rows == ((100000,),)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sequence(1, 10000000000)",
        "SELECT sequence(1, 100000000)",
        "SELECT sequence(1, 100000000, 2)",
        "SELECT sequence(DATE '0001-01-01', DATE '9999-01-01')",
        "SELECT n FROM numbers CROSS JOIN UNNEST(sequence(1, 1000000)) AS t (x)",
    ],
)
def test_long_sequences_are_refused_as_in_trino(room: SqlRoom, sql: str) -> None:
    with pytest.raises(SqlProblem, match="must not have more than 10000 entries"):
        room.query(sql)


def test_a_string_cannot_be_grown_without_bounds(room: SqlRoom) -> None:
    tenfold = " || ".join(["s"] * 10)
    steps = ", ".join(f"s{i} AS (SELECT {tenfold} AS s FROM s{i - 1})" for i in range(1, 9))
    with pytest.raises(SqlProblem, match="without bounds"):
        room.query(f"WITH s0 AS (SELECT 'x' AS s), {steps} SELECT length(s) FROM s8")
    with pytest.raises(SqlProblem):
        room.query("SELECT length(lpad('x', 1000000000, 'y'))")
    with pytest.raises(SqlProblem, match="without bounds"):
        room.query("SELECT length(reduce(sequence(1, 99), 'x', (s, x) -> s || s, s -> s))")
    with pytest.raises(SqlProblem, match="sequence in a lambda"):
        room.query("SELECT transform(sequence(1, 9999), x -> sequence(1, 9999))")
    nested = "'x'"
    for _ in range(8):
        nested = f"replace({nested}, 'x', 'xxxxxxxxxx')"
    with pytest.raises(SqlProblem, match="without bounds"):
        room.query(f"SELECT length({nested})")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT " + "NOT " * 5000 + "true",
        "SELECT " + " + ".join(["1"] * 20000),
        "SELECT 1 -- " + "x" * 300_000,
    ],
)
def test_monstrous_statements_are_refused(room: SqlRoom, sql: str) -> None:
    with pytest.raises(SqlProblem):
        room.query(sql)


@pytest.mark.parametrize(
    "call",
    [
        "json_extract_scalar({}, '$')",
        "url_extract_host({})",
        "human_readable_seconds(length({}))",
        "CAST(from_iso8601_date({}) AS varchar)",
    ],
)
def test_calls_within_calls_take_no_memory_before_they_run(room: SqlRoom, call: str) -> None:
    sql = "word"
    for _ in range(12):
        sql = call.format(sql)
    with pytest.raises(SqlProblem, match="too many calls within calls"):
        room.query(f"SELECT {sql} FROM numbers")


def test_ngrams_have_as_many_entries_as_a_sequence_at_most(room: SqlRoom) -> None:
    for source in ("sequence(1, 10000)", "sequence(n, n + 9999)"):
        sql = f"SELECT cardinality(ngrams({source}, {{}})) FROM numbers WHERE n < 3"
        assert room.query(sql.format(10_000)).rows == ((1,),) * 3
        with pytest.raises(SqlProblem, match="that many entries"):
            room.query(sql.format(5000))


def test_result_too_large_for_memory_is_refused_not_cut_silently(room: SqlRoom) -> None:
    sql = "SELECT a.n, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 FROM numbers a"
    sql += " CROSS JOIN (VALUES 1, 2, 3) AS v (x)"
    with pytest.raises(LimitReached, match="more than 250000 rows"):
        room.query(sql)


def test_queries_run_side_by_side(room: SqlRoom) -> None:
    def total(power: int) -> object:
        return room.query(f"SELECT sum(n + {power}) FROM numbers").rows[0][0]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(total, range(16))) == [
            4999950000 + 100000 * power for power in range(16)
        ]


def test_one_query_s_limit_does_not_end_its_neighbour(room: SqlRoom) -> None:
    with ThreadPoolExecutor(2) as pool:
        endless = pool.submit(room.query, ENDLESS, timeout_s=0.5)
        answers = [room.query("SELECT count(*) FROM numbers").rows for _ in range(10)]
        with pytest.raises(LimitReached):
            endless.result()
    assert answers == [((100000,),)] * 10
