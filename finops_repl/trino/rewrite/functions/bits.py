"""Functions of an integer's bits and of its digits in other bases.

Source: Trino's `BitwiseFunctions`: a logical shift to the right is one of the type's own bits.
"""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import BIGINT, VARCHAR

__all__ = ["BUILDERS", "TABLE"]

WIDTHS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

TABLE: Table = {
    "bitwise_and": (("bigint, bigint -> bigint", "({0} & {1})"),),
    "bitwise_or": (("bigint, bigint -> bigint", "({0} | {1})"),),
    "bitwise_xor": (("bigint, bigint -> bigint", "xor({0}, {1})"),),
    "bitwise_not": (("bigint -> bigint", "(~{0})"),),
    "to_base": (
        (
            "bigint, bigint -> varchar",
            "CASE WHEN {0} < 0 THEN '-' ELSE '' END || "
            "lower(to_base(abs({0}), CAST({1} AS INTEGER)))",
        ),
    ),
}


def bit_count(call: Call) -> Typed:
    """bit_count(x, bits): the ones in x as a number of so many bits."""
    bits = call.value(1).constant if len(call.args) == 2 else None
    if len(call.args) != 2 or not call.value(0).type.is_integer:
        raise call.mismatch(("bigint, bigint",))
    if not isinstance(bits, int) or not 2 <= bits <= 64:
        text = "bit_count takes a literal number of 2 to 64 bits here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    number = coerced(call.value(0), BIGINT)
    sql = f"bit_count({number})"
    if bits < 64:
        low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        wrong = raised(f"Number must be representable with the bits specified: {bits}",
                       of=BIGINT, code="INVALID_FUNCTION_ARGUMENT")  # fmt: skip
        inside = f"bit_count({number} & {2**bits - 1})"
        sql = f"CASE WHEN {number} NOT BETWEEN {low} AND {high} THEN {wrong} ELSE {inside} END"
    return result(call, f"CAST({sql} AS BIGINT)", BIGINT)


def shifted(call: Call) -> Typed:
    """bitwise_left_shift, bitwise_right_shift and its arithmetic form: the type of their value."""
    if len(call.args) != 2 or not all(call.value(index).type.is_integer for index in (0, 1)):
        raise call.mismatch(("bigint, bigint",))
    of, by = call.value(0).type, call.value(1).constant
    width = WIDTHS[of.name]
    if not isinstance(by, int) or by < 0:
        text = f"{call.name} takes a literal number of bits here"
        raise call.t.problem("NOT_SUPPORTED", text, call.node)
    number = f"CAST({call.value(0).sql} AS HUGEINT)"
    if call.name == "bitwise_right_shift_arithmetic":
        by = min(by, width)
        down = f"(CASE WHEN {number} < 0 THEN {2**by} - 1 ELSE 0 END)"
        return result(call, f"CAST(({number} - {down}) // {2**by} AS {of.name})", of)
    if by >= width:
        return result(call, f"CAST({number} * 0 AS {of.name})", of)
    unsigned = f"(({number} + {2**width}) % {2**width})"
    if call.name == "bitwise_right_shift":
        return result(call, f"CAST({_signed(f'({unsigned} // {2**by})', width)} AS {of.name})", of)
    kept = f"(({unsigned} % {2 ** (width - by)}) * {2**by})"
    return result(call, f"CAST({_signed(kept, width)} AS {of.name})", of)


def _signed(bits: str, width: int) -> str:
    """A number of `width` bits without a sign as the one that has these bits with a sign."""
    return f"(CASE WHEN {bits} >= {2 ** (width - 1)} THEN {bits} - {2**width} ELSE {bits} END)"


def from_base(call: Call) -> Typed:
    """from_base(text, radix): a bigint."""
    radix = call.value(1).constant if len(call.args) == 2 else None
    if len(call.args) != 2 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar, bigint",))
    if not isinstance(radix, int) or not 2 <= radix <= len(DIGITS):
        text = "Radix must be between 2 and 36"
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", text, call.node)
    text = coerced(call.value(0), VARCHAR)
    known = f"regexp_full_match(lower({text}), '[+-]?[{DIGITS[:radix]}]+')"
    letters = f"list_reverse(string_split(ltrim(lower({text}), '+-'), ''))"
    values = (
        f"list_sum(list_transform({letters}, lambda d, i: "
        f"CAST(strpos('{DIGITS}', d) - 1 AS HUGEINT) * CAST(power({radix}, i - 1) AS HUGEINT)))"
    )
    sign = f"CASE WHEN starts_with({text}, '-') THEN -1 ELSE 1 END"
    wrong = raised(
        f"Not a valid base-{radix} number: ", text, of=BIGINT, code="INVALID_FUNCTION_ARGUMENT"
    )
    long = f"length({text}) > {len(_digits(2**63 - 1, radix))}"
    made = f"CASE WHEN {known} AND NOT ({long}) THEN CAST({values} * {sign} AS BIGINT) "
    made += f"WHEN {text} IS NOT NULL THEN {wrong} END"
    return result(call, made, BIGINT)


def _digits(number: int, radix: int) -> str:
    return "" if not number else _digits(number // radix, radix) + DIGITS[number % radix]


BUILDERS: dict[str, Builder] = {
    "bit_count": bit_count,
    "bitwise_left_shift": shifted,
    "bitwise_right_shift": shifted,
    "bitwise_right_shift_arithmetic": shifted,
    "from_base": from_base,
}
