"""CAST and TRY_CAST with Trino's rules of what text is a number, a date or a moment.

DuckDB reads more texts than Trino ('1.5' as a bigint, '2024/01/01' as a date) and rounds doubles
half to even; each such pair of types is guarded here. Source: Trino's `DoubleOperators`,
`DecimalConversions` (half up, of the shortest text of a double), `VarcharOperators`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from finops_repl.trino.dialect import TYPED_LITERAL
from finops_repl.trino.problem import ProblemCode
from finops_repl.trino.rewrite.intervals import interval_text
from finops_repl.trino.rewrite.json_casts import from_json, to_json
from finops_repl.trino.rewrite.literals import moment_literal
from finops_repl.trino.rewrite.type_names import MOST_DIGITS
from finops_repl.trino.rewrite.typed import Typed, coerced, field_of, guarded, raised
from finops_repl.trino.rewrite.zones import OFFSET, from_local, local, zone_name
from finops_repl.trino.types import (
    DOUBLE,
    VARCHAR,
    Type,
    duckdb_type,
    quoted,
    text_literal,
)

if TYPE_CHECKING:
    from sqlglot import exp

    from finops_repl.trino.rewrite.scope import Translator

__all__ = ["cast", "timestamp_text"]

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
DAY = r"\d{4}-\d{1,2}-\d{1,2}"
CLOCK = r"\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?"
PATTERNS = {
    "boolean": "(?i)(t|true|1|f|false|0)",
    "double": rf"\s*({NUMBER}|[+-]?(NaN|Infinity))\s*",
    "real": rf"\s*({NUMBER}|[+-]?(NaN|Infinity))\s*",
    "decimal": NUMBER,
    "date": rf"\s*{DAY}\s*",
}
REAL_DIGITS = (
    "coalesce(list_filter(["
    + ", ".join(f"printf('%.{digits}g', abs({{0}}))" for digits in range(1, 7))
    + "], lambda d: CAST(d AS FLOAT) = abs({0}))[1], printf('%.7g', abs({0})))"
)
"""A real's digits, at most seven of them."""
NAN = raised("CAST of NaN is not supported here", of=DOUBLE, code="NOT_SUPPORTED")
MOMENTS = ("date", "timestamp", "timestamp with time zone")


def cast(t: Translator, value: Typed, to: Type, node: exp.Expr, *, safe: bool = False) -> Typed:
    """`value` converted to `to`; `safe` gives NULL where the conversion fails (TRY_CAST)."""
    source = value.type
    if source.name == "unknown":
        return Typed(f"CAST(NULL AS {duckdb_type(to)})", to)
    if source == to and to.name != "decimal":
        return value
    if isinstance(value.constant, str) and to.name == "timestamp with time zone":
        zoned = _zoned(t, value.constant, to, node, safe=safe)
        if zoned:
            return zoned
    if isinstance(value.constant, str) and to.name in MOMENTS:
        decided = _decided(t, value.constant, to, node, safe=safe)
        if decided:
            return decided
    nan = value.nan or (isinstance(value.constant, str) and "NaN" in value.constant)
    nested = bool(source.args and to.args)
    sql = _nested(t, value, to, node) if nested else _converted(value, to, safe=safe)
    if sql is None and to.name == "json":
        sql = to_json(t, value, lambda inner: cast(t, inner, VARCHAR, node).sql)
        if sql is None:
            raise t.problem("NOT_SUPPORTED", f"CAST of {source} to json is not run here", node)
    if sql is None and source.name == "json":
        sql = from_json(t, value.sql, to, lambda inner, of: cast(t, inner, of, node).sql)
        nested = True
    if sql is None:
        raise t.problem("TYPE_MISMATCH", f"Cannot cast {source} to {to}", node)
    if nested and safe:
        sql = f"TRY({sql})"
    return Typed(sql, to, nan=nan and to.name in ("double", "real"), weight=value.weight)


def _decided(t: Translator, text: str, to: Type, node: exp.Expr, *, safe: bool) -> Typed | None:
    """A literal as a date or moment; one that is none fails as it runs, but at once behind DATE."""
    try:
        literal = moment_literal(text, to)
    except ValueError:
        if node.meta.get(TYPED_LITERAL):
            message = f"'{text}' is not a valid {to.name} literal"
            raise t.problem("INVALID_LITERAL", message, node) from None
        wrong = _wrong_text(to).format(text)
        failing = "NULL" if safe else raised(wrong, of=to, code="INVALID_CAST_ARGUMENT")
        return Typed(f"CAST({failing} AS {duckdb_type(to)})", to)
    return None if literal is None else Typed(literal, to)


def _zoned(t: Translator, text: str, to: Type, node: exp.Expr, *, safe: bool) -> Typed | None:
    """A literal that names its time zone, which becomes that of its type; None for others."""
    found = re.fullmatch(rf"\s*({DAY} {CLOCK})\s*({OFFSET}|[A-Za-z]\S*)\s*", text)
    if found is None or found.group(2) in ("UTC", "Z"):
        return None
    of = replace(to, zone=zone_name(t, found.group(2), node))
    moment = replace(to, name="timestamp")
    clock = Typed(text_literal(found.group(1)), VARCHAR, constant=found.group(1))
    return Typed(from_local(cast(t, clock, moment, node, safe=safe).sql, of), of)


def _nested(t: Translator, value: Typed, to: Type, node: exp.Expr) -> str | None:
    """An array, map or row whose elements are converted one by one."""
    source, sql = value.type, value.sql
    if source.name != to.name or len(source.args) != len(to.args):
        return None

    def element(text: str, index: int) -> str:
        return cast(t, Typed(text, source.args[index]), to.args[index], node).sql

    each = t.fresh("p")
    if to.name == "array":
        return f"list_transform({sql}, lambda {each}: {element(each, 0)})"
    if to.name == "map":
        keys = f"list_transform(map_keys({sql}), lambda {each}: {element(each, 0)})"
        values = f"list_transform(map_values({sql}), lambda {each}: {element(each, 1)})"
        return f"CASE WHEN {sql} IS NOT NULL THEN map({keys}, {values}) END"
    fields = ", ".join(
        f"{quoted(name or f'field{index}')} := " + element(field_of(sql, source, index), index)
        for index, name in enumerate(to.fields)
    )
    return f"CASE WHEN {sql} IS NOT NULL THEN struct_pack({fields}) END"


def _converted(value: Typed, to: Type, *, safe: bool) -> str | None:
    source, verb = value.type, "TRY_CAST" if safe else "CAST"
    plain = f"{verb}({value.sql} AS {duckdb_type(to)})"
    if to.name == "varchar":
        return _as_text(value, safe=safe)
    if source.name == "varchar":
        return _from_text(value, to, verb, safe=safe)
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
    return None


def _as_text(value: Typed, *, safe: bool) -> str | None:
    source = value.type
    if source.name in ("timestamp", "timestamp with time zone"):
        return timestamp_text(value)
    if source.name == "double":
        return _double_text(coerced(value, DOUBLE), "CAST(abs({}) AS VARCHAR)")
    if source.name == "real":
        return _double_text(value.sql, REAL_DIGITS)
    if source.name == "json":
        scalar = f"json_type({value.sql}) NOT IN ('OBJECT', 'ARRAY')"
        fraction = f"CAST({value.sql} ->> '$' AS DOUBLE)"
        shown = (
            f"CASE WHEN json_type({value.sql}) = 'DOUBLE' THEN "
            f"{_double_text(fraction, 'CAST(abs({}) AS VARCHAR)')} ELSE ({value.sql} ->> '$') END"
        )
        message = "Cannot cast to varchar: {}"
        code: ProblemCode = "INVALID_CAST_ARGUMENT"
        return guarded(value.sql, scalar, shown, message, VARCHAR, safe=safe, code=code)
    if source.is_interval:
        return interval_text(value).sql
    if source.name == "varbinary":
        return None
    if source.name == "decimal" and source.precision == source.scale:
        return f"CAST(CAST({value.sql} AS DECIMAL(38,{source.scale})) AS VARCHAR)"  # 0.1, not .1
    if source.is_integer or source.name in ("boolean", "decimal", "date"):
        return f"CAST({value.sql} AS VARCHAR)"
    return None


def _double_text(sql: str, shortest: str) -> str:
    """A double as Trino writes it, 1.5E0, from its shortest digits; `{}` in those is the value.

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
    text = f"CASE WHEN {kept} = '' THEN '0E0' ELSE {shown} END"
    made = f"list_transform([{shortest.format(sql)}], lambda t: {text})[1]"
    return (
        f"CASE WHEN isnan({sql}) THEN 'NaN' "
        f"WHEN isinf({sql}) THEN CASE WHEN {sql} > 0 THEN 'Infinity' ELSE '-Infinity' END "
        f"WHEN signbit({sql}) THEN '-' || {made} ELSE {made} END"
    )


def timestamp_text(value: Typed) -> str:
    """A timestamp as Trino writes it, with as many digits as its type has."""
    shown = f"left(strftime({local(value)}, '%Y-%m-%d %H:%M:%S.%f'), {_width(value.type)})"
    zone = text_literal(f" {value.type.zone or 'UTC'}")
    return f"({shown} || {zone})" if value.type.name.endswith("zone") else shown


def _width(of: Type) -> int:
    seconds = len("2024-01-31 10:00:00")
    return seconds + 1 + of.precision if of.precision else seconds


def _from_text(value: Typed, to: Type, verb: str, *, safe: bool) -> str | None:
    sql = value.sql
    if to.name in ("timestamp", "timestamp with time zone"):
        return _moment_of_text(sql, to, verb, safe=safe)
    if to.is_integer:
        pattern = r"[+-]?\d+"
    elif to.name in PATTERNS:
        pattern = PATTERNS[to.name]
    else:
        return None
    made = f"{verb}(trim({sql}) AS {duckdb_type(to)})"
    if to.name in ("double", "real") and value.constant is None:
        # What may be NaN is compared otherwise, and the text of a column is next to never NaN.
        made = f"CASE WHEN contains({sql}, 'NaN') THEN {NAN} ELSE {made} END"
    return guarded(
        sql,
        f"regexp_full_match({sql}, '{pattern}')",
        made,
        _wrong_text(to),
        to,
        safe=safe,
        code="INVALID_CAST_ARGUMENT",
    )


def _moment_of_text(sql: str, to: Type, verb: str, *, safe: bool) -> str:
    """A text as a moment, rounded to the digits of its type; of the zones, UTC alone is read."""
    clock = rf"( {CLOCK})?"
    zone = r"\s*(UTC|Z)?" if to.name.endswith("zone") else ""
    bare = rf"regexp_extract({sql}, '{DAY}{clock}')"
    kept = rf"regexp_replace({bare}, '(\.\d{{{MOST_DIGITS}}})\d+', '\1')"
    read = Typed(f"{verb}({kept} AS TIMESTAMP)", replace(to, precision=MOST_DIGITS))
    made = _moment(read, to)
    unread = rf"regexp_full_match({sql}, '\s*{DAY}{clock} \s*({OFFSET}|\w+/[\w/+-]+)\s*')"
    if to.precision == MOST_DIGITS:
        unread = rf"({unread} OR regexp_matches({sql}, '\.\d{{{MOST_DIGITS + 1}}}'))"
    refused = raised(f"CAST to {to} is not supported here of ", sql, of=to, code="NOT_SUPPORTED")
    if to.name.endswith("zone") or to.precision == MOST_DIGITS:
        known = rf"regexp_full_match({sql}, '\s*{DAY}{clock}{zone}\s*')"
        made = f"CASE WHEN {unread} THEN {refused} ELSE {made} END"
        condition = f"({known} OR {unread})"
    else:
        condition = rf"regexp_full_match({sql}, '\s*{DAY}{clock}\s*')"
    return guarded(
        sql, condition, made, _wrong_text(to), to, safe=safe, code="INVALID_CAST_ARGUMENT"
    )


def _wrong_text(to: Type) -> str:
    """Trino's words for a text that is no value of a type; `{}` stands for the text."""
    if to.name in MOMENTS:
        return f"Value cannot be cast to {to.name}: {{}}"
    if to.name == "decimal":
        return f"Cannot cast VARCHAR '{{}}' to DECIMAL({to.precision}, {to.scale})"
    shown = "INT" if to.name == "integer" else to.name.upper()
    return f"Cannot cast '{{}}' to {shown}"


def _moment(value: Typed, to: Type) -> str:
    if value.type.zone and to.name != value.type.name:
        value = Typed(local(value), replace(value.type, zone=""))
    if to.name == "date" or value.type.name == "date" or to.precision >= value.type.precision:
        return f"CAST({value.sql} AS {duckdb_type(to)})"
    unit = 10 ** (MOST_DIGITS - to.precision)
    rounded = f"(epoch_us({value.sql}) + {unit // 2})"
    return f"make_timestamp({rounded} - (({rounded} % {unit}) + {unit}) % {unit})"
