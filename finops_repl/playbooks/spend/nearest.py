"""The nearest question that can be answered: what of one was understood, in plain words."""

from __future__ import annotations

import re

from finops_repl.playbooks.comparisons import Comparison
from finops_repl.playbooks.dimensions import COLUMNS, TAGS, Dimension, called, is_tag
from finops_repl.playbooks.filters import Filter
from finops_repl.playbooks.grouping import Grouping
from finops_repl.playbooks.periods import MONTH_NAMES

__all__ = ["nearest_question"]

MONTHS = "|".join(name[:3] for name in MONTH_NAMES)
LEADS = {"service": "on", "account": "in", "region": "in"}


def nearest_question(
    grouping: Grouping, filters: tuple[Filter, ...], comparison: Comparison | None, period: str
) -> str:
    """`What did we spend on EC2 by account last month?`, itself one that is understood."""
    of_a_kind = {(each.out, each.of): each for each in reversed(filters)}
    on = "".join(f" {_named(of_a_kind[kind])}" for kind in sorted(of_a_kind))
    by = " and ".join(map(_by, (*grouping.by, *([grouping.over] if grouping.over else []))))
    if comparison:
        by = " and ".join(map(_by, grouping.by)) or "service"
        changed = f"Compare {comparison.said}" if " with " in comparison.said else "What changed"
        when = "" if " with " in comparison.said else " last month"
        return f"{changed}{on} by {by}{when}?"
    by = f" by {by}" if by else "" if filters else " by service"
    return f"What did we spend{on}{by} {_when(period.strip()) or 'last month'}?"


def _when(period: str) -> str:
    """A month or a year that is named without a word before it, or behind "of", gets "in"."""
    bare = re.sub(r"(?i)^of\s+(?:the\s+)?", "", period)
    return f"in {bare}" if re.match(rf"(?i)(?:{MONTHS}|\d{{4}}\b)", bare) else period


def _named(named: Filter) -> str:
    values = " and ".join(
        value if re.fullmatch(r"[\w-]+", value) or named.of == "service" else f'"{value}"'
        for value in named.values
    )
    what = "" if named.of == "service" else f"{_by(named.of)} "
    return f"{'without' if named.out else LEADS.get(named.of, 'for')} {what}{values}"


def _by(dimension: Dimension) -> str:
    known = dimension in COLUMNS or called(dimension) in TAGS
    return called(dimension) if known or not is_tag(dimension) else f'tag "{called(dimension)}"'
