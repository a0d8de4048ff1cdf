"""Are we over budget: each budget against its limit, and what rose in those that are exceeded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from finops_repl.playbooks.described import check_asks_aws
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step, ToolCall

__all__ = ["BUDGET", "budgets", "read_budgets"]

BUDGET = phrase(r"budgets?|budgeted")
STANDING = phrase(
    r"over|under|within|below|above|exceed(?:s|ed|ing)?|broken|blown?|blow|missed|kept|keep|stay"
    r"|on track|status|doing|stand|left|remaining|used|limits?|against|compared|which|how|why"
    r"|will|going to|forecast(?:s|ed)?|expected|likely|soon|already|by how much|ending|overrun"
    r"|(?:by |at )?(?:the )?(?:end of (?:the |this )?month|month end)|this month|current month"
)
COST = phrase(r"costs?|bills?|spend|spent|spending")
KNOWN = ("budget", "budgets", "over", "exceeded", "within", "month", "forecast", "which")
EXPLAINED = 2
TIMEOUT_S = 120


def read_budgets(question: Question) -> None:
    """Raises `NotUnderstood` where a word is left over: all budgets are answered for, now."""
    for pattern in (BUDGET, STANDING, COST):
        question.take_all(pattern)
    question.check(KNOWN, "Which budgets will be exceeded this month?")


def budgets() -> Playbook:
    """One script over Budgets and Cost Explorer; its figures are the answer's."""
    (described,) = yield Step("I look which account this is.", (ToolCall("query_bill"),))
    check_asks_aws(described, "a question of budgets")
    (ran,) = yield Step(
        "I ask for all budgets, which is free, and what rose in the largest excesses: at most "
        f"{2 * EXPLAINED} requests of Cost Explorer, which cost $0.01 each.",
        (script_call("budgets", {"explained": EXPLAINED}, TIMEOUT_S),),
    )
    return _answer(Finding.of(ran))


def _answer(found: Finding) -> str:
    if not found.value("all"):
        return (
            "There is no budget of costs here. Budgets belong to the account that made them: ask "
            "with the profile of the organisation's payer, or make one in the console."
        )
    said = found.said
    parts = [_headline(found), _table(found)]
    rises, sums = count(), count()
    parts += [_why(found, int(n), why, rises, sums) for n, why in said["why"].items()]
    parts += [
        f"{plain(said['rows'][int(number)][0])} is not explained: {plain(reason)}."
        for number, reason in said["no_why"].items()
    ]
    if found.value("exceeded") + found.value("will be exceeded") > 1:
        parts.append(
            "Budgets overlap (an account's, its team's, the whole organisation's): do not add "
            "their excesses up."
        )
    others = " Budgets of usage or commitments are not looked at." if said["others"] else ""
    parts.append(
        "How: limit, actual and forecast as AWS Budgets has them, by each budget's own cost types "
        "and filters; excess is what actual or forecast, whichever is more, is above the limit."
        f"{others} All budgets are in data/budgets.csv.{offer('budget-check')}"
    )
    return "\n\n".join(parts)


def _headline(found: Finding) -> str:
    over, will_be = found.value("exceeded"), found.value("will be exceeded")
    if not over and not will_be:
        return f"No budget is exceeded, and none will be by its forecast ({found['all']} in all)."
    if not over:
        return (
            f"No budget is exceeded yet; {found['will be exceeded']} of {found['all']} will be, by "
            "their own forecasts."
        )
    return (
        f"**{found['exceeded']} of {found['all']} budgets are exceeded already**, and "
        f"{found['will be exceeded']} more will be, by their own forecasts."
    )


def _table(found: Finding) -> str:
    rows = found.said["rows"]
    lines = ["| Budget | Limit | Actual | Forecast | Excess |", "|---|---:|---:|---:|---:|"]
    for n, (name, per, has_forecast, is_over) in enumerate(rows):
        words = plain(name) if per == "monthly" else f"{plain(name)}, {plain(per)}"
        words = f"**{words}** (exceeded)" if is_over else words
        ahead = found[f"forecast {n}"] if has_forecast else "none"
        excess = found[f"excess {n}"] if found.value(f"excess {n}") > 0 else "none"
        lines.append(
            f"| {words} | {found[f'limit {n}']} | {found[f'actual {n}']} | {ahead} | {excess} |"
        )
    if found.value("exceeded") + found.value("will be exceeded") > len(rows):
        lines.append("\nThese are the largest excesses.")
    if found.said["over_too"]:
        names = ", ".join(map(plain, found.said["over_too"]))
        lines.append(f"Exceeded too: {names}{' and more' if found.said['more_over'] else ''}.")
    return "\n".join(lines)


def _why(
    found: Finding, number: int, why: Mapping[str, Any], rises: Iterator[int], sums: Iterator[int]
) -> str:
    """The figures of the budgets that are explained stand behind each other: the next are its."""
    name, since = plain(found.said["rows"][number][0]), plain(why["since"])
    kept = "the last month in which it was kept" if why["was_kept"] else "its first month"
    lines = [f"What rose in {name}, against as many days of {since}, {kept}:"]
    lines += [
        f"- {plain(service)} in {plain(account)}: {found[f'rise {next(rises)}']} more"
        for service, account in why["drivers"]
    ]
    if not why["drivers"]:
        lines.append("- nothing: its forecast alone is above the limit")
    if why["over_before"]:
        lines.append(f"- It was exceeded before, in {', '.join(map(plain, why['over_before']))}.")
    if why["is_other"]:
        lines.append(
            f"- Cost Explorer counts {found[f'sum {next(sums)}']} so far under the same filter, "
            "not what the budget says: its filter may mean more than can be asked there."
        )
    return "\n".join(lines)
