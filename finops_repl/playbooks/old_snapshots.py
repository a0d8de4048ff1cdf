"""What EBS snapshots cost by their age, and where most are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripted import LOOK, looked_at, rows, scripted_bill
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step
from finops_repl.playbooks.waste import MAY_END

__all__ = ["SNAPSHOTS", "SnapshotQuestion", "old_snapshots", "read_snapshots"]

SNAPSHOTS = phrase(r"(?:ebs )?snapshots?")
OLDER = phrase(
    r"(?:older|more) than (?:(?P<n>\d{1,4}|an?|one|half an?) )?"
    r"(?P<unit>days?|weeks?|months?|years?)(?: old)?"
)
ASKED = phrase(
    rf"{MAY_END}|old(?:er|est)?|costs?|pay|paid|spen[dt]|spending|which|stale|forgotten|kept|keep|pile"
    r"|piling up|too many|backups?|by|age|save|savings?|volumes?|most|our|still"
)
KNOWN = ("old", "older", "snapshots", "costs", "days", "months", "year")
UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class SnapshotQuestion:
    """From which age on, in days, a snapshot is called old."""

    older_than_days: int = 365


def read_snapshots(question: Question) -> SnapshotQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over."""
    older = question.take(OLDER)
    question.take_all(SNAPSHOTS)
    question.take_all(ASKED)
    question.check(KNOWN, "What do old snapshots cost?")
    if older is None:
        return SnapshotQuestion()
    days = UNIT_DAYS[older["unit"].lower().removesuffix("s")]
    number = (older["n"] or "1").lower()
    if number.startswith("half"):
        return SnapshotQuestion(days // 2)
    return SnapshotQuestion(days * (int(number) if number.isdigit() else 1))


def old_snapshots(asked: SnapshotQuestion) -> Playbook:
    """One script over the bill and EC2's inventory."""
    (described,) = yield LOOK
    scripted_bill(described, "old snapshots", "EC2 and Athena")
    (ran,) = yield Step(
        "I take what the bill charges for each snapshot, and when EC2 says that it was made.",
        (
            script_call(
                "old_snapshots", {"older_than_days": asked.older_than_days, "days": 30}, TIMEOUT_S
            ),
        ),
    )
    return _answer(Finding.of(ran))


def _answer(found: Finding) -> str:
    finding = found.said
    first, last = finding["first"], finding["last"]
    if not found.value("count"):
        return f"The bill charged for no snapshot on {last}."
    parts = [
        f"{found['count']} snapshots cost **{found['snapshots']}** from {first} "
        f"to {last}; {found['old']} of it is for those older than {finding['old_days']} days.",
        "\n".join(_ages(found)),
    ]
    if any(rows(found, "kept")):
        parts += ["Where most is kept (new: of the last 90 days):", "\n".join(_piles(found))]
    unsure = "Whether an image (AMI) is made of one was not told; look before you delete. "
    if not any("images" in source for source, *_ in finding["silent"]):
        unsure = f"{found['of images']} of the old ones belong to images (AMIs), which go first. "
    parts += [
        f"{unsure}Deleting one saves at most what it is charged: what later snapshots still need "
        "of it is charged with them then. Where copies are made and none is deleted, a lifecycle "
        "policy (Data Lifecycle Manager, AWS Backup) is what is missing.",
        "How: amortized cost of the snapshots that were charged for on the last day, by the bill "
        "of all accounts; age by EC2.",
        looked_at(found),
        f"Each snapshot is in data/{plain(finding['file'])}.{offer('old-snapshots')}",
    ]
    return "\n\n".join(parts)


def _ages(found: Finding) -> Iterator[str]:
    yield "| Age | Snapshots | Cost |"
    yield "|---|---:|---:|"
    for place, (age,), cost in rows(found, "snapshots"):
        yield f"| {age} | {found[f'count {place}']} | {cost} |"


def _piles(found: Finding) -> Iterator[str]:
    yield "| Where | Snapshots | New | Oldest | Cost |"
    yield "|---|---:|---:|---|---:|"
    for place, words, cost in rows(found, "kept"):
        where, oldest = (*words, "")[:2]
        yield (
            f"| {where} | {found[f'kept count {place}']} | {found[f'kept new {place}']} "
            f"| {oldest} | {cost} |"
        )
