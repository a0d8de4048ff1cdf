"""The answer to what changed: both sums in a sentence, the parts that moved, the new, the gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.playbooks.dimensions import Dimension, called
from finops_repl.playbooks.period import Period
from finops_repl.playbooks.spend.shown import (
    named,
    shown_change,
    shown_money,
    shown_percent,
    table,
)

__all__ = ["ChangesAnswer"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangesAnswer:
    """Costs of two periods and their change, whoever summed them: SQL or Cost Explorer.

    Rows are of a `kind`: `changed`, `new` or `gone`; they and `kinds` (the new and the gone in one
    row each) have `earlier_cost`, `later_cost`, `change_cost`, `change_percent`, of which money
    ends in `unit`; `total` has the same behind `total_`, and each period's `.._daily_cost` where
    they are not of one length. `split` is of usage, rates and the rest, `apart` by row type.
    """

    periods: tuple[Period, Period]
    cost_words: str
    only: str
    remarks: str
    currency: str
    unit: str
    by: Sequence[Dimension]
    rows: Sequence[Row]
    kinds: Sequence[Row]
    total: Row
    split: Row | None = None
    apart: Sequence[Row] = ()

    def text(self) -> str:
        """The whole answer in Markdown."""
        lines = [f"{self._headline()} {self.remarks}".strip(), "", *self._table(), *self._named()]
        if self.split:
            usage, rate, rest = (
                self._change(self.split[f"{each}_change_cost{self.unit}"])
                for each in ("usage", "rate", "other")
            )
            lines += [
                "",
                f"Of the change, {usage} is more or less usage, {rate} other rates, and {rest} is "
                "neither: fees, discounts, and usage types that are in one of the periods alone.",
            ]
        if self.apart:
            beside = "; ".join(
                f"{named(row, 'part_1')} {self._money(row[f'later_cost{self.unit}'])} against "
                f"{self._money(row[f'earlier_cost{self.unit}'])}"
                for row in self.apart
            )
            lines += ["", f"Beside it, not included: {beside}."]
        return "\n".join(lines)

    def _money(self, cell: object) -> str:
        return shown_money(cell, self.currency)

    def _change(self, cell: object) -> str:
        return shown_change(cell, self.currency)

    def _headline(self) -> str:
        earlier, later = self.periods
        before, after = (
            self._money(self.total[f"total_{each}_cost{self.unit}"])
            for each in ("earlier", "later")
        )
        change = self._change(self.total[f"total_change_cost{self.unit}"])
        percent = shown_percent(self.total["total_change_percent"], signed=True)
        text = (
            f"{later.words} against {earlier.words}{self.only}: {after} against {before}, a change "
            f"of {change} ({percent}); {self.cost_words}."
        )
        daily = [self.total.get(f"{each}_daily_cost{self.unit}") for each in ("later", "earlier")]
        if None not in daily and earlier.days != later.days:
            after, before = map(self._money, daily)
            text += f" A day it was {after} against {before}: the periods differ in length."
        return text

    def _table(self) -> list[str]:
        """The parts that changed, then the new and the gone in one row each, and the total."""
        blank = [""] * (len(self.by) - 1)
        lines = [[*self._words(row), *self._numbers(row)] for row in self._of("changed")]
        for kind in ("new", "gone"):
            found = (row for row in self.kinds if row["kind"] == kind)
            lines += [[kind, *blank, *self._numbers(row)] for row in found]
        lines.append(["total", *blank, *self._numbers(self.total, "total_")])
        heads = [called(each).capitalize() for each in self.by]
        heads += [each.name for each in self.periods]
        return table([*heads, "Change", "Change %"], 4, lines)

    def _named(self) -> list[str]:
        """The new and the gone by name."""
        lines = []
        for kind, when in (("new", "later"), ("gone", "earlier")):
            found = [
                f"{', '.join(word for word in self._words(row) if word)} "
                f"{self._money(row[f'{when}_cost{self.unit}'])}"
                for row in self._of(kind)
            ]
            period = self.periods[kind == "new"].name
            if found:
                lines += ["", f"{kind.capitalize()} (in {period} alone): {'; '.join(found)}."]
        return lines

    def _of(self, kind: str) -> Iterable[Row]:
        return (row for row in self.rows if row["kind"] == kind)

    def _words(self, row: Row) -> list[str]:
        names = [f"part_{place}" for place in range(1, len(self.by) + 1)]
        if row["is_rest"]:
            return ["others", *[""] * (len(names) - 1)]
        return [named(row, name) for name in names]

    def _numbers(self, row: Row, prefix: str = "") -> list[str]:
        return [
            self._money(row[f"{prefix}earlier_cost{self.unit}"]),
            self._money(row[f"{prefix}later_cost{self.unit}"]),
            self._change(row[f"{prefix}change_cost{self.unit}"]),
            shown_percent(row[f"{prefix}change_percent"], signed=True),
        ]
