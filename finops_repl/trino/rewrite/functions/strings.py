"""Functions of strings. Positions and lengths count code points, as Trino's do."""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, constant_text, result
from finops_repl.trino.rewrite.typed import Typed, coerced, text_literal
from finops_repl.trino.types import BIGINT, VARCHAR

__all__ = ["BUILDERS", "TABLE"]

SPACE = text_literal(
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)
"""What Java calls white space; DuckDB's trim alone would remove blanks only."""

FROM = (
    "CASE WHEN {1} = 0 OR {1} < -length({0}) THEN '' "
    "WHEN {1} < 0 THEN substr({0}, length({0}) + {1} + 1%s) ELSE substr({0}, {1}%s) END"
)
POSITIVE = "CASE WHEN {2} > 0 THEN {2} ELSE error('Index must be greater than zero') END"
LONGEST_PAD = 10_000

TABLE: Table = {
    "lower": (("varchar -> varchar", "lower({0})"),),
    "upper": (("varchar -> varchar", "upper({0})"),),
    "length": (("varchar -> bigint", "length({0})"),),
    "trim": (("varchar -> varchar", f"trim({{0}}, {SPACE})"),),
    "ltrim": (("varchar -> varchar", f"ltrim({{0}}, {SPACE})"),),
    "rtrim": (("varchar -> varchar", f"rtrim({{0}}, {SPACE})"),),
    "strpos": (("varchar, varchar -> bigint", "strpos({0}, {1})"),),
    "starts_with": (("varchar, varchar -> boolean", "starts_with({0}, {1})"),),
    "substr": (
        ("varchar, bigint -> varchar", FROM % ("", "")),
        (
            "varchar, bigint, bigint -> varchar",
            FROM % ((", CASE WHEN {2} < 0 THEN 0 ELSE {2} END",) * 2),
        ),
    ),
    "split": (("varchar, varchar -> array(varchar)", "string_split({0}, {1})"),),
    "split_part": (
        (
            "varchar, varchar, bigint -> varchar",
            "CASE WHEN {2} <= len(string_split({0}, {1})) "
            f"THEN split_part({{0}}, {{1}}, {POSITIVE}) END",
        ),
    ),
    "chr": (("bigint -> varchar", "chr(CAST({0} AS INTEGER))"),),
    "translate": (("varchar, varchar, varchar -> varchar", "translate({0}, {1}, {2})"),),
    "to_hex": (("varbinary -> varchar", "upper(hex({0}))"),),
    "to_utf8": (("varchar -> varbinary", "encode({0})"),),
    "md5": (("varbinary -> varbinary", "unhex(md5({0}))"),),
    "sha256": (("varbinary -> varbinary", "unhex(sha256({0}))"),),
}


def concat(call: Call) -> Typed:
    """concat(...) of strings or arrays: NULL where any argument is."""
    if len(call.args) < 2:
        raise call.t.problem(
            "INVALID_FUNCTION_ARGUMENT",
            "There must be two or more concatenation arguments",
            call.node,
        )
    values = [call.value(index) for index in range(len(call.args))]
    if all(value.type.name in ("varchar", "unknown") for value in values):
        return result(call, f"({' || '.join(coerced(each, VARCHAR) for each in values)})", VARCHAR)
    first = values[0].type
    if first.name != "array" or any(value.type != first for value in values):
        raise call.mismatch(("varchar, ...", "array(T), ..."))
    present = " AND ".join(f"{value.sql} IS NOT NULL" for value in values)
    joined = " || ".join(value.sql for value in values)
    return result(call, f"CASE WHEN {present} THEN {joined} END", first)


def concat_ws(call: Call) -> Typed:
    """concat_ws(separator, ...): NULL arguments are left out."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) < 2 or any(value.type.name not in ("varchar", "unknown") for value in values):
        raise call.mismatch(("varchar, varchar, ...",))
    return result(
        call, f"concat_ws({', '.join(coerced(each, VARCHAR) for each in values)})", VARCHAR
    )


def replace(call: Call) -> Typed:
    """replace(string, search[, replacement])."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) not in (2, 3) or any(
        value.type.name not in ("varchar", "unknown") for value in values
    ):
        raise call.mismatch(("varchar, varchar", "varchar, varchar, varchar"))
    if values[1].constant == "":
        raise call.t.problem("NOT_SUPPORTED", "replace of '' is not supported here", call.node)
    new = values[2] if len(values) == 3 else Typed("''", VARCHAR, constant="")
    growth = max(1, len(new.constant)) if isinstance(new.constant, str) else 1 + new.weight
    texts = ", ".join(coerced(each, VARCHAR) for each in (values[0], values[1], new))
    return Typed(f"replace({texts})", VARCHAR, weight=values[0].weight * growth)


def padded(call: Call) -> Typed:
    """lpad and rpad; longer strings are cut to the length, as Trino does."""
    size = call.args[1].constant if len(call.args) == 3 and call.args[1] else None
    if not isinstance(size, int) or not 0 <= size <= LONGEST_PAD:
        text = f"The length must be a number from 0 to {LONGEST_PAD} here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    if constant_text(call, 2, "The padding") == "":
        raise call.t.problem(
            "INVALID_FUNCTION_ARGUMENT", "Padding string must not be empty", call.node
        )
    if call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar, bigint, varchar",))
    string = coerced(call.value(0), VARCHAR)
    return result(call, f"{call.name}({string}, {size}, {call.value(2).sql})", VARCHAR)


def strpos_instance(call: Call) -> Typed:
    """strpos(string, c, n): the position of the n-th occurrence of one character."""
    search, instance = call.value(1).constant, call.value(2).constant
    if not isinstance(search, str) or len(search) != 1 or not isinstance(instance, int):
        raise call.t.problem(
            "NOT_SUPPORTED",
            "strpos with an instance takes one character and a number here",
            call.node,
        )
    if instance <= 0:
        raise call.t.problem("NOT_SUPPORTED", "The instance must be positive here", call.node)
    string, mark = coerced(call.value(0), VARCHAR), call.value(1).sql
    parts = f"string_split({string}, {mark})"
    head = f"length(array_to_string(list_slice({parts}, 1, {instance}), {mark}))"
    sql = (
        f"CASE WHEN len({parts}) > {instance} THEN {head} + 1 WHEN {string} IS NOT NULL THEN 0 END"
    )
    return result(call, f"CAST({sql} AS BIGINT)", BIGINT)


BUILDERS: dict[str, Builder] = {
    "concat": concat,
    "concat_ws": concat_ws,
    "replace": replace,
    "lpad": padded,
    "rpad": padded,
    "strpos/3": strpos_instance,
}
