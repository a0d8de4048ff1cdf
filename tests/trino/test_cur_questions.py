"""The usual questions about a bill have the answers that its lines have, in each kind of bill.

The SQL runs on the locked room over files as AWS exports them; the answers are computed from the
same lines in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from finops_repl.base.table import Cell
from finops_repl.trino.room import SqlRoom
from tests.trino.cur import commitments, published, spend, trends, waste
from tests.trino.cur.question import Question, Rows, sql_of
from tests.trino.cur.tables import bill_room

QUESTIONS = (
    *spend.QUESTIONS,
    *commitments.QUESTIONS,
    *waste.QUESTIONS,
    *trends.QUESTIONS,
    *published.QUESTIONS,
)
ASKED = [
    pytest.param(question, kind, id=f"{question.name} ({kind})")
    for question in QUESTIONS
    for kind in ("cur2", "cur", "focus")
    if kind != "focus" or question.focus
]
TOLERANCE = Decimal("1e-9")


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlRoom]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("rooms")))
        room = bill_room(tmp_path_factory.mktemp("exports"))
    yield room
    room.close()


def comparable(cell: Cell) -> object:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return Decimal(cell) if isinstance(cell, int) and not isinstance(cell, bool) else cell


def same(found: Cell, expected: object) -> bool:
    one, other = comparable(found), comparable(expected)  # type: ignore[arg-type]
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= TOLERANCE * max(Decimal(1), abs(other))
    return one == other


def differs(found: Rows, expected: Rows) -> str:
    if len(found) != len(expected):
        return f"{len(found)} rows, not {len(expected)}: {found}"
    for row, wanted in zip(found, expected, strict=True):
        if len(row) != len(wanted) or not all(map(same, row, wanted)):
            return f"{row} is not {wanted}"
    return ""


@pytest.mark.parametrize(("question", "kind"), ASKED)
def test_question_has_the_answer_of_the_lines(bill: SqlRoom, question: Question, kind: str) -> None:
    sql = sql_of(bill, kind, question.focus if kind == "focus" else question.sql)
    assert not differs(bill.query(sql).rows, question.answer())


def test_there_are_enough_questions() -> None:
    assert len(QUESTIONS) >= 80
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
