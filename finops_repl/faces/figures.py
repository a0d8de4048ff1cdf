"""How each figure of an answer was made, in a line or two: its value, its label, its pedigree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from finops_repl.base.events import FigureRegistered
from finops_repl.base.money import price_text, usd
from finops_repl.faces.cells import clip
from finops_repl.faces.escapes import plain

__all__ = ["RUN", "Footnote", "flat", "footnotes", "made_by", "shown_value", "spent_usd"]

LONGEST_FIELD = 400
UNSOURCED = "unsourced: nothing registered this figure"
PRINTED = "printed by {}; nobody declared what it is"
SAME_FOR_A_RUN = ("script",)
IN_SHORT = (
    "source", "run", "script", "metric", "period", "described_as", "expression", "rests_on",
    "warnings",
)  # fmt: skip
"""What a footnote says of a making; the rest of it is evidence, shown when it is asked for."""
RUN = "run "
"""Begins the citation of a run."""


def shown_value(value: str, unit: str) -> str:
    """A value with its unit as people write it: `$1,234.50`, `312 %`, `14 instances`."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return plain(f"{value} {unit}".strip())
    if unit.upper() in ("USD", "$"):
        return usd(number)
    text = f"{number:,.4f}".rstrip("0").rstrip(".")
    return plain(f"{text} {'%' if unit == 'percent' else unit}".strip())


def spent_usd(amount: Decimal) -> str:
    """What something cost us: in cents, or as finely as tokens and calls are priced."""
    if abs(amount) < Decimal("0.01"):
        return price_text(amount)
    return usd(amount, 2 if amount == round(amount, 2) else 4)


def made_by(pedigree: Mapping[str, Any]) -> str:
    """The pedigree in words: who states the figure, its run, then every other field.

    The column of a query is left out: it is in the figure's label.
    """
    rest = {key: value for key, value in pedigree.items() if value not in (None, "", [], (), {})}
    rest.pop("column", None)
    source, run, script = (flat(rest.pop(key, "")) for key in ("source", "run", "script"))
    by_run = f"run {run}" if run else ""
    if script:
        by_run = f"{by_run} ({script})" if run else script
    others = [f"{key.replace('_', ' ')} {flat(value)}" for key, value in rest.items()]
    return plain(", ".join(part for part in (source, by_run, *others) if part))


class Footnote(NamedTuple):
    """One line on a cited figure; `mark` is its citation, empty on the line of its making."""

    mark: str
    text: str


def footnotes(cited: Iterable[str], known: Mapping[str, FigureRegistered]) -> list[Footnote]:
    """What each cited figure is, and below those of one making shortly how they were made.

    In the order of citation; an id that nothing registered is *unsourced*, and what only a run
    printed is said to be so.
    """
    by_making: dict[str, tuple[Mapping[str, Any], list[Footnote]]] = {}
    for figure_id in dict.fromkeys(cited):
        figure = known.get(figure_id)
        pedigree = _in_short(figure.pedigree if figure else _not_registered(figure_id))
        making = made_by(pedigree)
        text = f"{shown_value(figure.value, figure.unit)}  {flat(figure.label)}" if figure else ""
        notes = by_making.setdefault(making, (pedigree, []))[1]
        notes.append(Footnote(plain(f"[{figure_id}]"), plain(text)))
    lines: list[Footnote] = []
    told: set[object] = set()
    for pedigree, notes in by_making.values():
        run = pedigree.get("run")
        lines += [
            *notes,
            Footnote("", _told_once(pedigree, again=run in told) or "no source given"),
        ]
        told |= {run} - {None, ""}
    return lines


def _in_short(pedigree: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metric is said once, where the words of the query name it as well."""
    short = {name: pedigree[name] for name in IN_SHORT if name in pedigree}
    if str(short.get("metric") or "\0") in str(short.get("described_as", "")):
        del short["metric"]
    return short


def _not_registered(name: str) -> Mapping[str, Any]:
    return {"source": PRINTED.format(name) if name.startswith(RUN) else UNSOURCED}


def _told_once(pedigree: Mapping[str, Any], *, again: bool) -> str:
    """The making; what is the same for all of a run is said with its first figure."""
    kept = {k: v for k, v in pedigree.items() if not (again and k in SAME_FOR_A_RUN)}
    return made_by(kept)


def flat(value: object) -> str:
    """A field of a pedigree in one line."""
    if isinstance(value, list | tuple):
        text = " ".join(flat(item) for item in value)
    elif isinstance(value, str):
        text = " ".join(value.split())
    else:
        text = json.dumps(value, default=str, ensure_ascii=False)
    return clip(text, LONGEST_FIELD)
