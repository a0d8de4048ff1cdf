"""Each figure of an answer held against the figure it cites, before it is shown.

A figure is followed by its citation, `$1,234.50 [f12]`. The cited value, rounded as the answer
rounds it, must be the value shown. Numbers that merely occur somewhere in the data prove nothing:
among a hundred values, sums and ratios "explain" nearly any amount. `[run 3fa9c1d2]` says no more
than that a script printed the number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from finops_repl.agent.not_figures import code_places
from finops_repl.agent.shown_figures import ShownFigure, shown_figures
from finops_repl.base.money import money
from finops_repl.tools.encoding import clean_text
from finops_repl.tools.figures import Figure, FigureLedger, shown_number
from finops_repl.tools.printed import Printed
from finops_repl.tools.units import CURRENCIES, RATIO, Unit, is_percent, unit_word

__all__ = ["CheckedBlock", "Fault", "check"]

CITATION = r"\[(?:f\d+(?:\s*,\s*f\d+)*|run [0-9a-f]{4,32})\]"
CITATIONS = re.compile(rf"{CITATION}(?:\s*{CITATION})*")
CITED = re.compile(r"f\d+|run [0-9a-f]{4,32}")

REACH = 60
"""Characters between a figure and its citation at most, and no other figure between them."""

Source = Figure | Printed


@dataclass(frozen=True, slots=True)
class Fault:
    """A figure that does not hold: as it is shown, and what is wrong with it."""

    shown: str
    why: str


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A block with its marks, what it cites (`f12`, `run 3fa9c1d2`), and what did not hold."""

    text: str
    cited: tuple[str, ...] = ()
    unsourced: int = 0
    mismatched: int = 0
    faults: tuple[Fault, ...] = ()


def check(block: str, figures: FigureLedger) -> CheckedBlock:
    """Mark each figure that cites nothing, or whose citation says otherwise."""
    block = clean_text(block)  # a character that nobody sees must not part $ from its digits
    marks: list[tuple[int, str]] = []
    faults: list[Fault] = []
    unsourced = 0
    shown = shown_figures(block)
    for index, figure in enumerate(shown):
        citation = _citation(block, shown, index)
        sources = _sources(citation, figures)
        end = citation.end() if citation and citation.start() < _limit(block, shown, index) else 0
        written = (
            f"{block[figure.start : figure.end].strip()} {citation.group() if citation else ''}"
        )
        if not sources:
            unsourced += 1
            marks.append((max(end, figure.end), " *(unsourced)*"))
            faults.append(Fault(written.strip(), "no source"))
        elif not any(_holds(figure, source) for source in sources):
            marks.append((max(end, figure.end), f" **({_differs(sources[0])})**"))
            faults.append(Fault(written, _differs(sources[0], units=False)))
    cited = dict.fromkeys(
        name
        for citation in CITATIONS.finditer(block)
        for name in CITED.findall(citation.group())
        if _source(name, figures) is not None
    )
    return CheckedBlock(
        _marked(block, marks), tuple(cited), unsourced, len(faults) - unsourced, tuple(faults)
    )


def _citation(block: str, shown: list[ShownFigure], index: int) -> re.Match[str] | None:
    """The citation that belongs to a figure: its own, or that of the range or pair it begins.

    One citation of one id serves one figure.
    """
    own = _citation_after(block, shown[index].end, _limit(block, shown, index))
    last = index
    while own is None and last + 1 < len(shown) and shown[last + 1].joined:
        last += 1
        own = _citation_after(block, shown[last].end, _limit(block, shown, last))
    if own is None or len(CITED.findall(own.group())) < last - index + 1:
        return None
    return own


def _limit(block: str, shown: list[ShownFigure], index: int) -> int:
    return shown[index + 1].start if index + 1 < len(shown) else len(block)


def _citation_after(block: str, start: int, limit: int) -> re.Match[str] | None:
    """The citation behind a figure: on its line, in its table cell, within reach."""
    end = min(limit, start + REACH)
    for stop in ("\n", "|"):
        found = block.find(stop, start, end)
        end = found if found != -1 else end
    match = CITATIONS.search(block, start)
    return match if match is not None and match.start() < end else None


def _sources(citation: re.Match[str] | None, figures: FigureLedger) -> list[Source]:
    names = CITED.findall(citation.group()) if citation else []
    return [source for name in names if (source := _source(name, figures)) is not None]


def _source(name: str, figures: FigureLedger) -> Source | None:
    if name.startswith("run "):
        return figures.printed(name.removeprefix("run "))
    return figures.get(name)


def _holds(shown: ShownFigure, source: Source) -> bool:
    if isinstance(source, Printed):
        return any(_is_at_rounding(shown, number) for number in source.numbers)
    if (actual := _in_unit_of(shown, source)) is None:
        return False
    return _is_at_rounding(shown, actual)


def _is_at_rounding(shown: ShownFigure, actual: Decimal) -> bool:
    """Whether the value, rounded to the last digit that is shown, is what is shown."""
    value = -shown.value if shown.sign == "-" else shown.value
    if not shown.sign and not shown.rose:
        actual = abs(actual)  # "fell by $5" of -5
    return abs(value - actual) <= shown.step / 2


def _in_unit_of(shown: ShownFigure, figure: Figure) -> Decimal | None:
    """The figure's value in the unit that is shown; None where it is of another one."""
    unit = figure.unit.strip()
    is_ratio = not Unit.of(unit).powers and not is_percent(unit)
    match shown.kind:
        case "money":
            over = {word for word, power in Unit.of(unit).powers if power > 0} & CURRENCIES
            return figure.value if shown.unit in over or (over and not shown.unit) else None
        case "percent":
            if is_percent(unit):
                return figure.value
            return figure.value * 100 if is_ratio else None
        case "times":
            return figure.value / 100 if is_percent(unit) else figure.value
        case "quantity":
            return _counted(shown.unit, figure)
        case "number":
            return figure.value


SIZES = {"KB": 3, "MB": 6, "GB": 9, "TB": 12, "PB": 15}


def _counted(shown: str, figure: Figure) -> Decimal | None:
    """The value in the size of bytes that is shown; None where something else is counted."""
    known = {word for word, _ in Unit.of(figure.unit).powers if word}
    if not known:
        return None if is_percent(figure.unit) or figure.unit == RATIO else figure.value
    words = {unit_word(part) for part in re.split(r"[-\s/\x00]+", shown) if part}
    parts = {unit_word(part) for word in known for part in re.split(r"[-\s]+", word)}
    if {word.lower() for word in words} & {part.lower() for part in parts}:
        return figure.value
    sizes = [SIZES[part.upper()] for part in (*words, *parts) if part.upper() in SIZES]
    return figure.value.scaleb(sizes[1] - sizes[0]) if len(sizes) == 2 else None


def _differs(source: Source, *, units: bool = True) -> str:
    """What a source says instead; without units there is none of a script's words in it."""
    if isinstance(source, Printed):
        return f"not printed by run {source.run}"
    if not units:
        return f"{source.id} says {shown_number(source.value)}"
    if source.unit in CURRENCIES:
        return f"not what {source.id} says: {money(source.value, source.unit)}"
    return f"not what {source.id} says: {shown_number(source.value)} {source.unit}".rstrip()


def _marked(block: str, marks: list[tuple[int, str]]) -> str:
    """The block with its marks; one of fenced code or a code span stands behind it."""
    places = code_places(block)
    for position, mark in sorted(marks, reverse=True):
        ends = (end for start, end in places if start <= position < end)
        position = next(ends, position)
        block = block[:position] + mark + block[position:]
    return block
