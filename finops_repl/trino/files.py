# ruff: noqa: S608 -- loading statements are made of quoted names and checked types
"""The user's own files as tables: CSV, CSV.gz and Parquet, read once before the room is locked.

CSV carries no types: names that FOCUS and CUR define decide, everything else stays a string, so
that account ids keep their digits. Costs are held as DECIMAL where it has the places for them:
their sums are exact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from finops_repl.base.errors import InputError
from finops_repl.base.table import Column
from finops_repl.trino.bill_columns import declared_type, squeezed
from finops_repl.trino.bill_folders import SourceTable, source_tables
from finops_repl.trino.catalog import PATH, Catalog, TableDef
from finops_repl.trino.room import Limits, SqlRoom
from finops_repl.trino.store import Store
from finops_repl.trino.types import quoted, text_literal

__all__ = ["CATALOG", "DATABASE", "files_room"]

CATALOG, DATABASE = "files", "bill"
CSV = (
    "header = true, all_varchar = true, nullstr = ['NULL', ''], delim = ',', "
    "hive_partitioning = false"
)
MONEY_PLACES = 18
"""Places of every number held as DECIMAL: DuckDB loses digits where two scales meet in a CASE."""

SUM_DIGITS = 9
"""Digits left free above the largest value, so that a sum of a billion rows still fits."""

SIMPLE = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BLOB": "varbinary",
}
NARROWED = {
    "UTINYINT": "INTEGER",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(38,0)",
    "HUGEINT": "DECIMAL(38,0)",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}
MONEY = re.compile(r"cost|fee|commitment|price")
"""Doubles that are held as DECIMAL by their shortest digits: their sums do not depend on order."""

MAPS = re.compile(r"MAP\((VARCHAR), (VARCHAR|DOUBLE)\)")


def files_room(paths: Sequence[Path], *, limits: Limits | None = None) -> SqlRoom:
    """A locked room over files; raises `InputError` for one that cannot be read."""
    sources = source_tables(paths)
    tables: dict[str, TableDef] = {}

    def fill(store: Store) -> str:
        for name, source in sources.items():
            tables[name] = _load(store, name, source)
        return "memory.main"

    return SqlRoom(Catalog(CATALOG, DATABASE, tables), fill, limits=limits)


def _load(store: Store, name: str, table: SourceTable) -> TableDef:
    import duckdb

    for each in table.files:
        if not each.path.stat().st_size:
            raise InputError(f"{each.path} is empty", hint="export it again")
    try:
        store.execute(f"CREATE TEMP TABLE loading AS {_reading(table)}")
        described = [
            (str(row[0]), str(row[1]))
            for row in store.execute("DESCRIBE loading").fetchall()
            if row[0] != PATH
        ]
        held = _held_parquet(store, described) if table.is_parquet else _held_csv(store, described)
        columns = _partitions_last(held, table.keys)
        listed = ", ".join(f"{sql} AS {quoted(column.name)}" for column, sql in columns)
        listed += f", {quoted(PATH)}"
        # Rows of a month lie together: a condition on the month then skips the others' blocks.
        order = f" ORDER BY {', '.join(map(quoted, table.keys))}" if table.keys else ""
        store.execute(
            f"CREATE TABLE memory.main.{quoted(name)} AS SELECT {listed} FROM loading{order}"
        )
        store.execute("DROP TABLE loading")
    except duckdb.Error as error:
        raise InputError(
            f"{_shown(table)} cannot be read: {str(error).splitlines()[0]}",
            hint="is it complete, and of the kind that its name says?",
        ) from error
    listed_columns = tuple(column for column, _ in columns)
    return TableDef(listed_columns, table.keys, path=f"file://{{{PATH}}}")


def _shown(table: SourceTable) -> str:
    first = table.files[0].path
    return str(first) if len(table.files) == 1 else f"{first} with {len(table.files) - 1} more"


def _reading(table: SourceTable) -> str:
    """SELECT over all files: columns are matched by name, those that a file lacks are NULL."""
    months: dict[tuple[str, ...], list[str]] = {}
    for each in table.files:
        values = tuple(each.partition[key] for key in table.keys)
        months.setdefault(values, []).append(text_literal(str(each.path.absolute())))
    # A column of the file by a partition's name says the same: the folder's is taken.
    left_out = ", ".join(text_literal(name) for name in (*table.keys, PATH))
    # One of a few paths takes a byte or two in each row, its text a hundred.
    every = ", ".join(path for paths in months.values() for path in paths)
    star = (
        f"COLUMNS(lambda c: lower(c) NOT IN ({left_out})),"
        f" TRY_CAST({quoted(PATH)} AS ENUM({every})) AS {quoted(PATH)}"
    )
    selects = []
    for values, paths in months.items():
        listed = f"[{', '.join(paths)}], union_by_name = true, filename = {text_literal(PATH)}"
        read = (
            f"read_parquet({listed}, hive_partitioning = false)"
            if table.is_parquet
            else f"read_csv({listed}, {CSV})"
        )
        given = "".join(
            f", {text_literal(value)} AS {quoted(key)}"
            for key, value in zip(table.keys, values, strict=True)
        )
        selects.append(f"SELECT {star}{given} FROM {read}")
    return " UNION ALL BY NAME ".join(selects)


def _partitions_last(
    held: list[tuple[Column, str]], keys: tuple[str, ...]
) -> list[tuple[Column, str]]:
    """Partition keys after the columns of the files, as Athena lists them; always strings."""
    plain = [each for each in held if each[0].name not in keys]
    return [*plain, *((Column(key, "varchar"), quoted(key)) for key in keys)]


def _held_parquet(store: Store, described: list[tuple[str, str]]) -> list[tuple[Column, str]]:
    """Parquet's own types, but for texts that a bill means as numbers, and money in doubles."""
    held = []
    for name, kind in described:
        meant = declared_type(name)
        cast = None
        if kind == "VARCHAR" and meant != "varchar":
            cast = _cast(store, f"nullif(nullif({quoted(name)}, 'NULL'), '')", meant)
        elif kind == "DOUBLE" and meant == "double" and MONEY.search(squeezed(name)):
            cast = _cast_number(store, f"CAST({quoted(name)} AS VARCHAR)")
        held.append((Column(name, meant), cast) if cast else _as_stored(name, kind))
    return held


def _as_stored(name: str, kind: str) -> tuple[Column, str]:
    wanted = NARROWED.get(kind, kind)
    known = MAPS.fullmatch(wanted)
    if wanted in SIMPLE:
        declared = SIMPLE[wanted]
    elif wanted.startswith("DECIMAL") and not wanted.endswith("]"):
        declared = wanted.lower()
    elif known:
        declared = f"map({known.group(1).lower()}, {known.group(2).lower()})"
    elif wanted == "VARCHAR[]":
        declared = "array(varchar)"
    else:
        wanted, declared = "VARCHAR", "varchar"
    sql = quoted(name) if wanted == kind else f"CAST({quoted(name)} AS {wanted})"
    return Column(name, declared), sql


def _held_csv(store: Store, described: list[tuple[str, str]]) -> list[tuple[Column, str]]:
    held = []
    for name, _ in described:
        declared = declared_type(name)
        cast = _cast(store, quoted(name), declared) if declared != "varchar" else None
        held.append((Column(name, declared if cast else "varchar"), cast or quoted(name)))
    return held


def _cast(store: Store, column: str, declared: str) -> str | None:
    """How to read a CSV column as `declared`, or None where some value is none."""
    if declared == "double":
        return _cast_number(store, column)
    if declared == "timestamp":
        cast = f"CAST({column} AS TIMESTAMP)"
        wrong = f"TRY_CAST({column} AS TIMESTAMP) IS NULL"
    else:
        value = declared.removeprefix("map(varchar, ").removesuffix(")").upper()
        cast = f"CAST(CAST({column} AS JSON) AS MAP(VARCHAR, {value}))"
        wrong = f"NOT json_valid({column}) OR json_type({column}) <> 'OBJECT'"
    sql = f"SELECT count(*) FROM loading WHERE {column} IS NOT NULL AND ({wrong})"
    found = store.execute(sql).fetchone()
    return cast if found and not found[0] else None


def _cast_number(store: Store, column: str) -> str | None:
    mantissa = f"split_part(lower({column}), 'e', 1)"
    power = f"coalesce(TRY_CAST(nullif(split_part(lower({column}), 'e', 2), '') AS INTEGER), 0)"
    places = f"length(rtrim(split_part({mantissa}, '.', 2), '0')) - {power}"
    digits = f"length(ltrim(split_part({mantissa}, '.', 1), '+-0')) + {power}"
    measured = store.execute(
        f"SELECT count(*) FILTER (WHERE isfinite(TRY_CAST({column} AS DOUBLE)) IS NOT TRUE), "
        f"coalesce(max({places}), 0), coalesce(max({digits}), 0) "
        f"FROM loading WHERE {column} IS NOT NULL"
    ).fetchone()
    if measured is None or measured[0]:
        return None
    if measured[1] > MONEY_PLACES or measured[2] + MONEY_PLACES + SUM_DIGITS > 38:
        return f"CAST({column} AS DOUBLE)"
    return f"CAST({column} AS DECIMAL(38,{MONEY_PLACES}))"
