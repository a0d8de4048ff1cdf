"""How each figure of an answer was made, in one line: its value, its label, its pedigree."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from finops_repl.base.events import FigureRegistered
from finops_repl.base.money import usd
from finops_repl.faces.cells import clip
from finops_repl.faces.escapes import plain

__all__ = ["Footnote", "footnotes", "made_by", "shown_value"]

LONGEST_FIELD = 160


def shown_value(figure: FigureRegistered) -> str:
    """The value with its unit as people write it: `$1,234.50`, `312 %`, `14 instances`."""
    try:
        number = Decimal(figure.value)
    except InvalidOperation:
        return plain(f"{figure.value} {figure.unit}".strip())
    if figure.unit.upper() in ("USD", "$"):
        return usd(number)
    return plain(f"{number:,} {figure.unit}".strip())


def made_by(pedigree: Mapping[str, Any]) -> str:
    """The pedigree in words; who states the figure comes first, every other field follows."""
    rest = {key: value for key, value in pedigree.items() if value not in (None, "", [], (), {})}
    run, script = rest.pop("run", ""), rest.pop("script", "")
    parts = []
    if source := rest.pop("source", ""):
        parts.append(_flat(source))
    if run:
        by_run = f"run {run} ({script})" if script else f"run {run}"
        parts = [f"{parts[0]} by {by_run}" if parts else by_run]
    elif script:
        parts.append(_flat(script))
    parts += [f"{key.replace('_', ' ')} {_flat(value)}" for key, value in rest.items()]
    return plain(", ".join(parts)) or "no source given"


def _flat(value: object) -> str:
    if isinstance(value, str):
        return clip(" ".join(value.split()), LONGEST_FIELD)
    if isinstance(value, (list, tuple)):
        return " ".join(_flat(item) for item in value)
    return clip(json.dumps(value, default=str, ensure_ascii=False), LONGEST_FIELD)


class Footnote(NamedTuple):
    """How one cited figure was made; `mark` is its citation."""

    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.mark} {self.text}"


def footnotes(cited: Iterable[str], known: Mapping[str, FigureRegistered]) -> list[Footnote]:
    """One note for each cited figure, in the order of citation; an unknown id is *unsourced*."""
    notes = []
    for figure_id in dict.fromkeys(cited):
        figure = known.get(figure_id)
        text = "unsourced: nothing registered this figure"
        if figure is not None:
            label = _flat(plain(figure.label))
            text = f"{shown_value(figure)}  {label} — {made_by(figure.pedigree)}"
        notes.append(Footnote(plain(f"[{figure_id}]"), text))
    return notes
