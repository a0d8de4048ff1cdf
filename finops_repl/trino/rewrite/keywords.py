"""Functions with a grammar of their own: EXTRACT, POSITION, TRIM, subscripts, ARRAY[...]."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from finops_repl.trino.rewrite.calls import written_call
from finops_repl.trino.rewrite.functions import arrays, dates, maps
from finops_repl.trino.rewrite.functions.registry import Call
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed
from finops_repl.trino.rewrite.zones import at_zone, zone_name

__all__ = ["KEYWORDS"]

ZONE_FIELDS = ("timezone_hour", "timezone_minute")


def _position(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "substr")
    return written_call(t, "strpos", [node.this, node.args["substr"]], scope, node)


def _substring(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    t.only(node, "this", "start", "length")
    nodes = [node.this, node.args["start"]]
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
    zone = zone_name(t, t.expression(node.args["zone"], scope).constant, node)
    return at_zone(t, t.expression(node.this, scope), zone, node)


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
}
