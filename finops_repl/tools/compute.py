"""compute: a figure derived from cited ones, by the host, with the pedigree of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from finops_repl.tools.expression import LONGEST, Computed, compute
from finops_repl.tools.figures import Figure, shown_number
from finops_repl.tools.tool import Tool, ToolContext, ToolInput, ToolResult
from finops_repl.tools.units import PERCENT, is_percent

__all__ = ["Compute", "ComputeInput"]

IN_COMMON = ("account", "period", "metric")
"""What figures should share before they are set against each other."""


class ComputeInput(ToolInput):
    """What to derive, and what to call it."""

    expression: Annotated[
        str, Field(min_length=1, max_length=LONGEST, description="Such as (f3 - f2) / f2.")
    ]
    label: Annotated[
        str, Field(min_length=1, max_length=120, description="What it is: growth of EC2 cost.")
    ]
    unit: Annotated[
        str,
        Field(
            max_length=20,
            description="percent to get a ratio as percent. Otherwise empty: it follows from the "
            "figures.",
        ),
    ] = ""


class Compute(Tool[ComputeInput]):
    """Arithmetic that an answer may cite."""

    name = "compute"
    description = (
        "Derive a figure from figures with ids: a difference, share, growth or unit cost. The "
        "expression has ids, numbers, + - * / and parentheses, as in (f3 - f2) / f2. It is "
        "computed from the exact values, its units are checked (USD / USD is a ratio, USD + hours "
        "an error), and a percentage counts as its ratio: 41 % is 0.41. Returns the id to cite. "
        "Every number of your answer that no result gives an id comes from here."
    )
    input_model = ComputeInput

    def run(self, context: ToolContext, given: ComputeInput) -> ToolResult:
        computed = compute(given.expression, context.figures.get)
        value, unit = computed.value, computed.unit
        stated = given.unit.strip()
        if not unit.powers:
            by_input = not stated and all(is_percent(each.unit) for each in computed.figures)
            unit_text = (
                PERCENT if by_input or is_percent(stated) else unit.named(stated or "x").text
            )
        else:
            unit_text = (unit.named(stated) if stated else unit).text
        if unit_text == PERCENT:
            value *= 100
        warnings = _warnings(computed)
        figure = context.figures.register(
            value, unit_text, given.label, "computed", _pedigree(given, computed, warnings)
        )
        content: dict[str, Any] = {
            "id": figure.id,
            "value": shown_number(figure.value),
            "unit": figure.unit,
            "label": figure.label,
            "of": [f"{each.id}: {_said(each)}" for each in computed.figures],
        }
        return ToolResult(content | ({"warnings": warnings} if warnings else {}), figures=(figure,))


def _pedigree(given: ComputeInput, computed: Computed, warnings: list[str]) -> Mapping[str, object]:
    shared = {
        name: values.pop() for name in IN_COMMON if len(values := _stated(computed, name)) == 1
    }
    declared = [figure.id for figure in computed.figures if _rests_on_a_script(figure)]
    made: dict[str, object] = {
        "expression": " ".join(given.expression.split()),
        "of": [f"{figure.id}: {_said(figure)}, {figure.pedigree['source']}"
               for figure in computed.figures],
        **shared,
        "rests_on": f"what a script declared ({', '.join(declared)})" if declared else "",
        "numbers_given": list(computed.numbers),
        "warnings": warnings,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value}


def _warnings(computed: Computed) -> list[str]:
    """What an analyst would ask about: figures of different accounts, periods or metrics."""
    told = []
    for name in IN_COMMON:
        if len(_stated(computed, name)) > 1:
            each = ", ".join(
                f"{figure.id} {figure.pedigree[name]}"
                for figure in computed.figures
                if figure.pedigree.get(name)
            )
            told.append(f"not of one {name}: {each}")
    if "100" in computed.numbers and any(is_percent(figure.unit) for figure in computed.figures):
        told.append("a percentage counts as its ratio already: is the factor 100 meant?")
    return told


def _stated(computed: Computed, name: str) -> set[str]:
    return {str(figure.pedigree[name]) for figure in computed.figures if figure.pedigree.get(name)}


def _rests_on_a_script(figure: Figure) -> bool:
    return figure.witness == "declared" or "rests_on" in figure.pedigree


def _said(figure: Figure) -> str:
    words: Iterable[str] = (shown_number(figure.value), figure.unit, f"({figure.label})")
    return " ".join(word for word in words if word)
