"""How well Savings Plans and reservations are used, what they cover, what is wasted, what ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from finops_repl.playbooks.commitments_to_buy import commitments_to_buy
from finops_repl.playbooks.described import check_asks_aws
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.periods import MONTH_NAMES, Meant, take_months
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import NotUnderstood, Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Outcome, Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["COMMITMENT", "CommitmentQuestion", "commitments", "read_commitments"]

Aspect = Literal["use", "coverage", "unused", "ends", "buy"]

HELD = (
    r"savings plans?|sps?|reserved (?:instances?|nodes?|capacity)|reservations?|ris?|commitments?"
    r"|committed"
)
ASPECTS: dict[Aspect, re.Pattern[str]] = {  # in the order in which one is chosen
    "buy": phrase(
        r"buy(?:ing)?|purchase(?:s|d)?|recommend(?:ed|ations?)?|commit(?: to)?|advise"
        r"|sign up for"
    ),
    "ends": phrase(
        r"expir(?:e|es|ed|ing|y|ation|ations)|end(?:s|ing)?|runs? out|running out"
        r"|renew(?:al|als|ed)?|laps(?:e|es|ed|ing)"
    ),
    "unused": phrase(
        r"wast(?:e|ed|ing)|unused|idle|for nothing|lose|losing|under-?used|under-?utili[sz]ed"
    ),
    "coverage": phrase(r"coverage|cover(?:ed|s|ing)?|uncovered|on[- ]demand|still|left"),
    "use": phrase(
        r"used?|using|utili[sz](?:e|ed|ation)|effective savings rate|esr|sav(?:e|ed|ing|ings)"
        r"|worth|work(?:ing)?|perform(?:ing|ance)?"
    ),
}
COMMITMENT = phrase(
    rf"{HELD}|coverage|effective savings rate|esr|should we (?:buy|commit|purchase)"
    r"|(?:buy|purchase) recommendations?"
)
WITHIN = phrase(
    r"(?:(?:in|within|over|during) )?(?:the )?next (?P<n>\d{1,3}) (?P<of>days?|weeks?|months?)"
    r"|(?:in|within) (?P<m>\d{1,3}) (?P<of_m>days?|weeks?|months?)"
)
ASIDE = phrase(
    r"well|fully|will|should|soon|next|which|how|good|rate|dollars?|status|doing|spend|cost|costs"
)
KNOWN = (
    *MONTH_NAMES,
    *("savings", "plans", "reserved", "reservations", "instances", "commitments", "coverage"),
    *("utilization", "unused", "expire", "buy", "month", "last"),
)
DAYS_OF = {"d": 1, "w": 7, "m": 30}
USUAL_DAYS, MOST_DAYS = 90, 365
TIMEOUT_S = 180


@dataclass(frozen=True, slots=True)
class CommitmentQuestion:
    """What is asked of commitments: which aspect, of which month, which ends within how many days.

    Without months it is the last whole one.
    """

    aspect: Aspect
    months: Meant | None = None
    days: int = USUAL_DAYS


def read_commitments(question: Question) -> CommitmentQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over.

    All plans and reservations of all accounts: an account, a service or a plan is a word left over.
    """
    within = question.take(WITHIN)
    months = take_months(question)
    question.take_all(phrase("effective savings rate"))
    question.take_all(phrase(HELD))
    asked = [aspect for aspect, words in ASPECTS.items() if question.take_all(words)]
    question.take_all(ASIDE)
    question.check(KNOWN, "How well were our Savings Plans and reservations used last month?")
    aspect: Aspect = asked[0] if asked else "use"
    if aspect == "buy" and months:
        raise NotUnderstood(
            "what to buy goes by the last 30 days, not by a month",
            hint='ask "What should we buy?"',
        )
    return CommitmentQuestion(aspect, months, _days(within))


def _days(within: re.Match[str] | None) -> int:
    if within is None:
        return USUAL_DAYS
    number, unit = int(within["n"] or within["m"]), (within["of"] or within["of_m"])[0].lower()
    days = number * DAYS_OF[unit]
    if not 1 <= days <= MOST_DAYS:
        raise NotUnderstood(
            f"I look 1 to {MOST_DAYS} days ahead for what ends, not {days}",
            hint='ask "Which reservations expire in the next 90 days?"',
        )
    return days


def commitments(asked: CommitmentQuestion) -> Playbook:
    """One script over the bill or Cost Explorer; its figures are the answer's."""
    (described,) = yield Step("I look which bill there is.", (ToolCall("query_bill"),))
    check_asks_aws(described, "a question of commitments")
    if asked.aspect == "buy":
        return (yield from commitments_to_buy(described))
    has_bill = not described.is_error and described.content["bill"].get("kind") == "cur2"
    where = (
        "the bill what each commitment was worth"
        if has_bill
        else "Cost Explorer what each commitment was worth: at most 15 requests, which cost $0.01 "
        "each"
    )
    params = {
        "month": _month(asked.months, described),
        "days": asked.days,
        "by": "ends" if asked.aspect == "ends" else "unused",
    }
    (ran,) = yield Step(f"I ask {where}.", (script_call("commitments", params, TIMEOUT_S),))
    return _answer(asked, Finding.of(ran))


def _month(meant: Meant | None, described: Outcome) -> str:
    """`2026-10`; empty for the last whole month, which the script knows."""
    if meant is None:
        return ""
    told = described.content
    last = told.get("last") or str(date.fromisoformat(told["today"]) - timedelta(days=1))
    months = meant(date.fromisoformat(str(last)[:10]))
    if months.is_open or months.start != (months.end - timedelta(days=1)).replace(day=1):
        raise PlaybookStopped(
            "commitments are judged by one whole month, because reservations are billed by it",
            hint='ask "How well were our reservations used last month?"',
        )
    return f"{months.start:%Y-%m}"


def _answer(asked: CommitmentQuestion, found: Finding) -> str:
    said = found.said
    if not said["rows"]:
        return "\n\n".join([_nothing(found), _services(found)])
    parts = {
        "use": [_used(found), _held(found), _services(found), _ends(found)],
        "unused": [_unused(found), _held(found), _to_do(found), _ends(found)],
        "coverage": [_coverage(found), _services(found), _saving(found), _ends(found)],
        "ends": [_ends(found), _held(found), _saving(found)],
    }[asked.aspect]
    parts.append(
        f"How: {plain(said['month'])} as {plain(said['from'])} has it, all accounts, amortized and "
        "before enterprise discounts. Used is the share of the committed dollars that covered "
        "something; saved is the same usage on demand less the whole commitment; coverage is in "
        "on-demand dollars of instances, Fargate and Lambda that commitments can cover, Spot left "
        f"out. All commitments are in data/commitments.csv.{offer('commitment-check')}"
    )
    return "\n\n".join(part for part in parts if part)


def _nothing(found: Finding) -> str:
    return (
        f"There was no Savings Plan and no reservation in {plain(found.said['month'])}; "
        f'{found["on demand"]} of what they could cover was on demand. Ask "What should we buy?" '
        "for how much to commit."
    )


def _used(found: Finding) -> str:
    kinds = (("Savings Plans", "plans used"), ("reservations", "reservations used"))
    used = [f"{words} used {found[label]}" for words, label in kinds if label in found]
    return (
        f"{' and '.join(used)} of their dollars in {plain(found.said['month'])}: of "
        f"{found['committed']} committed, **{found['unused']}** paid for nothing. {_saving(found)}"
    )


def _unused(found: Finding) -> str:
    return (
        f"Of {found['committed']} committed in {plain(found.said['month'])}, **{found['unused']}** "
        f"paid for nothing. {_saving(found)}"
    )


def _coverage(found: Finding) -> str:
    return (
        f"Commitments covered **{found['coverage']}** of what they can cover in "
        f"{plain(found.said['month'])}; {found['on demand']} stayed on demand."
    )


def _saving(found: Finding) -> str:
    return (
        f"All commitments together saved {found['net savings']} against on-demand prices; the "
        f"effective savings rate is {found['effective savings rate']}."
    )


def _to_do(found: Finding) -> str:
    if not found.value("unused"):
        return ""
    return (
        "What to do about the unused: a standard EC2 reservation can be sold on the Reserved "
        "Instance Marketplace, a convertible one exchanged; reservations of other services and "
        "Savings Plans can only be put to use: move what runs on demand under them."
    )


def _held(found: Finding) -> str:
    lines = [
        "| Commitment | Account | Ends | Used | Unused | Saved |",
        "|---|---|---|---:|---:|---:|",
    ]
    for n, (what, account, ends) in enumerate(found.said["rows"]):
        count = f"{found[f'count {n}']} " if f"count {n}" in found else ""
        lines.append(
            f"| {count}{plain(what)} | {plain(account)} | {plain(ends)} | {found[f'used {n}']} "
            f"| {found[f'unused {n}']} | {found[f'saved {n}']} |"
        )
    if found.said["more"]:
        lines += ["", "The rest of them is in the file below."]
    return "\n".join(lines)


def _services(found: Finding) -> str:
    rows = [
        f"| {plain(name)} | {found[f'covered {n}']} | {found[f'left {n}']} |"
        for n, name in enumerate(found.said["services"])
    ]
    head = ["| Service | Covered | Left on demand |", "|---|---:|---:|"]
    return "\n".join([*head, *rows]) if rows else ""


def _ends(found: Finding) -> str:
    said = found.said
    today, until = said["today"], date.fromisoformat(said["today"]) + timedelta(days=said["days"])
    over = [each for each in said["soon"] if each[2] <= today]
    soon = [each for each in said["soon"] if each[2] > today]
    parts = [f"No commitment ends before {until}."]
    if soon:
        parts = [f"These commitments end before {until}:", *map(_end, soon)]
    if over:
        words = f"Ended since {plain(said['month'])}, so that what they covered may be on demand:"
        parts += ["", words, *map(_end, over)]
    return "\n".join(parts)


def _end(each: tuple[str, str, str]) -> str:
    what, account, ends = each
    return f"- {plain(what)} of {plain(account)}: **{plain(ends)}**"
