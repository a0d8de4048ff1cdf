"""Which whole months the words of a question mean."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.playbooks.period import Period
from finops_repl.playbooks.periods import last_months, take_months
from finops_repl.playbooks.question import NotUnderstood, Question


@pytest.mark.parametrize(
    ("question", "start", "end", "is_open"),
    [
        ("what did we spend", "2026-10-01", "2026-11-01", False),
        ("between August and October", "2026-08-01", "2026-11-01", False),
        ("from 2026-08 to 2026-09", "2026-08-01", "2026-10-01", False),
        ("November to January", "2025-11-01", "2026-02-01", False),
        ("August to October 2025", "2025-08-01", "2025-11-01", False),
        ("October through November", "2026-10-01", "2026-12-01", True),
        ("since September", "2026-09-01", "2026-12-01", True),
        ("this year", "2026-01-01", "2026-12-01", True),
        ("in Sept", "2026-09-01", "2026-10-01", False),
        ("last month", "2026-10-01", "2026-11-01", False),
        ("this month", "2026-11-01", "2026-12-01", True),
        ("in 2026-03", "2026-03-01", "2026-04-01", False),
        ("in September", "2026-09-01", "2026-10-01", False),
        ("in December", "2025-12-01", "2026-01-01", False),
        ("November 2025", "2025-11-01", "2025-12-01", False),
        ("what may we save", "2026-10-01", "2026-11-01", False),
        ("cost in May", "2026-05-01", "2026-06-01", False),
        ("last 3 months", "2026-08-01", "2026-11-01", False),
        ("the past two months", "2026-09-01", "2026-11-01", False),
        ("last year", "2025-01-01", "2026-01-01", False),
        ("past year", "2025-11-01", "2026-11-01", False),
        ("in September and October", "2026-09-01", "2026-11-01", False),
        ("in Q3", "2026-07-01", "2026-10-01", False),
        ("Q4", "2026-10-01", "2026-12-01", True),
        ("in the first quarter of 2026", "2026-01-01", "2026-04-01", False),
        ("2026 Q2", "2026-04-01", "2026-07-01", False),
        ("H1", "2026-01-01", "2026-07-01", False),
        ("last quarter", "2026-07-01", "2026-10-01", False),
        ("the last 2 quarters", "2026-04-01", "2026-10-01", False),
        ("this quarter so far", "2026-10-01", "2026-12-01", True),
        ("year to date", "2026-01-01", "2026-12-01", True),
        ("month-to-date", "2026-11-01", "2026-12-01", True),
        ("this month so far", "2026-11-01", "2026-12-01", True),
        ("in 2025", "2025-01-01", "2026-01-01", False),
        ("in 2026", "2026-01-01", "2026-12-01", True),
    ],
)
def test_words_choose_the_months(question: str, start: str, end: str, is_open: bool) -> None:
    months = months_of(question, date(2026, 11, 19))
    assert (str(months.start), str(months.end), months.is_open) == (start, end, is_open)


def test_a_month_whose_last_day_is_there_is_complete() -> None:
    assert not months_of("this month", date(2026, 11, 30)).is_open
    assert str(months_of("last month", date(2026, 2, 28)).start) == "2026-02-01"


def months_of(question: str, last_day: date) -> Period:
    return (take_months(Question(question)) or last_months(1))(last_day)


def test_months_that_do_not_follow_each_other_are_no_period() -> None:
    with pytest.raises(NotUnderstood) as refused:
        take_months(Question("cost in March and May"))
    assert "no months in a row" in refused.value.message
