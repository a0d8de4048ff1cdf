"""Functions of strings. Positions and lengths count code points, as Trino's do."""

from __future__ import annotations

import dataclasses

from finops_repl.trino.rewrite.functions import maps
from finops_repl.trino.rewrite.functions.arrays import joined
from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, constant_text, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, text_literal
from finops_repl.trino.types import BIGINT, INTEGER, VARBINARY, VARCHAR, Type, array_of, map_of

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
NO_INDEX = raised("Index must be greater than zero", of=VARCHAR, code="INVALID_FUNCTION_ARGUMENT")
NO_DELIMITER = raised(
    "The delimiter may not be the empty string",
    of=array_of(VARCHAR),
    code="INVALID_FUNCTION_ARGUMENT",
)
HELD = "chr(57344)"
"""Stands for ß, which Java leaves as it is and DuckDB makes a capital of; of nobody's alphabet."""
ONE_LETTER = raised("codepoint takes one character", of=INTEGER, code="INVALID_FUNCTION_ARGUMENT")
LETTERS = "regexp_extract_all({0}, '(?s).')"
"""A string's code points; DuckDB's reverse and split by '' take what looks like one letter."""
NO_UTF8 = raised(
    "from_utf8 of bytes that are no UTF-8 is not run here", of=VARCHAR, code="NOT_SUPPORTED"
)
LONGEST_PAD = 10_000

TABLE: Table = {
    "lower": (("varchar -> varchar", "lower({0})"),),
    "upper": (("varchar -> varchar", f"replace(upper(replace({{0}}, 'ß', {HELD})), {HELD}, 'ß')"),),
    "length": (
        ("varchar -> bigint", "length({0})"),
        ("varbinary -> bigint", "octet_length({0})"),
    ),
    **{
        name: (
            ("varchar -> varchar", f"{name}({{0}}, {SPACE})"),
            ("varchar, varchar -> varchar", f"{name}({{0}}, {{1}})"),
        )
        for name in ("trim", "ltrim", "rtrim")
    },
    "reverse": (
        ("varchar -> varchar", f"array_to_string(list_reverse({LETTERS}), '')"),
        ("array(T) -> array(T)", "list_reverse({0})"),
    ),
    "codepoint": (
        (
            "varchar -> integer",
            "CASE WHEN length({0}) = 1 THEN ord({0}) "
            f"WHEN {{0}} IS NOT NULL THEN {ONE_LETTER} END",
        ),
    ),
    "levenshtein_distance": (("varchar, varchar -> bigint", "levenshtein({0}, {1})"),),
    "hamming_distance": (("varchar, varchar -> bigint", "hamming({0}, {1})"),),
    "normalize": (("varchar -> varchar", "nfc_normalize({0})"),),
    "strpos": (("varchar, varchar -> bigint", "strpos({0}, {1})"),),
    "starts_with": (("varchar, varchar -> boolean", "starts_with({0}, {1})"),),
    "substr": (
        ("varchar, bigint -> varchar", FROM % ("", "")),
        (
            "varchar, bigint, bigint -> varchar",
            FROM % ((", CASE WHEN {2} < 0 THEN 0 ELSE {2} END",) * 2),
        ),
    ),
    "split": (
        (
            "varchar, varchar -> array(varchar)",
            f"CASE WHEN {{1}} = '' THEN {NO_DELIMITER} "
            "WHEN {1} IS NOT NULL THEN string_split({0}, {1}) END",
        ),
    ),
    "split_part": (
        (
            "varchar, varchar, bigint -> varchar",
            f"CASE WHEN {{2}} <= 0 THEN {NO_INDEX} "
            "WHEN {2} <= len(string_split({0}, {1})) THEN split_part({0}, {1}, {2}) END",
        ),
    ),
    "chr": (("bigint -> varchar", "chr(CAST({0} AS INTEGER))"),),
    "translate": (("varchar, varchar, varchar -> varchar", "translate({0}, {1}, {2})"),),
    "from_utf8": (
        (
            "varbinary -> varchar",
            f"CASE WHEN {{0}} IS NOT NULL THEN coalesce(TRY(decode({{0}})), {NO_UTF8}) END",
        ),
    ),
    "from_hex": (("varchar -> varbinary", "from_hex({0})"),),
    "to_base64": (("varbinary -> varchar", "to_base64({0})"),),
    "from_base64": (("varchar -> varbinary", "from_base64({0})"),),
    "sha1": (("varbinary -> varbinary", "unhex(sha1({0}))"),),
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
    if all(value.type == VARBINARY for value in values):
        return result(call, f"({' || '.join(value.sql for value in values)})", VARBINARY)
    if first.name != "array" or any(value.type != first for value in values):
        raise call.mismatch(("varchar, ...", "array(T), ..."))
    present = " AND ".join(f"{value.sql} IS NOT NULL" for value in values)
    joined = " || ".join(value.sql for value in values)
    return result(call, f"CASE WHEN {present} THEN {joined} END", first)


def concat_ws(call: Call) -> Typed:
    """concat_ws(separator, ...): NULL arguments are left out."""
    values = [call.value(index) for index in range(len(call.args))]
    if len(values) == 2 and values[1].type == array_of(VARCHAR):
        separator = coerced(values[0], VARCHAR)
        return result(call, joined(values[1].sql, separator), VARCHAR)
    if len(values) < 2 or any(value.type.name not in ("varchar", "unknown") for value in values):
        raise call.mismatch(("varchar, varchar, ...", "varchar, array(varchar)"))
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
    """strpos(string, c, n): where the n-th of one character is, from the end where n < 0."""
    search, instance = call.value(1).constant, call.value(2).constant
    if not isinstance(search, str) or len(search) != 1 or not isinstance(instance, int):
        raise call.t.problem(
            "NOT_SUPPORTED",
            "strpos with an instance takes one character and a number here",
            call.node,
        )
    if instance == 0:
        text = "'instance' must not be equal to 0"
        raise call.t.problem("INVALID_FUNCTION_ARGUMENT", text, call.node)
    string, mark = coerced(call.value(0), VARCHAR), call.value(1).sql
    parts = f"string_split({string}, {mark})"
    kept = str(instance) if instance > 0 else f"len({parts}) - {-instance}"
    head = f"length(array_to_string(list_slice({parts}, 1, {kept}), {mark}))"
    enough = f"len({parts}) > {abs(instance)}"
    sql = f"CASE WHEN {enough} THEN {head} + 1 WHEN {string} IS NOT NULL THEN 0 END"
    return result(call, f"CAST({sql} AS BIGINT)", BIGINT)


def split_limited(call: Call) -> Typed:
    """split(string, delimiter, limit): the last part keeps what is left."""
    limit = call.value(2).constant
    if not isinstance(limit, int) or limit <= 0:
        raise call.t.problem(
            "NOT_SUPPORTED", "The limit of split must be a positive literal here", call.node
        )
    string, mark = (coerced(call.value(index), VARCHAR) for index in (0, 1))
    if any(call.value(index).type.name not in ("varchar", "unknown") for index in (0, 1)):
        raise call.mismatch(("varchar, varchar, bigint",))
    parts = f"string_split({string}, {mark})"
    rest = f"array_to_string(list_slice({parts}, {limit}, len({parts})), {mark})"
    cut = f"list_append(list_slice({parts}, 1, {limit - 1}), {rest})"
    sql = f"CASE WHEN len({parts}) > {limit} THEN {cut} WHEN {mark} IS NOT NULL THEN {parts} END"
    return result(call, sql, array_of(VARCHAR))


def split_to_map(call: Call) -> Typed:
    """split_to_map(string, entry delimiter, key-value delimiter)."""
    made = f"map_from_entries({_entries(call)})"
    return _unless_empty(call, made, "MAP([]::VARCHAR[], []::VARCHAR[])", map_of(VARCHAR, VARCHAR))


def split_to_multimap(call: Call) -> Typed:
    """split_to_multimap(string, entry delimiter, key-value delimiter): all values of each key."""
    of = array_of(Type("row", (VARCHAR, VARCHAR), ("key", "value")))
    entries = Typed(_entries(call), of)
    made = maps.multimap_from_entries(dataclasses.replace(call, args=(entries,)))
    return _unless_empty(call, made.sql, "MAP([]::VARCHAR[], []::VARCHAR[][])", made.type)


def _entries(call: Call) -> str:
    """The entries of a text as structs of two fields; one without its delimiter is an error."""
    if len(call.args) != 3 or any(
        call.value(index).type.name not in ("varchar", "unknown") for index in range(3)
    ):
        raise call.mismatch(("varchar, varchar, varchar",))
    string, entries, pair = (coerced(call.value(index), VARCHAR) for index in range(3))
    each = call.t.fresh("p")
    halves = f"string_split({each}, {pair})"
    wrong = raised(
        "Key-value delimiter must appear exactly once in each entry",
        like=f"{{'key': {string}, 'value': {string}}}",
        code="INVALID_FUNCTION_ARGUMENT",
    )
    entry = f"{{'key': {halves}[1], 'value': {halves}[2]}}"
    return (
        f"list_transform(string_split({string}, {entries}), lambda {each}: "
        f"CASE WHEN len({halves}) = 2 THEN {entry} ELSE {wrong} END)"
    )


def _unless_empty(call: Call, made: str, empty: str, of: Type) -> Typed:
    """NULL where an argument is, and an empty map of an empty text."""
    string, entries, pair = (coerced(call.value(index), VARCHAR) for index in range(3))
    known = f"{entries} IS NOT NULL AND {pair} IS NOT NULL"
    sql = f"CASE WHEN NOT ({known}) THEN NULL WHEN {string} = '' THEN {empty} ELSE {made} END"
    return result(call, sql, of)


BUILDERS: dict[str, Builder] = {
    "concat": concat,
    "concat_ws": concat_ws,
    "replace": replace,
    "lpad": padded,
    "rpad": padded,
    "split/3": split_limited,
    "split_to_map": split_to_map,
    "split_to_multimap": split_to_multimap,
    "strpos/3": strpos_instance,
}
