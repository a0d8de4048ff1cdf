"""Which days the words of a question mean; they are counted back from the bill's last day."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.playbooks.days import take_period
from finops_repl.playbooks.period import Period
from finops_repl.playbooks.question import NotUnderstood, Question

THURSDAY = date(2026, 11, 19)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("yesterday", "2026-11-19 (estimated)"),
        ("in the last 7 days", "2026-11-13 to 2026-11-19 (estimated)"),
        ("over the past 30 days", "2026-10-21 to 2026-11-19 (estimated)"),
        ("last ten days", "2026-11-10 to 2026-11-19 (estimated)"),
        ("this week", "2026-11-16 to 2026-11-19 (estimated)"),
        ("last week", "2026-11-09 to 2026-11-15 (estimated)"),
        ("past week", "2026-11-13 to 2026-11-19 (estimated)"),
        ("last 2 weeks", "2026-11-02 to 2026-11-15 (estimated)"),
        ("week of 2026-09-09", "2026-09-07 to 2026-09-13"),
        ("in the week of September 13th", "2026-09-07 to 2026-09-13"),
        ("from 1 to 15 September", "2026-09-01 to 2026-09-15"),
        ("1-15 September 2025", "2025-09-01 to 2025-09-15"),
        ("September 1 to 15", "2026-09-01 to 2026-09-15"),
        ("between September 1st and 15th", "2026-09-01 to 2026-09-15"),
        ("between 2026-08-20 and 2026-09-10", "2026-08-20 to 2026-09-10"),
        ("from August 20 to September 10", "2026-08-20 to 2026-09-10"),
        ("from 20 November to 5 December", "2025-11-20 to 2025-12-05"),
        ("from 1 to 30 September", "2026-09"),
        ("on 3 October", "2026-10-03"),
        ("on October 3, 2026", "2026-10-03"),
        ("on the 3rd of October", "2026-10-03"),
        ("on 2026-10-03", "2026-10-03"),
        ("on 20 November", "2025-11-20"),
        ("since 5 August", "2026-08-05 to 2026-11-19 (estimated)"),
        ("since August", "2026-08 to 2026-11 (month to date, estimated)"),
        ("in September", "2026-09"),
    ],
)
def test_words_choose_the_days(question: str, words: str) -> None:
    assert days_of(question).words == words


@pytest.mark.parametrize(
    "question",
    ["on 31 September", "on 2026-02-30", "from 15 to 1 September", "on 29 February",
     "from 3 August 2025 to 4 October", "from 2026-09-10 to 2026-08-20"],
)  # fmt: skip
def test_days_that_there_are_not_are_refused(question: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        take_period(Question(question))
    assert refused.value.hint


@pytest.mark.parametrize("question", ["on 1 and 15 September", "since yesterday", "on Monday"])
def test_what_is_no_one_period_leaves_words_over(question: str) -> None:
    asked = Question(question)
    take_period(asked)
    assert asked.left_over()


def test_a_period_knows_the_one_before_it() -> None:
    assert days_of("in Q3").before().words == "2026-04 to 2026-06"
    assert days_of("last 7 days").before().words == "2026-11-06 to 2026-11-12"
    assert days_of("in September").year_before().words == "2025-09"


def days_of(question: str) -> Period:
    meant = take_period(Question(question))
    assert meant is not None
    return meant(THURSDAY)
