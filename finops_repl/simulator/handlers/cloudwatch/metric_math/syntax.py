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
        self._tokens = list(_tokens(expression))
        self._place, self._depth = 0, 0

    def whole(self) -> Node:
        found = self._level(0)
        if self._next[0] != "end":
            raise MathError(f"Unexpected {self._next[1]!r}")
        return found

    @property
    def _next(self) -> tuple[str, str]:
        return self._tokens[self._place]

    def _take(self) -> tuple[str, str]:
        token = self._next
        self._place += token[0] != "end"
        return token

    def _accept(self, *signs: str) -> str:
        kind, text = self._next
        text = _WORDS.get(text, text)
        if kind in ("sign", "name") and text in signs:
            self._place += 1
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
        kind, text = self._take()
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


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    place, text = 0, expression.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MathError(f"Unexpected {text[place:].strip()[:20]!r}")
        place = found.end()
        kind = str(found.lastgroup)
        if kind == "single":
            yield "text", found["single"].replace("\\'", "'")
        elif kind == "double":
            yield "text", found["double"].replace('\\"', '"')
        else:
            yield kind, found[kind]
    yield "end", ""
