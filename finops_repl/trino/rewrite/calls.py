"""Calls of functions: found by the name that was written, resolved by Trino's signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from finops_repl.base.errors import nearest
from finops_repl.trino.json_grammar import JSON_FUNCTIONS
from finops_repl.trino.rewrite.functions import (
    addresses,
    aggregates,
    arrays,
    bits,
    clocks,
    conditions,
    dates,
    documents,
    durations,
    formats,
    iso8601,
    lambdas,
    maps,
    numbers,
    patterns,
    sequences,
    sizes,
    strings,
    windowed,
)
from finops_repl.trino.rewrite.functions.registry import (
    Builder,
    Call,
    Table,
    coerced_call,
    overload,
    result,
)
from finops_repl.trino.rewrite.functions.trino_names import TRINO_FUNCTIONS
from finops_repl.trino.rewrite.map_keys import holds_map, ordered
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed
from finops_repl.trino.rewrite.windows import Clauses, framed, ordering, window
from finops_repl.trino.types import BOOLEAN

__all__ = ["CALLS", "function_names", "unsupported_functions", "written_call"]

ALIASES = {"substring": "substr"}
SCALARS: Table = {
    **strings.TABLE,
    **numbers.TABLE,
    **bits.TABLE,
    **dates.TABLE,
    **clocks.TABLE,
    **durations.TABLE,
    **arrays.TABLE,
    **sequences.TABLE,
    **maps.TABLE,
    **lambdas.TABLE,
    **documents.TABLE,
    **addresses.TABLE,
}
BUILDERS: Mapping[str, Builder] = {
    **conditions.BUILDERS,
    **strings.BUILDERS,
    **numbers.BUILDERS,
    **bits.BUILDERS,
    **dates.BUILDERS,
    **clocks.BUILDERS,
    **durations.BUILDERS,
    **iso8601.BUILDERS,
    **arrays.BUILDERS,
    **sequences.BUILDERS,
    **maps.BUILDERS,
    **lambdas.BUILDERS,
    **patterns.BUILDERS,
    **documents.BUILDERS,
    **addresses.BUILDERS,
    **formats.BUILDERS,
    **sizes.BUILDERS,
}
ELEMENTS = """
    array_distinct array_except array_intersect array_position array_remove array_union
    arrays_overlap contains contains_sequence multimap_from_entries
"""
OF_ELEMENTS = frozenset(ELEMENTS.split())
OF_VALUES = frozenset({"histogram", "map_agg", "multimap_agg"})
"""Functions that compare elements of their array, or their (first) values, with one another."""

KEYWORDS = (
    "cast",
    "try_cast",
    "extract",
    "if",
    "position",
    "listagg",
    "current_date",
    *(name.lower() for name in JSON_FUNCTIONS),
)


def function_names() -> list[str]:
    """Every function that may be called, sorted: the documented allow list."""
    plain = {name.split("/")[0] for name in BUILDERS}
    grouped = {*aggregates.AGGREGATES, *windowed.WINDOWS}
    return sorted({*SCALARS, *plain, *grouped, *ALIASES, *KEYWORDS})


def unsupported_functions() -> list[str]:
    """Functions that Athena has and that are not run here, sorted: refused by name."""
    return sorted(TRINO_FUNCTIONS - set(function_names()))


@dataclass(slots=True)
class _Written:
    """A call with its clauses, while the nodes around it are being opened."""

    node: exp.Expr
    over: exp.Window | None = None
    where: exp.Expr | None = None
    nulls: str = ""
    distinct: bool = False
    order: list[exp.Expr] = field(default_factory=list)


def call(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """A call, with FILTER, OVER and the like around it."""
    written = _Written(node)
    if isinstance(written.node, exp.Window):
        written.over, written.node = written.node, written.node.this
    if isinstance(written.node, exp.IgnoreNulls | exp.RespectNulls):
        written.nulls = " IGNORE NULLS" if isinstance(written.node, exp.IgnoreNulls) else ""
        written.node = written.node.this
    if isinstance(written.node, exp.Filter):
        t.only(written.node, "this", "expression")
        written.where, written.node = written.node.expression.this, written.node.this
    if isinstance(written.node, exp.GroupConcat):
        return _listagg(t, written, scope)
    if not isinstance(written.node, exp.Anonymous):
        raise t.problem("SYNTAX_ERROR", "A function is expected here", node)
    t.only(written.node, "this", "expressions")
    name, args = written.node.name.lower(), list(written.node.expressions)
    if name == "if" and len(args) in (2, 3):  # in quotes the parser takes it for a function
        parts = zip(("this", "true", "false"), args, strict=False)
        return t.expression(exp.If(**{part: arg.copy() for part, arg in parts}), scope)
    return written_call(t, name, args, scope, node, written)


def _listagg(t: Translator, written: _Written, scope: Scope) -> Typed:
    node = written.node
    t.only(node, "this", "separator", "on_overflow")
    value, separator = node.this, node.args.get("separator") or exp.Literal.string("")
    if written.over is not None:
        raise t.problem("SYNTAX_ERROR", "mismatched input 'OVER'", node)
    if not isinstance(value, exp.Order):
        text = "mismatched input. Expecting: 'WITHIN GROUP'"
        raise t.problem("SYNTAX_ERROR", text, node)
    if not isinstance(separator, exp.Literal) or not separator.is_string:
        raise t.problem("SYNTAX_ERROR", "The separator of listagg is a string literal", node)
    written.order, value = list(value.expressions), value.this
    if isinstance(value, exp.Distinct):
        written.distinct, value = True, value.expressions[0]
    return written_call(t, "listagg", [value, separator], scope, node, written)


def written_call(
    t: Translator,
    name: str,
    nodes: list[exp.Expr],
    scope: Scope,
    node: exp.Expr,
    written: _Written | None = None,
) -> Typed:
    """The call of `name` on `nodes`; raises where Athena knows no such function."""
    name = ALIASES.get(name, name)
    written = written or _Written(node)
    nodes = _opened(nodes, written)
    grouped = aggregates.AGGREGATES.get(name)
    of_window = windowed.WINDOWS.get(name)
    known = grouped or of_window or name in SCALARS or name in BUILDERS
    if not known and name in TRINO_FUNCTIONS:
        text = f"Function '{name}' is Athena's, but is not run here"
        raise t.problem("NOT_SUPPORTED", text, node)
    if not known:
        raise t.problem(
            "FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node, hint=_hint(name)
        )
    if name == "normalize" and len(nodes) == 2:
        nodes = [_normal(t, nodes)]
    args = tuple(
        None if isinstance(each, exp.Lambda) else t.expression(each, scope) for each in nodes
    )
    clauses = _clauses(t, written, scope)
    if clauses.distinct or name == "approx_distinct":
        args = tuple(each and replace(each, sql=ordered(each.sql, each.type)) for each in args)
    made = Call(t, scope, node, name, tuple(nodes), args)
    _compares_no_maps(made)
    if clauses.over and clauses.distinct:
        text = "DISTINCT in window function parameters not yet supported"
        raise t.problem("NOT_SUPPORTED", text, node)
    if of_window and written.over is None:
        raise t.problem("SYNTAX_ERROR", f"Window function {name} requires an OVER clause", node)
    if name in ("lag", "lead") and written.over is not None:
        _offset_window(t, written.over, name, scope)
    if written.nulls and name not in windowed.NULL_TREATMENT:
        raise t.problem("SYNTAX_ERROR", f"{name} takes no null treatment", node)
    aggregate = grouped or of_window
    if aggregate:
        return aggregate.build(made, clauses.around)
    if clauses.any:
        text = f"{name} is not an aggregate: DISTINCT, ORDER BY, FILTER and OVER do not apply"
        raise t.problem("SYNTAX_ERROR", text, node)
    builder = BUILDERS.get(f"{name}/{len(args)}") or BUILDERS.get(name)
    if builder:
        return builder(made)
    found, texts, of = coerced_call(made, [overload(*each) for each in SCALARS[name]])
    return result(made, found.template.format(*texts), of, nan=name in numbers.MAY_BE_NAN)


def _normal(t: Translator, nodes: list[exp.Expr]) -> exp.Expr:
    """What normalize(string, NFC) composes; the other forms are not run here."""
    if nodes[1].name.upper() != "NFC":
        text = f"normalize to {nodes[1].name} is not supported here"
        raise t.problem("NOT_SUPPORTED", text, nodes[1])
    return nodes[0]


def _offset_window(t: Translator, over: exp.Expr, name: str, scope: Scope) -> None:
    """Refuse lag and lead over a window that has no order, or has a frame."""
    made = framed(t, over, scope.windows)
    if made.order is None:
        text = f"{name} function requires an ORDER BY window clause"
        raise t.problem("MISSING_ORDER_BY", text, over)
    if made.spec is not None:
        text = f"Cannot specify window frame for {name} function"
        raise t.problem("INVALID_WINDOW_FRAME", text, over)


def _compares_no_maps(made: Call) -> None:
    """Refuse what would compare maps, whose entries DuckDB takes in their order."""
    compared = [arg.type for arg in made.args if arg is not None]
    if made.name in OF_ELEMENTS:
        compared = [inner for of in compared for inner in of.args]
    elif made.name not in OF_VALUES:
        return
    for of in compared[:1]:
        if holds_map(of):
            text = f"{made.name} of {of} is not supported here"
            raise made.t.problem("NOT_SUPPORTED", text, made.node)


def _hint(name: str) -> str:
    close = nearest(name, function_names())
    return f"did you mean {', '.join(close)}?" if close else ""


def _opened(nodes: list[exp.Expr], written: _Written) -> list[exp.Expr]:
    """The arguments without the DISTINCT, ORDER BY or IGNORE NULLS written among them."""
    if len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        return []
    if nodes and isinstance(nodes[-1], exp.Order):
        written.order = list(nodes[-1].expressions)
        nodes = [*nodes[:-1], nodes[-1].this]
    if nodes and isinstance(nodes[0], exp.Distinct) and not nodes[0].args.get("on"):
        written.distinct = True
        nodes = [*nodes[0].expressions, *nodes[1:]]
        if nodes and isinstance(nodes[-1], exp.Order):
            written.order = list(nodes[-1].expressions)
            nodes = [*nodes[:-1], nodes[-1].this]
    if nodes and isinstance(nodes[0], exp.IgnoreNulls):
        written.nulls = " IGNORE NULLS"
        nodes = [nodes[0].this, *nodes[1:]]
    return nodes


def _clauses(t: Translator, written: _Written, scope: Scope) -> Clauses:
    order = f" {ordering(t, written.order, scope)}" if written.order else ""
    where = ""
    if written.where is not None:
        test = t.expression(written.where, scope)
        if test.type != BOOLEAN:
            raise t.problem("TYPE_MISMATCH", "FILTER must be a boolean", written.where)
        where = f" FILTER (WHERE {test.sql})"
    over = f" OVER ({window(t, written.over, scope)})" if written.over is not None else ""
    return Clauses(written.distinct, order, written.nulls, where, over)


CALLS: Mapping[type[exp.Expr], Callable[[Translator, exp.Expr, Scope], Typed]] = {
    exp.Anonymous: call,
    exp.Window: call,
    exp.Filter: call,
    exp.IgnoreNulls: call,
    exp.RespectNulls: call,
    exp.GroupConcat: call,
}
