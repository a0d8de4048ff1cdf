"""Functions of JSON, in strings and in values of type json, with paths that are literals."""

from __future__ import annotations

import json
import re

from finops_repl.trino.rewrite.functions.registry import (
    Builder,
    Call,
    Table,
    constant_text,
    result,
)
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, text_literal
from finops_repl.trino.types import BIGINT, BOOLEAN, JSON, VARCHAR

__all__ = ["BUILDERS", "TABLE"]

STEP = re.compile(
    r"\.(?P<name>[\w:-]*[A-Za-z_:][\w:-]*)|\[(?P<index>\d+)\]|\[\"(?P<quoted>[^\"\\]+)\"\]"
    r"|\[(?P<bare>[\w-]*[A-Za-z_][\w-]*)\]"
)
UNREAD_STEP = re.compile(r"\.[\w-]+|\[-?\d+\]|\[\"")
"""What Athena may read and this does not: elements by a dotted number, escapes in names."""
LENGTH = "CASE WHEN json_type({0}) = 'ARRAY' THEN json_array_length({0}) END"

TABLE: Table = {
    "json_format": (("json -> varchar", "CAST({0} AS VARCHAR)"),),
    "json_array_length": (
        ("json -> bigint", LENGTH),
        ("varchar -> bigint", f"CASE WHEN json_valid({{0}}) THEN {LENGTH} END"),
    ),
    "is_json_scalar": (
        ("json -> boolean", "(json_type({0}) NOT IN ('OBJECT', 'ARRAY'))"),
        ("varchar -> boolean", "(json_type({0}) NOT IN ('OBJECT', 'ARRAY'))"),
    ),
}


def json_extract_scalar(call: Call) -> Typed:
    """json_extract_scalar(json, path): a string, number or boolean as text, else NULL.

    DuckDB writes a fraction anew (1.50 as 1.5): it passes where its text stands in the source.
    """
    source, path = _json(call)
    found = f"json_type({source}, {path})"
    shown = f"json_extract_string({source}, {path})"
    written = (
        f"regexp_matches(CAST({source} AS VARCHAR), '[:,\\[\\s]' || replace({shown}, '.', '[.]')"
        " || '\\s*[],}]')"
    )
    fraction = raised("json_extract_scalar of that number is not supported here: ", shown,
                      of=VARCHAR, code="NOT_SUPPORTED")  # fmt: skip
    sql = (
        f"CASE WHEN NOT json_valid({source}) THEN NULL "
        f"WHEN {found} IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL "
        f"WHEN {found} = 'DOUBLE' AND NOT {written} THEN {fraction} ELSE {shown} END"
    )
    return result(call, sql, VARCHAR)


def json_extract(call: Call) -> Typed:
    """json_extract(json, path): the value found, as JSON."""
    source, path = _json(call)
    sql = f"CASE WHEN json_valid({source}) THEN json_extract({source}, {path}) END"
    return result(call, sql, JSON)


def json_size(call: Call) -> Typed:
    """json_size(json, path): how many members an object or array has, 0 for a scalar."""
    source, path = _json(call)
    kind = f"json_type({source}, {path})"
    sql = (
        f"CASE WHEN NOT json_valid({source}) OR {kind} IS NULL THEN NULL "
        f"WHEN {kind} = 'OBJECT' THEN len(json_keys({source}, {path})) "
        f"WHEN {kind} = 'ARRAY' THEN json_array_length({source}, {path}) ELSE 0 END"
    )
    return result(call, f"CAST({sql} AS BIGINT)", BIGINT)


def json_array_contains(call: Call) -> Typed:
    """json_array_contains(json, value) for strings, whole numbers and booleans."""
    if len(call.args) != 2:
        raise call.mismatch(("json, bigint", "json, varchar", "json, boolean"))
    source, value = _source(call), call.value(1)
    if value.type.name in ("double", "decimal", "real"):
        text = "json_array_contains of fractions is not supported here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    if not (value.type.is_integer or value.type in (VARCHAR, BOOLEAN)):
        raise call.mismatch(("json, bigint", "json, varchar", "json, boolean"))
    sql = (
        f"CASE WHEN json_valid({source}) AND json_type({source}) = 'ARRAY' "
        f"THEN list_contains(json_extract({source}, '$[*]'), to_json({value.sql})) END"
    )
    return result(call, sql, BOOLEAN)


def json_parse(call: Call) -> Typed:
    """json_parse(string): an error where it is no JSON. Keys are sorted in literals alone."""
    if len(call.args) != 1 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar",))
    text = coerced(call.value(0), VARCHAR)
    written = call.value(0).constant
    if isinstance(written, str):
        text = text_literal(_in_order(call, written))
    wrong = raised(
        "Cannot convert value to JSON: ", text, of=JSON, code="INVALID_FUNCTION_ARGUMENT"
    )
    sql = f"CASE WHEN json_valid({text}) THEN json({text}) WHEN {text} IS NOT NULL THEN {wrong} END"
    return Typed(f"CAST({sql} AS JSON)", JSON)


def _in_order(call: Call, text: str) -> str:
    """A JSON text as Trino keeps it: no spaces, keys sorted, each key once; others as they are."""
    fractions: list[float] = []

    def fraction(digits: str) -> float:
        fractions.append(abs(float(digits)))
        return float(digits)

    try:
        value = json.loads(text, parse_float=fraction, parse_constant=int)
        text.encode()
    except ValueError:
        return text
    if any(number and not 1e-3 <= number < 1e7 for number in fractions):
        raise call.t.problem("NOT_SUPPORTED", "Such numbers in JSON are not run here", call.node)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _source(call: Call) -> str:
    source = call.value(0)
    if source.type.name not in ("varchar", "json", "unknown"):
        raise call.mismatch(("json, JsonPath", "varchar, JsonPath"))
    return source.sql if source.type == JSON else coerced(source, VARCHAR)


def _json(call: Call) -> tuple[str, str]:
    """The document and the path as DuckDB writes it."""
    if len(call.args) != 2:
        raise call.mismatch(("json, JsonPath", "varchar, JsonPath"))
    source = _source(call)
    path = constant_text(call, 1, "The JSON path")
    steps = ["$"]
    at = 1
    while path.startswith("$") and at < len(path):
        found = STEP.match(path, at)
        if found is None and UNREAD_STEP.match(path, at):
            text = f"The JSON path '{path}' is not supported here"
            raise call.t.problem("NOT_SUPPORTED", text, call.node)
        if found is None:
            break
        name = found.group("name") or found.group("quoted") or found.group("bare")
        steps.append(f'."{name}"' if name else f"[{found.group('index')}]")
        at = found.end()
    if not path.startswith("$") or at != len(path):
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{path}'", call.node)
    return source, text_literal("".join(steps))


BUILDERS: dict[str, Builder] = {
    "json_extract_scalar": json_extract_scalar,
    "json_extract": json_extract,
    "json_size": json_size,
    "json_array_contains": json_array_contains,
    "json_parse": json_parse,
}
