"""Arithmetic over cited figures: `(f3 - f2) / f2`, parsed strictly, exact, with its units.

Grammar: sums of products of signed terms; a term is a figure's id, a number or a sum in
parentheses. Nothing else is read, so that nothing else can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

from finops_repl.base.errors import InputError
from finops_repl.tools.figures import Figure
from finops_repl.tools.units import NUMBER, Unit, as_ratio

__all__ = ["LONGEST", "Computed", "compute"]

LONGEST = 500
DEEPEST = 20
TOKEN = re.compile(
    r"\s*(?:(?P<figure>f\d{1,9})(?![\w.])|(?P<number>\d{1,20}(?:\.\d{1,20})?)(?![\w.])"
    r"|(?P<sign>[-+*/()−–×÷]))"
)
SIGNS = {"−": "-", "–": "-", "×": "*", "÷": "/"}
EXACT = Context(prec=60, Emax=400, Emin=-400, traps=[DivisionByZero, InvalidOperation, Overflow])


@dataclass(frozen=True, slots=True)
class Computed:
    """A value with its unit, the figures that it is made of and the bare numbers beside them."""

    value: Decimal
    unit: Unit
    figures: tuple[Figure, ...]
    numbers: tuple[str, ...]


def compute(text: str, known: Callable[[str], Figure | None]) -> Computed:
    """What the expression gives; `InputError` says what in it cannot be computed, and why."""
    with localcontext(EXACT):
        try:
            return _Reader(text, known).whole()
        except Overflow:
            raise InputError(f"{text!r} grows out of bounds", hint="check its factors") from None


@dataclass(frozen=True, slots=True)
class _Term:
    value: Decimal
    unit: Unit
    words: str
    """As written, for errors."""


class _Reader:
    """Reads one expression from left to right and computes it on the way."""

    def __init__(self, text: str, known: Callable[[str], Figure | None]) -> None:
        self._tokens = _tokens(text)
        self._known = known
        self._place = 0
        self._depth = 0
        self._figures: dict[str, Figure] = {}
        self._numbers: dict[str, None] = {}

    def whole(self) -> Computed:
        result = self._sum()
        if self._place < len(self._tokens):
            self._fail(f"an operator before {self._tokens[self._place]!r}")
        if not self._figures:
            raise InputError(
                "the expression names no figure", hint="use ids of tool results, as in f3 - f2"
            )
        return Computed(
            result.value, result.unit, tuple(self._figures.values()), tuple(self._numbers)
        )

    def _sum(self) -> _Term:
        left = self._product()
        while sign := self._taken("+", "-"):
            right = self._product()
            words = f"{left.words} {sign} {right.words}"
            if left.unit != right.unit:
                raise InputError(
                    f"{words}: {left.words} is in {left.unit.called}, {right.words} in "
                    f"{right.unit.called}",
                    hint="only like is added to like; multiply or divide to change a unit",
                )
            value = left.value + right.value if sign == "+" else left.value - right.value
            left = _Term(value, left.unit, words)
        return left

    def _product(self) -> _Term:
        left = self._signed()
        while sign := self._taken("*", "/"):
            right = self._signed()
            words = f"{left.words} {sign} {right.words}"
            if sign == "*":
                left = _Term(left.value * right.value, left.unit * right.unit, words)
                continue
            if not right.value:
                raise InputError(
                    f"{words} divides by zero: {right.words} is 0",
                    hint="say that there is nothing to compare with, in place of a ratio",
                )
            left = _Term(left.value / right.value, left.unit / right.unit, words)
        return left

    def _signed(self) -> _Term:
        negative = False
        while sign := self._taken("+", "-"):
            negative ^= sign == "-"
        term = self._term()
        return _Term(-term.value, term.unit, f"-{term.words}") if negative else term

    def _term(self) -> _Term:
        if self._taken("("):
            self._depth += 1
            if self._depth > DEEPEST:
                raise InputError(
                    f"more than {DEEPEST} parentheses stand within each other",
                    hint="compute a part first and use its id",
                )
            inner = self._sum()
            if not self._taken(")"):
                self._fail("a closing parenthesis")
            self._depth -= 1
            return _Term(inner.value, inner.unit, f"({inner.words})")
        token = self._tokens[self._place] if self._place < len(self._tokens) else ""
        self._place += 1
        if token.startswith("f"):
            return self._figure(token)
        if not token[:1].isdigit():
            self._place -= 1
            self._fail("a figure's id, a number or a parenthesis")
        self._numbers[token] = None
        return _Term(Decimal(token), NUMBER, token)

    def _figure(self, name: str) -> _Term:
        figure = self._known(name)
        if figure is None:
            raise InputError(
                f"there is no figure {name}", hint="ids come from tool results, such as [f3]"
            )
        self._figures[name] = figure
        return _Term(as_ratio(figure.value, figure.unit), Unit.of(figure.unit), name)

    def _taken(self, *signs: str) -> str:
        token = self._tokens[self._place] if self._place < len(self._tokens) else ""
        if token not in signs:
            return ""
        self._place += 1
        return token

    def _fail(self, expected: str) -> None:
        read = " ".join(self._tokens[: self._place])
        raise InputError(
            f"expected {expected} after {read!r}" if read else f"expected {expected} at the start",
            hint="an expression has ids, numbers, + - * / and parentheses: (f3 - f2) / f2",
        )


def _tokens(text: str) -> list[str]:
    tokens = []
    place = 0
    text = text.strip()
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            raise InputError(
                f"{text[place:].strip()[:20]!r} cannot be read in an expression",
                hint="it has ids, numbers, + - * / and parentheses: (f3 - f2) / f2",
            )
        token = found.group().strip()
        tokens.append(SIGNS.get(token, token))
        place = found.end()
    if not tokens:
        raise InputError("the expression is empty", hint="such as (f3 - f2) / f2")
    return tokens
