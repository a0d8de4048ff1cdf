"""A question is answered when every word of it is understood, and refused by name otherwise."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.question import FILLER, NotUnderstood

UNDERSTOOD = (
    "What did we spend by service last month?",
    "What did we spend on what?",
    "how much did we pay in total between August and October 2026?",
    "cost by account in September",
    "What did we spend by service and account in 2026-10?",
    "top 5 most expensive services since June",
    "which account costs the most",
    "What did we spend in account sim-web by region this month?",
    "our bill for account '222222222222' in us-east-1 over the last 3 months, by month",
    "Why did our EC2 costs jump?",
    "our bill went up, why?",
    "What caused the spike in the last 90 days?",
    "any cost anomalies?",
    "What will we spend this month?",
    "forecast for December 2026",
    "are we over budget?",
    "Which budgets will be exceeded?",
    "How well are our Savings Plans used?",
    "What was our coverage in October?",
    "which reservations expire in the next 60 days?",
    "what should we buy?",
    "Export our costs to CSV",
    "export daily costs of last month",
    "which workflows are there?",
    "which resources are unattached or unused?",
    "where can we save money?",
    "How much of our spend is untagged?",
    "What do we pay for data transfer and NAT in October?",
    "What would we save with gp3 in place of gp2?",
    "What do old snapshots cost?",
)


@pytest.mark.parametrize("question", UNDERSTOOD)
def test_these_are_understood(question: str) -> None:
    assert choose(question, ()) is not None


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did we spend by service last month in sim-shop-prod?", ["sim-shop-prod"]),
        ("What did we spend by service last month in 222222222222?", ["222222222222"]),
        ("What did we spend last month excluding tax?", ["excluding", "tax"]),
        ("What did we spend on tax last month?", ["tax"]),
        ("What did we not spend last month?", ["not"]),
        ("What did team storefront spend last month?", ["team", "storefront"]),
        ("What did we spend in Q3?", ["Q3"]),
        ("What did we spend in Februray?", ["Februray"]),
        ("What did we spend in 2024?", ["2024"]),
        ("What did we spend last month or in May?", ["or"]),
        ("What did we spend on 2026-10-03?", ["2026-10-03"]),
        ("What did we spend in the last 99 months?", ["last", "99"]),
        ("What did we spend in the last couple months?", ["couple"]),
        ("What did we spend by service in March and April?", ["April"]),
        ("What did we spend by usage type last month?", ["usage", "type"]),
        ("What did we spend by service, account and region?", ["region"]),
        ("What did we spend on S3 last month?", ["S3"]),
        ("What was our amortized cost last month?", ["amortized"]),
        ("Why did RDS costs go up in March?", ["March"]),
        ("Why did sim-shop-prod costs jump?", ["sim-shop-prod"]),
        ("Why did EC2-prod costs jump?", ["EC2-prod"]),
        ("Why did EC2 and S3 costs jump?", ["S3"]),
        ("Why did Glue costs go up?", ["Glue"]),
        ("What caused the spike last week?", ["last", "week"]),
        ("Why did our costs not go up?", ["not"]),
        ("Why did our costs go down?", ["down"]),
        ("Export costs of account sim-web to CSV", ["account", "sim-web"]),
        ("What will S3 cost next month?", ["S3"]),
        ("is team-ml over budget?", ["team-ml"]),
        ("What is our RDS coverage?", ["RDS"]),
        ("which workflows use RDS?", ["use", "RDS"]),
    ],
)
def test_a_word_left_over_is_named_and_nothing_is_answered(question: str, named: list[str]) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    for word in named:
        assert f'"{word}"' in refused.value.message
    assert "nearest that I can answer is: " in refused.value.hint


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What did we spend in Februray?", "February"),
        ("What did we spend by acount last month?", "account"),
        ("Why did DynamDB costs go up?", "DynamoDB"),
        ("Exprt our costs", "export"),
    ],
)
def test_a_misspelt_word_comes_with_what_it_may_mean(question: str, meant: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert f"did you mean {meant}?" in refused.value.hint


@pytest.mark.parametrize(
    "question",
    [
        "What did we spend by month and service?",
        "top 5 months by service cost",
        "top 99 services by cost",
        "What did we spend from August 2025 to October?",
        "What did we spend from October 2026 to August 2026?",
    ],
)
def test_wishes_that_conflict_are_refused_with_what_to_ask(question: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert refused.value.hint


WORDS = st.from_regex(r"[a-zé]{1,9}(-[a-z0-9]{1,5})?|[0-9]{1,6}|[A-Z][0-9]", fullmatch=True)
PHRASES = re.compile(
    r"^(top|cost|costs|costed|bills?|billed|pay|paid|spen[dt]|spending|expens\w*|total|overall"
    r"|altogether|biggest|largest|costliest|highest|breakdown|monthly|trend|daily|mtd|ytd|why"
    r"|causes?|reasons?|explain|behind|suddenly|recently|lately|charges|export|csv|download|file"
    r"|which|saved|workflows|save|run|rerun|jump\w*|spike\w*|surge\w*|soar\w*|explode\w*|double\w*"
    r"|triple\w*|rose|rise\w*|rising|increas\w*|grew|grow\w*|climb\w*|anomal\w*|unusual|incidents?"
    r"|jan\w*|feb\w*|mar|march|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*"
    r"|ec2|s3|rds|lambda|sqs|elb|kms|vpc|up|by|per|month|year|whole|full|account|service|region"
    r"|forecast\w*|predict\w*|project\w*|outlook|will|shall|expected|expect|amount|come|land|next"
    r"|budget\w*|over|under|within|below|above|exceed\w*|broken|blow\w*|missed|kept|keep|stay"
    r"|status|doing|stand|left|remaining|used|limits?|against|compared|how|likely|soon|already"
    r"|ending|overrun|sps?|ris?|reserv\w*|commit\w*|coverage|cover\w*|uncovered|still|esr|buy\w*"
    r"|purchase\w*|recommend\w*|advise|expir\w*|ends?|renew\w*|laps\w*|wast\w*|unused|idle|lose"
    r"|losing|use|using|utili\w*|sav(?:e|ed|ing|ings)|worth|work\w*|perform\w*|well|fully|should"
    r"|good|rate|dollars?|days?|weeks?"
    r"|this|last|past|linked|member|usage|first|-|over|during|total|[1-9]|[12][0-9]|3[0-6])$",
    re.IGNORECASE,
)
"""What the analyst does know, so that putting it in may make another good question."""


@given(question=st.sampled_from(UNDERSTOOD), place=st.integers(0, 30), word=WORDS)
@example(UNDERSTOOD[7], 6, "florp")
@example(UNDERSTOOD[7], 3, "not")
@example(UNDERSTOOD[9], 2, "sim-web")
def test_an_unknown_word_anywhere_makes_any_question_refused(
    question: str, place: int, word: str
) -> None:
    assume(word.lower() not in FILLER and not PHRASES.match(word))
    parts = question.split(" ")
    place %= len(parts) + 1
    asked = " ".join([*parts[:place], word, *parts[place:]])
    try:
        understood = choose(asked, ())
    except NotUnderstood:
        return
    assert understood is None, asked
