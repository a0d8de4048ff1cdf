"""COALESCE, NULLIF and TRY."""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call
from finops_repl.trino.rewrite.predicates import compare
from finops_repl.trino.rewrite.typed import Typed, coerced, unified

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


BUILDERS: dict[str, Builder] = {"coalesce": coalesce, "nullif": nullif, "try": attempt}
