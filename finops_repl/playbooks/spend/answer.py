"""The answer to what was spent: the sum in a sentence, its table, and what is set apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from finops_repl.playbooks.dimensions import Dimension, called
from finops_repl.playbooks.period import Period
from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.shown import named, shown_money, shown_percent, table

__all__ = ["SpendAnswer"]


@dataclass(frozen=True, slots=True)
class SpendAnswer:
    """Rows and total by the measures' names, whoever summed them: SQL or Cost Explorer.

    `part_1`, `part_2` are a row's names, `rank` its place; what is behind `shown` is the rest.
    `share_percent` and `total_percent` are there where a share is asked for, of `part` where it
    has a name. `only` are the filters in words, `remarks` what must be said of the data.
    """

    period: Period
    cost_words: str
    only: str
    remarks: str
    currency: str
    by: Sequence[Dimension]
    measures: Sequence[Measure]
    rows: Sequence[Mapping[str, Any]]
    total: Mapping[str, Any]
    shown: int
    has_share: bool = False
    part: str = ""
    is_list_price: bool = False
    apart: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = field(default=())

    def text(self) -> str:
        """The whole answer in Markdown."""
        lines = [f"{self._headline()} {self.remarks}".strip()]
        if self.rows:
            lines += ["", *self._table()]
        if self.apart:
            cost = self.measures[-1].name
            beside = ", ".join(
                f"{named(row, 'part_1')} {shown_money(row[cost], self.currency)}"
                for row in self.apart
            )
            lines += ["", f"Beside it, not included: {beside}."]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines)

    def _total(self, measure: Measure) -> str:
        return shown_money(self.total[f"total_{measure.name}"], self.currency)

    def _headline(self) -> str:
        whole = self._total(self.measures[-1])
        if self.part:
            percent = shown_percent(self.total["total_percent"])
            return (
                f"{self.period.when} {self.part} was {percent} of the cost{self.only}: "
                f"{self._total(self.measures[0])} of {whole} ({self.cost_words})."
            )
        verb = "it would have been" if self.is_list_price else "you spent"
        return f"{self.period.when} {verb} {whole}{self.only} ({self.cost_words})."

    def _table(self) -> list[str]:
        names = [f"part_{place}" for place in range(1, len(self.by) + 1)]
        blank = [""] * (len(names) - 1)
        lines = []
        for row in self.rows:
            is_rest = int(row["rank"]) > self.shown
            words = ["others", *blank] if is_rest else [named(row, name) for name in names]
            costs = [shown_money(row[each.name], self.currency) for each in self.measures]
            share = [shown_percent(row["share_percent"])] if self.has_share else []
            lines.append([*words, *costs, *share])
        percent = self.total.get("total_percent")
        in_all = [] if not self.has_share else [shown_percent(percent) if percent else ""]
        lines.append(["total", *blank, *map(self._total, self.measures), *in_all])
        heads = [called(each).capitalize() for each in self.by]
        heads += [each.head for each in self.measures] + (["Share"] if self.has_share else [])
        return table(heads, len(self.measures) + self.has_share, lines)
