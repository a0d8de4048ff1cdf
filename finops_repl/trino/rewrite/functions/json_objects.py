"""SQL/JSON's makers, json_array and json_object, whose result is the text of JSON.

Source: Trino's documentation, "JSON functions and operators", and `JsonObjectFunction`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from finops_repl.trino.json_grammar import JsonCall
from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.json_casts import as_written, to_json
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.type_names import type_of
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import VARCHAR, Type, text_literal

__all__ = ["MAKERS", "returned"]

PLAIN_SCALE = 6
"""Places of a decimal up to which Java never writes an exponent."""

SMALLEST_TABLE = 16
"""Buckets of Java's hash table of up to 12 keys, which double with each doubling of those."""


def json_array(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """json_array(value, ...): values that are NULL are left out unless NULL ON NULL is said."""
    _returns_text(t, node)
    values = [_element(t, each, json, scope) for each, json in _values(node)]
    parts = [value.sql for value in values]
    if node.args.get("on_null") == "NULL":
        parts = [f"coalesce({part}, 'null')" for part in parts]
    return _listed("[", parts, "]", values)


def json_object(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """json_object(key : value, ...): members in the order of Java's hash table, as in Trino."""
    _returns_text(t, node)
    keys = [t.expression(each, scope) for each in node.args.get("keys") or []]
    values = [_element(t, each, json, scope) for each, json in _values(node)]
    parts = []
    for key, each in zip(keys, values, strict=True):
        if key.type.name not in ("varchar", "unknown"):
            text = f"Invalid type of JSON object key: {key.type}"
            raise t.problem("TYPE_MISMATCH", text, node)
        name, value = coerced(key, VARCHAR), each.sql
        if node.args.get("on_null") != "ABSENT":
            value = f"coalesce({value}, 'null')"
        missing = raised("null value passed for JSON object key to JSON_OBJECT function",
                         of=VARCHAR, code="INVALID_FUNCTION_ARGUMENT")  # fmt: skip
        name = f"CASE WHEN {name} IS NULL THEN {missing} ELSE {name} END"
        parts.append(f"(CAST(to_json({name}) AS VARCHAR) || ':' || {value})")
    if len(parts) > 1:
        parts = [parts[place] for place in _order(t, node, keys)]
    return _listed("{", parts, "}", [*keys, *values])


def _order(t: Translator, node: exp.Expr, keys: list[Typed]) -> list[int]:
    """The places of the keys as Java's hash table lists them."""
    names = [key.constant for key in keys]
    texts = [name for name in names if isinstance(name, str)]
    if len(texts) < len(names):
        text = "json_object of several keys that are no literals is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    if len(set(texts)) < len(texts):
        if node.args.get("unique"):
            text = "duplicate key passed to JSON_OBJECT function"
            raise t.problem("INVALID_FUNCTION_ARGUMENT", text, node)
        text = "cannot construct a JSON object with duplicate key"
        raise t.problem("NOT_SUPPORTED", text, node)
    buckets = SMALLEST_TABLE
    while len(texts) > buckets * 3 // 4:
        buckets *= 2
    if buckets > SMALLEST_TABLE and node.args.get("on_null") == "ABSENT":
        text = "json_object of more than 12 keys, NULL ones absent, is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    return sorted(range(len(texts)), key=lambda place: _hash(texts[place]) % buckets)


def _hash(text: str) -> int:
    """Java's hash of a string as its hash table takes it."""
    found, units = 0, text.encode("utf-16-be")
    for unit in zip(units[::2], units[1::2], strict=True):
        found = (31 * found + int.from_bytes(unit, "big")) % 2**32
    return found ^ found >> 16


def _values(node: exp.Expr) -> list[tuple[exp.Expr, bool]]:
    """The values of an array or object, and whether each is the text of JSON."""
    formats = node.args.get("formats") or []
    return [
        (each, json or _makes_json(each.unnest()))
        for each, json in zip(node.expressions, formats, strict=True)
    ]


def _makes_json(node: exp.Expr) -> bool:
    """Whether FORMAT JSON is understood behind it."""
    return isinstance(node, JsonCall) and node.name in (*MAKERS, "json_query")


def _element(t: Translator, node: exp.Expr, json: bool, scope: Scope) -> Typed:
    """A value as the text of JSON, NULL where it is NULL."""
    value = t.expression(node, scope)
    of = value.type
    if json:
        text = coerced(value, VARCHAR)
        wrong = raised("conversion to JSON failed: ", text, of=VARCHAR,
                       code="JSON_INPUT_CONVERSION_ERROR")  # fmt: skip
        read = as_written(f"CAST(json({text}) AS VARCHAR)")
        sql = f"CASE WHEN json_valid({text}) THEN {read} WHEN {text} IS NOT NULL THEN {wrong} END"
        return Typed(sql, VARCHAR, weight=value.weight)
    if of.name == "unknown":
        return Typed("NULL::VARCHAR", VARCHAR)
    if of.name == "json" or (of.name == "decimal" and of.scale > PLAIN_SCALE):
        raise t.problem("NOT_SUPPORTED", f"{of} as a value of JSON is not supported here", node)
    if of.name == "decimal":
        return cast(t, value, VARCHAR, node)
    if of.name not in ("varchar", "boolean") and not of.is_number:
        value = cast(t, value, VARCHAR, node)
    held = Typed(coerced(value, value.type), value.type)
    made = to_json(t, held, lambda inner: cast(t, inner, VARCHAR, node).sql)
    sql = f"CASE WHEN {held.sql} IS NOT NULL THEN CAST({made} AS VARCHAR) END"
    return Typed(sql, VARCHAR, weight=value.weight)


def _listed(opening: str, parts: list[str], closing: str, values: list[Typed]) -> Typed:
    if not parts:
        return Typed(f"'{opening}{closing}'", VARCHAR)
    kept = f"list_filter([{', '.join(parts)}], lambda e: e IS NOT NULL)"
    sql = f"({text_literal(opening)} || array_to_string({kept}, ',') || {text_literal(closing)})"
    return Typed(sql, VARCHAR, weight=sum(value.weight for value in values))


def returned(t: Translator, node: exp.Expr) -> Type:
    """The type that RETURNING names, varchar where it is left out."""
    if node.args.get("returning") is None:
        return VARCHAR
    of, length = type_of(t, node.args["returning"])
    if length is not None:
        text = f"RETURNING {of}({length}) is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    return of


def _returns_text(t: Translator, node: exp.Expr) -> None:
    if returned(t, node) != VARCHAR:
        text = f"{node.name} RETURNING another type than varchar is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)


MAKERS: Mapping[str, Callable[[Translator, exp.Expr, Scope], Typed]] = {
    "json_array": json_array,
    "json_object": json_object,
}
