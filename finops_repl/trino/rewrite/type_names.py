"""The types that CAST and typed literals name."""

from __future__ import annotations

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Translator
from finops_repl.trino.types import Type

__all__ = ["MOST_DIGITS", "type_of"]

MOST_DIGITS = 6
"""Fractional digits of a second that DuckDB keeps."""


def type_of(t: Translator, node: exp.Expr) -> tuple[Type, int | None]:
    """The type that a CAST names, and the length of a varchar(n)."""
    names = {
        exp.DType.BOOLEAN: "boolean",
        exp.DType.TINYINT: "tinyint",
        exp.DType.SMALLINT: "smallint",
        exp.DType.INT: "integer",
        exp.DType.BIGINT: "bigint",
        exp.DType.FLOAT: "real",
        exp.DType.DOUBLE: "double",
        exp.DType.DECIMAL: "decimal",
        exp.DType.VARCHAR: "varchar",
        exp.DType.DATE: "date",
        exp.DType.TIMESTAMP: "timestamp",
        exp.DType.TIMESTAMPTZ: "timestamp with time zone",
        exp.DType.JSON: "json",
        exp.DType.ARRAY: "array",
        exp.DType.MAP: "map",
        exp.DType.STRUCT: "row",
        exp.DType.VARBINARY: "varbinary",
    }
    name = names.get(node.this) if isinstance(node, exp.DataType) else None
    if name is None:
        raise t.problem("NOT_SUPPORTED", f"Type {node.sql('trino')} is not supported here", node)
    if name == "row":
        return _row_type(t, node), None
    if name in ("array", "map"):
        return Type(name, tuple(_element_type(t, each) for each in node.expressions)), None
    written = [parameter.this.name for parameter in node.expressions]
    if not all(digits.isdigit() for digits in written):
        raise t.problem("TYPE_NOT_FOUND", f"Unknown type: {node.sql('trino')}", node)
    numbers = [int(digits) for digits in written]
    if name == "decimal":
        precision, scale = (*numbers, *(38, 0)[len(numbers) :])
        if not 0 <= scale <= precision <= 38:
            raise t.problem("TYPE_MISMATCH", f"Invalid decimal({precision},{scale})", node)
        return Type("decimal", precision=precision, scale=scale), None
    if name in ("timestamp", "timestamp with time zone"):
        precision = numbers[0] if numbers else 3
        if precision > MOST_DIGITS:
            raise t.problem("NOT_SUPPORTED", f"{name}({precision}) is not supported here", node)
        return Type(name, precision=precision), None
    return Type(name), numbers[0] if numbers else None


def _element_type(t: Translator, node: exp.Expr) -> Type:
    found, length = type_of(t, node)
    if length is not None:
        text = f"{found}({length}) within another type is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    return found


def _row_type(t: Translator, node: exp.Expr) -> Type:
    named = [isinstance(each, exp.ColumnDef) for each in node.expressions]
    if not named or not all(named):
        raise t.problem("NOT_SUPPORTED", "The fields of a row type need names here", node)
    args = tuple(_element_type(t, each.args["kind"]) for each in node.expressions)
    return Type("row", args, tuple(each.name for each in node.expressions))
