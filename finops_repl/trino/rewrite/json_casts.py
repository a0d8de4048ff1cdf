"""CAST from JSON, value by value, and to JSON."""

from __future__ import annotations

from collections.abc import Callable

from finops_repl.trino.rewrite.scope import Translator
from finops_repl.trino.rewrite.typed import Typed, field_of, raised
from finops_repl.trino.types import DOUBLE, JSON, VARCHAR, Type, quoted, text_literal

__all__ = ["as_written", "from_json", "to_json"]

BARE = r"""regexp_replace({}, '"(?:[^"\\]|\\.)*"', '', 'g')"""
WIDE = r"regexp_matches({}, '\d{{8}}\.\d|(^|\D)0\.000|\d[eE]')"
"""Whether a number in a JSON text is one that Java writes with an exponent, or with another."""

Convert = Callable[[Typed, Type], str]
"""The CAST of a value inside the JSON, or of a scalar's text."""


def from_json(t: Translator, sql: str, to: Type, convert: Convert) -> str | None:
    """What a JSON value is as a number, a boolean, an array, a map or a row; None for others."""
    each, kind = t.fresh("p"), f"json_type({sql})"
    shown = f"{text_literal(f'{to}: ')} || CAST({sql} AS VARCHAR)"
    wrong = raised("Cannot cast to ", shown, of=to, code="INVALID_CAST_ARGUMENT")

    def inner(text: str, of: Type) -> str:
        return convert(Typed(text, JSON), of)

    def shaped(wanted: str, made: str) -> str:
        return (
            f"CASE WHEN {kind} IS NULL OR {kind} = 'NULL' THEN NULL WHEN {kind} {wanted} "
            f"THEN {made} ELSE {wrong} END"
        )

    if to.is_number or to.name == "boolean":
        text = convert(Typed(f"({sql} ->> '$')", VARCHAR), to)
        if to.is_integer:
            near = convert(Typed(f"CAST({sql} ->> '$' AS DOUBLE)", DOUBLE), to)
            text = f"CASE WHEN {kind} = 'DOUBLE' THEN {near} ELSE {text} END"
        return shaped("NOT IN ('OBJECT', 'ARRAY')", text)
    if to.name == "array":
        made = inner(each, to.args[0])
        items = f"list_transform(json_extract({sql}, '$[*]'), lambda {each}: {made})"
        return shaped("= 'ARRAY'", items)
    if to.name == "map" and to.args[0] == VARCHAR:
        entries = f"CAST({sql} AS MAP(VARCHAR, JSON))"
        values = f"list_transform(map_values({entries}), lambda {each}: {inner(each, to.args[1])})"
        return shaped("= 'OBJECT'", f"map(map_keys({entries}), {values})")
    if to.name == "row":
        fields = ", ".join(
            f"{quoted(name)} := "
            + inner(f"json_extract({sql}, {text_literal(f'$.{quoted(name)}')})", of)
            for name, of in zip(to.fields, to.args, strict=True)
        )
        places = ", ".join(
            f"{quoted(name)} := " + inner(f"json_extract({sql}, '$[{place}]')", of)
            for place, (name, of) in enumerate(zip(to.fields, to.args, strict=True))
        )
        ordered = f"CASE WHEN json_array_length({sql}) = {len(to.args)} "
        ordered += f"THEN struct_pack({places}) ELSE {wrong} END"
        made = f"CASE WHEN {kind} = 'OBJECT' THEN struct_pack({fields}) ELSE {ordered} END"
        return shaped("IN ('OBJECT', 'ARRAY')", made)
    return None


def to_json(t: Translator, value: Typed, text_of: Callable[[Typed], str]) -> str | None:
    """A value as JSON, with the keys of maps sorted; None where a part of it has no such form.

    `text_of` is the CAST of a date or moment to varchar.
    """
    of, sql, each = value.type, value.sql, t.fresh("p")
    if of.is_integer or of.name in ("varchar", "boolean", "json", "unknown"):
        return f"to_json({sql})"
    if of.name == "double":
        size = f"abs({sql})"
        wide = f"NOT isfinite({sql}) OR {size} <> 0 AND ({size} < 0.001 OR {size} >= 10000000)"
        plain = f"CAST(CAST({sql} AS DOUBLE) AS VARCHAR)"
        refused = raised("CAST of that double to json is not supported here: ", plain,
                         of=VARCHAR, code="NOT_SUPPORTED")  # fmt: skip
        return f"CAST(CASE WHEN {wide} THEN {refused} ELSE {plain} END AS JSON)"
    if of.name == "decimal":
        text = text_of(value)
        refused = raised("CAST of that decimal to json is not supported here: ", text,
                         of=VARCHAR, code="NOT_SUPPORTED")  # fmt: skip
        tiny = f"{of.scale} > 6 AND abs({sql}) < 0.000001"  # Java writes 0E-10
        return f"CAST(CASE WHEN {tiny} THEN {refused} ELSE {text} END AS JSON)"
    if of.name in ("date", "timestamp", "timestamp with time zone"):
        return f"to_json({text_of(value)})"
    if of.name == "array":
        inner = to_json(t, Typed(each, of.args[0]), text_of)
        return inner and f"to_json(list_transform({sql}, lambda {each}: {inner}))"
    if of.name == "map" and of.args[0] == VARCHAR:
        entries = f"list_sort(map_entries({sql}))"
        inner = to_json(t, Typed(f'{each}."value"', of.args[1]), text_of)
        pair = f"{{'key': {each}.\"key\", 'value': {inner}}}"
        listed = f"list_transform({entries}, lambda {each}: {pair})"
        return inner and f"to_json(map_from_entries({listed}))"
    if of.name == "row" and all(of.fields) and len(set(of.fields)) == len(of.fields):
        parts = [
            to_json(t, Typed(field_of(sql, of, index), arg), text_of)
            for index, arg in enumerate(of.args)
        ]
        fields = ", ".join(
            f"{quoted(name)} := {part}" for name, part in zip(of.fields, parts, strict=True)
        )
        packed = f"to_json(struct_pack({fields}))"
        return f"CASE WHEN {sql} IS NOT NULL THEN {packed} END" if all(parts) else None
    return None


def as_written(text: str) -> str:
    """A JSON text whose numbers Java writes as DuckDB does; raises for others as it runs."""
    unread = raised("JSON with such numbers is not supported here: ", text, of=VARCHAR,
                    code="NOT_SUPPORTED")  # fmt: skip
    return f"CASE WHEN {WIDE.format(BARE.format(text))} THEN {unread} ELSE {text} END"
