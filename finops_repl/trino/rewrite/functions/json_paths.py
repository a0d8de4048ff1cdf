"""Paths of SQL/JSON in lax mode: members, subscripts and wildcards, as steps over a list of items.

Lax: a member of an array is that of its elements, a subscript of anything else takes it for an
array of one, and what is not there is nothing. Source: Trino's documentation, "JSON path syntax
and semantics", and its grammar `JsonPath.g4`.
"""

from __future__ import annotations

import re

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Translator
from finops_repl.trino.types import text_literal

__all__ = ["items_of"]

MODE = re.compile(r"\s*(lax|strict)(?!\w)\s*\$(?!\w)")
PLACE = r"(?:\d{1,9}|last(?:\s*-\s*\d{1,9})?)"
PLACES = rf"{PLACE}(?:\s+to\s+{PLACE})?"
STEP = re.compile(
    r"\s*(?:\.\s*(?:(?P<name>[A-Za-z_]\w*)(?!\s*\()|\"(?P<quoted>[^\"\\]+)\"|(?P<any>\*))"
    rf"|\[\s*(?:(?P<all>\*)|(?P<places>{PLACES}(?:\s*,\s*{PLACES})*))\s*\])\s*",
    re.ASCII,
)
NONE = "[]::JSON[]"


def items_of(t: Translator, document: str, path: exp.Expr) -> str:
    """The items that a path finds in a JSON value, in their order, as DuckDB's list of JSON."""
    text = path.name
    mode = MODE.match(text)
    if mode is None and not re.match(r"\s*(lax|strict)(?!\w)", text):
        message = f"mismatched input in the JSON path '{text}'. Expecting: 'lax', 'strict'"
        raise t.problem("INVALID_PATH", message, path, hint="a path begins 'lax $'")
    unread = f"The JSON path '{text}' is not supported here"
    if mode is None or mode.group(1) == "strict":
        raise t.problem("NOT_SUPPORTED", unread, path, hint="a path in lax mode of names and [n]")
    at, items = mode.end(), f"[{document}]"
    while at < len(text):
        found = STEP.match(text, at)
        if found is None:
            raise t.problem("NOT_SUPPORTED", unread, path, hint="of names, [n] and wildcards")
        items = _step(t, items, found)
        at = found.end()
    return items


def _step(t: Translator, items: str, found: re.Match[str]) -> str:
    each, name = t.fresh("p"), found.group("name") or found.group("quoted")
    elements = f"json_extract({each}, '$[*]')"
    is_array = f"json_type({each}) = 'ARRAY'"
    lists = f"list_transform({items}, lambda {each}: CASE WHEN {is_array} THEN {elements}"
    lists = f"{lists} ELSE [{each}] END)"
    if name:
        member = text_literal(f'$."{name}"')
        made = f"list_transform(flatten({lists}), lambda {each}: json_extract({each}, {member}))"
        return f"list_filter({made}, lambda {each}: {each} IS NOT NULL)"
    if found.group("any"):
        members = f"CASE WHEN json_type({each}) = 'OBJECT' THEN json_extract({each}, '$.*')"
        members = f"{members} ELSE {NONE} END"
        return f"flatten(list_transform(flatten({lists}), lambda {each}: {members}))"
    if found.group("all"):
        return f"flatten({lists})"
    taken = " || ".join(_taken(each, places) for places in found.group("places").split(","))
    return f"flatten(list_transform({lists}, lambda {each}: {taken}))"


def _taken(array: str, places: str) -> str:
    """The elements at a subscript, or from one to another."""
    first, _, last = (part.strip() for part in re.sub(r"\sto\s", ":", places).partition(":"))
    low, high = _place(array, first), _place(array, last or first)
    part = f"list_slice({array}, greatest({low}, 0) + 1, {high} + 1)"
    return f"(CASE WHEN {high} >= 0 AND {low} <= {high} THEN {part} ELSE {NONE} END)"


def _place(array: str, written: str) -> str:
    return re.sub("^last", f"len({array}) - 1", written)
