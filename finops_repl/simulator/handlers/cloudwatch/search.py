"""Search expressions: which metrics a schema and terms find.

Source: CloudWatch user guide, "Search expression syntax".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.names import Partial
from finops_repl.simulator.handlers.cloudwatch.tokens import END, Token, Tokens, scanned
from finops_repl.simulator.metrics.series import Metric

__all__ = ["MOST_CHARACTERS", "Owned", "Search"]

MOST_CHARACTERS = 1_024
DEEPEST = 40
ACCOUNT = ":aws.AccountId"
Owned = tuple[Metric, str]
"""A metric, and the account that owns it."""
Matches = Callable[[Owned], bool]

_SCHEMA = re.compile(r'\s*\{((?:[^}"]|"(?:[^"\\]|\\.)*")*)\}\s*,?')
_NAMES = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",]+?))\s*(?:,|\Z)')
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[()=])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'
    |(?P<word>[^\s()="'{}]+))""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: a namespace with dimensions, where it is said, and terms."""

    namespace: str
    dimensions: frozenset[str]
    terms: Matches | None

    @classmethod
    def parse(cls, text: str, *, local: str) -> Search:
        """Read a search; `local` is the account that asks. Raises `MathError`."""
        if len(text) > MOST_CHARACTERS:
            raise MathError(
                f"A search expression must not have more than {MOST_CHARACTERS:,} characters"
            )
        names: list[str] = []
        schema = _SCHEMA.match(text)
        if schema:
            names = list(_names(schema[1]))
            text = text[schema.end() :]
        terms = _Terms(text, local).whole()
        if not names and (schema or terms is None):
            raise MathError("A search needs a schema that begins with a namespace, or terms")
        return cls(names[0] if names else "", frozenset(names[1:]), terms)

    def finds(self, owned: Owned) -> bool:
        """True for a metric that it finds: one with just the dimensions that are named, if any."""
        metric, _ = owned
        if self.namespace and metric.namespace != self.namespace:
            return False
        if self.dimensions and {name for name, _ in metric.dimensions} != self.dimensions:
            return False
        return self.terms is None or self.terms(owned)


def _names(schema: str) -> Iterator[str]:
    place, text = 0, schema.strip()
    while place < len(text):
        found = _NAMES.match(text, place)
        if found is None:
            raise MathError(f"The schema {{{schema}}} cannot be read")
        place = found.end()
        yield _ESCAPED.sub(r"\1", found[1]) if found[1] is not None else found[2]


class _Terms:
    """Reads terms: NOT binds first, then AND, said or not, then OR."""

    def __init__(self, text: str, local: str) -> None:
        self._tokens = Tokens(_tokens(text))
        self._depth, self._local = 0, local

    def whole(self) -> Matches | None:
        if self._tokens.next == END:
            return None
        found = self._either()
        if self._tokens.next != END:
            raise self._unexpected()
        return found

    def _unexpected(self) -> MathError:
        found = self._tokens.next
        return MathError(f"Search: unexpected {found[1]!r}" if found != END else "Search: no term")

    def _either(self) -> Matches:
        found = [self._all()]
        while self._tokens.accept(("word", "OR")):
            found.append(self._all())
        return lambda owned: any(matches(owned) for matches in found)

    def _all(self) -> Matches:
        found = [self._one()]
        while self._tokens.next not in (("word", "OR"), ("sign", ")"), END):
            self._tokens.accept(("word", "AND"))
            found.append(self._one())
        return lambda owned: all(matches(owned) for matches in found)

    def _one(self) -> Matches:
        if self._depth == DEEPEST:
            raise MathError(f"Search: more than {DEEPEST} parentheses within each other")
        self._depth += 1
        try:
            if self._tokens.accept(("word", "NOT")):
                inner = self._one()
                return lambda owned: not inner(owned)
            if self._tokens.accept(("sign", "(")):
                inner = self._either()
                if not self._tokens.accept(("sign", ")")):
                    raise MathError("Search: ')' is missing")
                return inner
            return self._term()
        finally:
            self._depth -= 1

    def _term(self) -> Matches:
        first = self._operand()
        if not self._tokens.accept(("sign", "=")):
            matches = _matcher(first)
            return lambda owned: any(matches(name) for name in _names_of(owned[0]))
        designator, value = first[1], self._operand()
        if designator == ACCOUNT:
            account = self._local if value[1] == "LOCAL" else value[1]
            return lambda owned: owned[1] == account
        matches = _matcher(value)
        match designator:
            case "MetricName":
                return lambda owned: matches(owned[0].name)
            case "Namespace":
                return lambda owned: matches(owned[0].namespace)
        return lambda owned: any(
            name == designator and matches(each) for name, each in owned[0].dimensions
        )

    def _operand(self) -> Token:
        found = self._tokens.next
        if found[0] not in ("word", "exact") or found in (("word", "AND"), ("word", "OR")):
            raise self._unexpected()
        return self._tokens.take()


def _matcher(token: Token) -> Callable[[str], bool]:
    kind, text = token
    if kind == "exact":
        return lambda name: name == text
    term = Partial(text)
    if not term.has_tokens:
        raise MathError(f"Search: {text!r} has neither letters nor digits")
    # Thousands of metrics share their namespaces, names and dimensions.
    return cache(term.matches)


def _names_of(metric: Metric) -> Iterator[str]:
    yield metric.name
    yield metric.namespace
    for name, value in metric.dimensions:
        yield name
        yield value


def _tokens(text: str) -> Iterator[Token]:
    """`exact`, `word` or `sign`, and the text."""
    for found in scanned(_TOKEN, text, "Search: unexpected"):
        if found["double"] is not None:
            yield "exact", _ESCAPED.sub(r"\1", found["double"])
        elif found["single"] is not None:
            yield "exact", found["single"]
        else:
            yield str(found.lastgroup), str(found[str(found.lastgroup)])
