"""Metrics Insights: what a SELECT asks for, and which series a GROUP BY makes of it.

Source: CloudWatch user guide, "Metrics Insights query components and syntax" and "quotas".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from finops_repl.simulator.handlers.cloudwatch.metric_math.syntax import MathError
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import Source
from finops_repl.simulator.handlers.cloudwatch.search import Owned
from finops_repl.simulator.metrics.readings import Tally
from finops_repl.simulator.metrics.series import Metric
from finops_repl.simulator.metrics.statistics import value

__all__ = [
    "LONGEST",
    "MOST_MATCHED",
    "MOST_RETURNED",
    "MOST_SCANNED",
    "Group",
    "Select",
    "is_select",
]

MOST_MATCHED, MOST_RETURNED = 10_000, 500
MOST_SCANNED = 4_300_000
"""Data points that a query reads at most. Source: CloudWatch quotas, GetMetricData: what those with
a query may scan in a second."""
LONGEST = 14 * 86_400
"""Seconds before now that a query may look back on."""
ACCOUNT = "AWS.AccountId"
OTHER = "Other"
"""What a metric without the label of a GROUP BY is grouped under."""
FUNCTIONS: Mapping[str, str] = {
    "AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum",
}  # fmt: skip
_OF_SERIES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values), "COUNT": len, "MAX": max, "MIN": min,
    "SUM": sum,
}  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class Group:
    """One series of a query: the labels that it is grouped by, and its values by second."""

    labels: tuple[str, ...]
    points: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Select:
    """A query. `dimensions` are exactly those that a metric must have, None where any will do."""

    function: str
    metric: str
    namespace: str
    dimensions: frozenset[str] | None = None
    where: tuple[tuple[str, Literal["=", "!="], str], ...] = ()
    group_by: tuple[str, ...] = ()
    order_by: str = ""
    descending: bool = False
    limit: int = MOST_RETURNED

    @classmethod
    def parse(cls, query: str) -> Select:
        """Read a query; raises `MathError`."""
        return _Reader(query).select()

    def finds(self, owned: Owned) -> bool:
        """True for a metric that it asks for."""
        metric, _ = owned
        if metric.name != self.metric or metric.namespace != self.namespace:
            return False
        names = {name for name, _ in metric.dimensions}
        if self.dimensions is not None and names != self.dimensions:
            return False
        return all(
            (has := _label(owned, key)) is not None and (has == wanted) == (how == "=")
            for key, how, wanted in self.where
        )

    def groups(
        self, matched: Iterable[Owned], read: Callable[[Metric], Mapping[int, Tally]]
    ) -> list[Group]:
        """The series of metrics, in order; none without a point.

        More than `limit` are told too: the caller says that there are.
        """
        members: dict[tuple[str, ...], list[Metric]] = {}
        for owned in matched:
            labels = tuple(_label(owned, key) or OTHER for key in self.group_by)
            members.setdefault(labels, []).append(owned[0])
        groups = [
            Group(labels, points)
            for labels, metrics in sorted(members.items())
            if (points := self._points(read(metric) for metric in metrics))
        ]
        if self.order_by:
            of_series = _OF_SERIES[self.order_by]
            groups.sort(
                key=lambda each: of_series(list(each.points.values())), reverse=self.descending
            )
        return groups

    def _points(self, of_metrics: Iterable[Mapping[int, Tally]]) -> Mapping[int, float]:
        """What the readings of several metrics make together."""
        merged: dict[int, Tally] = {}
        for tallies in of_metrics:
            for second, tally in tallies.items():
                merged[second] = merged[second].joined(tally) if second in merged else tally
        statistic = FUNCTIONS[self.function]
        return {at: value(tally, statistic) for at, tally in sorted(merged.items())}

    def source(self, group: Group) -> Source:
        """What a group is of: a metric whose dimensions are its labels."""
        labels = dict(zip(self.group_by, group.labels, strict=True))
        account = labels.pop(ACCOUNT, "")
        metric = Metric(self.namespace, self.metric, tuple(labels.items()))
        return Source(metric, account, FUNCTIONS[self.function])


def _label(owned: Owned, key: str) -> str | None:
    return owned[1] if key == ACCOUNT else dict(owned[0].dimensions).get(key)


class _Reader:
    def __init__(self, query: str) -> None:
        self._tokens = list(_tokens(query))
        self._place = 0

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
        if self._next[0] != "end":
            raise self._unexpected("its end")
        return Select(function, metric, namespace, dimensions, where, group_by, order_by,
                      descending, limit)  # fmt: skip

    @property
    def _next(self) -> tuple[str, str]:
        return self._tokens[self._place]

    def _take(self) -> tuple[str, str]:
        token = self._next
        self._place += token[0] != "end"
        return token

    def _has(self, word: str) -> bool:
        kind, text = self._next
        found = kind == "word" and text.upper() == word
        self._place += found
        return found

    def _has_sign(self, sign: str) -> bool:
        found = self._next == ("sign", sign)
        self._place += found
        return found

    def _word(self, word: str) -> None:
        if not self._has(word):
            raise self._unexpected(word)

    def _sign(self, sign: str) -> None:
        if not self._has_sign(sign):
            raise self._unexpected(repr(sign))

    def _unexpected(self, wanted: str) -> MathError:
        return MathError(f"Invalid query: {wanted} is expected, not {self._next[1]!r}")

    def _function(self) -> str:
        """`AVG(`: the name of a function, its parenthesis opened."""
        kind, text = self._next
        if kind != "word" or text.upper() not in FUNCTIONS:
            raise self._unexpected(f"one of {', '.join(FUNCTIONS)}")
        self._take()
        self._sign("(")
        return text.upper()

    def _name(self, wanted: str) -> str:
        kind, text = self._next
        if kind not in ("word", "quoted") or (kind == "word" and "." in text and text != ACCOUNT):
            hint = "; resource tags are not offered by the simulated account"
            raise MathError(
                f"{self._unexpected(wanted)}{hint if text.lower().startswith('tag.') else ''}"
            )
        return self._take()[1]

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

    def _where(self) -> tuple[tuple[str, Literal["=", "!="], str], ...]:
        found = [self._condition()]
        while self._has("AND"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> tuple[str, Literal["=", "!="], str]:
        key = self._name("a label")
        how: Literal["=", "!="] = "!=" if self._has_sign("!=") else "="
        if how == "=" and not self._has_sign("="):
            raise self._unexpected("= or !=")
        if self._next[0] != "text":
            raise self._unexpected("a value in single quotes")
        return key, how, self._take()[1]

    def _limit(self) -> int:
        text = self._next[1]
        if not text.isdigit() or not 1 <= int(text) <= MOST_RETURNED:
            raise self._unexpected(f"a number from 1 to {MOST_RETURNED}")
        return int(self._take()[1])


def _tokens(query: str) -> Iterator[tuple[str, str]]:
    place, text = 0, query.rstrip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MathError(f"Invalid query: unexpected {text[place:].strip()[:20]!r}")
        place = found.end()
        kind = str(found.lastgroup)
        yield kind, _ESCAPED.sub(r"\1", found[kind]) if kind in ("quoted", "text") else found[kind]
    yield "end", ""
