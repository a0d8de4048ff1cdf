"""What will we spend: Cost Explorer's forecast of a month, the run rate and how good that was."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.playbooks.described import check_asks_aws
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.periods import MONTH_NAMES
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step, ToolCall

__all__ = ["FORECAST", "ForecastQuestion", "forecast", "read_forecast"]

NAMES = "|".join(f"{name[:3]}(?:{name[3:]})?" if name != "May" else name for name in MONTH_NAMES)
NEXT = phrase(r"(?:(?:in|for|during|of) )?(?:the )?(?:next|coming) month")
THIS = phrase(
    r"(?:(?:in|for|of|during|by|at|until|till|to) )?(?:the )?"
    r"(?:(?:rest|end) of (?:the |this )?(?:current )?month|(?:this|current) month|month end)"
)
NAMED = phrase(
    rf"(?:(?:in|for|of|during|by) )?(?:the )?(?:end of )?"
    rf"(?:(?P<name>{NAMES})(?: (?P<year>20\d\d))?|(?P<iso>20\d\d-(?:0[1-9]|1[0-2])))"
)
AHEAD = r"forecast(?:s|ed)?|predict(?:ed|ions?)?|project(?:ed|ions?)|outlook|run rate|will|shall"
FORECAST = phrase(
    rf"{AHEAD}|(?:going|expected|expect) to|on track|end up|next month|end of (?:the |this )?month"
)
COST = phrase(r"costs?|bills?|spend|spending|pay|charges|amount|come to|look like|land|total")
KNOWN = (*MONTH_NAMES, "forecast", "this", "next", "month", "spend", "cost", "budgets")
TIMEOUT_S = 120
UNLIKE = 15
"""Percent by which the last week differs from the weeks before until that is worth a word."""


@dataclass(frozen=True, slots=True)
class ForecastQuestion:
    """Which month: `this`, `next`, `12` for the next December, or `2026-12`."""

    month: str


def read_forecast(question: Question) -> ForecastQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over.

    All accounts and services together, one month: any other wish is a word left over.
    """
    month = "this"
    if question.take(NEXT):
        month = "next"
    elif not question.take(THIS) and (found := question.take(NAMED)):
        month = found["iso"] or _number(found["name"], found["year"])
    question.take_all(FORECAST)
    question.take_all(COST)
    question.check(KNOWN, "What will we spend this month?")
    return ForecastQuestion(month)


def _number(name: str, year: str | None) -> str:
    number = [each[:3].lower() for each in MONTH_NAMES].index(name[:3].lower()) + 1
    return f"{year}-{number:02d}" if year else f"{number:02d}"


def forecast(asked: ForecastQuestion) -> Playbook:
    """One script over Cost Explorer; its figures are the answer's."""
    (described,) = yield Step("I look which account this is.", (ToolCall("query_bill"),))
    check_asks_aws(described, "a forecast")
    (ran,) = yield Step(
        "I ask Cost Explorer what was spent day by day and what it forecasts: at most 4 requests, "
        "which cost $0.01 each.",
        (script_call("forecast", {"month": asked.month, "interval": 80}, TIMEOUT_S),),
    )
    return _answer(Finding.of(ran))


def _answer(found: Finding) -> str:
    parts = [_headline(found), _parts(found), _tried(found)]
    parts.append(
        "How: unblended cost without Credit, Refund and Tax, of all accounts. A forecast knows "
        "what happened and no reason for it. Cost Explorer cannot be asked what it would have said "
        "earlier, so it is the run rate that was tried: as of the same day of a month, as far "
        f"ahead.{offer('monthly-forecast')}"
    )
    return "\n\n".join(part for part in parts if part)


def _headline(found: Finding) -> str:
    said = found.said
    month, before = plain(said["month"]), plain(said["before"])
    if not said["has_forecast"]:
        return (
            f"Cost Explorer has too little history for a forecast. By the run rate {month} will "
            f"cost about **{found['run rate']}**; {before} cost {found['last month']}."
        )
    more = "more" if found.value("change") >= 0 else "less"
    change = found["change"].removeprefix("-")
    return (
        f"{month} will cost about **{found['forecast']}**, between {found['at least']} and "
        f"{found['at most']} in {said['level']} of 100 cases. That is {change} {more} than "
        f"{before} ({found['last month']})."
    )


def _parts(found: Finding) -> str:
    said = found.said
    lines = []
    if "days to come" in found and found.value("month to date"):
        lines.append(
            f"- {found['month to date']} was spent before {plain(said['today'])}; Cost Explorer "
            f"forecasts {found['days to come']} for the days from then on."
        )
    if said["has_forecast"]:
        lines.append(
            f"- The run rate says {found['run rate']}: each day to come like the mean day of the "
            "last week, the fees of a first day once."
        )
    lately, before = found.value("a day lately"), found.value("a day before")
    if before and abs(lately / before - 1) * 100 > UNLIKE:
        lines.append(
            f"- **The last week is unlike the four before it**: {found['a day lately']} a day, "
            f'against {found["a day before"]}. Both figures take it to go on; ask "Why did our '
            'costs go up?" before you plan with them.'
        )
    if said["is_late"]:
        lines.append("- The last day is not all there yet, so that both figures are too low.")
    apart = [f"{plain(kind)} {found[f'apart {kind}']}" for kind in said.get("apart", ())]
    if apart:
        lines.append(f"- Not included: {', '.join(apart)} (in {plain(said['apart_of'])}).")
    return "\n".join(lines)


def _tried(found: Finding) -> str:
    months = found.said["tried"]
    if "usual error" not in found:
        return "There is too little history to try the run rate on."
    rows = [
        f"| {plain(month)} | {found[f'actual {n}']} | {found[f'run rate said {n}']} "
        f"| {found[f'run rate off by {n}']} |"
        for n, month in enumerate(months)
    ]
    return "\n".join(
        [
            f"How good a run rate is here: off by {found['usual error']} in the mean of these "
            "months.",
            "",
            "| Month | It cost | The run rate said | Off by |",
            "|---|---:|---:|---:|",
            *rows,
        ]
    )
