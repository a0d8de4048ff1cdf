"""What questions of waste, tags and snapshots ask for, and what in them is not understood."""

from __future__ import annotations

import pytest

from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.old_snapshots import read_snapshots
from finops_repl.playbooks.question import NotUnderstood, Question
from finops_repl.playbooks.tag_coverage import read_tags
from finops_repl.playbooks.waste import WasteQuestion, read_waste


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What is idle?", WasteQuestion()),
        ("what are we wasting money on?", WasteQuestion()),
        ("Where can we save?", WasteQuestion((), resize=True)),
        ("what can we rightsize?", WasteQuestion((), resize=True)),
        ("show unattached EBS volumes", WasteQuestion(("volume",))),
        ("unused elastic IPs", WasteQuestion(("address",))),
        ("which NAT gateways are idle?", WasteQuestion(("NAT gateway",))),
        ("idle RDS databases and EC2 instances", WasteQuestion(("database", "instance"))),
        (
            "find idle load balancers, volumes and addresses",
            WasteQuestion(("load balancer", "volume", "address")),
        ),
    ],
)
def test_waste_is_of_the_kinds_that_are_named(question: str, asked: WasteQuestion) -> None:
    assert read_waste(Question(question)) == asked


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("how much is untagged?", ""),
        ("how much untagged spend do we have?", ""),
        ("what is our tag coverage by key?", ""),
        ("how well are we tagging?", ""),
        ("which accounts are worst at tagging team?", "team"),
        ("what is the tag coverage for team in October?", "team"),
        ("tag coverage of cost-center", "cost-center"),
        ("how much is untagged by environment last month?", "environment"),
        ("how much has no team tag?", "team"),
        ("which accounts have no owner tag?", "owner"),
        ("which team tags are misspelled?", "team"),
        ("coverage of the 'application' tag", "application"),
    ],
)
def test_the_tag_key_is_the_one_that_is_named(question: str, key: str) -> None:
    assert read_tags(Question(question)).key == key


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("old snapshots", 365),
        ("what do snapshots cost us?", 365),
        ("snapshots older than 90 days", 90),
        ("EBS snapshots older than 6 months", 180),
        ("which snapshots are more than two hundred?", 0),
        ("snapshots older than half a year", 182),
        ("snapshots older than a year", 365),
    ],
)
def test_old_is_what_the_question_says(question: str, days: int) -> None:
    if not days:
        with pytest.raises(NotUnderstood):
            read_snapshots(Question(question))
        return
    assert read_snapshots(Question(question)).older_than_days == days


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("which queues are unused?", "queues"),
        ("what is idle in account sim-x?", "sim-x"),
        ("what is idle in eu-west-1?", "eu-west-1"),
        ("how much is untagged in sim-shop-prod this month?", "sim-shop-prod"),
        ("what do we pay for data transfer by account?", "account"),
        ("gp2 to gp3 in eu-west-1", "eu-west-1"),
        ("old snapshots of sim-shop-prod", "sim-shop-prod"),
    ],
)
def test_what_is_not_understood_is_named(question: str, named: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert f'"{named}"' in refused.value.message


@pytest.mark.parametrize("question", ["idle frobs", "untagged frobs", "NAT frobs", "gp2 frobs"])
def test_the_nearest_question_that_is_offered_is_understood(question: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    nearest = str(refused.value.hint).partition("is: ")[2]
    for each in nearest.split(", or "):
        assert choose(each, ()) is not None
