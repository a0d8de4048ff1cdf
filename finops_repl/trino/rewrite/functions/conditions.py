"""COALESCE, NULLIF, TRY and the type of a value."""

from __future__ import annotations

from sqlglot import exp

from finops_repl.trino.rewrite.functions.registry import Builder, Call
from finops_repl.trino.rewrite.predicates import compare
from finops_repl.trino.rewrite.type_names import type_of
from finops_repl.trino.rewrite.typed import Typed, coerced, text_literal, unified
from finops_repl.trino.types import VARCHAR, Type

__all__ = ["BUILDERS", "chosen"]


def chosen(call: Call, values: list[Typed], template: str) -> Typed:
    """One of `values`, brought to their common type; `template` takes their texts."""
    same = unified(values)
    if same is None:
        types = ", ".join(str(value.type) for value in values)
        raise call.t.problem(
            "TYPE_MISMATCH", f"All {call.name} operands must be the same type: {types}", call.node
        )
    of, exact, texts = same
    return Typed(
        template.format(*texts),
        of,
        exact=exact,
        nan=any(value.nan for value in values),
        weight=max(value.weight for value in values),
    )


def coalesce(call: Call) -> Typed:
    """coalesce(a, b, ...): the first that is not NULL."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) < 2:
        raise call.mismatch(("T, T, ...",))
    places = ", ".join(f"{{{index}}}" for index in range(len(values)))
    return chosen(call, values, f"coalesce({places})")


def nullif(call: Call) -> Typed:
    """nullif(a, b): NULL where they are equal, else a, of a's type."""
    if len(call.args) != 2:
        raise call.mismatch(("T, T",))
    value, other = call.value(0), call.value(1)
    equal = compare(call.t, call.node, value, "=", other)
    sql = f"CASE WHEN {equal} THEN NULL ELSE {value.sql} END"
    return Typed(sql, value.type, value.exact, value.nan, weight=value.weight)


def attempt(call: Call) -> Typed:
    """try(x): NULL where x fails for a row."""
    if len(call.args) != 1:
        raise call.mismatch(("T",))
    value = call.value(0)
    return Typed(f"TRY({coerced(value, value.type)})", value.type, nan=value.nan)


def typeof(call: Call) -> Typed:
    """typeof(x): of a varchar only where its length is plain to see, which types do not keep."""
    if len(call.args) != 1 or call.args[0] is None:
        raise call.mismatch(("T",))
    value, node = call.value(0), call.nodes[0]
    if not _has_text(value.type):
        return Typed(text_literal(str(value.type)), VARCHAR)
    length: int | None = None
    if isinstance(value.constant, str):
        length = len(value.constant)
    elif isinstance(node, exp.Cast):
        length = type_of(call.t, node.args["to"])[1]
    elif (
        not isinstance(node, exp.Column)
        or not call.scope.find(tuple(part.name for part in node.parts))[0].origin
    ):
        text = f"typeof of {value.type} is not supported here: lengths are not kept"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    shown = f"{value.type}({length})" if length is not None else str(value.type)
    return Typed(text_literal(shown), VARCHAR)


def _has_text(of: Type) -> bool:
    return of.name == "varchar" or any(map(_has_text, of.args))


BUILDERS: dict[str, Builder] = {
    "coalesce": coalesce,
    "nullif": nullif,
    "try": attempt,
    "typeof": typeof,
}
