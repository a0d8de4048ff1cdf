"""How a metric math expression is written: its tokens, and the order in which operators bind.

Source: CloudWatch user guide, "Metric math syntax and functions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import (
    Called,
    Chain,
    Listing,
    MathError,
    Name,
    Node,
    Number,
    Text,
)
from finops_repl.simulator.handlers.cloudwatch.tokens import END, Token, Tokens, scanned

__all__ = ["parse"]

DEEPEST = 40
"""Parentheses, powers and signs within each other; nobody writes as many, and a script might."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_]\w*)
    | '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)"
    | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))""",
    re.VERBOSE,
)
_LEVELS = (
    frozenset({"OR"}), frozenset({"AND"}), frozenset({"==", "!=", "<=", ">=", "<", ">"}),
    frozenset({"+", "-"}), frozenset({"*", "/"}),
)  # fmt: skip
"""Operators from the loosest to the tightest."""
_WORDS = {"&&": "AND", "||": "OR"}


def parse(expression: str) -> Node:
    """The tree of an expression; raises `MathError` where it has none."""
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._tokens = Tokens(_tokens(expression))
        self._depth = 0

    def whole(self) -> Node:
        found = self._level(0)
        if self._tokens.next != END:
            raise MathError(f"Unexpected {self._tokens.next[1]!r}")
        return found

    def _accept(self, *signs: str) -> str:
        kind, text = self._tokens.next
        text = _WORDS.get(text, text)
        if kind in ("sign", "name") and text in signs:
            self._tokens.take()
            return text
        return ""

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        first, rest = self._level(level + 1), []
        while operator := self._accept(*_LEVELS[level]):
            rest.append((operator, self._level(level + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        if self._depth == DEEPEST:
            raise MathError(f"More than {DEEPEST} parentheses within each other")
        self._depth += 1
        if self._accept("-"):
            found: Node = Chain(Number(0), (("-", self._signed()),))
        else:
            found = self._operand()
            if self._accept("^"):
                found = Chain(found, (("^", self._signed()),))
        self._depth -= 1
        return found

    def _operand(self) -> Node:
        kind, text = self._tokens.take()
        if kind == "number":
            return Number(float(text))
        if kind == "text":
            return Text(text)
        if kind == "name":
            return Called(text, self._list(")")) if self._accept("(") else Name(text)
        if text == "(":
            found = self._level(0)
            self._close(")")
            return found
        if text == "[":
            return Listing(self._list("]"))
        raise MathError(f"Unexpected {text!r}" if kind == "sign" else "It ends too early")

    def _list(self, end: str) -> tuple[Node, ...]:
        if self._accept(end):
            return ()
        found = [self._level(0)]
        while self._accept(","):
            found.append(self._level(0))
        self._close(end)
        return tuple(found)

    def _close(self, end: str) -> None:
        if not self._accept(end):
            raise MathError(f"{end!r} is missing")


def _tokens(expression: str) -> Iterator[Token]:
    for found in scanned(_TOKEN, expression, "Unexpected"):
        kind = str(found.lastgroup)
        if kind == "single":
            yield "text", found["single"].replace("\\'", "'")
        elif kind == "double":
            yield "text", found["double"].replace('\\"', '"')
        else:
            yield kind, found[kind]
