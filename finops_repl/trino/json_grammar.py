"""The grammar of SQL/JSON functions, whose arguments end in clauses of words.

`json_value(x, 'lax $.a' RETURNING double DEFAULT 0 ON EMPTY)`, `json_object(KEY 'a' VALUE x)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import TokenType

__all__ = ["JSON_FUNCTIONS", "JsonCall", "json_call"]

JSON_FUNCTIONS = ("JSON_ARRAY", "JSON_EXISTS", "JSON_OBJECT", "JSON_QUERY", "JSON_VALUE")

OUTCOMES = {
    "JSON_EXISTS": ("TRUE", "FALSE", "UNKNOWN", "ERROR"),
    "JSON_QUERY": ("ERROR", "NULL", "EMPTY ARRAY", "EMPTY OBJECT"),
    "JSON_VALUE": ("ERROR", "NULL", "DEFAULT"),
}
"""What may be said to be the result ON EMPTY and ON ERROR."""

WRAPPERS = {
    "WITHOUT ARRAY WRAPPER": "WITHOUT",
    "WITHOUT WRAPPER": "WITHOUT",
    "WITH ARRAY WRAPPER": "UNCONDITIONAL",
    "WITH WRAPPER": "UNCONDITIONAL",
    "WITH UNCONDITIONAL ARRAY WRAPPER": "UNCONDITIONAL",
    "WITH UNCONDITIONAL WRAPPER": "UNCONDITIONAL",
    "WITH CONDITIONAL ARRAY WRAPPER": "CONDITIONAL",
    "WITH CONDITIONAL WRAPPER": "CONDITIONAL",
}


class JsonCall(exp.Expression):
    """A call of an SQL/JSON function; `text` is how it was written.

    `expressions` are the document, or the values of an array or object, whose names are `keys`;
    `formats` says of each whether FORMAT JSON follows. Clauses that were left out are absent.
    """

    arg_types: ClassVar[dict[str, bool]] = {
        "this": True,
        "text": True,
        "expressions": False,
        "formats": False,
        "keys": False,
        "path": False,
        "passing": False,
        "returning": False,
        "wrapper": False,
        "quotes": False,
        "on_empty": False,
        "on_error": False,
        "default_on_empty": False,
        "default_on_error": False,
        "on_null": False,
        "unique": False,
    }


def json_call(name: str) -> Callable[[TrinoParser], exp.Expr]:
    """What reads the arguments of the function `name`, up to its closing bracket."""

    def parse_call(parser: TrinoParser) -> exp.Expr:
        start = parser._tokens[parser._index - 2].start
        node = JsonCall(this=name.lower(), text="")
        if name in OUTCOMES:
            _document(parser, node)
            _clauses(parser, node, OUTCOMES[name])
        else:
            _members(parser, node, named=name == "JSON_OBJECT")
        end = parser._curr.end if parser._curr else len(parser.sql)
        node.set("text", parser.sql[start : end + 1])
        node.meta["start"] = start
        return node

    return parse_call


def _said(parser: TrinoParser, words: str) -> bool:
    return bool(parser._match_text_seq(*words.split()))


def _value(parser: TrinoParser, node: JsonCall) -> None:
    """An expression, and whether its text is JSON already."""
    value = parser._parse_disjunction()
    if value is None:
        parser.raise_error("an expression is expected")
    node.append("expressions", value)
    node.append("formats", _said(parser, "FORMAT JSON"))


def _document(parser: TrinoParser, node: JsonCall) -> None:
    _value(parser, node)
    path = parser._parse_primary() if parser._match(TokenType.COMMA) else None
    if not isinstance(path, exp.Literal) or not path.is_string:
        parser.raise_error("a JSON path is expected")
    node.set("path", path)
    if _said(parser, "PASSING"):
        node.set("passing", True)
        while True:
            node.append("expressions", parser._parse_disjunction())
            _said(parser, "FORMAT JSON")
            if not _said(parser, "AS") or not parser._parse_id_var():
                parser.raise_error("AS and a name are expected")
            if not parser._match(TokenType.COMMA):
                break


def _clauses(parser: TrinoParser, node: JsonCall, outcomes: tuple[str, ...]) -> None:
    if "TRUE" not in outcomes:
        _returning(parser, node)
    if "EMPTY ARRAY" in outcomes:
        for words, wrapper in WRAPPERS.items():
            if _said(parser, words):
                node.set("wrapper", wrapper)
        for word in ("KEEP", "OMIT"):
            if _said(parser, f"{word} QUOTES"):
                node.set("quotes", word)
                _said(parser, "ON SCALAR STRING")
    for outcome in (found for _ in range(2) for found in outcomes if _said(parser, found)):
        default = parser._parse_disjunction() if outcome == "DEFAULT" else None
        first = node.args.get("on_empty") is None and node.args.get("on_error") is None
        if "TRUE" not in outcomes and first and _said(parser, "ON EMPTY"):
            clause = "on_empty"
        elif node.args.get("on_error") is None and _said(parser, "ON ERROR"):
            clause = "on_error"
        else:
            parser.raise_error("ON EMPTY or ON ERROR is expected")
        node.set(clause, outcome)
        node.set(f"default_{clause}", default)


def _returning(parser: TrinoParser, node: JsonCall) -> None:
    if _said(parser, "RETURNING"):
        node.set("returning", parser._parse_types())
        _said(parser, "FORMAT JSON")


def _members(parser: TrinoParser, node: JsonCall, *, named: bool) -> None:
    """The values of an array, or the keys and values of an object, and how they are taken."""
    while not _ends(parser):
        if named:
            _key(parser, node)
        _value(parser, node)
        if not parser._match(TokenType.COMMA):
            break
    for words in ("NULL ON NULL", "ABSENT ON NULL"):
        if _said(parser, words):
            node.set("on_null", words.split()[0])
    for word in ("WITH", "WITHOUT") if named else ():
        if _said(parser, f"{word} UNIQUE"):
            node.set("unique", word == "WITH")
            _said(parser, "KEYS")
    _returning(parser, node)


def _ends(parser: TrinoParser) -> bool:
    """Whether no value comes any more: the bracket closes, or a clause begins."""
    now, then = parser._curr, parser._next
    if now is None or now.token_type == TokenType.R_PAREN or now.text.upper() == "RETURNING":
        return True
    return bool(then) and now.text.upper() in ("NULL", "ABSENT") and then.text.upper() == "ON"


def _key(parser: TrinoParser, node: JsonCall) -> None:
    after = parser._next.text.upper() if parser._next else ""
    if after not in ("VALUE", ":"):  # else a column has the name KEY
        _said(parser, "KEY")
    node.append("keys", parser._parse_disjunction())
    if not parser._match(TokenType.COLON) and not _said(parser, "VALUE"):
        parser.raise_error("VALUE is expected")
