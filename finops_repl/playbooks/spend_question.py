"""What a question of spend asks for: months, one or two dimensions, filters, how many rows."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.playbooks.periods import MONTH_NAMES, Meant, last_months, take_months
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["SPEND", "Dimension", "SpendQuestion", "read_spend"]

SHOWN, MOST_SHOWN = 10, 25

THINGS = r"(?:linked |usage |member )?accounts?|services?|regions?|months?"
BIGGEST = r"most costly|most expensive|costliest|biggest|largest|highest"
BY = phrase(
    r"(?:(?:broken down |split |grouped )?(?:by|per)|(?:(?:for|in) )?(?:each|every)|which|what) "
    rf"(?P<one>{THINGS})"
    rf"(?:(?:,| and|, and)(?: by| per)? (?P<two>{THINGS})| (?:by|per) (?P<three>{THINGS}))?"
)
OVER_TIME = phrase(r"month (?:by|over) month|over the months|monthly|trend")
TOP = phrase(
    rf"top (?P<n>\d+)(?: (?:{BIGGEST}))?(?: (?P<thing>{THINGS}))?"
    rf"|(?P<m>\d+) (?:{BIGGEST})(?: (?P<thing_m>{THINGS}))?"
    rf"|(?:top|{BIGGEST})(?: (?P<thing_1>{THINGS}))?"
)
SPEND = phrase(
    r"(?:spen[dt]|spending|costs?|bills?|billed|pay|paid|expensive|expenses|biggest|largest"
    r"|most costly|costliest|how much|breakdown|top \d+)"
)
HARMLESS = phrase(
    r"in total|in all|total|altogether|overall|on what|for what|by (?:cost|spend)|the most"
)
ACCOUNT = phrase(
    r"(?:for|in|of|from|on) (?:the )?(?:linked |member )?account "
    r"(?P<name>\"[^\"]+\"|'[^']+'|[\w@-]+(?:\.[\w@-]+)*)"
)
REGION = phrase(
    r"(?:in|for|from|of) (?:the )?(?:region )?(?P<name>[a-z]{2}(?:-[a-z]+)+-\d)(?: region)?"
)
KNOWN = (
    *MONTH_NAMES,
    *("service", "services", "account", "accounts", "region", "regions", "month", "months"),
    *("last", "this", "spend", "spent", "cost", "costs", "bill", "export", "between", "since"),
)
INSTEAD = "What did we spend by service last month?"

Dimension = str
"""`service`, `account`, `region` or `month`."""


@dataclass(frozen=True, slots=True)
class SpendQuestion:
    """A question of spend, every word of it understood.

    `account` is a name or an id, `region` a code; empty where all are meant. `names_months` says
    whether the question named its months or the usual ones are taken.
    """

    months: Meant
    names_months: bool
    by: tuple[Dimension, ...]
    shown: int
    account: str = ""
    region: str = ""


def read_spend(question: Question) -> SpendQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over or the wishes conflict."""
    by = _dimensions(question)
    top = question.take(TOP)
    shown = SHOWN
    if top is not None:
        thing = top["thing"] or top["thing_m"] or top["thing_1"]
        number = top["n"] or top["m"]
        by = _with_top(by, thing)
        shown = _count(number, by) if number else SHOWN
    account, region = question.take(ACCOUNT), question.take(REGION)
    months = take_months(question)
    question.take_all(HARMLESS)
    question.take_all(SPEND)
    question.check(KNOWN, INSTEAD)
    return SpendQuestion(
        months or last_months(6 if by == ("month",) else 1),
        months is not None,
        by or ("service",),
        shown,
        account["name"].strip("\"'") if account else "",
        region["name"].lower() if region else "",
    )


def _dimensions(question: Question) -> tuple[Dimension, ...]:
    if question.take(OVER_TIME):
        return ("month",)
    found = question.take(BY)
    if found is None:
        return ()
    second = found["two"] or found["three"]
    by = tuple(dict.fromkeys(_dimension(each) for each in (found["one"], second) if each))
    if len(by) == 2 and "month" in by:
        raise NotUnderstood(
            "I sum by month alone, or by one or two of service, account and region",
            hint="ask one month at a time, or leave the other dimension out",
        )
    return by


def _with_top(by: tuple[Dimension, ...], thing: str | None) -> tuple[Dimension, ...]:
    if thing is None:
        return by
    if by and by != (_dimension(thing),):
        raise NotUnderstood(
            f'I do not understand "{thing}" beside "by {" and ".join(by)}"',
            hint=f'ask "What did we spend by {_dimension(thing)}?"',
        )
    return (_dimension(thing),)


def _count(number: str, by: tuple[Dimension, ...]) -> int:
    if by == ("month",) or not 1 <= int(number) <= MOST_SHOWN:
        raise NotUnderstood(
            f"I list the top 1 to {MOST_SHOWN} of services, accounts or regions, not {number}"
            + (" months" if by == ("month",) else ""),
            hint='ask "What did we spend by month?" or by service with a smaller number',
        )
    return int(number)


def _dimension(words: str) -> Dimension:
    """`linked accounts` is `account`."""
    return words.lower().split()[-1].removesuffix("s")
