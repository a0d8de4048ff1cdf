"""How a Metrics Insights query is written.

Source: CloudWatch user guide, "Metrics Insights query components and syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from finops_repl.simulator.handlers.cloudwatch.insights import (
    ACCOUNT,
    FUNCTIONS,
    MOST_RETURNED,
    Condition,
    Select,
)
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.tokens import END, Token, Tokens, scanned

__all__ = ["is_select", "read_select"]

_SELECT = re.compile(r"\s*SELECT\b", re.IGNORECASE)
_TOKEN = re.compile(
    r"""\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|'(?P<text>(?:[^'\\]|\\.)*)'
    |(?P<word>[A-Za-z_][\w.]*|\d+)|(?P<sign>!=|[=(),]))""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")


def is_select(expression: str) -> bool:
    """True for a query, which no metric math may be mixed with."""
    return _SELECT.match(expression) is not None


def read_select(query: str) -> Select:
    """What a query asks for; raises `MathError` where it cannot be read."""
    return _Reader(query).select()


class _Reader:
    def __init__(self, query: str) -> None:
        self._tokens = Tokens(_tokens(query))

    def select(self) -> Select:
        self._word("SELECT")
        function = self._function()
        metric = self._name("a metric")
        self._sign(")")
        self._word("FROM")
        namespace, dimensions = self._source()
        where = self._where() if self._has("WHERE") else ()
        group_by: tuple[str, ...] = ()
        if self._has("GROUP"):
            self._word("BY")
            group_by = tuple(self._names())
        order_by, descending = "", False
        if self._has("ORDER"):
            self._word("BY")
            order_by = self._function()
            self._sign(")")
            descending = self._has("DESC")
            _ = descending or self._has("ASC")
        limit = self._limit() if self._has("LIMIT") else MOST_RETURNED
        if self._tokens.next != END:
            raise self._unexpected("its end")
        return Select(function, metric, namespace, dimensions, where, group_by, order_by,
                      descending, limit)  # fmt: skip

    def _has(self, word: str) -> bool:
        kind, text = self._tokens.next
        found = kind == "word" and text.upper() == word
        if found:
            self._tokens.take()
        return found

    def _has_sign(self, sign: str) -> bool:
        return self._tokens.accept(("sign", sign))

    def _word(self, word: str) -> None:
        if not self._has(word):
            raise self._unexpected(word)

    def _sign(self, sign: str) -> None:
        if not self._has_sign(sign):
            raise self._unexpected(repr(sign))

    def _unexpected(self, wanted: str) -> MathError:
        return MathError(f"Invalid query: {wanted} is expected, not {self._tokens.next[1]!r}")

    def _function(self) -> str:
        """`AVG(`: the name of a function, its parenthesis opened."""
        kind, text = self._tokens.next
        if kind != "word" or text.upper() not in FUNCTIONS:
            raise self._unexpected(f"one of {', '.join(FUNCTIONS)}")
        self._tokens.take()
        self._sign("(")
        return text.upper()

    def _name(self, wanted: str) -> str:
        kind, text = self._tokens.next
        if kind not in ("word", "quoted") or (kind == "word" and "." in text and text != ACCOUNT):
            hint = "; resource tags are not offered by the simulated account"
            raise MathError(
                f"{self._unexpected(wanted)}{hint if text.lower().startswith('tag.') else ''}"
            )
        return self._tokens.take()[1]

    def _names(self) -> Iterator[str]:
        yield self._name("a label")
        while self._has_sign(","):
            yield self._name("a label")

    def _source(self) -> tuple[str, frozenset[str] | None]:
        if not self._has("SCHEMA"):
            return self._name("a namespace"), None
        self._sign("(")
        namespace, *dimensions = self._names()
        self._sign(")")
        return namespace, frozenset(dimensions)

    def _where(self) -> tuple[Condition, ...]:
        found = [self._condition()]
        while self._has("AND"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> Condition:
        key = self._name("a label")
        is_equal = self._has_sign("=")
        if not is_equal and not self._has_sign("!="):
            raise self._unexpected("= or !=")
        if self._tokens.next[0] != "text":
            raise self._unexpected("a value in single quotes")
        return Condition(key, self._tokens.take()[1], is_equal)

    def _limit(self) -> int:
        kind, text = self._tokens.next
        if kind != "word" or not text.isdecimal() or not 1 <= int(text) <= MOST_RETURNED:
            raise self._unexpected(f"a number from 1 to {MOST_RETURNED}")
        return int(self._tokens.take()[1])


def _tokens(query: str) -> Iterator[Token]:
    for found in scanned(_TOKEN, query, "Invalid query: unexpected"):
        kind = str(found.lastgroup)
        yield kind, _ESCAPED.sub(r"\1", found[kind]) if kind in ("quoted", "text") else found[kind]
