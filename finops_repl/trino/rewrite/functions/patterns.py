"""Regular expressions and JSON paths.

Trino's expressions are Java's and DuckDB's are RE2's: what both have means the same, look-arounds
and back-references do not exist in RE2 and fail. A group that took no part in a match is NULL in
Trino and '' in DuckDB, so that groups which may be left out are refused.
"""

from __future__ import annotations

import re

from finops_repl.trino.rewrite.functions.registry import (
    Builder,
    Call,
    Table,
    constant_text,
    result,
)
from finops_repl.trino.rewrite.typed import Typed, coerced, text_literal
from finops_repl.trino.types import JSON, VARCHAR

__all__ = ["BUILDERS", "TABLE"]

TABLE: Table = {
    "regexp_like": (("varchar, varchar -> boolean", "regexp_matches({0}, {1})"),),
    "regexp_extract_all": (("varchar, varchar -> array(varchar)", "regexp_extract_all({0}, {1})"),),
    "regexp_count": (("varchar, varchar -> bigint", "len(regexp_extract_all({0}, {1}))"),),
    "json_format": (("json -> varchar", "CAST({0} AS VARCHAR)"),),
    "json_array_length": (
        ("json -> bigint", "CASE WHEN json_type({0}) = 'ARRAY' THEN json_array_length({0}) END"),
        (
            "varchar -> bigint",
            "CASE WHEN NOT json_valid({0}) THEN NULL WHEN json_type({0}) = 'ARRAY' "
            "THEN json_array_length({0}) END",
        ),
    ),
}
OPTIONAL = re.compile(r"\)(?:[?*]|\{0)")
CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.")
REFERENCE = re.compile(r"\\(.)|\$(\d)|(\$)|([^\\$]+)", re.DOTALL)
STEP = re.compile(r"\.(?P<name>[A-Za-z_]\w*)|\[(?P<index>\d+)\]|\[\"(?P<quoted>[^\"\\]+)\"\]")


def regexp_extract(call: Call) -> Typed:
    """regexp_extract(string, pattern[, group]): NULL where nothing matches."""
    if len(call.args) not in (2, 3):
        raise call.mismatch(("varchar, varchar", "varchar, varchar, bigint"))
    string = coerced(_text(call, 0), VARCHAR)
    pattern = constant_text(call, 1, "The pattern")
    group = 0
    if len(call.args) == 3:
        number = call.value(2).constant
        if not isinstance(number, int):
            raise call.t.problem("NOT_SUPPORTED", "The group must be a literal here", call.node)
        group = number
    bare = CLASS.sub("", pattern)
    if group and ("|" in bare or OPTIONAL.search(bare)):
        raise call.t.problem(
            "NOT_SUPPORTED",
            "A group that may take no part in the match is not read here",
            call.node,
        )
    literal = text_literal(pattern)
    extracted = f"regexp_extract({string}, {literal}, {group})"
    sql = f"CASE WHEN regexp_matches({string}, {literal}) THEN {extracted} END"
    return result(call, sql, VARCHAR)


def regexp_replace(call: Call) -> Typed:
    """regexp_replace(string, pattern[, replacement]) of every match; groups are $1."""
    if len(call.args) not in (2, 3):
        raise call.mismatch(("varchar, varchar", "varchar, varchar, varchar"))
    string = _text(call, 0)
    pattern = text_literal(constant_text(call, 1, "The pattern"))
    new = constant_text(call, 2, "The replacement") if len(call.args) == 3 else ""
    parts = []
    for escaped, group, dollar, text in REFERENCE.findall(new):
        if dollar:
            raise call.t.problem("INVALID_FUNCTION_ARGUMENT", "Illegal group reference", call.node)
        plain = escaped or text
        parts.append(f"\\{group}" if group else plain.replace("\\", "\\\\"))
    texts = f"{coerced(string, VARCHAR)}, {pattern}, {text_literal(''.join(parts))}"
    sql = f"regexp_replace({texts}, 'g')"
    return Typed(sql, VARCHAR, weight=string.weight * max(1, len(new)))


def json_extract_scalar(call: Call) -> Typed:
    """json_extract_scalar(json, path): a string, number or boolean as text, else NULL."""
    source, path = _json(call)
    found = f"json_type({source}, {path})"
    fraction = "error('json_extract_scalar of a fractional number is not supported here')"
    sql = (
        f"CASE WHEN NOT json_valid({source}) THEN NULL "
        f"WHEN {found} IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL WHEN {found} = 'DOUBLE' "
        f"THEN {fraction} ELSE json_extract_string({source}, {path}) END"
    )
    return result(call, sql, VARCHAR)


def json_extract(call: Call) -> Typed:
    """json_extract(json, path): the value found, as JSON."""
    source, path = _json(call)
    sql = f"CASE WHEN json_valid({source}) THEN json_extract({source}, {path}) END"
    return result(call, sql, JSON)


def json_parse(call: Call) -> Typed:
    """json_parse(string): an error where it is no JSON."""
    if len(call.args) != 1:
        raise call.mismatch(("varchar",))
    return Typed(f"CAST({coerced(_text(call, 0), VARCHAR)} AS JSON)", JSON)


def _text(call: Call, index: int) -> Typed:
    value = call.value(index)
    if value.type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar, varchar",))
    return value


def _json(call: Call) -> tuple[str, str]:
    if len(call.args) != 2 or call.value(0).type.name not in ("varchar", "json", "unknown"):
        raise call.mismatch(("json, JsonPath", "varchar, JsonPath"))
    path = constant_text(call, 1, "The JSON path")
    steps = ["$"]
    at = 1
    while path.startswith("$") and at < len(path):
        found = STEP.match(path, at)
        if found is None:
            break
        name = found.group("name") or found.group("quoted")
        steps.append(f'."{name}"' if name else f"[{found.group('index')}]")
        at = found.end()
    if not path.startswith("$") or at != len(path):
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{path}'", call.node)
    source = call.value(0)
    sql = source.sql if source.type == JSON else coerced(source, VARCHAR)
    return sql, text_literal("".join(steps))


BUILDERS: dict[str, Builder] = {
    "regexp_extract": regexp_extract,
    "regexp_replace": regexp_replace,
    "json_extract_scalar": json_extract_scalar,
    "json_extract": json_extract,
    "json_parse": json_parse,
}
