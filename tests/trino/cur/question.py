"""A question about a bill: its SQL for each kind of bill, and where its answer comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from finops_repl.billing.columns import bill_columns
from finops_repl.trino.room import SqlRoom
from tests.trino.cur.world import SPLIT, Line, lines

__all__ = ["Question", "Rows", "in_month", "once", "ranked", "sql_of", "total", "totals"]

Rows = Sequence[Sequence[Any]]
Key = TypeVar("Key", bound=Hashable)

WORDS: Mapping[str, Mapping[str, str]] = {
    "cur2": {
        "@table": "cur2",
        "@month": "billing_period",
        "@september": "billing_period = '2026-09'",
        "@august": "billing_period = '2026-08'",
        "@two_months": "billing_period IN ('2026-08', '2026-09')",
        "@team": "element_at(resource_tags, 'user_team')",
        "@env": "element_at(resource_tags, 'user_env')",
        "@app": "element_at(resource_tags, 'user_app')",
        "@service": "element_at(product, 'product_name')",
        "@region": "product_region_code",
        "@volume": "element_at(product, 'volume_api_name')",
    },
    "cur": {
        "@table": "cur",
        "@month": "concat(year, '-', lpad(month, 2, '0'))",
        "@september": "year = '2026' AND month = '9'",
        "@august": "year = '2026' AND month = '8'",
        "@two_months": "year = '2026' AND month IN ('8', '9')",
        "@team": "nullif(resource_tags_user_team, '')",
        "@env": "nullif(resource_tags_user_env, '')",
        "@app": "nullif(resource_tags_user_app, '')",
        "@service": "product_product_name",
        "@region": "product_region",
        "@volume": "product_volume_api_name",
    },
}
"""The same words in CUR 2.0 and in the legacy CUR."""


@dataclass(frozen=True, slots=True)
class Question:
    """`sql` is written for both CURs (see WORDS), `focus` for FOCUS where it makes sense there.

    `answer` computes the rows from the lines themselves, in Python.
    """

    name: str
    sql: str
    answer: Callable[[], Rows]
    focus: str = ""


def sql_of(room: SqlRoom, kind: str, text: str) -> str:
    """The SQL of a question for one kind of bill."""
    known = bill_columns(room.catalog.tables[kind].columns)
    words = {**WORDS.get(kind, {}), "@amortized": known.amortized, "@once": known.once or "true"}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, words[word])
    return text


def once(rows: Iterable[Line] | None = None) -> list[Line]:
    """Lines without those of split cost allocation, which count twice."""
    return [line for line in (lines() if rows is None else rows) if line.operation != SPLIT]


def in_month(month: int, rows: Iterable[Line] | None = None) -> list[Line]:
    return [line for line in (once() if rows is None else rows) if line.day.month == month]


def total(
    rows: Iterable[Line], value: Callable[[Line], Decimal] = lambda line: line.cost
) -> Decimal:
    return sum((value(line) for line in rows), Decimal(0))


def totals(
    rows: Iterable[Line],
    key: Callable[[Line], Key],
    value: Callable[[Line], Decimal] = lambda line: line.cost,
) -> dict[Key, Decimal]:
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for line in rows:
        found[key(line)] += value(line)
    return dict(found)


def ranked(found: Mapping[Key, Decimal], most: int | None = None) -> list[tuple[Key, Decimal]]:
    """The largest first, ties by their key."""
    return sorted(found.items(), key=lambda item: (-item[1], str(item[0])))[:most]
