"""Trino's grammar as sqlglot knows it, with its readiness to guess switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import TokenType

__all__ = ["parse", "written"]

KEYWORD_FUNCTIONS = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "TRIM", "LISTAGG", "SUBSTRING")
"""Functions whose arguments have a grammar of their own; every other call keeps its name."""


def _decimal_of(text: str) -> exp.DataType:
    """The type of DECIMAL '1.50': as many digits as are written."""
    head, _, fraction = text.strip().lstrip("+-").partition(".")
    precision = max(1, len(head.lstrip("0")) + len(fraction))
    return exp.DataType.build(f"DECIMAL({precision}, {len(fraction)})")


JSON_FUNCTIONS = ("JSON_ARRAY", "JSON_EXISTS", "JSON_OBJECT", "JSON_QUERY", "JSON_VALUE")
"""Functions of SQL/JSON, whose own grammar is not read: they are refused by name."""


def _unread(name: str) -> Callable[[TrinoParser], exp.Expr]:
    """What takes the arguments of a function as they come, up to the closing bracket."""

    def parse_call(parser: TrinoParser) -> exp.Expr:
        depth = 0
        while parser._curr and (depth or parser._curr.token_type != TokenType.R_PAREN):
            kind = parser._curr.token_type
            if kind in (TokenType.SELECT, TokenType.TABLE):
                parser.raise_error("A query within SQL/JSON is not read here")
            depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
            parser._advance()
        return exp.Anonymous(this=name.lower())

    return parse_call


class _Parser(TrinoParser):
    FUNCTIONS: ClassVar = {}
    FUNCTION_PARSERS: ClassVar = {
        **{name: TrinoParser.FUNCTION_PARSERS[name] for name in KEYWORD_FUNCTIONS},
        **{name: _unread(name) for name in JSON_FUNCTIONS},
    }
    TYPE_LITERAL_PARSERS: ClassVar = {
        **{
            of: parser
            for of, parser in TrinoParser.TYPE_LITERAL_PARSERS.items()
            if of != exp.DType.JSON
        },
        exp.DType.DECIMAL: lambda self, this, _: self.expression(
            exp.Cast(this=this, to=_decimal_of(this.name))
        ),
        exp.DType.JSON: lambda self, this, _: self.expression(
            exp.Anonymous(this="json_parse", expressions=[this])
        ),
    }


class _PlainTrino(Trino):
    INDEX_OFFSET = 0
    Parser = _Parser


def parse(sql: str) -> list[exp.Expr | None]:
    """The statements of `sql`; calls stay `Anonymous` under the name that was written."""
    return _PlainTrino().parse(sql)


def written(tree: exp.Expr) -> str:
    """A tree of `parse` as text again."""
    return tree.sql(dialect=_PlainTrino)
