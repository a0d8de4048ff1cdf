"""How the rows of a result stand in an answer: money, shares and names in a table of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from finops_repl.base.money import money
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import Cited, Outcome
from finops_repl.tools.figures import amount

__all__ = ["is_cut", "named", "shown_change", "shown_money", "shown_percent", "table"]

Row = Mapping[str, Any]


def is_cut(outcome: Outcome) -> bool:
    """Whether rows or figures of a result are missing, so that it would not add up."""
    content = outcome.checked()
    return any(key in content for key in ("left_out", "truncated", "no_figure_ids"))


def table(heads: Sequence[str], numbers: int, lines: Iterable[Sequence[str]]) -> list[str]:
    """A table whose last `numbers` columns are such."""
    names = len(heads) - numbers
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * names}{'---:|' * numbers}",
        *(f"| {' | '.join(line)} |" for line in lines),
    ]


def named(row: Row, name: str) -> str:
    """A name from the bill as one plain table cell."""
    return plain(row[name] or "(none)")


def shown_money(cell: object, currency: str) -> str:
    """`$1,234.50 [f3]`; a dash where there is nothing."""
    if cell is None:
        return "-"
    cited = Cited.of(cell)
    return f"{money(amount(cited.text), currency)}{cited.citation}"


def shown_change(cell: object, currency: str) -> str:
    """The same with its sign."""
    text = shown_money(cell, currency)
    is_rise = cell is not None and amount(Cited.of(cell).text) > 0
    return f"+{text}" if is_rise and currency == "USD" else text


def shown_percent(cell: object, *, signed: bool = False) -> str:
    """`12.3 % [f4]`; a dash where there is no ratio."""
    if cell is None:
        return "-"
    cited = Cited.of(cell)
    value = amount(cited.text)
    return f"{value:{'+' if signed else ''},.1f} %{cited.citation}"
