"""CAST and TRY_CAST with Trino's rules of what text is a number, a date or a moment.

DuckDB reads more texts than Trino ('1.5' as a bigint, '2024/01/01' as a date) and rounds doubles
half to even; each such pair of types is guarded here. Source: Trino's `DoubleOperators`,
`DecimalConversions` (half up, of the shortest text of a double), `VarcharOperators`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finops_repl.trino.rewrite.typed import Typed, coerced, guarded
from finops_repl.trino.types import DOUBLE, VARCHAR, Type, duckdb_type

if TYPE_CHECKING:
    from sqlglot import exp

    from finops_repl.trino.rewrite.scope import Translator

__all__ = ["cast", "timestamp_text", "type_of"]

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
DAY = r"\d{4}-\d{1,2}-\d{1,2}"
PATTERNS = {
    "boolean": "(?i)(t|true|1|f|false|0)",
    "double": rf"\s*{NUMBER}\s*",
    "real": rf"\s*{NUMBER}\s*",
    "decimal": NUMBER,
    "date": rf"\s*{DAY}\s*",
}
FRACTIONS = {0: "%Y-%m-%d %H:%M:%S", 3: "%Y-%m-%d %H:%M:%S.%g", 6: "%Y-%m-%d %H:%M:%S.%f"}
MOMENTS = ("date", "timestamp", "timestamp with time zone")


def type_of(t: Translator, node: exp.Expr) -> tuple[Type, int | None]:
    """The type that a CAST names, and the length of a varchar(n)."""
    from sqlglot import exp

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
    }
    name = names.get(node.this) if isinstance(node, exp.DataType) else None
    if name is None:
        raise t.problem("NOT_SUPPORTED", f"Type {node.sql('trino')} is not supported here", node)
    if name in ("array", "map"):
        return Type(name, tuple(type_of(t, each)[0] for each in node.expressions)), None
    numbers = [int(parameter.this.name) for parameter in node.expressions]
    if name == "decimal":
        precision, scale = (*numbers, *(38, 0)[len(numbers) :])
        if not 0 <= scale <= precision <= 38:
            raise t.problem("TYPE_MISMATCH", f"Invalid decimal({precision},{scale})", node)
        return Type("decimal", precision=precision, scale=scale), None
    if name in MOMENTS[1:]:
        precision = numbers[0] if numbers else 3
        if precision not in FRACTIONS:
            raise t.problem("NOT_SUPPORTED", f"{name}({precision}) is not supported here", node)
        return Type(name, precision=precision), None
    return Type(name), numbers[0] if numbers else None


def cast(t: Translator, value: Typed, to: Type, node: exp.Expr, *, safe: bool = False) -> Typed:
    """`value` converted to `to`; `safe` gives NULL where the conversion fails (TRY_CAST)."""
    source = value.type
    if source.name == "unknown":
        return Typed(f"CAST(NULL AS {duckdb_type(to)})", to)
    if source == to and to.name != "decimal":
        return value
    sql = _converted(value, to, safe=safe)
    if sql is None:
        raise t.problem("TYPE_MISMATCH", f"Cannot cast {source} to {to}", node)
    return Typed(sql, to, nan=value.nan and to == DOUBLE, weight=value.weight)


def _converted(value: Typed, to: Type, *, safe: bool) -> str | None:
    source, verb = value.type, "TRY_CAST" if safe else "CAST"
    plain = f"{verb}({value.sql} AS {duckdb_type(to)})"
    if to.name == "varchar":
        return _as_text(value, safe=safe)
    if source.name == "varchar":
        return _from_text(value.sql, to, verb, safe=safe)
    if source.name == "json":
        return _from_json(value.sql, to)
    numeric = source.is_number or source.name == "boolean"
    if numeric and (to.is_number or to.name == "boolean"):
        if value.exact or source.name not in ("double", "real"):
            return plain
        if to.is_integer:
            return f"{verb}(round({value.sql}) AS {duckdb_type(to)})"
        if to.name == "decimal":
            return f"{verb}(CAST({value.sql} AS VARCHAR) AS {duckdb_type(to)})"
        return plain
    if source.name in MOMENTS and to.name in MOMENTS:
        return _moment(value, to)
    if source.name == to.name == "array" or source.name == to.name == "map":
        same = all(
            one == other or (one.is_integer and other.is_number)
            for one, other in zip(source.args, to.args, strict=True)
        )
        return plain if same else None
    return None


def _as_text(value: Typed, *, safe: bool) -> str | None:
    source = value.type
    if source.name in ("timestamp", "timestamp with time zone"):
        return timestamp_text(value)
    if source.name in ("double", "real"):
        return _double_text(coerced(value, DOUBLE))
    if source.name == "json":
        scalar = f"json_type({value.sql}) NOT IN ('OBJECT', 'ARRAY')"
        shown = f"({value.sql} ->> '$')"
        return guarded(value.sql, scalar, shown, "Cannot cast to varchar: ", VARCHAR, safe=safe)
    if source.is_integer or source.name in ("boolean", "decimal", "date"):
        return f"CAST({value.sql} AS VARCHAR)"
    return None


def _double_text(sql: str) -> str:
    """A double as Trino writes it, 1.5E0, from the shortest digits that DuckDB gives.

    A lambda over a list of one names the intermediate texts: a macro would keep GROUP BY from
    recognising the expression.
    """
    mantissa = "split_part(t, 'e', 1)"
    digits = f"replace({mantissa}, '.', '')"
    bare = f"ltrim({digits}, '0')"
    kept = f"rtrim({bare}, '0')"
    places = f"length(split_part({mantissa}, '.', 1))"
    power = "coalesce(TRY_CAST(split_part(t, 'e', 2) AS INTEGER), 0)"
    exponent = f"({places} - 1 - (length({digits}) - length({bare})) + {power})"
    fraction = f"(CASE WHEN length({kept}) > 1 THEN substr({kept}, 2) ELSE '0' END)"
    shown = f"left({kept}, 1) || '.' || {fraction} || 'E' || CAST({exponent} AS VARCHAR)"
    text = f"CASE WHEN {kept} = '' THEN '0.0E0' ELSE {shown} END"
    made = f"list_transform([CAST(abs({sql}) AS VARCHAR)], lambda t: {text})[1]"
    return (
        f"CASE WHEN isnan({sql}) THEN 'NaN' "
        f"WHEN isinf({sql}) THEN CASE WHEN {sql} > 0 THEN 'Infinity' ELSE '-Infinity' END "
        f"WHEN {sql} < 0 THEN '-' || {made} ELSE {made} END"
    )


def timestamp_text(value: Typed) -> str:
    """A timestamp as Trino writes it, with as many digits as its type has."""
    shown = f"strftime({value.sql}, {FRACTIONS[value.type.precision]!r})"
    return f"({shown} || ' UTC')" if value.type.name.endswith("zone") else shown


def _from_text(sql: str, to: Type, verb: str, *, safe: bool) -> str | None:
    if to.is_integer:
        pattern = r"[+-]?\d+"
    elif to.name in ("timestamp", "timestamp with time zone"):
        digits = f"{{1,{to.precision}}}" if to.precision else "{0}"
        zone = "( UTC)?" if to.name.endswith("zone") else ""
        pattern = rf"\s*{DAY}( \d{{1,2}}:\d{{1,2}}(:\d{{1,2}}(\.\d{digits})?)?)?{zone}\s*"
    elif to.name in PATTERNS:
        pattern = PATTERNS[to.name]
    else:
        return None
    source = f"replace({sql}, ' UTC', '')" if to.name.endswith("zone") else sql
    return guarded(
        sql,
        f"regexp_full_match({sql}, '{pattern}')",
        f"{verb}(trim({source}) AS {duckdb_type(to)})",
        f"Value cannot be cast to {to}: ",
        to,
        safe=safe,
    )


def _from_json(sql: str, to: Type) -> str | None:
    if to in (Type("map", (VARCHAR, VARCHAR)), Type("array", (VARCHAR,))):
        return f"CAST({sql} AS {duckdb_type(to)})"
    return None


def _moment(value: Typed, to: Type) -> str | None:
    if to.name == "date" or value.type.name == "date" or to.precision >= value.type.precision:
        return f"CAST({value.sql} AS {duckdb_type(to)})"
    unit, half = {0: ("second", "500000"), 3: ("millisecond", "500")}[to.precision]
    return f"date_trunc('{unit}', {value.sql} + to_microseconds({half}))"
