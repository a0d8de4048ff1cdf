"""What questions of spend ask for, as they are read before any bill is looked at."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.playbooks.question import Question
from finops_repl.playbooks.spend.question import SpendQuestion, read_spend

LAST = date(2026, 11, 19)


def read(question: str) -> SpendQuestion:
    return read_spend(Question(question))


def told(asked: SpendQuestion) -> str:
    """The reading in one line: periods, what it is told apart by, filters, and what is special."""
    periods = asked.comparison.periods(LAST) if asked.comparison else (asked.period(LAST),)
    parts = [" : ".join(each.name for each in periods)]
    parts += ["by " + ", ".join(asked.by)] if asked.by else []
    parts += [f"over {asked.over}"] if asked.over else []
    parts += [each.words for each in asked.filters]
    parts += [asked.charges.metric] if asked.charges.metric else []
    parts += [f"with {' '.join(asked.charges.inside)}"] if asked.charges.inside else []
    parts += [f"{' '.join(asked.charges.alone)} alone"] if asked.charges.alone else []
    if asked.share:
        parts.append(f"share of {asked.share.part.words if asked.share.part else 'each'}")
    return "; ".join(parts)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        # Services
        ("how much did RDS cost in September?", "2026-09; RDS"),
        ("What did we spend on Amazon Simple Storage Service last month", "2026-10; S3"),
        ("EC2 spend by account last month", "2026-10; by account; EC2"),
        ("cost of S3, RDS and EC2 in Q3", "2026-07 to 2026-09; by service; S3 and RDS and EC2"),
        ("what did we spend without S3 in October", "2026-10; by service; without S3"),
        ("compare S3 and RDS last month", "2026-10; by service; S3 and RDS"),
        ("S3 vs RDS by account in October", "2026-10; by account, service; S3 and RDS"),
        # Accounts, regions, tags
        ("how much did sim-shop-prod spend in May", "2026-05; by service; account sim-shop-prod"),
        ("bill of account 222222222222", "2026-10; by service; account 222222222222"),
        ("cost of accounts sim-a, sim-b and account 'Web Shop'",
         "2026-10; by account; account sim-a and sim-b and Web Shop"),
        ("S3 in us-east-1 by account, cost", "2026-10; by account; S3; region us-east-1"),
        ("spend in Frankfurt and N. Virginia", "2026-10; by region; region eu-central-1 and "
         "us-east-1"),
        ("What did team storefront spend?", "2026-10; by service; team storefront"),
        ("cost of the prod environment in Q3",
         "2026-07 to 2026-09; by service; environment prod"),
        ("cost tagged CostCenter=4711", "2026-10; by service; cost center 4711"),
        # What it is told apart by, and how many
        ("cost by team and environment", "2026-10; by tag:team, tag:environment"),
        ("cost by tag Owner", "2026-10; by tag:owner"),
        ("cost by the 'Data Class' tag", "2026-10; by tag:Data Class"),
        ("cost per usage type for RDS", "2026-10; by usage type; RDS"),
        ("costs by purchase option", "2026-10; by purchase option"),
        ("most expensive accounts year to date", "2026-01 to 2026-11; by account"),
        ("which team spends the most", "2026-10; by tag:team"),
        ("top 20 EC2 resources yesterday", "2026-11-19; by resource; EC2"),
        ("daily cost last 7 days", "2026-11-13 to 2026-11-19; over day"),
        ("cost by week in the last 3 months", "2026-08 to 2026-10; over week"),
        ("cost by region since 3 October by week",
         "2026-10-03 to 2026-11-19; by region; over week"),
        ("monthly cost by service", "2026-05 to 2026-10; by service; over month"),
        # Metric and charges
        ("amortized cost by service", "2026-10; by service; amortized"),
        ("net cost of EC2", "2026-10; EC2; net unblended"),
        ("EC2 at on-demand prices, what does it cost", "2026-10; EC2; list"),
        ("spend including tax and credits", "2026-10; by service; with credit tax"),
        ("spend without tax", "2026-10; by service"),
        ("how much tax did we pay in Q3?", "2026-07 to 2026-09; tax alone"),
        # Shares
        ("what share is EC2?", "2026-10; EC2; share of EC2"),
        ("how much of our September bill is S3", "2026-09; S3; share of S3"),
        ("what % of account sim-web's cost is EC2",
         "2026-10; account sim-web; EC2; share of EC2"),
        ("EC2's share of spend by month", "2026-05 to 2026-10; over month; EC2; share of EC2"),
        ("share of EC2 cost by account", "2026-10; by account; EC2; share of each"),
        # Two periods
        ("compare September with August by service", "2026-08 : 2026-09; by service"),
        ("September vs August", "2026-08 : 2026-09; by service"),
        ("what changed from August to September?", "2026-08 : 2026-09; by service"),
        ("how did RDS change between Q2 and Q3", "2026-04 to 2026-06 : 2026-07 to 2026-09; "
         "by usage type; RDS"),
        ("what changed last month by account", "2026-09 : 2026-10; by account"),
        ("last week against the week before",
         "2026-11-02 to 2026-11-08 : 2026-11-09 to 2026-11-15; by service"),
        ("this week vs last week",
         "2026-11-09 to 2026-11-12 : 2026-11-16 to 2026-11-19; by service"),
        ("this week against the week before",
         "2026-11-09 to 2026-11-12 : 2026-11-16 to 2026-11-19; by service"),
        ("cost this week", "2026-11-16 to 2026-11-19; by service"),
        ("cost from 10 to 30 November 2026", "2026-11-10 to 2026-11-19; by service"),
        ("this month vs last month",
         "2026-10-01 to 2026-10-19 : 2026-11-01 to 2026-11-19; by service"),
        ("October compared to the same month last year", "2025-10 : 2026-10; by service"),
        ("this year vs last year", "2025-01-01 to 2025-11-19 : 2026-01-01 to 2026-11-19; "
         "by service"),
        ("month over month change by team", "2026-09 : 2026-10; by tag:team"),
        ("biggest changes in the last 7 days",
         "2026-11-06 to 2026-11-12 : 2026-11-13 to 2026-11-19; by service"),
    ],
)  # fmt: skip
def test_a_question_asks_for(question: str, asks: str) -> None:
    assert told(read(question)) == asks


def test_a_rank_bounds_the_rows() -> None:
    assert read("top 20 resources, cost").shown == 20
    assert read("five most expensive services").shown == 5
    assert read("cost by service").shown == 10
