"""Regular expressions.

Trino's expressions are Java's and DuckDB's are RE2's: what both have means the same, look-arounds
and back-references do not exist in RE2 and fail, and what both read differently is refused. A
group that took no part in a match is NULL in Trino and '' in DuckDB, so that groups which may be
left out are refused too.
"""

from __future__ import annotations

import re

from finops_repl.trino.rewrite.functions.registry import (
    Builder,
    Call,
    constant_text,
    result,
)
from finops_repl.trino.rewrite.typed import Typed, coerced, text_literal
from finops_repl.trino.types import BIGINT, BOOLEAN, INTEGER, VARCHAR, Type, array_of

__all__ = ["BUILDERS"]

SIMPLE: dict[str, tuple[str, Type]] = {
    "regexp_like": ("regexp_matches({0}, {1})", BOOLEAN),
    "regexp_count": ("CAST(len(regexp_extract_all({0}, {1})) AS BIGINT)", BIGINT),
    "regexp_split": ("string_split_regex({0}, {1})", array_of(VARCHAR)),
    "regexp_position": (
        "CASE WHEN regexp_matches({0}, {1}) THEN length(string_split_regex({0}, {1})[1]) + 1 "
        "WHEN {0} IS NOT NULL THEN -1 END",
        INTEGER,
    ),
}
"""Functions of a string and a pattern."""

UNLIKE = re.compile(r"\[\^?[^\]]*(\[|&&)|\\[vhHRXGZ]|\(\?[imsU-]*[^ims:)=!<P-]")
"""What Java and RE2 read differently: classes in classes, `\\v`, flags other than i, m and s."""

UNREAD = re.compile(r"\(\?<?[=!]|(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)|[*+?}]\+|\(\?>")
"""What RE2 has not: look-arounds, back-references, possessive and atomic groups."""

NAMED = re.compile(r"\(\?<(?=[A-Za-z])")

OPTIONAL = re.compile(r"\)(?:[?*]|\{0)")
CLASS_ALONE = re.compile(r"(?<!\\)\[\^?\]?(?:\\.|[^\]\\])*\]")
CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.")
REFERENCE = re.compile(r"\\(.)|\$(\d|\{\w+\})|(\$)|([^\\$]+)", re.DOTALL)
GROUP = re.compile(r"\((?!\?)|\(\?P<(\w+)>")


def simple(call: Call) -> Typed:
    """A function of a string and a pattern alone."""
    if call.name == "regexp_position" and len(call.args) in (3, 4):
        text = "regexp_position with a start is not supported here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    if len(call.args) != 2:
        raise call.mismatch(("varchar, varchar",))
    if call.name == "regexp_split" and _may_be_empty(_pattern(call)):
        text = "regexp_split at what may be empty is not supported here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    template, of = SIMPLE[call.name]
    sql = template.format(coerced(_text(call, 0), VARCHAR), text_literal(_pattern(call)))
    return result(call, sql, of)


def regexp_extract(call: Call) -> Typed:
    """regexp_extract[_all](string, pattern[, group]): NULL where nothing matches."""
    if len(call.args) not in (2, 3):
        raise call.mismatch(("varchar, varchar", "varchar, varchar, bigint"))
    string = coerced(_text(call, 0), VARCHAR)
    pattern = _pattern(call)
    group = 0
    if len(call.args) == 3:
        number = call.value(2).constant
        if not isinstance(number, int):
            raise call.t.problem("NOT_SUPPORTED", "The group must be a literal here", call.node)
        group = number
    bare = CLASS.sub("", pattern)
    groups = len(GROUP.findall(bare))
    if not 0 <= group <= groups:
        text = f"Pattern has {groups} groups. Cannot access group {group}"
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", text, call.node)
    if group and ("|" in bare or OPTIONAL.search(bare)):
        raise call.t.problem(
            "NOT_SUPPORTED",
            "A group that may take no part in the match is not read here",
            call.node,
        )
    literal = text_literal(pattern)
    if call.name == "regexp_extract_all":
        listed = f"regexp_extract_all({string}, {literal}, {group})"
        return result(call, listed, array_of(VARCHAR))
    extracted = f"regexp_extract({string}, {literal}, {group})"
    sql = f"CASE WHEN regexp_matches({string}, {literal}) THEN {extracted} END"
    return result(call, sql, VARCHAR)


def regexp_replace(call: Call) -> Typed:
    """regexp_replace(string, pattern[, replacement]) of every match; groups are $1."""
    if len(call.args) not in (2, 3):
        raise call.mismatch(("varchar, varchar", "varchar, varchar, varchar"))
    if len(call.args) == 3 and call.args[2] is None:
        text = "regexp_replace with a lambda is not supported here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    string = _text(call, 0)
    read = _pattern(call)
    names = GROUP.findall(CLASS.sub("", read))
    pattern = text_literal(read)
    new = constant_text(call, 2, "The replacement") if len(call.args) == 3 else ""
    parts = []
    for escaped, group, dollar, text in REFERENCE.findall(new):
        if group.startswith("{") and group[1:-1] in names:
            group = str(names.index(group[1:-1]) + 1)
        if dollar or (group and (group.startswith("{") or int(group) > len(names))):
            raise call.t.problem("INVALID_FUNCTION_ARGUMENT", "Illegal group reference", call.node)
        plain = escaped or text
        parts.append(f"\\{group}" if group else plain.replace("\\", "\\\\"))
    texts = f"{coerced(string, VARCHAR)}, {pattern}, {text_literal(''.join(parts))}"
    sql = f"regexp_replace({texts}, 'g')"
    return Typed(sql, VARCHAR, weight=string.weight * max(1, len(new)))


def _may_be_empty(pattern: str) -> bool:
    try:
        found = re.match(pattern, "")
    except re.error:
        return False
    return found is not None


def _text(call: Call, index: int) -> Typed:
    value = call.value(index)
    if value.type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar, varchar",))
    return value


def _pattern(call: Call) -> str:
    """The pattern, a literal that Java and RE2 read alike."""
    _text(call, 1)
    pattern = constant_text(call, 1, "The pattern")
    if UNLIKE.search(pattern) or UNREAD.search(CLASS_ALONE.sub("x", pattern)):
        raise call.t.problem(
            "NOT_SUPPORTED", f"The pattern '{pattern}' is not supported here", call.node
        )
    return NAMED.sub("(?P<", pattern)


BUILDERS: dict[str, Builder] = {
    **dict.fromkeys(SIMPLE, simple),
    "regexp_extract": regexp_extract,
    "regexp_extract_all": regexp_extract,
    "regexp_replace": regexp_replace,
}
