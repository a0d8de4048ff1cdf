# ruff: noqa: S608 -- translated SQL is what this module makes
"""Tables that describe the catalog: information_schema, and a table's partitions as Athena's SQL
has them, `"cur2$partitions"`.

Source: Athena's user guide, "Query the AWS Glue Data Catalog"; Trino, information_schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from finops_repl.trino.catalog import Catalog
from finops_repl.trino.rewrite.scope import Output, Relation, Translator
from finops_repl.trino.rewrite.typed import Typed, quoted, text_literal
from finops_repl.trino.types import BIGINT, VARCHAR, parse_type

__all__ = ["COLUMNS", "SCHEMA", "described"]

SCHEMA = "information_schema"
PARTITIONS = "$partitions"
Row = tuple[str | int | None, ...]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "schemata": ("catalog_name", "schema_name"),
    "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
    "columns": (
        "table_catalog", "table_schema", "table_name", "column_name", "ordinal_position",
        "column_default", "is_nullable", "data_type", "comment", "extra_info",
    ),
}  # fmt: skip
"""The tables of information_schema that are kept here."""


def described(t: Translator, parts: tuple[str, ...]) -> Relation | None:
    """The relation that `parts` names, if it is one that describes the catalog."""
    *where, name = (part.lower() for part in parts)
    if where in ([SCHEMA], [t.catalog.name.lower(), SCHEMA]) and name in COLUMNS:
        return _listed(COLUMNS[name], _rows(t.catalog, name))
    if name.endswith(PARTITIONS):
        return _partitions(t, (*where, name.removesuffix(PARTITIONS)))
    return None


def _rows(catalog: Catalog, name: str) -> Iterator[Row]:
    place = (catalog.name.lower(), catalog.database.lower())
    if name == "schemata":
        yield from ((place[0], schema) for schema in (place[1], SCHEMA))
    for table, of in sorted(catalog.tables.items()) if name != "schemata" else ():
        if name == "tables":
            yield (*place, table.lower(), "BASE TABLE")
            continue
        for at, column in enumerate(of.columns, start=1):
            kind = str(parse_type(column.type))
            extra = "partition key" if column.name in of.partition_keys else None
            yield (*place, table.lower(), column.name.lower(), at, None, "YES", kind, None, extra)


def _listed(names: tuple[str, ...], rows: Iterator[Row]) -> Relation:
    types = [BIGINT if name == "ordinal_position" else VARCHAR for name in names]
    lines = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    listed = ", ".join(
        f"CAST(c{at} AS {'BIGINT' if of == BIGINT else 'VARCHAR'}) AS c{at}"
        for at, of in enumerate(types)
    )
    aliases = ", ".join(f"c{at}" for at in range(len(names)))
    outputs = tuple(
        Output(name, f"c{at}", Typed("{}", of))
        for at, (name, of) in enumerate(zip(names, types, strict=True))
    )
    return Relation(f"SELECT {listed} FROM (VALUES {lines}) AS v({aliases})", outputs)


def _literal(cell: str | int | None) -> str:
    if cell is None:
        return "NULL"
    return str(cell) if isinstance(cell, int) else text_literal(cell)


def _partitions(t: Translator, parts: tuple[str, ...]) -> Relation | None:
    found = t.catalog.find(parts)
    if found is None or not found[1].partition_keys:
        return None
    name, table = found
    keys = [each for each in t.table(name) if each.name in table.partition_keys]
    for each in keys:
        t.read(each.origin)
    listed = ", ".join(
        f"{each.value.sql.format(quoted(each.column))} AS c{at}" for at, each in enumerate(keys)
    )
    outputs = tuple(
        Output(each.name, f"c{at}", Typed("{}", each.value.type)) for at, each in enumerate(keys)
    )
    return Relation(f"SELECT DISTINCT {listed} FROM {t.source_of(name)}", outputs)
