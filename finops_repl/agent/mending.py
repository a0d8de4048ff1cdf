"""The one note that asks a model to mend an answer whose figures do not hold."""

from __future__ import annotations

from collections.abc import Sequence

from finops_repl.agent.citations import Fault

__all__ = ["MEND_CALLS", "note"]

MEND_CALLS = 6
"""Calls of the model that a correction may take: a look, a computation, the answer."""

MOST_NAMED = 12


def note(faults: Sequence[Fault]) -> str:
    """What does not hold and what to do; it repeats the answer's own numbers, no word of data."""
    named = "; ".join(f'"{fault.shown}": {fault.why}' for fault in faults[:MOST_NAMED])
    more = f"; and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
    return (
        f"Figures of your answer that do not hold: {named}{more}. Give your whole answer once "
        "more; it takes the place of the first. Put the id of its result behind each figure, "
        "derive with compute what no result shows, and leave out what you cannot source. Do not "
        "speak of this note."
    )
