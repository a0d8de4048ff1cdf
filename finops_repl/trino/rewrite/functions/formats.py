"""Patterns of dates, numbers and texts, read at translation; an unknown letter is an error.

Source: MySQL's specifiers as Trino documents them for date_format, Joda's `DateTimeFormat`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.registry import Builder, Call, constant_text, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, text_literal
from finops_repl.trino.rewrite.zones import local
from finops_repl.trino.types import DOUBLE, VARCHAR

__all__ = ["BUILDERS", "JODA", "MYSQL", "strftime_pattern"]

WIDEST = 100
PLAIN_PLACES = 6
"""A decimal of more places may be written with an exponent by Java (0E-10)."""

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
JAVA_TIMES: Mapping[str, str] = {
    "Y": "%Y", "y": "%y", "m": "%m", "B": "%B", "b": "%b", "h": "%b", "d": "%d", "e": "%-d",
    "A": "%A", "a": "%a", "j": "%j", "H": "%H", "k": "%-H", "I": "%I", "l": "%-I", "M": "%M",
    "S": "%S", "L": "%g", "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y",
}  # fmt: skip
JODA_PIECE = re.compile(
    r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>[^A-Za-z']+)"
)
MYSQL_PIECE = re.compile(r"(?P<letters>%.)|(?P<other>[^%]+)", re.DOTALL)
CONVERSION = re.compile(
    r"%(?P<index>\d+\$)?(?P<flags>[-#+ 0,(<]*)(?P<width>\d+)?(?:\.(?P<places>\d+))?"
    r"(?P<letter>[tT][A-Za-z]|[a-su-zA-SU-Z])|%%|(?P<text>[^%]+)"
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
    """format(pattern, ...) with Java's %s, %S, %b, %d, %f and %t, their flags and widths."""
    pattern = constant_text(call, 0, "The format")
    parts: list[str] = []
    taken = 1
    for found in _pieces(call, CONVERSION, pattern):
        if found.group("letter") is None:
            parts.append(text_literal(found.group("text") or "%"))
            continue
        index = int(found.group("index")[:-1]) if found.group("index") else taken
        if not 1 <= index < len(call.args):
            raise call.t.problem(
                "INVALID_FUNCTION_ARGUMENT", f"Format specifier '{found.group()}'", call.node
            )
        parts.append(_converted(call, found, call.value(index)))
        taken += not found.group("index")
    return result(call, f"({' || '.join(parts or [text_literal('')])})", VARCHAR)


def _converted(call: Call, found: re.Match[str], value: Typed) -> str:
    flags, width = found.group("flags"), int(found.group("width") or 0)
    if width > WIDEST or len(set(flags)) != len(flags) or {"-", "0"} <= set(flags):
        raise _unsupported(call, found, value)
    if not width and set(flags) & {"-", "0"}:
        raise _unsupported(call, found, value)
    numeric = found.group("letter") in ("d", "f")
    text = _number(call, found, value) if numeric else _text(call, found, value)
    absent = "false" if found.group("letter") == "b" else "null"
    shown = f"coalesce({text}, '{absent}')"
    if not width:
        return shown
    pad = "rpad" if "-" in flags else "lpad"
    return f"CASE WHEN length({shown}) < {width} THEN {pad}({shown}, {width}, ' ') ELSE {shown} END"


def _number(call: Call, found: re.Match[str], value: Typed) -> str:
    """%d of an integer and %f of a fraction: its sign, then its digits, zeros between them."""
    flags, places = found.group("flags"), found.group("places")
    if set(flags) - set("-+ 0,(") or {"+", " "} <= set(flags):
        raise _unsupported(call, found, value)
    if found.group("letter") == "d" and places is None and value.type.is_integer:
        size = f"abs(CAST({value.sql} AS HUGEINT))"
        digits = f"format('{{:,}}', {size})" if "," in flags else f"CAST({size} AS VARCHAR)"
        below = f"({value.sql} < 0)"
    elif found.group("letter") == "f" and value.type.name in ("double", "decimal"):
        digits = _fixed(call, value, 6 if places is None else int(places), grouped="," in flags)
        below = f"({value.sql} < 0)"
    else:
        raise _unsupported(call, found, value)
    above = "+" if "+" in flags else " " if " " in flags else ""
    minus, closing = ("(", ")") if "(" in flags else ("-", "")
    sign = f"CASE WHEN {below} THEN '{minus}' ELSE '{above}' END"
    if "0" in flags:
        after = f"CASE WHEN {below} THEN {len(closing)} ELSE 0 END"
        room = f"CAST({found.group('width')} - length({sign}) - {after} AS INTEGER)"
        padded = f"lpad({digits}, {room}, '0')"
        digits = f"CASE WHEN length({digits}) < {room} THEN {padded} ELSE {digits} END"
    end = f" || CASE WHEN {below} THEN '{closing}' ELSE '' END" if closing else ""
    return f"({sign} || {digits}{end})"


def _text(call: Call, found: re.Match[str], value: Typed) -> str:
    letter = found.group("letter")
    if found.group("places") is not None or set(found.group("flags")) - {"-"}:
        raise _unsupported(call, found, value)
    if letter in ("s", "S"):
        text = _java_text(call, found, value)
        return f"upper({text})" if letter == "S" else text
    if letter == "b" and value.type.name == "boolean":
        return f"CAST({value.sql} AS VARCHAR)"
    if letter[0] == "t" and letter[1:] in JAVA_TIMES and _is_moment(value):
        shown = f"CAST({local(value)} AS TIMESTAMP)"
        return f"strftime({shown}, {text_literal(JAVA_TIMES[letter[1:]])})"
    raise _unsupported(call, found, value)


def _is_moment(value: Typed) -> bool:
    return value.type.name == "date" or value.type.name.startswith("timestamp")


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
                         of=VARCHAR, code="NOT_SUPPORTED")  # fmt: skip
        return f"CASE WHEN {wide} THEN {refused} ELSE {plain} END"
    text = cast(call.t, value, VARCHAR, call.node).sql
    if value.type.name == "decimal" and value.type.scale > PLAIN_PLACES:
        refused = raised("format('%s') of that number is not supported here: ", text,
                         of=VARCHAR, code="NOT_SUPPORTED")  # fmt: skip
        return f"CASE WHEN abs({value.sql}) < 0.000001 THEN {refused} ELSE {text} END"
    return text


def _fixed(call: Call, value: Typed, places: int, *, grouped: bool) -> str:
    """A number's size with a fixed fraction, rounded half up as Java does from its digits."""
    if places > 12 or value.nan:
        raise call.t.problem("NOT_SUPPORTED", "That number format is not supported here", call.node)
    digits = value.sql if value.type.name == "decimal" else coerced(value, DOUBLE)
    amount = f"CAST(CAST(abs({digits}) AS VARCHAR) AS DECIMAL(38,{places}))"
    text = f"CAST({amount} AS VARCHAR)"
    if grouped:
        head = f"format('{{:,}}', CAST(trunc({amount}) AS HUGEINT))"
        text = f"({head} || right({text}, {places + 1}))" if places else head
    return text


BUILDERS: dict[str, Builder] = {"format": formatted}
