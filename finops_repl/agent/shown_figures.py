"""The figures in a block of an answer: money, shares, and quantities that are counted or billed.

A number is a figure by its dress ($, %, a unit, `1.2 million`, a thousands separator, cents), by
its place (a cell of a table, an end of a range, behind a word such as `cost:`), or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from finops_repl.agent.figure_words import (
    CODES,
    MONEY_HEADS,
    NAMED,
    OTHER_HEADS,
    PERCENT_HEADS,
    SCALES,
    SHOWN,
    SYMBOLS,
)
from finops_repl.agent.not_figures import BLANK, CITED, blanked
from finops_repl.tools.units import unit_word

__all__ = ["Kind", "ShownFigure", "shown_figures"]

Kind = Literal["money", "percent", "times", "quantity", "number"]
"""`quantity` has a unit of its own, `number` none: it may be of any unit."""

SEPARATORS = ",'’\u00a0\u2009\u202f"
RANGE = re.compile(r"\s*(?:–|—|-|to|→|->|…)\s*", re.IGNORECASE)
PAIR = re.compile(r"\s*(?:,\s*)?(?:and|or|/|,|until)\s+", re.IGNORECASE)
DRESSED = re.compile(
    rf"\d[{SEPARATORS}]\d{{3}}|\d[.,]\d{{2}}|[\s\d](?:[kmbt]|mn|bn|[a-z]+illion|thousand)$"
    r"|^\D*\d{5,11}$|\de[+-]?\d",
    re.IGNORECASE,
)
CELL = re.compile(r"[*_~\s]*[-−+(]?\s*\d[\d.,'’ \u00a0\u202f]*\)?[*_~\s]*")
RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure as an answer shows it; `value` is without its sign, `step` is its last digit.

    `unit` is the currency or what is counted, `rose` says that the words before it name a rise,
    `joined` that it is the other end of a range or a pair.
    """

    start: int
    end: int
    value: Decimal
    step: Decimal
    kind: Kind
    unit: str = ""
    sign: Literal["", "+", "-"] = ""
    rose: bool = False
    exponent: int = 0
    leads: bool = False
    """Its currency stands before it."""
    joined: Literal["", "range", "pair"] = ""


def shown_figures(block: str) -> list[ShownFigure]:
    """The figures of a block, in their order."""
    text = blanked(block)
    cells = list(_cells(text))
    numbers: list[ShownFigure] = []
    for match in SHOWN.finditer(text):
        number = _in_cell(_read(match), cells)
        if numbers:
            number = replace(number, joined=_joint(text, numbers[-1], number))
        numbers.append(number)
    for place in range(1, len(numbers)):
        if numbers[place].joined == "range":
            numbers[place - 1 : place + 1] = _ends(numbers[place - 1], numbers[place])
    return [each for each in numbers if each.kind != "number" or _is_figure(text, each, cells)]


def _read(match: re.Match[str]) -> ShownFigure:
    value, places = _value(match["digits"])
    exponent = SCALES.get((match["scale"] or "").lower(), 0)
    if match["loose"] and places <= 0:
        places = len(match["digits"].rstrip("0")) - len(match["digits"])
    kind, unit = _dress(match)
    parts = ("sign", "code", "symbol", "inner", "digits")
    return ShownFigure(
        min(match.start(part) for part in parts if match[part]),
        match.end(),
        value.scaleb(exponent),
        Decimal(1).scaleb(exponent - places),
        kind,
        unit,
        _sign(match),
        bool(match["rose"]),
        exponent,
        leads=bool(match["code"] or match["symbol"]),
    )


def _sign(match: re.Match[str]) -> Literal["", "+", "-"]:
    """What the number's sign is; a dash behind a number, or a long one, is no minus."""
    if match["inner"] or match["sign"] == "+":
        return "-" if match["inner"] else "+"
    if match["sign"] not in ("-", "−"):
        return ""
    before = match.string[: match.start("sign")].replace(BLANK, "x").replace(CITED, "]")
    is_dash = re.search(r"[\d%)\]]\s?$|[A-Za-z]$", before)
    return "" if is_dash else "-"


def _dress(match: re.Match[str]) -> tuple[Kind, str]:
    if match["symbol"]:
        return "money", SYMBOLS[match["symbol"]]
    if match["code"]:
        return "money", match["code"].upper()
    if match["percent"]:
        return "percent", ""
    if match["after"]:
        name = re.sub(r"(?i)^us\s", "", match["after"])
        return "money", "GBP" if name.lower().startswith("pound") else unit_word(name)
    if match["times"]:
        return "times", ""
    return ("quantity", match["unit"]) if match["unit"] else ("number", "")


def _value(digits: str) -> tuple[Decimal, int]:
    """The number, and how many of its digits stand behind the point; a comma may be the point."""
    mantissa, _, power = digits.lower().partition("e")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", mantissa):
        mantissa = mantissa.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", mantissa):
        mantissa = mantissa.replace(",", ".")
    mantissa = re.sub(f"[{SEPARATORS}]", "", mantissa)
    exponent = int(power or 0)
    return Decimal(mantissa).scaleb(exponent), len(mantissa.partition(".")[2]) - exponent


def _joint(text: str, before: ShownFigure, number: ShownFigure) -> Literal["", "range", "pair"]:
    between = text[before.end : number.start]
    if RANGE.fullmatch(between) or (not between and text[number.start] in "-−–"):
        return "range"
    if PAIR.fullmatch(between):
        return "range" if re.search(r"(?i)\bbetween\s\W*$", text[: before.start]) else "pair"
    return ""


def _ends(low: ShownFigure, high: ShownFigure) -> tuple[ShownFigure, ShownFigure]:
    """Both ends of a range, each with what stands at the other alone: `$1.2–1.5 million`."""
    if high.kind == "number" and low.leads:
        high = replace(high, kind=low.kind, unit=low.unit)
    elif low.kind == "number" and high.kind != "number" and not high.leads:
        low = replace(low, kind=high.kind, unit=high.unit)
    scale = high.exponent
    shares_scale = scale and not low.exponent and not (high.leads and low.value >= 100)
    if shares_scale and low.value.adjusted() <= high.value.scaleb(-scale).adjusted() + 1:
        low = replace(low, value=low.value.scaleb(scale), step=low.step.scaleb(scale))
        low = replace(low, exponent=scale)
    return low, high


def _is_figure(text: str, number: ShownFigure, cells: Sequence[tuple[int, int, str]]) -> bool:
    """Whether a number without a unit is a figure, by its own look or by its place."""
    if any(start <= number.start < end for start, end, _ in cells):
        return True
    if text[number.end : number.end + 4].lstrip(" *_")[:1] == CITED:
        return True
    written = text[number.start : number.end].rstrip("*_~ ")
    before = text[max(0, number.start - 40) : number.start]
    return DRESSED.search(written) is not None or NAMED.search(before) is not None


def _in_cell(number: ShownFigure, cells: Sequence[tuple[int, int, str]]) -> ShownFigure:
    """A number in a table's cell, with the unit that its column's head names."""
    head = next((head for start, end, head in cells if start <= number.start < end), "")
    if number.kind != "number" or not head:
        return number
    code = re.search(rf"\b(?:{CODES})\b", head)
    symbol = next((SYMBOLS[each] for each in head if each in SYMBOLS), "")
    if PERCENT_HEADS.search(head) and not (code or symbol):
        return replace(number, kind="percent")
    if MONEY_HEADS.search(head):
        return replace(number, kind="money", unit=code.group() if code else symbol)
    return number


def _cells(text: str) -> Iterator[tuple[int, int, str]]:
    """Cells of tables that hold a number and nothing else but its citation, with their heads."""
    heads: list[str] = []
    before = ""
    for row in re.finditer(r"^.*$", text, re.MULTILINE):
        line = row.group()
        if "|" not in line:
            heads = []
        elif RULE.fullmatch(line):
            heads = [cell.strip(" *_\t") for cell in _within(before).split("|")]
        elif heads:
            start = row.start() + line.index(_within(line))
            for place, cell in enumerate(_within(line).split("|")):
                head = heads[place] if place < len(heads) else ""
                alone = cell.replace(BLANK, " ").replace(CITED, " ")
                if CELL.fullmatch(alone) and not OTHER_HEADS.fullmatch(head):
                    yield start, start + len(cell), head
                start += len(cell) + 1
        before = line


def _within(line: str) -> str:
    """A row of a table without the bars at its ends."""
    found = re.fullmatch(r"[ \t]*\|?(.*?)\|?[ \t]*", line)
    return found[1] if found else line
