"""GetDimensionValues in the contexts of reservations and Savings Plans: what filters can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments import ri_utilization, sp_utilization
from finops_repl.simulator.handlers.cost_explorer.dimensions import Dimension
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.handlers.cost_explorer.period import period
from finops_repl.simulator.view import View

__all__ = ["COSTS", "commitment_values"]

COSTS = "COST_AND_USAGE"
"""The context of every other report."""
CONTEXTS: Mapping[str, tuple[str, Mapping[str, Dimension]]] = {
    "RESERVATIONS": ("c.kind = 'ri'", ri_utilization.DIMENSIONS),
    "SAVINGS_PLANS": ("c.kind <> 'ri'", sp_utilization.DIMENSIONS),
}


def commitment_values(view: View, params: Mapping[str, Any]) -> list[str]:
    """The values of a dimension of the commitments that were there in the period.

    Raises `Invalid` for a context or a dimension that is none.
    """
    context, name = str(params.get("Context")), str(params.get("Dimension"))
    if context not in CONTEXTS:
        raise Invalid(
            f"Context {context} is not valid. Valid values: {', '.join((COSTS, *CONTEXTS))}"
        )
    where, dimensions = CONTEXTS[context]
    if name not in dimensions:
        raise Invalid(
            f"Dimension {name} is not valid for the context {context}. Valid values: "
            f"{', '.join(dimensions)}"
        )
    asked = period(params.get("TimePeriod"), view.calendar)
    rows = view.rows(
        f"SELECT DISTINCT {dimensions[name].shown} AS value FROM commitment c WHERE {where}"  # noqa: S608
        " AND c.starts < ? AND c.stops > ? AND contains(lower(value), lower(?)) ORDER BY value",
        [asked.end, asked.start, str(params.get("SearchString") or "")],
    )
    return [str(value) for (value,) in rows]
