"""CAST from JSON, value by value, and to JSON."""

from __future__ import annotations

from collections.abc import Callable

from finops_repl.trino.rewrite.scope import Translator
from finops_repl.trino.rewrite.typed import Typed, raised
from finops_repl.trino.types import JSON, VARCHAR, Type, quoted, text_literal

__all__ = ["from_json", "to_json"]

Convert = Callable[[Typed, Type], str]
"""The CAST of a value inside the JSON, or of a scalar's text."""


def from_json(t: Translator, sql: str, to: Type, convert: Convert) -> str | None:
    """What a JSON value is as a number, a boolean, an array, a map or a row; None for others."""
    each, kind = t.fresh("p"), f"json_type({sql})"
    shown = f"{text_literal(f'{to}: ')} || CAST({sql} AS VARCHAR)"
    wrong = raised("Cannot cast to ", shown, code="INVALID_CAST_ARGUMENT")

    def inner(text: str, of: Type) -> str:
        return convert(Typed(text, JSON), of)

    def shaped(wanted: str, made: str) -> str:
        return (
            f"CASE WHEN {kind} IS NULL OR {kind} = 'NULL' THEN NULL WHEN {kind} {wanted} "
            f"THEN {made} ELSE {wrong} END"
        )

    if to.is_number or to.name == "boolean":
        text = convert(Typed(f"({sql} ->> '$')", VARCHAR), to)
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
        return shaped("= 'OBJECT'", f"struct_pack({fields})")
    return None


def to_json(value: Typed) -> str | None:
    """Integers, strings, booleans, and arrays and maps of them as JSON; None for others."""

    def writable(of: Type) -> bool:
        if of.name == "map":
            return of.args[0] == VARCHAR and writable(of.args[1])
        if of.name == "array":
            return writable(of.args[0])
        return of.is_integer or of.name in ("varchar", "boolean", "json")

    return f"to_json({value.sql})" if writable(value.type) else None
