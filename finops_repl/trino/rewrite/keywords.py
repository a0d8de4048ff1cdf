"""Functions with a grammar of their own: EXTRACT, POSITION, TRIM, subscripts, ARRAY[...]."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping

from sqlglot import exp

from finops_repl.trino.rewrite.calls import written_call
from finops_repl.trino.rewrite.functions import arrays, dates, maps
from finops_repl.trino.rewrite.functions.registry import Call
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, text_literal
from finops_repl.trino.rewrite.zones import at_zone, zone_name
from finops_repl.trino.types import VARBINARY, VARCHAR

__all__ = ["KEYWORDS"]

ZONE_FIELDS = ("timezone_hour", "timezone_minute")
ESCAPE = r"[!-~](?<![0-9A-Fa-f+'\"])"
"""What may be named behind UESCAPE."""
SURROGATES = range(0xD800, 0xE000)
"""Halves of a character, which no text may hold alone."""


def _position(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "substr")
    return written_call(t, "strpos", [node.this, node.args["substr"]], scope, node)


def _substring(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "start", "length")
    start = node.args.get("start")
    if start is not None and not any("start" in each.meta for each in start.walk()):
        raise t.problem("SYNTAX_ERROR", "mismatched input 'FOR'. Expecting: 'FROM'", node)
    nodes = [node.this, *([start] if start is not None else [])]
    nodes += [node.args["length"]] if node.args.get("length") is not None else []
    return written_call(t, "substr", nodes, scope, node)


def _trim(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "position", "expression")
    side = str(node.args.get("position") or "BOTH").upper()
    name = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}[side]
    nodes = [node.this]
    nodes += [node.expression] if node.args.get("expression") is not None else []
    return written_call(t, name, nodes, scope, node)


def _extract(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "expression")
    field_name = node.this.name.lower()
    if field_name not in dates.PARTS and field_name not in ZONE_FIELDS:
        raise t.problem("INVALID_FUNCTION_ARGUMENT", f"Invalid EXTRACT field: {field_name}", node)
    return written_call(t, field_name, [node.expression], scope, node)


def _subscript(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "expressions")
    nodes = (node.this, *node.expressions)
    if len(nodes) != 2:
        raise t.problem("SYNTAX_ERROR", "A subscript is one expression", node)
    values = tuple(t.expression(each, scope) for each in nodes)
    return maps.subscript(Call(t, scope, node, "[]", nodes, values))


def _array(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "expressions")
    nodes = tuple(node.expressions)
    values = tuple(t.expression(each, scope) for each in nodes)
    return arrays.array(Call(t, scope, node, "array", nodes, values))


def _zone(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "zone")
    named = t.expression(node.args["zone"], scope)
    if named.type.is_interval:
        raise t.problem("NOT_SUPPORTED", "AT TIME ZONE takes the name of a zone here", node)
    zone = zone_name(t, named.constant, node)
    return at_zone(t, t.expression(node.this, scope), zone, node)


def _binary(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """X'65683F'."""
    t.only(node, "this")
    digits = "".join(str(node.this).split())
    if len(digits) % 2 or not re.fullmatch("[0-9A-Fa-f]*", digits):
        text = "Binary literal must contain an even number of digits, all hexadecimal"
        raise t.problem("SYNTAX_ERROR", text, node)
    return Typed(f"from_hex('{digits}')", VARBINARY)


def _unicode(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """U&'Hello \\2603', with another escape character behind UESCAPE."""
    t.only(node, "this", "escape")
    escape = node.args.get("escape")
    character = escape.name if isinstance(escape, exp.Expr) else "\\"
    if not re.fullmatch(ESCAPE, character):
        raise t.problem("SYNTAX_ERROR", f"Invalid Unicode escape character: {character}", node)
    mark = re.escape(character)
    code = rf"{mark}(?:([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}})|({mark})|(.?))"
    parts: list[str] = []
    at, written = 0, str(node.this)
    for found in re.finditer(code, written, re.DOTALL):
        short, long, itself, wrong = found.groups()
        if wrong is not None:
            raise t.problem("SYNTAX_ERROR", "Incomplete escape sequence", node)
        code_point = 0 if itself else int(short or long, 16)
        if code_point > sys.maxunicode or code_point in SURROGATES:
            text = f"Invalid escaped character: {found.group()}"
            raise t.problem("SYNTAX_ERROR", text, node)
        parts += [written[at : found.start()], itself or chr(code_point)]
        at = found.end()
    text = "".join([*parts, written[at:]])
    return Typed(text_literal(text), VARCHAR, constant=text)


def _tuple(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "expressions")
    return written_call(t, "row", list(node.expressions), scope, node)


KEYWORDS: Mapping[type[exp.Expr], Callable[[Translator, exp.Expr, Scope], Typed]] = {
    exp.StrPosition: _position,
    exp.Substring: _substring,
    exp.Trim: _trim,
    exp.Extract: _extract,
    exp.Bracket: _subscript,
    exp.Array: _array,
    exp.AtTimeZone: _zone,
    exp.Tuple: _tuple,
    exp.HexString: _binary,
    exp.UnicodeString: _unicode,
}
