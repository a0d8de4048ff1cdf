"""Each figure of an answer held against the figure it cites, before it is shown.

A dollar amount or a percentage is followed by its citation, `$1,234.50 [f12]`. The cited value,
rounded as the answer rounds it, must be the value shown. Numbers that merely occur somewhere in
the data prove nothing: among a hundred values, sums and ratios "explain" nearly any amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from finops_repl.base.money import usd
from finops_repl.tools.figures import Figure, FigureLedger

__all__ = ["CheckedBlock", "check"]

SHOWN = re.compile(
    r"(?P<loose>\b(?:about|around|roughly|nearly|almost|approximately)\s+|[~≈]\s?)?"
    r"(?P<sign>[-−+])?\s?"
    r"(?:\$\s?(?P<usd>[-−]?\d[\d,]*(?:\.\d+)?)"
    r"(?:\s?(?P<scale>k|thousand|m|mn|million|b|bn|billion)\b)?"
    r"|(?<![\w.,$])(?P<percent>\d[\d,]*(?:\.\d+)?)\s?(?:%|percent\b))",
    re.IGNORECASE,
)
CITATIONS = re.compile(r"\[f\d+(?:\s*,\s*f\d+)*\](?:\s*\[f\d+\])*")
FIGURE_ID = re.compile(r"f\d+")
FENCED = re.compile(r"^ {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~)[ \t]*$|\Z)", re.M | re.S)
INLINE_CODE = re.compile(r"`[^`\n]+`")

REACH = 60
"""Characters between a figure and its citation at most, and no other figure between them."""

SCALES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "b": 9, "bn": 9, "billion": 9}


@dataclass(frozen=True, slots=True)
class CheckedBlock:
    """A block with its marks, the figures it cites, and how many figures did not hold."""

    text: str
    cited: tuple[str, ...] = ()
    unsourced: int = 0
    mismatched: int = 0


def check(block: str, figures: FigureLedger) -> CheckedBlock:
    """Mark each figure that cites nothing, or whose citation says otherwise."""
    marks: list[tuple[int, str]] = []
    unsourced = mismatched = 0
    shown = list(_figures_in(block))
    for index, match in enumerate(shown):
        limit = shown[index + 1].start() if index + 1 < len(shown) else len(block)
        citation = _citation_after(block, match.end(), limit)
        cited = [figures.get(i) for i in FIGURE_ID.findall(citation.group())] if citation else []
        known = [figure for figure in cited if figure is not None]
        end = citation.end() if citation else match.end()
        if not known:
            unsourced += 1
            marks.append((end, " *(unsourced)*"))
        elif not any(_agrees(match, figure) for figure in known):
            mismatched += 1
            marks.append((end, f" **(not what {known[0].id} says: {_value(known[0])})**"))
    ids = dict.fromkeys(i for c in CITATIONS.finditer(block) for i in FIGURE_ID.findall(c.group()))
    text = block
    for position, mark in sorted(marks, reverse=True):
        position = _outside_code(block, position)
        text = text[:position] + mark + text[position:]
    cited_ids = tuple(i for i in ids if figures.get(i) is not None)
    return CheckedBlock(text, cited_ids, unsourced, mismatched)


def _figures_in(block: str) -> Iterator[re.Match[str]]:
    inline = [match.span() for match in INLINE_CODE.finditer(block)]
    for match in SHOWN.finditer(block):
        if not any(start <= match.start() < end for start, end in inline):
            yield match


def _citation_after(block: str, start: int, limit: int) -> re.Match[str] | None:
    """The citation that belongs to a figure: on its line, in its table cell, within reach."""
    end = min(limit, start + REACH)
    for stop in ("\n", "|"):
        found = block.find(stop, start, end)
        end = found if found != -1 else end
    match = CITATIONS.search(block, start)
    return match if match is not None and match.start() < end else None


def _agrees(match: re.Match[str], figure: Figure) -> bool:
    """Whether the figure, at the shown rounding, is what is shown."""
    text = (match["usd"] or match["percent"]).replace(",", "").replace("−", "-")
    shown = Decimal(text)
    exponent = SCALES.get((match["scale"] or "").lower(), 0)
    actual = figure.value
    if match["usd"]:
        if figure.unit != "USD":
            return False
    elif figure.unit == "ratio":
        actual *= 100
    elif figure.unit not in ("percent", "%"):
        return False
    if match["sign"] in ("-", "−"):
        shown = -shown
    elif shown > 0 and match["sign"] is None:
        actual = abs(actual)  # "fell by $5" of -5
    last_digit = int(shown.as_tuple().exponent)
    if match["loose"] and last_digit == 0:
        digits = text.lstrip("-")
        last_digit = len(digits) - len(digits.rstrip("0"))
    half_a_step = Decimal(1).scaleb(last_digit + exponent) / 2
    return abs(shown.scaleb(exponent) - actual) <= half_a_step


def _value(figure: Figure) -> str:
    if figure.unit == "USD":
        return usd(figure.value)
    return f"{figure.value.normalize():f} {figure.unit}".strip()


def _outside_code(block: str, position: int) -> int:
    """The position itself, or behind the fenced code that it lies in."""
    for fence in FENCED.finditer(block):
        if fence.start() <= position < fence.end():
            return fence.end()
    return position
