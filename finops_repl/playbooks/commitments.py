"""How well Savings Plans and reservations are used, what they cover, what is wasted, what ends."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

from finops_repl.playbooks.commitment_question import CommitmentQuestion
from finops_repl.playbooks.described import check_asks_aws
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.periods import Meant
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Outcome, Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["commitments"]

TIMEOUT_S = 180


def commitments(asked: CommitmentQuestion) -> Playbook:
    """One script over the bill or Cost Explorer; its figures are the answer's."""
    (described,) = yield Step("I look which bill there is.", (ToolCall("query_bill"),))
    check_asks_aws(described, "a question of commitments")
    has_bill = not described.is_error and described.content["bill"].get("kind") == "cur2"
    asked_first = "the bill, and if it lacks their columns " if has_bill else ""
    params = {
        "month": _month(asked.months, described),
        "days": asked.days,
        "by": "ends" if asked.aspect == "ends" else "unused",
    }
    (ran,) = yield Step(
        f"I ask {asked_first}Cost Explorer what each commitment was worth. Of Cost Explorer that "
        "takes at most 15 requests (for up to 100 plans), which cost $0.01 each.",
        (script_call("commitments", params, TIMEOUT_S),),
    )
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
    counts = count()
    for n, (what, account, ends, is_counted) in enumerate(found.said["rows"]):
        many = f"{found[f'count {next(counts)}']} " if is_counted else ""
        lines.append(
            f"| {many}{plain(what)} | {plain(account)} | {plain(ends)} | {found[f'used {n}']} "
            f"| {found[f'unused {n}']} | {found[f'saved {n}']} |"
        )
    if found.said["more"]:
        lines += ["", "The rest of them is in the file below."]
    return "\n".join(lines)


def _services(found: Finding) -> str:
    rows = [
        f"| {plain(name)} | {found[f'covered {n}']} | {found[f'left on demand {n}']} |"
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
