"""Which playbook a question calls for, and which months it means."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.periods import Months, last_months, take_months
from finops_repl.playbooks.question import Question


@pytest.mark.parametrize(
    ("question", "playbook"),
    [
        ("Why did our EC2 costs jump?", "cost_jump"),
        ("why did ec2 go up", "cost_jump"),
        ("What caused the spike?", "cost_jump"),
        ("our bill went up, why?", "cost_jump"),
        ("Why is EC2 so expensive?", "cost_jump"),
        ("any cost anomalies?", "cost_jump"),
        ("What did we spend on what?", "spend"),
        ("top 10 most costly services: how much?", "spend"),
        ("cost by account in September", "spend"),
        ("What will we spend next month?", "forecast"),
        ("are we over budget?", "budgets"),
        ("How well are our reserved instances used?", "commitments"),
        ("What should we buy?", "commitments_to_buy"),
        ("Export our costs to CSV", "export"),
        ("export costs of last month", "export"),
        ("run monthly-cost-report", "run_saved"),
        ("rerun the workflow cost anomaly detector", "run_saved"),
        ("which workflows are there?", "list_saved"),
        ("save that as ec2-jump", "save_last"),
        ("Please save this as a workflow named 'EC2 jump', overwrite it.", "save_last"),
        ("Why did our EC2 costs jump? Save that as ec2-jump.", "then_save"),
        ("export costs and save it as monthly export", "then_save"),
        ("what is idle?", "waste"),
        ("find idle load balancers/volumes/addresses", "waste"),
        ("how can we cut costs?", "waste"),
        ("how much is untagged?", "tag_coverage"),
        ("what is the tag coverage of team?", "tag_coverage"),
        ("which reservations are unused?", "commitments"),
        ("which accounts are worst at tagging team?", "tag_coverage"),
        ("what do we pay for data transfer / NAT?", "data_transfer"),
        ("why did our NAT costs go up?", "data_transfer"),
        ("gp2 to gp3", "gp2_to_gp3"),
        ("snapshots older than a year", "old_snapshots"),
        ("what did we save?", None),
        ("who are you?", None),
        ("write a poem", None),
    ],
)
def test_words_choose_the_playbook(question: str, playbook: str | None) -> None:
    assert getattr(choose(question, ()), "__name__", None) == playbook


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
    ],
)
def test_words_choose_the_months(question: str, start: str, end: str, is_open: bool) -> None:
    months = months_of(question, date(2026, 11, 19))
    assert (str(months.start), str(months.end), months.is_open) == (start, end, is_open)


def test_a_month_whose_last_day_is_there_is_complete() -> None:
    assert not months_of("this month", date(2026, 11, 30)).is_open
    assert str(months_of("last month", date(2026, 2, 28)).start) == "2026-02-01"


def months_of(question: str, last_day: date) -> Months:
    return (take_months(Question(question)) or last_months(1))(last_day)
