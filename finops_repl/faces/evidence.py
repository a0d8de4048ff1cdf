"""The evidence behind a cited figure: the call, SQL or code that made it, whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from finops_repl.base.errors import UnknownName
from finops_repl.base.events import CodeFinished, CodeStarted, Fact, FigureRegistered
from finops_repl.faces import story
from finops_repl.faces.escapes import plain
from finops_repl.faces.figures import RUN, flat, shown_value

__all__ = ["Evidence", "Exhibit"]

APART = ("sql", "run", "script", "call", "of")
"""Fields of a pedigree that are shown by themselves, or say nothing to a reader."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One piece: lines under a heading, or code in its language."""

    heading: str
    text: str
    language: str = ""


class Evidence:
    """What a session told of its figures and runs."""

    def __init__(self) -> None:
        self._figures: dict[str, FigureRegistered] = {}
        self._started: dict[str, CodeStarted] = {}
        self._finished: dict[str, CodeFinished] = {}

    @property
    def figures(self) -> Mapping[str, FigureRegistered]:
        """Every figure by its id."""
        return self._figures

    def note(self, fact: Fact) -> None:
        """Keep what a fact says of a figure or a run."""
        match fact:
            case FigureRegistered():
                self._figures[fact.figure_id] = fact
            case CodeStarted():
                self._started[fact.run] = fact
            case CodeFinished():
                self._finished[fact.run] = fact
            case _:
                pass

    def of(self, name: str) -> list[Exhibit]:
        """The exhibits of a figure (`f12`) or of a run (`run 3fa9c1d2`).

        Raises `UnknownName` where nothing is known of it.
        """
        name = name.strip().strip("[]").lower()
        if figure := self._figures.get(name):
            return list(self._of_figure(figure))
        begins = name.removeprefix(RUN)
        runs = [run for run in self._started if begins and run.startswith(begins)]
        if len(runs) == 1:
            return list(self._of_run(runs[0]))
        known = [*self._figures, *(f"{RUN}{run}" for run in self._started)]
        raise UnknownName("figure or run", plain(name), known)

    def _of_figure(self, figure: FigureRegistered) -> Iterator[Exhibit]:
        pedigree = figure.pedigree
        title = f"{shown_value(figure.value, figure.unit)}  {flat(figure.label)}"
        fields = [
            f"{name.replace('_', ' ')}: {flat(value)}"
            for name, value in pedigree.items()
            if name not in APART and value not in (None, "", [], (), {})
        ]
        exact = f"exact value: {figure.value}"
        yield Exhibit(f"[{figure.figure_id}] {title}", "\n".join([*fields, exact]))
        if made_of := pedigree.get("of"):
            yield Exhibit("computed of", "\n".join(flat(each) for each in made_of))
        if sql := pedigree.get("sql"):
            yield Exhibit("SQL", str(sql), "sql")
        if run := pedigree.get("run"):
            yield from self._of_run(str(run))

    def _of_run(self, run: str) -> Iterator[Exhibit]:
        started, finished = self._started.get(run), self._finished.get(run)
        lines = [story.finished_line(finished), finished.script] if finished else []
        yield Exhibit(f"run {run}", "\n".join(line for line in lines if line))
        if started:
            yield Exhibit("script", started.code, started.language)
