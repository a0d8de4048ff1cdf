"""Expressions give what Trino's documentation says they give, down to the text that Athena shows.

Each line of `promises/*.txt` is one: an expression, and its value as Athena writes it (NULL for
none). The values come from Trino's documented semantics, not from running our own translation.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_repl.simulator.handlers.athena.results import text_writer
from finops_repl.trino.room import SqlRoom
from finops_repl.trino.types import parse_type

PROMISES = Path(__file__).parent / "promises"


def promises() -> list[tuple[str, str]]:
    lines = [
        line
        for path in sorted(PROMISES.glob("*.txt"))
        for line in path.read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return [(line.rpartition(" => ")[0], line.rpartition(" => ")[2]) for line in lines]


def shown(room: SqlRoom, expression: str) -> str:
    """The value of an expression as Athena would write it into a CSV."""
    with room.run(f"SELECT {expression}", timeout_s=30) as running:
        [[(value,)]] = list(running.batches)
    text = text_writer(parse_type(running.columns[0].type))(value)
    return "NULL" if text is None else text


@pytest.mark.parametrize(("expression", "expected"), promises())
def test_expression_means_what_trino_says(room: SqlRoom, expression: str, expected: str) -> None:
    assert shown(room, expression) == expected
