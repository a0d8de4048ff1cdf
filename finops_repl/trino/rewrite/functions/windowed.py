"""Functions that take their value from the rows around: ranks, and the values of other rows."""

from __future__ import annotations

from collections.abc import Mapping

from finops_repl.trino.rewrite.functions.aggregates import Aggregate, same, simple
from finops_repl.trino.rewrite.functions.registry import Around, Call
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import BIGINT

__all__ = ["NULL_TREATMENT", "WINDOWS"]


def _distance(call: Call, least: int) -> str:
    """How many rows away, which is never less than `least`."""
    rows = call.value(1)
    text = f"Offset must be at least {least}"
    if isinstance(rows.constant, int) and rows.constant < least:
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", text, call.node)
    if isinstance(rows.constant, int):
        return rows.sql
    wrong = raised(text, of=BIGINT, code="INVALID_FUNCTION_ARGUMENT")
    return f"(CASE WHEN {rows.sql} < {least} THEN {wrong} ELSE {rows.sql} END)"


def _offset(name: str, *, least: int = 0) -> Aggregate:
    """lag, lead, nth_value: a value some rows away, and what stands where there is none."""

    def build(call: Call, around: Around) -> Typed:
        value = call.value(0)
        texts = [coerced(value, value.type) if len(call.args) == 3 else value.sql]
        if len(call.args) >= 2:
            if not call.value(1).type.is_integer:
                raise call.mismatch(("T", "T, bigint", "T, bigint, T"))
            texts.append(_distance(call, least))
        if len(call.args) == 3:
            texts.append(coerced(call.value(2), value.type))
        if len(call.args) > 3:
            raise call.mismatch(("T", "T, bigint", "T, bigint, T"))
        exact = value.exact and len(call.args) < 3
        return Typed(around(f"{name}({', '.join(texts)})"), value.type, exact, value.nan)

    return Aggregate(build)


WINDOWS: Mapping[str, Aggregate] = {
    "row_number": simple(((" -> bigint", "row_number()"),)),
    "rank": simple(((" -> bigint", "rank()"),)),
    "dense_rank": simple(((" -> bigint", "dense_rank()"),)),
    "percent_rank": simple(((" -> double", "percent_rank()"),)),
    "cume_dist": simple(((" -> double", "cume_dist()"),)),
    "ntile": simple((("bigint -> bigint", "ntile({0})"),)),
    "lag": _offset("lag"),
    "lead": _offset("lead"),
    "nth_value": _offset("nth_value", least=1),
    "first_value": same("first_value"),
    "last_value": same("last_value"),
}
NULL_TREATMENT = ("lag", "lead", "nth_value", "first_value", "last_value")
