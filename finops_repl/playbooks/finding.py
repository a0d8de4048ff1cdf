"""What a playbook's script found: its figures by their labels, and the last line that it printed.

A script declares each number by `figure()` and prints, as JSON in its last line, what an answer
needs besides: names, days, reasons.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finops_repl.base.money import money, usd
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import Outcome, PlaybookStopped
from finops_repl.tools.figures import amount
from finops_repl.tools.units import CURRENCIES

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`said` is the JSON of the last line; a figure is read by its label, with its citation.

    `limit, team-web` tells people of which the limit is; whoever reads it asks for `limit 0`, the
    first of the limits: a script declares one for each row, in the order of the rows.
    """

    said: Mapping[str, Any]
    figures: Mapping[str, Mapping[str, Any]]

    @staticmethod
    def of(ran: Outcome) -> Finding:
        """Of a run's outcome; `PlaybookStopped`, in the script's own last words, if it failed."""
        if ran.is_error and "exit_code" in ran.content:
            raise _failed(ran.content)
        content = ran.checked()
        lines = str(content.get("stdout", "")).strip().splitlines()
        try:
            said = json.loads(lines[-1])
        except (IndexError, ValueError):
            raise PlaybookStopped("the script printed no finding") from None
        figures = content.get("figures", ())
        places: Counter[str] = Counter()
        named: dict[str, Mapping[str, Any]] = {}
        for figure in figures:
            label, _, of = str(figure["label"]).partition(", ")
            named[f"{label} {places[label]}" if of else label] = figure
            places[label] += bool(of)
        return Finding(said, named)

    def __contains__(self, label: str) -> bool:
        return label in self.figures

    def __getitem__(self, label: str) -> str:
        """The figure as text: money in its currency, percent with one place below a hundred."""
        figure = self._figure(label)
        value, unit = amount(figure["value"]), str(figure["unit"])
        match unit:
            case unit if unit in CURRENCIES:
                text = money(value, unit)
            case "percent":
                text = f"{value:z,.{0 if abs(value) >= 100 else 1}f} %"
            case _:
                text = f"{value:,.0f}"
        return f"{text} [{figure['id']}]"

    def hourly(self, label: str) -> str:
        """Dollars an hour to the thousandth, in which Savings Plans are sold."""
        figure = self._figure(label)
        return f"{usd(amount(figure['value']), 3)} [{figure['id']}]"

    def value(self, label: str) -> Decimal:
        """The figure as a number, to choose words by."""
        return amount(self._figure(label)["value"])

    def _figure(self, label: str) -> Mapping[str, Any]:
        figure = self.figures.get(label)
        if figure is None:
            raise PlaybookStopped(f"the script declared no figure named {label!r}")
        return figure


def _failed(content: Mapping[str, Any]) -> PlaybookStopped:
    """Why a script gave up: a message of its own in one line, or the end of a traceback."""
    words = str(content.get("stderr", "")).strip().splitlines()
    code = content["exit_code"]
    ended = content.get("ended") if code is None else f"exit code {code}"
    if not words:
        return PlaybookStopped(f"the script failed ({ended})", hint=content.get("what_to_do", ""))
    return PlaybookStopped(plain(words[-1]), hint=f"the script ended with {plain(ended)}")
