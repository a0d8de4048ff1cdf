"""A question is answered when every word of it is understood, and refused by name otherwise."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.question import FILLER, NotUnderstood, Question
from finops_repl.playbooks.spend.question import read_spend
from finops_repl.playbooks.vocabulary import SPELLINGS

SPEND = (
    "how much did RDS cost in September?",
    "EC2 spend by account last month",
    "cost of S3, RDS and Lambda in Frankfurt since August by month",
    "What did team storefront spend on S3 in Q3?",
    "What did we spend from 1 to 15 September by tag Owner?",
    "top 20 resources of RDS last month",
    "what share of our bill is EC2 last month?",
    "compare September with August by service",
    "what changed from August to September by account and region?",
    "net amortized cost without tax by purchase option in the last 30 days",
    "EC2 costs excluding Ireland and Oregon, yesterday",
    "how much tax did we pay last quarter",
)
UNDERSTOOD = (
    *SPEND,
    "What did we spend by service last month?",
    "What did we spend on what?",
    "how much did we pay in total between August and October 2026?",
    "cost by account in September",
    "What did we spend by service and account in 2026-10?",
    "top 5 most expensive services since June",
    "which account costs the most",
    "what are our biggest cost drivers last month?",
    "what is driving our costs?",
    "everything except EC2 last month",
    "what does our bill amount to in October?",
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
    "What credits did we get last month?",
    "which unattached volumes can we delete?",
    "which snapshots should we delete?",
    "should we move gp2 volumes to gp3?",
    "what would gp3 save?",
    "gp3 savings",
    "how much cost is on untagged resources?",
    "What did we spend in Ireland excluding EC2?",
    "What did we spend excluding EC2 by account in Ireland?",
)


@pytest.mark.parametrize("question", UNDERSTOOD)
def test_these_are_understood(question: str) -> None:
    assert choose(question, ()) is not None


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did we spend by service last month, sim-shop-prod?", ["sim-shop-prod"]),
        ("What did we not spend last month?", ["not"]),
        ("What did we spend in Februray?", ["Februray"]),
        ("What did we spend last month or in May?", ["or"]),
        ("What did we spend in the last 99 months?", ["last", "99"]),
        ("What did we spend in the last couple months?", ["couple"]),
        ("What was our blended cost last month?", ["blended"]),
        ("What did we spend on S3 storage last month?", ["storage"]),
        ("What was our average daily cost last month?", ["average"]),
        ("What will we spend on EC2 in December?", ["EC2"]),
        ("What did we spend on S3 outside Ireland?", ["outside"]),
        ("What did we spend before September?", ["before"]),
        ("EC2 spend by instance type last month", ["instance"]),
        ("EC2 usage last month", ["usage"]),
        ("S3 and tax last month", ["tax"]),
        ("on-demand cost of EC2 last month", ["on-demand"]),
        ("which services cost more than $100 last month", ["$100"]),
        ("how many accounts are in Frankfurt this month", ["accounts"]),
        ("What did EC2 cost in September and RDS in August?", ["August"]),
        ("Why did RDS costs go up in March?", ["March"]),
        ("Why did cost change from August to September?", ["Why"]),
        ("Why did sim-shop-prod costs jump?", ["sim-shop-prod"]),
        ("Why did EC2-prod costs jump?", ["EC2-prod"]),
        ("Why did EC2 and S3 costs jump?", ["S3"]),
        ("Why did Kinesis costs go up?", ["Kinesis"]),
        ("What caused the spike last week?", ["last", "week"]),
        ("Why did our costs not go up?", ["not"]),
        ("Why did our costs go down?", ["down"]),
        ("Export costs of account sim-web to CSV", ["account", "sim-web"]),
        ("What will S3 cost next month?", ["S3"]),
        ("is team-ml over budget?", ["team-ml"]),
        ("What is our RDS coverage?", ["RDS"]),
        ("which workflows use RDS?", ["use", "RDS"]),
        ("delete unattached volumes", ["delete"]),
        ("stop idle instances", ["stop"]),
        ("delete old snapshots", ["delete"]),
        ("what do gp3 volumes cost?", ["gp3"]),
        ("gp3 to gp2", ["gp3"]),
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
        ("What did we spned last month?", "spend"),
        ("What did we spend by dya last month?", "day"),
        ("cost by regoin in October", "region"),
        ("amortised cots by account", "cost"),
        ("S3 cost in Frankfrt last month", "Frankfurt"),
        ("RDSS cost last month", "RDS"),
        ("comapre September with August", "compare"),
        ("Why did DynamDB costs go up?", "DynamoDB"),
        ("Exprt our costs", "export"),
        ("spned by acount last mnth", "spend and account and month"),
    ],
)
def test_a_misspelt_word_comes_with_what_it_may_mean(question: str, meant: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert f"did you mean {meant}?" in refused.value.hint


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("and by region?", "What did we spend by region last month?"),
        ("What about September?", "What did we spend by service in September?"),
        ("and in September?", "What did we spend by service in September?"),
        ("EC2", "What did we spend on EC2 last month?"),
        ("same for account sim-web", "What did we spend in account sim-web last month?"),
        (
            "only eu-west-1, by service",
            "What did we spend in region eu-west-1 by service last month?",
        ),
    ],
)
def test_a_piece_of_a_question_is_told_the_whole_one_that_it_may_mean(
    question: str, whole: str
) -> None:
    with pytest.raises(NotUnderstood, match="each question by itself") as refused:
        choose(question, ())
    assert refused.value.hint == f"the nearest that I can answer is: {whole}"
    assert choose(whole, ()) is not None


@pytest.mark.parametrize(
    ("question", "instead"),
    [
        (
            "why is the bill higher than last month?",
            "Compare this month with last month by service",
        ),
        ("why is spend higher than in the last quarter?", "Compare this quarter with last quarter"),
        ("is the bill higher than in August?", "Compare September with August by service"),
    ],
)
def test_what_is_set_against_one_period_is_told_how_both_are_named(
    question: str, instead: str
) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert f'"{instead}' in refused.value.hint


@pytest.mark.parametrize(
    "question",
    ["who is spending the most?", "cost per hour yesterday", "min and max daily cost in October"],
)
def test_a_word_that_is_no_slip_is_not_guessed_at(question: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert "did you mean" not in refused.value.hint


@pytest.mark.parametrize(
    "question",
    [
        "top 5 months by service cost",
        "top 99 services by cost",
        "cost by day and by week",
        "What did we spend from August 2025 to October?",
        "What did we spend from October 2026 to August 2026?",
        "What did we spend in March and May?",
        "What did we spend on 31 September?",
        "What did we spend on S3 and in account sim-web?",
        "What did EC2 cost more than RDS last month?",
        "What did we spend excluding tax and S3?",
        "What did we spend without S3, account sim-web?",
        "What did we spend including tax and S3?",
        "cost with tax and without tax",
        "EC2 cost compared to last month",
        "cost of S3 and EC2 by account compared with August",
        "S3 and RDS versus last month",
        "cost by service, region and account",
        "what share of spend is EC2 in account sim-web",
        "EC2's share of spend by account and month",
        "compare September with August by week",
        "How much credit do we have?",
        "What did we spend excluding EC2 in Ireland?",
        "cost without team web in account sim-web by service",
        "which reservations expire in December?",
        "which resources are untagged?",
        "list the untagged resources",
    ],
)
def test_wishes_that_conflict_are_refused_with_what_to_ask(question: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert refused.value.hint


LETTERS = "abcdefghijklmnopqrstuvwxyzé"
WORDS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=9),
    st.integers(0, 999_999).map(str),
    st.builds("{}{}".format, st.sampled_from("ABEFQRST"), st.integers(0, 9)),
)
COMPOUNDS = st.builds(
    "x{}-{}".format, st.text(LETTERS, max_size=5), st.text("abcxyz01", min_size=1, max_size=5)
)
PHRASES = re.compile(
    r"^(costed|expens\w*|overall|altogether|behind|suddenly|recently|lately|csv|download|file|alone"
    r"|which|saved|workflows|save|run|rerun|jump\w*|spike\w*|surge\w*|soar\w*|explode\w*|double\w*"
    r"|triple\w*|rose|rise\w*|rising|increas\w*|grew|grow\w*|climb\w*|anomal\w*|unusual|incidents?"
    r"|why|causes?|reasons?|explain|up|-|linked|member|usage|first|envs?|apps?|stages?|components?"
    r"|backups?|less|more|only|products?|[1-9]|[12][0-9]|3[0-6]|20\d\d|h[12]|q[1-4]|with|plus|minus"
    r"|tenants?|departments?|vs|till|goes|go|went|into|comes?|came|or|against|trailing|latest"
    r"|forecast\w*|predict\w*|project\w*|outlook|will|shall|expected|expect|amount|come|land|next"
    r"|budget\w*|over|under|within|below|above|exceed\w*|broken|blow\w*|missed|kept|keep|stay"
    r"|status|doing|stand|left|remaining|used|limits?|against|compared|how|likely|soon|already"
    r"|ending|overrun|sps?|ris?|reserv\w*|commit\w*|coverage|cover\w*|uncovered|still|esr|buy\w*"
    r"|purchase\w*|recommend\w*|advise|expir\w*|ends?|renew\w*|laps\w*|wast\w*|unused|idle|lose"
    r"|losing|use|using|utili\w*|sav(?:e|ed|ing|ings)|worth|work\w*|perform\w*|well|fully|should"
    r"|good|rate|dollars?|days?|weeks?|driv\w*|everything|amounts?|same|also|but|or|just|then"
    r"|instead)$",
    re.IGNORECASE,
)
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine says nothing about a question."""
KNOWN = FILLER | {word for name in SPELLINGS for word in name.lower().split()}
"""What the analyst does know, so that putting it in may make another good question."""


@UNHURRIED
@given(question=st.sampled_from(UNDERSTOOD), place=st.integers(0, 30), word=WORDS)
@example("What did we spend in account sim-web by region this month?", 6, "florp")
@example("What did we spend in account sim-web by region this month?", 3, "not")
@example(SPEND[8], 5, "florp")
@example(SPEND[3], 4, "florp")
@example(SPEND[10], 5, "florp")
def test_an_unknown_word_anywhere_makes_any_question_refused(
    question: str, place: int, word: str
) -> None:
    assume(word.lower() not in KNOWN and not PHRASES.match(word))
    asked = _with(question, place, word)
    try:
        understood = choose(asked, ())
    except NotUnderstood:
        return
    assert understood is None, asked


@UNHURRIED
@given(question=st.sampled_from(SPEND), place=st.integers(0, 30), word=COMPOUNDS)
@example(SPEND[0], 3, "sim-web")
@example(SPEND[0], 5, "sim-web")
def test_a_name_with_dashes_is_refused_or_looked_for_among_the_accounts(
    question: str, place: int, word: str
) -> None:
    asked = _with(question, place, word)
    try:
        understood = read_spend(Question(asked))
    except NotUnderstood:
        return
    looked_for = {
        value for each in understood.filters if _is_open(each.of) for value in each.values
    }
    assert word in looked_for, asked


@UNHURRIED
@given(question=st.sampled_from(SPEND), place=st.integers(0, 30))
def test_the_nearest_question_is_one_that_is_understood(question: str, place: int) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(_with(question, place, "florp"), ())
    nearest = refused.value.hint.partition("nearest that I can answer is: ")[2]
    if nearest:
        assert choose(nearest, ()) is not None, nearest


def _with(question: str, place: int, word: str) -> str:
    parts = question.split(" ")
    place %= len(parts) + 1
    return " ".join([*parts[:place], word, *parts[place:]])


def _is_open(dimension: str) -> bool:
    """Whether values of it are looked for in the bill before anything is answered."""
    return dimension == "account" or dimension.startswith("tag:")
