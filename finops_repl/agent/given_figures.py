"""The figures that a question states: an answer may cite them as given, and compute with them."""

from __future__ import annotations

from finops_repl.agent.shown_figures import ShownFigure, shown_figures
from finops_repl.tools.figures import Figure, FigureLedger
from finops_repl.tools.units import PERCENT, RATIO

__all__ = ["given_figures"]

MOST = 20
"""A question with more figures than this is a document, not a question."""


def given_figures(question: str, figures: FigureLedger) -> tuple[Figure, ...]:
    """Register what the user states, such as a budget of $50,000 or a cut of 20 %."""
    return tuple(
        figures.register(
            -shown.value if shown.sign == "-" else shown.value,
            _unit(shown),
            "given in the question",
            "given",
            {},
        )
        for shown in shown_figures(question)[:MOST]
    )


def _unit(shown: ShownFigure) -> str:
    match shown.kind:
        case "percent":
            return PERCENT
        case "times":
            return RATIO
        case "money":
            return shown.unit or "USD"
        case "quantity" | "number":
            return shown.unit.replace("\x00", "")
