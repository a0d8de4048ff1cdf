"""The contest as one table, what failed in the tools' own words, and the goal."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.goals import Goal, print_goals
from tests.peers.contest import BURST, OURS, QUESTIONS, Row

__all__ = ["print_contest", "print_goal"]


def print_contest(rows: Sequence[Row]) -> None:
    """Median and, in brackets, p90 in milliseconds; n stands in the head of each column."""
    counted = {
        question: max(
            (row.figures[question].n for row in rows if question in row.figures), default=0
        )
        for question in QUESTIONS
    }
    heads = [f"{question} (n={counted[question]})" for question in QUESTIONS]
    print("\nmilliseconds until the output is in hand: median (p90)")
    print(f"  {'tool':<13}{'way':<25}{'runs apart':<12}" + "".join(f"{head:>29}" for head in heads))
    notes: list[str] = []
    for row in rows:
        apart = {True: "yes", False: "no", None: "-"}[row.isolated]
        cells = "".join(f"{_cell(row, question, notes):>29}" for question in QUESTIONS)
        print(f"  {row.entry.tool:<13}{row.entry.way:<25}{apart:<12}{cells}", flush=True)
    print("  runs apart: observed; no later run found the file that a run had left in /tmp")
    for number, note in enumerate(notes, 1):
        print(f"  [{number}] {note}")


def print_goal(rows: Sequence[Row]) -> None:
    """Ours, by each of its ways, against the fastest peer that keeps runs apart."""
    bursts = {
        (row.entry.tool, row.entry.way): row.figures[BURST].median
        for row in rows
        if row.isolated and BURST in row.figures
    }
    peers = {name: took for name, took in bursts.items() if name[0] != OURS}
    if not peers:
        print("\nno peer that keeps runs apart could be measured")
        return
    best = min(peers, key=lambda name: peers[name])
    print_goals(
        Goal(f"{BURST}, ours with {way} against {' '.join(best)}", took, "at most", peers[best])
        for (tool, way), took in bursts.items()
        if tool == OURS
    )


def _cell(row: Row, question: str, notes: list[str]) -> str:
    if question in row.failed:
        note = f"{row.entry.tool}, {row.entry.way}: {row.failed[question][:500]}"
        if note not in notes:
            notes.append(note)
        return f"failed [{notes.index(note) + 1}]"
    if question not in row.figures:
        return "-"
    figure = row.figures[question]
    return f"{figure.median:,.0f} ({figure.p90:,.0f})"
