"""Trino's types: their names, what is coerced to what, and how DuckDB holds them.

Source of the coercions: Trino's `TypeCoercion`. Lengths of varchar are not kept; timestamps with
time zone are held as UTC and know the one zone that all their values show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

__all__ = [
    "BIGINT",
    "BOOLEAN",
    "DATE",
    "DAYS",
    "DOUBLE",
    "INTEGER",
    "INTEGERS",
    "JSON",
    "MONTHS",
    "TIMESTAMP",
    "TIMESTAMP_TZ",
    "UNKNOWN",
    "VARBINARY",
    "VARCHAR",
    "Type",
    "array_of",
    "as_decimal",
    "common_type",
    "decimal",
    "duckdb_type",
    "hive_type",
    "map_of",
    "parse_type",
    "quoted",
    "text_literal",
]

DECIMAL_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
INTEGERS = tuple(DECIMAL_DIGITS)


@dataclass(frozen=True, slots=True)
class Type:
    """A type by name; `args` are element types, `fields` the names of a row's elements.

    `precision` is that of a decimal, or the fractional digits of a timestamp. `zone` is where a
    timestamp with time zone is shown; empty means UTC.
    """

    name: str
    args: tuple[Type, ...] = ()
    fields: tuple[str, ...] = ()
    precision: int = 0
    scale: int = 0
    zone: str = ""

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name.startswith("timestamp"):
            return self.name.replace("timestamp", f"timestamp({self.precision})")
        if self.name == "row":
            named = (
                f"{name} {arg}".strip() for name, arg in zip(self.fields, self.args, strict=True)
            )
            return f"row({', '.join(named)})"
        return f"{self.name}({', '.join(map(str, self.args))})" if self.args else self.name

    @property
    def is_integer(self) -> bool:
        return self.name in DECIMAL_DIGITS

    @property
    def is_number(self) -> bool:
        return self.is_integer or self.name in ("decimal", "real", "double")

    @property
    def is_interval(self) -> bool:
        return self.name.startswith("interval")

    @property
    def is_orderable(self) -> bool:
        if self.name in ("map", "json"):
            return False
        return all(arg.is_orderable for arg in self.args)


BOOLEAN = Type("boolean")
INTEGER = Type("integer")
BIGINT = Type("bigint")
DOUBLE = Type("double")
VARCHAR = Type("varchar")
VARBINARY = Type("varbinary")
JSON = Type("json")
DATE = Type("date")
TIMESTAMP = Type("timestamp", precision=3)
TIMESTAMP_TZ = Type("timestamp with time zone", precision=3)
DAYS = Type("interval day to second")
MONTHS = Type("interval year to month")
UNKNOWN = Type("unknown")


def decimal(precision: int, scale: int) -> Type:
    """decimal(precision, scale), the precision capped at Trino's 38 digits."""
    return Type("decimal", precision=min(38, max(1, precision)), scale=scale)


def array_of(element: Type) -> Type:
    return Type("array", (element,))


def map_of(key: Type, value: Type) -> Type:
    return Type("map", (key, value))


ALIASES = {"string": "varchar", "int": "integer", "float": "real", "numeric": "decimal"}
PLAIN = frozenset(
    {*INTEGERS, "boolean", "real", "double", "varchar", "varbinary", "json", "date", "unknown"}
)
TOKEN = re.compile(r'\s*("(?:[^"]|"")*"|[A-Za-z_]\w*|\d+|[<>(),:])')


@cache
def parse_type(text: str) -> Type:
    """A type from Trino's words or Hive's (`map<string,string>`); ValueError for others."""
    tokens = TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()):
        raise ValueError(f"no type: {text}")
    found, rest = _read(tokens, text)
    if rest:
        raise ValueError(f"no type: {text}")
    return found


def _read(tokens: list[str], text: str) -> tuple[Type, list[str]]:
    if not tokens:
        raise ValueError(f"no type: {text}")
    word, rest = tokens[0].lower(), tokens[1:]
    if word == "interval" and len(rest) >= 3:
        return Type(" ".join([word, *rest[:3]])), rest[3:]
    word = ALIASES.get(word, word)
    if word == "timestamp":
        digits, rest = _numbers(rest)
        zoned = [token.lower() for token in rest[:3]] == ["with", "time", "zone"]
        name = "timestamp with time zone" if zoned else "timestamp"
        return Type(name, precision=digits[0] if digits else 3), rest[3:] if zoned else rest
    if word == "decimal":
        digits, rest = _numbers(rest)
        digits = digits or [38, 0]
        return decimal(digits[0], digits[1] if len(digits) > 1 else 0), rest
    if word in PLAIN:
        _, rest = _numbers(rest)
        return Type(word), rest
    if len(tokens[0]) == 1 and tokens[0].isupper():
        return Type(tokens[0]), rest  # a variable in the signature of a function
    if word in ("array", "map", "row", "struct", "function"):
        return _read_nested(word, rest, text)
    raise ValueError(f"no type: {text}")


def _numbers(tokens: list[str]) -> tuple[list[int], list[str]]:
    if not tokens or tokens[0] != "(":
        return [], tokens
    end = tokens.index(")")
    return [int(digits) for digits in tokens[1:end] if digits != ","], tokens[end + 1 :]


def _read_nested(word: str, rest: list[str], text: str) -> tuple[Type, list[str]]:
    args: list[Type] = []
    names: list[str] = []
    if not rest or rest[0] not in "<(":
        raise ValueError(f"no type: {text}")
    while rest and rest[0] not in ">)":
        rest = rest[1:]
        if word in ("row", "struct"):
            is_named = _begins_with_a_name(rest)
            names.append(rest[0].strip('"') if is_named else "")
            rest = rest[is_named + (rest[1:2] == [":"]) :]
        arg, rest = _read(rest, text)
        args.append(arg)
    if not rest or len(args) != {"array": 1, "map": 2}.get(word, len(args)):
        raise ValueError(f"no type: {text}")
    name = "row" if word == "struct" else word
    return Type(name, tuple(args), tuple(names)), rest[1:]


def _begins_with_a_name(field: list[str]) -> bool:
    """Whether a row's field has a name before its type: `a integer` has, `integer` has none."""
    after = field[1].lower() if len(field) > 1 else ""
    of_two_words = {"interval": ("day", "year"), "timestamp": ("with",)}
    return after not in (*"<>(),", "") and after not in of_two_words.get(field[0].lower(), ())


def common_type(types: Iterable[Type]) -> Type | None:
    """The type all of these are coerced to where they must agree, or None where none is."""
    result = UNKNOWN
    for each in types:
        found = _common(result, each)
        if found is None:
            return None
        result = found
    return result


def _common(one: Type, other: Type) -> Type | None:
    if one == other or other == UNKNOWN:
        return one
    if one == UNKNOWN:
        return other
    if one.is_number and other.is_number:
        return _common_number(one, other)
    time_rank = {"date": 0, "timestamp": 1, "timestamp with time zone": 2}
    if one.name in time_rank and other.name in time_rank:
        if one.name == other.name and one.zone != other.zone:
            return None
        wider = max(one, other, key=lambda each: time_rank[each.name])
        return replace(wider, precision=max(one.precision, other.precision))
    if one.name == other.name and len(one.args) == len(other.args):
        args = [_common(a, b) for a, b in zip(one.args, other.args, strict=True)]
        if all(args):
            return replace(one, args=tuple(arg for arg in args if arg))
    return None


def _common_number(one: Type, other: Type) -> Type:
    names = {one.name, other.name}
    for floating in ("double", "real"):
        if floating in names:
            return Type(floating)
    if one.is_integer and other.is_integer:
        return max(one, other, key=lambda each: INTEGERS.index(each.name))
    one, other = as_decimal(one), as_decimal(other)
    scale = max(one.scale, other.scale)
    return decimal(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)


def as_decimal(number: Type) -> Type:
    """An integer type as the decimal that holds it."""
    return decimal(DECIMAL_DIGITS[number.name], 0) if number.is_integer else number


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def hive_type(of: Type) -> str:
    """The type in the words of a table's definition: `map<string,string>`."""
    names = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary"}
    if of.name == "row":
        fields = zip(of.fields, of.args, strict=True)
        return f"struct<{','.join(f'{name}:{hive_type(arg)}' for name, arg in fields)}>"
    if of.args:
        return f"{of.name}<{','.join(hive_type(arg) for arg in of.args)}>"
    if of.name == "timestamp":
        return "timestamp"
    return names.get(of.name, str(of))


def duckdb_type(of: Type) -> str:
    """How DuckDB holds values of this type."""
    match of.name:
        case "decimal":
            return f"DECIMAL({of.precision},{of.scale})"
        case "real":
            return "FLOAT"
        case "varbinary":
            return "BLOB"
        case "timestamp" | "timestamp with time zone":
            return "TIMESTAMP"
        case "array":
            return f"{duckdb_type(of.args[0])}[]"
        case "map":
            return f"MAP({duckdb_type(of.args[0])}, {duckdb_type(of.args[1])})"
        case "row":
            fields = (
                f"{quoted(name or f'field{i}')} {duckdb_type(arg)}"
                for i, (name, arg) in enumerate(zip(of.fields, of.args, strict=True))
            )
            return f"STRUCT({', '.join(fields)})"
        case "unknown":
            return "INTEGER"
        case _ if of.is_interval:
            return "INTERVAL"
        case name:
            return name.upper()
