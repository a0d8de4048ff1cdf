"""Why did cost go up: the steepest week, its account and group, the event behind it, the excess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.periods import MONTH_NAMES
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripted import LOOK, scripted_bill
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.services import SERVICES
from finops_repl.playbooks.steps import Playbook, Step

__all__ = ["ROSE", "JumpQuestion", "cost_jump", "read_jump"]

ROSE = phrase(
    r"(?:(?:go|goes|going|gone|went|shot|is|are|was|were|been|so) (?:so |way |much )?"
    r"(?:up|high|higher|expensive)|more expensive"
    r"|jump(?:ed|s)?|spike[ds]?|surged?|soar(?:ed)?|explode[d]?|doubled?|tripled?|rose|risen?|rising"
    r"|increas(?:e|ed|ing)|grew|grow|grown|climb(?:ed)?|anomal(?:y|ies)|unusual|incidents?)"
)
CAUSE = phrase(r"why|what caused|causes?|reasons?|explain|behind|suddenly|recently|lately")
COST = phrase(r"costs?|bills?|spend|spending|charges")
DAYS = phrase(r"(?:in|over|during|within) (?:the )?(?:last|past) 90 days")
KNOWN = (
    *MONTH_NAMES,
    *(each.name for each in SERVICES),
    "why",
    "costs",
    "jump",
    "spike",
    "caused",
)
TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class JumpQuestion:
    """Whose rise is asked for: a product code on the bill, or empty for that which rose most."""

    service: str


def read_jump(question: Question) -> JumpQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over.

    One rise is looked for, in all accounts and the last 90 days: an account, a region, a month or
    a second service is a word left over, and so is one that is billed under several codes.
    """
    name = code = ""
    for service in SERVICES:
        if len(service.codes) == 1 and question.take(phrase(service.said)):
            name, code = f"{service.name} ", service.codes[0]
            break
    for pattern in (ROSE, DAYS, CAUSE, COST):
        question.take_all(pattern)
    question.check(KNOWN, f"Why did our {name}costs go up in the last 90 days?")
    return JumpQuestion(code)


def cost_jump(asked: JumpQuestion) -> Playbook:
    """One script over the bill and CloudTrail; its figures are the answer's."""
    (described,) = yield LOOK
    doing = "finding the cause of a rise"
    scripted_bill(described, doing, "Athena and CloudTrail", by_resource=False)
    (ran,) = yield Step(
        "I compare each week of the last 90 days with the week before, find the steepest rise, "
        "and look in CloudTrail for what changed there.",
        (script_call("cost_jump", {"service": asked.service, "days": 90}, TIMEOUT_S),),
    )
    found = Finding.of(ran)
    return _jump(found.said, found) if found.said["jump"] else _no_jump(found.said, found)


def _no_jump(finding: Mapping[str, Any], figures: Finding) -> str:
    return (
        f"No jump: from {finding['searched_from']} to {finding['last']} no week stands out. The "
        f"steepest one, from {finding['week']} on, was {plain(finding['service'])} in account "
        f"{_account(finding)}: {figures['rise of the week']} more than the week before "
        f"({figures['rise of the week in percent']}), while a week usually differs by "
        f"{figures['usual change of a week']} (median).\n\n"
        "A jump would be more than 5 times that, and more than a fifth of the week before. "
        "Unblended cost of usage row types only (no fees, tax or credits)." + _aside(finding)
    )


def _jump(finding: Mapping[str, Any], figures: Finding) -> str:
    where = f"account {_account(finding)}, {finding['region']}"
    service = plain(finding["service"])
    lasted = (
        f"and goes on (the bill ends {finding['last']})"
        if finding["goes_on"]
        else f"and ended on {finding['end']}"
    )
    parts = [
        f"{service} cost jumped on **{finding['onset']}** in {where}, {lasted}: "
        f"**{figures['excess']}** above its baseline in {finding['days']} days.",
        _cause(finding, figures),
        f"- Per day: {figures['actual per day']} against a baseline of "
        f"{figures['baseline per day']}, so {figures['excess per day']} too much.\n"
        f"- The account's {service} cost in the week from {finding['week']} was "
        f"{figures['rise of the week']} above the week before "
        f"(+{figures['rise of the week in percent']}); its usual change of a week is "
        f"{figures['usual change of a week']}.\n"
        f"- All accounts together rose by {figures['rise of the week in all accounts']}"
        f"{_instances(finding, figures)}.",
        "How: unblended cost of usage row types (no fees, tax or credits) by day, account, region "
        "and auto-scaling group; excess is the sum of actual minus baseline, the baseline being "
        "the same weekday of the 7 days before the onset. The event is the largest "
        "change of capacity of that group from 24 hours before the onset day to its end.",
        f"The days are in data/{plain(finding['file'])}.{_aside(finding)}{offer('cost-jump')}",
    ]
    return "\n\n".join(parts)


def _aside(finding: Mapping[str, Any]) -> str:
    """The steeper rises that need no cause of their own."""
    reasons = {
        "planned": "planned, change {}",
        "moved": "moved there from {}",
        "shared": "a season or a sale, the other accounts rose too",
    }
    lines = [
        f"- {plain(service)} in account {plain(name)} ({plain(account)}), week from {week}: "
        + reasons[why].format(plain(what))
        for service, name, account, week, why, what in finding["aside"]
    ]
    return "\n\nSet aside:\n" + "\n".join(lines) if lines else ""


def _instances(finding: Mapping[str, Any], figures: Finding) -> str:
    if finding["service"] != "AmazonEC2":
        return ""
    return f", their instances alone by {figures['rise of instances in all accounts']}"


def _cause(finding: Mapping[str, Any], figures: Finding) -> str:
    group = plain(finding["group"])
    grew = ""
    if group:
        grew = (
            f"Auto-scaling group **{group}** went from {figures['instances before']} to "
            f"{figures['instances after']} instances (charged for on a day); "
            f"{figures['instances running now']} are running now."
        )
    event = finding.get("event")
    if event is None:
        said = "CloudTrail shows no change of capacity there around that day."
    else:
        sizes = ", ".join(_change(name, *values) for name, values in event["sizes"].items())
        said = (
            f"Cause: **{plain(event['name'])}** at {plain(event['time'])} by "
            f"{plain(event['actor'])}" + (f", which set {sizes}." if sizes else ".")
        )
    return f"{said} {grew}".strip()


def _change(name: str, before: object, after: object) -> str:
    if before is None or before == after:
        return f"{plain(name)} {plain(after)}"
    return f"{plain(name)} {plain(before)} → {plain(after)}"


def _account(finding: Mapping[str, Any]) -> str:
    return f"{plain(finding['account'])} ({plain(finding['account_id'])})"
