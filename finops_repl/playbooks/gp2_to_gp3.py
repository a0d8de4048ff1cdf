"""What gp2 volumes would save as gp3, by the load that CloudWatch saw."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripted import LOOK, looked_at, rows, scripted_bill
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step

__all__ = ["GP2", "gp2_to_gp3", "read_gp2"]

GP2 = phrase(r"gp2s?(?:\s?(?:to|->|→)\s?gp3s?)?|gp3s?")
FROM_GP2 = phrase(
    r"gp2s?|(?:save|savings?|to|into)(?: \w+)? gp3s?|gp3s?(?: \w+)? (?:save|savings?)"
)
TO_GP2 = phrase(r"(?:to|into|->|→) gp2s?")
ASKED = phrase(
    r"to|from|into|convert(?:ing)?|conversion|migrat(?:e|ing|ion)|mov(?:e|ing)|upgrad(?:e|ing)"
    r"|chang(?:e|ing)|switch(?:ing)?|volumes?|disks?|ebs|saves?|savings?|would|should|costs?|or|if"
    r"|which|money|potential|still|use|using|became|become|that|them|in place of|instead of|with"
)
KNOWN = ("gp2", "gp3", "volumes", "savings", "convert")
TIMEOUT_S = 600


def read_gp2(question: Question) -> None:
    """Raises `NotUnderstood` where a word is left over: there is nothing to choose."""
    if question.has(FROM_GP2) and not question.has(TO_GP2):
        question.take_all(GP2)
    question.take_all(ASKED)
    question.check(KNOWN, "What would we save with gp3 in place of gp2?")


def gp2_to_gp3() -> Playbook:
    """One script over the inventory, CloudWatch, the price list and the bill."""
    (described,) = yield LOOK
    scripted_bill(described, "gp2 to gp3", "EC2, CloudWatch, the price list and Athena")
    (ran,) = yield Step(
        "I list the gp2 volumes, ask CloudWatch what the largest 25 of each region were asked for "
        "in 14 days ($0.01 for a thousand metrics, four a volume), and take the region's prices.",
        (script_call("gp2_to_gp3", {"days": 30}, TIMEOUT_S),),
    )
    return _answer(Finding.of(ran))


def _answer(found: Finding) -> str:
    finding = found.said
    if not found.value("count"):
        parts = ["No attached gp2 volume would cost less as gp3."]
    else:
        parts = [
            f"{found['count']} gp2 volumes would save **{found['saves']}** a "
            f"month as gp3, at list prices; they cost {found['cost now']} from {finding['first']} "
            f"to {finding['last']}.",
            "\n".join(_rows(found)),
            f"CloudWatch told the load of {found['watched']} of them: "
            f"at most {found['most IOPS']} IOPS. The others are taken at the most that gp2 gives. "
            "The change is made while a volume is in use; set gp3's IOPS and MiB/s to what the "
            "file says where that is more than its own `3,000 IOPS and 125 MiB/s`.",
        ]
    if found.value("kept"):
        parts.append(
            f"{found['kept']} gp2 volumes are better left: gp3 with their load would not cost less."
        )
    if found.value("loose"):
        parts.append(
            f"{found['loose']} more gp2 volumes are attached to nothing. They are "
            'not in it: ask "what is idle?", and delete them.'
        )
    parts += [
        "How: `GB × (gp2 - gp3) - IOPS beyond 3,000 - MiB/s beyond 125` at the region's prices of "
        "the Price List, the load being the most of five minutes in 14 days.",
        looked_at(found),
        f"Each volume is in data/{plain(finding['file'])}.{offer('gp2-to-gp3')}",
    ]
    return "\n\n".join(parts)


def _rows(found: Finding) -> Iterator[str]:
    yield "| Volumes | Where | Saves a month |"
    yield "|---|---|---:|"
    for _, words, saving in rows(found, "saves"):
        volumes, where = (*words, "")[:2]
        yield f"| {volumes} | {where} | {saving} |"
    yield f"| total | | {found['saves']} |"
