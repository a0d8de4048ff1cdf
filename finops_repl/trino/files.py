# ruff: noqa: S608 -- loading statements are made of quoted names and checked types
"""The user's own files as tables: CSV, CSV.gz and Parquet, read once before the room is locked.

CSV carries no types: names that FOCUS and CUR define decide, everything else stays a string, so
that account ids keep their digits. Costs are held as DECIMAL with as many places as the file has:
their sums are exact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from finops_repl.base.errors import InputError
from finops_repl.base.table import Column
from finops_repl.trino.bill_columns import declared_type
from finops_repl.trino.catalog import Catalog, TableDef
from finops_repl.trino.room import Limits, SqlRoom
from finops_repl.trino.store import Store
from finops_repl.trino.types import quoted, text_literal

__all__ = ["CATALOG", "DATABASE", "files_room", "table_name", "tables_of"]

CATALOG, DATABASE = "files", "bill"
SUFFIXES = (".csv", ".csv.gz", ".parquet")
NULLS = "['NULL', '']"
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
MAPS = re.compile(r"MAP\((VARCHAR), (VARCHAR|DOUBLE)\)")


def tables_of(paths: Sequence[Path]) -> dict[str, Path]:
    """The files behind `paths` by table name; a folder stands for the files in it.

    Raises `InputError` for a path that does not exist, for one of another kind, and where two
    files would be one table.
    """
    found: dict[str, Path] = {}
    for path in paths:
        listed = sorted(path.iterdir()) if path.is_dir() else [path]
        readable = [each for each in listed if each.is_file() and _suffix(each)]
        if not readable:
            raise InputError(
                f"{path} is no bill: {'no such file' if not path.exists() else 'nothing to read'}",
                hint=f"give a file or a folder of files that end in {', '.join(SUFFIXES)}",
            )
        for each in readable:
            name = table_name(each)
            if found.setdefault(name, each) != each:
                raise InputError(
                    f"{found[name]} and {each} would both be table {name}",
                    hint="rename one, or give one of them",
                )
    return found


def table_name(path: Path) -> str:
    """The stem of a file, with what SQL would need quotes for replaced by `_`."""
    stem = path.name[: len(path.name) - len(_suffix(path))]
    name = re.sub(r"\W", "_", stem)
    return f"_{name}" if name[:1].isdigit() else name


def files_room(paths: Sequence[Path], *, limits: Limits | None = None) -> SqlRoom:
    """A locked room over files; raises `InputError` for one that cannot be read."""
    files = tables_of(paths)
    tables: dict[str, TableDef] = {}

    def fill(store: Store) -> str:
        for name, path in files.items():
            tables[name] = _load(store, name, path)
        return "memory.main"

    return SqlRoom(Catalog(CATALOG, DATABASE, tables), fill, limits=limits)


def _suffix(path: Path) -> str:
    return next((each for each in SUFFIXES if path.name.lower().endswith(each)), "")


def _load(store: Store, name: str, path: Path) -> TableDef:
    import duckdb

    if not path.stat().st_size:
        raise InputError(f"{path} is empty", hint="export it again")
    where = text_literal(str(path))
    parquet = _suffix(path) == ".parquet"
    csv = f"read_csv({where}, header = true, all_varchar = true, nullstr = {NULLS}, delim = ',')"
    source = f"read_parquet({where})" if parquet else csv
    try:
        store.execute(f"CREATE TEMP TABLE loading AS SELECT * FROM {source}")
        described = [
            (str(row[0]), str(row[1])) for row in store.execute("DESCRIBE loading").fetchall()
        ]
        columns = _held_parquet(described) if parquet else _held_csv(store, described)
        listed = ", ".join(f"{sql} AS {quoted(column.name)}" for column, sql in columns)
        store.execute(f"CREATE TABLE memory.main.{quoted(name)} AS SELECT {listed} FROM loading")
        store.execute("DROP TABLE loading")
    except duckdb.Error as error:
        raise InputError(
            f"{path} cannot be read: {str(error).splitlines()[0]}",
            hint="is it complete, and of the kind that its name says?",
        ) from error
    return TableDef(tuple(column for column, _ in columns))


def _held_parquet(described: list[tuple[str, str]]) -> list[tuple[Column, str]]:
    held = []
    for name, kind in described:
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
        held.append((Column(name, declared), sql))
    return held


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
        f"SELECT count(*) FILTER (WHERE TRY_CAST({column} AS DOUBLE) IS NULL), "
        f"coalesce(max({places}), 0), coalesce(max({digits}), 0) "
        f"FROM loading WHERE {column} IS NOT NULL"
    ).fetchone()
    if measured is None or measured[0]:
        return None
    scale, whole = max(0, measured[1]), max(1, measured[2])
    if scale + whole + SUM_DIGITS > 38:
        return f"CAST({column} AS DOUBLE)"
    return f"CAST({column} AS DECIMAL(38,{scale}))"
