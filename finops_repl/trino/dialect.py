"""Trino's grammar as sqlglot knows it, with its readiness to guess switched off."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.generators.trino import TrinoGenerator
from sqlglot.parsers.trino import TrinoParser

from finops_repl.trino.json_grammar import JSON_FUNCTIONS, JsonCall, json_call

__all__ = ["TYPED_LITERAL", "parse", "written"]

TYPED_LITERAL = "typed_literal"
"""Marks, in its `meta`, a cast that was written DATE '...' or TIMESTAMP '...'."""

KEYWORD_FUNCTIONS = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "TRIM", "LISTAGG", "SUBSTRING")
"""Functions whose arguments have a grammar of their own; every other call keeps its name."""


def _decimal_of(text: str) -> exp.DataType:
    """The type of DECIMAL '1.50': as many digits as are written."""
    head, _, fraction = text.strip().lstrip("+-").partition(".")
    precision = max(1, len(head.lstrip("0")) + len(fraction))
    return exp.DataType.build(f"DECIMAL({precision}, {len(fraction)})")


def _marked(of: exp.DType) -> Callable[[TrinoParser, exp.Expr, exp.DataType], exp.Expr]:
    """What parses a literal of a date or moment, and notes that it is one."""
    known = TrinoParser.TYPE_LITERAL_PARSERS.get(of)

    def parse_literal(parser: TrinoParser, this: exp.Expr, to: exp.DataType) -> exp.Expr:
        start = parser._tokens[parser._index - 2].start
        made = known(parser, this, to) if known else exp.Cast(this=this, to=to)
        made.meta.update({TYPED_LITERAL: True, "start": start})
        return made

    return parse_literal


class _Parser(TrinoParser):
    FUNCTIONS: ClassVar = {}
    FUNCTION_PARSERS: ClassVar = {
        **{name: TrinoParser.FUNCTION_PARSERS[name] for name in KEYWORD_FUNCTIONS},
        **{name: json_call(name) for name in JSON_FUNCTIONS},
    }
    TYPE_LITERAL_PARSERS: ClassVar = {
        **{
            of: parser
            for of, parser in TrinoParser.TYPE_LITERAL_PARSERS.items()
            if of != exp.DType.JSON
        },
        **{of: _marked(of) for of in (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)},
        exp.DType.DECIMAL: lambda self, this, _: self.expression(
            exp.Cast(this=this, to=_decimal_of(this.name))
        ),
        exp.DType.JSON: lambda self, this, _: self.expression(
            exp.Anonymous(this="json_parse", expressions=[this])
        ),
    }


class _Generator(TrinoGenerator):
    TRANSFORMS: ClassVar = {
        **TrinoGenerator.TRANSFORMS,
        JsonCall: lambda _, node: node.args["text"],
    }


class _PlainTrino(Trino):
    INDEX_OFFSET = 0
    Parser = _Parser
    Generator = _Generator


def parse(sql: str) -> list[exp.Expr | None]:
    """The statements of `sql`; calls stay `Anonymous` under the name that was written."""
    return _PlainTrino().parse(sql)


def written(tree: exp.Expr) -> str:
    """A tree of `parse` as text again."""
    return tree.sql(dialect=_PlainTrino)
