"""Patterns of dates, numbers and texts, read at translation; an unknown letter is an error.

Source: MySQL's specifiers as Trino documents them for date_format, Joda's `DateTimeFormat`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.registry import Builder, Call, constant_text, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, text_literal
from finops_repl.trino.types import DOUBLE, VARCHAR

__all__ = ["BUILDERS", "JODA", "MYSQL", "strftime_pattern"]

WIDEST = 100

MYSQL: Mapping[str, str] = {
    "%Y": "%Y", "%y": "%y", "%m": "%m", "%d": "%d", "%H": "%H", "%i": "%M", "%s": "%S",
    "%S": "%S", "%f": "%f", "%T": "%H:%M:%S", "%a": "%a", "%b": "%b", "%M": "%B", "%W": "%A",
    "%e": "%-d", "%c": "%-m", "%k": "%-H", "%l": "%-I", "%h": "%I", "%I": "%I", "%p": "%p",
    "%r": "%I:%M:%S %p", "%j": "%j", "%v": "%V", "%x": "%G", "%%": "%%",
}  # fmt: skip
JODA: Mapping[str, str] = {
    "yyyy": "%Y", "YYYY": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M",
    "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "a": "%p", "EEE": "%a", "E": "%a",
    "EEEE": "%A", "xxxx": "%G", "ww": "%V", "DDD": "%j", "D": "%-j", "e": "%u", "y": "%Y",
    "Y": "%Y", "x": "%G", "EE": "%a",
}  # fmt: skip
JODA_PIECE = re.compile(
    r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+)"
)
MYSQL_PIECE = re.compile(r"(?P<letters>%.)|(?P<other>[^%]+)", re.DOTALL)
CONVERSION = re.compile(
    r"%(?P<flags>[,0-]*)(?P<width>\d+)?(?:\.(?P<places>\d+))?(?P<letter>[sdf])|%%|(?P<text>[^%]+)"
)


def strftime_pattern(call: Call, pattern: str, table: Mapping[str, str]) -> str:
    """A date pattern as strftime's; raises `SqlProblem` for a letter outside the table."""
    piece = MYSQL_PIECE if table is MYSQL else JODA_PIECE
    parts: list[str] = []
    for found in _pieces(call, piece, pattern):
        letters = found.group("letters")
        if letters:
            if letters not in table:
                raise call.t.problem(
                    "NOT_SUPPORTED", f"{letters} in {call.name} is not supported here", call.node
                )
            parts.append(table[letters])
            continue
        quoted = found.groupdict().get("quoted")
        text = found.group("other") if quoted is None else quoted.replace("''", "'") or "'"
        parts.append(text.replace("%", "%%"))
    return "".join(parts)


def _pieces(call: Call, piece: re.Pattern[str], pattern: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(pattern):
        found = piece.match(pattern, at)
        if found is None or found.end() == at:
            raise call.t.problem(
                "INVALID_FUNCTION_ARGUMENT", f"Invalid format: {pattern!r}", call.node
            )
        yield found
        at = found.end()


def formatted(call: Call) -> Typed:
    """format(pattern, ...) with Java's %s, %d, %,d, %05d, %.2f, %,.2f and %%."""
    pattern = constant_text(call, 0, "The format")
    parts: list[str] = []
    taken = 1
    for found in _pieces(call, CONVERSION, pattern):
        if found.group("letter") is None:
            parts.append(text_literal(found.group("text") or "%"))
            continue
        if taken >= len(call.args):
            raise call.t.problem(
                "INVALID_FUNCTION_ARGUMENT", f"Format specifier '{found.group()}'", call.node
            )
        parts.append(_converted(call, found, call.value(taken)))
        taken += 1
    if taken < len(call.args):
        raise call.t.problem("NOT_SUPPORTED", "format has more arguments than places", call.node)
    return result(call, f"({' || '.join(parts or [text_literal('')])})", VARCHAR)


def _converted(call: Call, found: re.Match[str], value: Typed) -> str:
    flags, width = found.group("flags"), int(found.group("width") or 0)
    if width > WIDEST or len(set(flags)) != len(flags) or (flags and not width and flags != ","):
        raise _unsupported(call, found, value)
    text = _unpadded(call, found, value)
    if not width:
        return f"coalesce({text}, 'null')"
    if "0" in flags:
        if found.group("letter") != "d" or flags != "0":
            raise _unsupported(call, found, value)
        return f"coalesce(format('{{:0{width}d}}', {value.sql}), 'null')"
    pad = "rpad" if "-" in flags else "lpad"
    shown = f"coalesce({text}, 'null')"
    return f"CASE WHEN length({shown}) < {width} THEN {pad}({shown}, {width}, ' ') ELSE {shown} END"


def _unpadded(call: Call, found: re.Match[str], value: Typed) -> str:
    letter, places = found.group("letter"), found.group("places")
    grouped = "," in found.group("flags")
    if letter == "s" and places is None and not grouped:
        return _java_text(call, found, value)
    if letter == "d" and places is None and value.type.is_integer:
        return f"format('{{:,}}', {value.sql})" if grouped else f"CAST({value.sql} AS VARCHAR)"
    if letter == "f" and value.type.name in ("double", "decimal"):
        return _fixed(call, value, 6 if places is None else int(places), grouped=grouped)
    raise _unsupported(call, found, value)


def _unsupported(call: Call, found: re.Match[str], value: Typed) -> Exception:
    return call.t.problem(
        "NOT_SUPPORTED", f"{found.group()} for {value.type} is not supported here", call.node
    )


def _java_text(call: Call, found: re.Match[str], value: Typed) -> str:
    """What Java's String.valueOf gives: a double as 1.5, not as 1.5E0."""
    if value.type.name.startswith("timestamp") or value.type.args:
        raise _unsupported(call, found, value)
    if value.type == DOUBLE:
        plain = f"CAST({coerced(value, DOUBLE)} AS VARCHAR)"
        size = f"abs({value.sql})"
        wide = f"{size} <> 0 AND NOT ({size} >= 0.001 AND {size} < 10000000)"
        refused = raised("format('%s') of that number is not supported here: ", plain,
                         code="NOT_SUPPORTED")  # fmt: skip
        return f"CASE WHEN {wide} THEN {refused} ELSE {plain} END"
    return cast(call.t, value, VARCHAR, call.node).sql


def _fixed(call: Call, value: Typed, places: int, *, grouped: bool) -> str:
    """A number with a fixed fraction, rounded half up as Java does from its shortest text."""
    if places > 12 or value.nan:
        raise call.t.problem("NOT_SUPPORTED", "That number format is not supported here", call.node)
    digits = value.sql if value.type.name == "decimal" else coerced(value, DOUBLE)
    amount = f"CAST(CAST({digits} AS VARCHAR) AS DECIMAL(38,{places}))"
    text = f"CAST({amount} AS VARCHAR)"
    if grouped:
        head = f"format('{{:,}}', CAST(trunc(abs({amount})) AS HUGEINT))"
        minus = f"CASE WHEN {amount} < 0 THEN '-' ELSE '' END"
        tail = f" || right({text}, {places + 1})" if places else ""
        text = f"({minus} || {head}{tail})"
    return text


BUILDERS: dict[str, Builder] = {"format": formatted}
