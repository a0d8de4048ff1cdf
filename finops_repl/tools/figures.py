"""Figures with ids: what an answer may cite, and where each value comes from.

What the host observed (a cell of a query it ran) or computed is kept apart from what a script
declared. What a script merely printed is no figure: an answer may cite the run that printed it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from finops_repl.base.errors import InputError
from finops_repl.base.events import FigureRegistered
from finops_repl.tools.encoding import cleaned
from finops_repl.tools.printed import Printed

__all__ = ["Figure", "FigureLedger", "Witness", "amount", "shown_number"]

Witness = Literal["observed", "computed", "declared", "given"]

SOURCES: Mapping[Witness, str] = {
    "observed": "observed by the host",
    "computed": "computed by the host",
    "declared": "declared by a script",
    "given": "given by the user",
}

MOST_PLACES = 12
"""Decimal places that a number is shown with."""
LARGEST_POWER = 400
"""Powers of ten that a double can hold; written out, a larger one fills the memory."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its unit (`USD`, `percent`, `instances`, ...), label and pedigree.

    The pedigree's `source` says in words who states the value; the rest of it is how it was
    made: SQL or run, period, metric, account, row types left out, estimated or final.
    """

    id: str
    value: Decimal
    unit: str
    label: str
    witness: Witness
    pedigree: Mapping[str, Any] = field(default_factory=dict)

    def as_fact(self) -> FigureRegistered:
        """The event that tells faces of this figure."""
        return FigureRegistered(self.id, str(self.value), self.unit, self.label, self.pedigree)


class FigureLedger:
    """The figures of one session; ids are `f1`, `f2`, ... in the order of registration."""

    def __init__(self) -> None:
        self._figures: dict[str, Figure] = {}
        self._printed: dict[str, Printed] = {}
        self._last = 0
        self._lock = threading.Lock()

    def restore(self, fact: FigureRegistered) -> None:
        """Take up a figure of an earlier part of the session under the id that it had."""
        said = str(fact.pedigree.get("source", ""))
        witness: Witness = next((who for who in SOURCES if SOURCES[who] == said), "declared")
        figure = Figure(
            fact.figure_id, amount(fact.value), fact.unit, fact.label, witness, fact.pedigree
        )
        with self._lock:
            self._figures[figure.id] = figure
            self._last = max(self._last, int(figure.id.removeprefix("f")))

    def register(
        self,
        value: Decimal,
        unit: str,
        label: str,
        witness: Witness,
        pedigree: Mapping[str, Any],
    ) -> Figure:
        """Give a figure its id. The host's `source` stands before whatever a script claims.

        Its words may come from data: they are kept without secrets and terminal escapes.
        """
        made = {key: item for key, item in cleaned(pedigree).items() if key != "source"}
        with self._lock:
            self._last += 1
            figure_id = f"f{self._last}"
            figure = Figure(
                figure_id,
                value,
                cleaned(unit),
                cleaned(label),
                witness,
                {"source": SOURCES[witness], **made},
            )
            self._figures[figure_id] = figure
        return figure

    def get(self, figure_id: str) -> Figure | None:
        """The figure of this id, if it was ever registered."""
        with self._lock:
            return self._figures.get(figure_id)

    def note_printed(self, run: str, text: str) -> None:
        """Remember the numbers in a run's output, of which nobody says what they are."""
        with self._lock:
            self._printed[run] = Printed.in_text(run, text)

    def printed(self, run: str) -> Printed | None:
        """What a run printed, by its id or a beginning of it that only one run has."""
        with self._lock:
            found = [each for name, each in self._printed.items() if name.startswith(run)]
        return found[0] if len(found) == 1 else None

    def all(self) -> tuple[Figure, ...]:
        with self._lock:
            return tuple(self._figures.values())


def amount(value: object) -> Decimal:
    """A finite decimal from what JSON or a result set holds; `InputError` otherwise.

    A float is taken by its shortest text, so that 0.1 stays 0.1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise InputError(f"{value!r} is no number", hint="give a number or its decimal text")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise InputError(f"{value!r:.60} is no number", hint="such as 12.5 or '12.50'") from None
    except ValueError:  # Python does not write out an integer of so many digits
        raise InputError(
            "an integer of too many digits is no figure", hint="leave it out"
        ) from None
    if not number.is_finite():
        raise InputError(f"{value!r} is no finite number", hint="leave it out")
    if abs(number.adjusted()) > LARGEST_POWER or len(number.as_tuple().digits) > LARGEST_POWER:
        raise InputError(f"{number:.3e} is out of bounds", hint="leave it out")
    return number


def shown_number(value: Decimal) -> str:
    """A number at four decimal places, of a small one four digits that say something.

    The ledger keeps all of them. What rounding made end in 5 gets further places: 0.54501 shown as
    0.545 would be rounded to 0.54 by whoever reads it.
    """
    places = 4 if not value or value.adjusted() >= -2 else min(3 - value.adjusted(), MOST_PLACES)
    text = _at(value, places)
    while text.endswith("5") and Decimal(text) != value and places < MOST_PLACES:
        places += 1
        text = _at(value, places)
    return text


def _at(value: Decimal, places: int) -> str:
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
