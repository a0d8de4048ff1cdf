"""What a question wants costs told apart by, and how many of the largest."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.playbooks.dimensions import THING, THINGS, TIMES, Dimension, called, dimension_said
from finops_repl.playbooks.periods import COUNTS
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["SHOWN", "Grouping", "take_grouping"]

SHOWN, MOST_SHOWN, MOST_TOGETHER = 10, 25, 2
COUNT = rf"\d+|{'|'.join(COUNTS)}"
BIGGEST = r"(?:most costly|most expensive|costliest|biggest|largest|highest)"
LED = (
    r"(?:(?:broken down |split |grouped |apart )?(?:by|per)|(?:(?:for|in) )?(?:each|every)"
    r"|which|what)"
)
BY = (
    rf"{LED} (?:the )?(?P<one>{THING})"
    rf"(?:(?:,| and|, and)(?: by| per)? (?P<two>{THING})| (?:by|per) (?P<three>{THING}))?"
)
OVER_TIME = (
    r"(?P<unit>day|week|month) (?:by|over|on) (?:day|week|month)"
    r"|over the (?P<units>day|week|month)s|(?P<ly>dai|week|month)ly|(?P<trend>trends?)"
)
TOP = (
    rf"(?:the )?(?:top (?P<n>{COUNT})(?: {BIGGEST})?|(?P<m>{COUNT}) {BIGGEST}|top|{BIGGEST})"
    rf"(?: (?P<thing>{THING}))?"
)
TOP_THINGS = THINGS
ADVERBS = {"dai": "day", "week": "week", "month": "month"}


@dataclass(frozen=True, slots=True)
class Grouping:
    """Up to two dimensions, beside them `over` time, and how many rows."""

    by: tuple[Dimension, ...] = ()
    over: Dimension = ""
    shown: int = SHOWN


def take_grouping(question: Question) -> Grouping:
    """Cross out the grouping and the rank; raises `NotUnderstood` where they conflict."""
    top = question.take(phrase(TOP))
    over = _over_time(question)
    things: list[Dimension] = []
    while found := question.take(phrase(BY)):
        said = (found["one"], found["two"] or found["three"])
        things += [dimension_said(each) for each in said if each]
    if top is not None:
        things = _with_top(things, _thing_of_top(question, top["thing"], alone=not things))
    times = [each for each in things if each in TIMES]
    over = over or (times[0] if times else "")
    by = tuple(dict.fromkeys(each for each in things if each not in TIMES))
    if len(by) > MOST_TOGETHER:
        raise NotUnderstood(
            f"I sum by {MOST_TOGETHER} of these at most: {', '.join(map(called, by))}",
            hint="leave one of them out, or ask one after the other",
        )
    if len({over, *times} - {""}) > 1:
        raise NotUnderstood(
            f"I do not understand {over} beside {times[0]}", hint="ask by one of day, week, month"
        )
    number = top and (top["n"] or top["m"])
    return Grouping(by, over, _count(number) if number else SHOWN)


def _over_time(question: Question) -> Dimension:
    found = question.take(phrase(OVER_TIME))
    if found is None:
        return ""
    if found["ly"]:
        return ADVERBS[found["ly"].lower()]
    return (found["unit"] or found["units"] or "month").lower()


def _thing_of_top(question: Question, said: str | None, *, alone: bool) -> Dimension:
    """What the largest ones are: it may stand apart, as in "top 5 EC2 resources"."""
    if said is None and alone and (apart := question.take(phrase(TOP_THINGS))):
        said = apart[0]
    return dimension_said(said) if said else ""


def _with_top(things: list[Dimension], thing: Dimension) -> list[Dimension]:
    if not thing:
        return things
    if thing in TIMES:
        raise NotUnderstood(
            f"I show {thing}s in their order, not the largest of them",
            hint=f'ask "What did we spend by {thing}?"',
        )
    others = [each for each in things if each not in (thing, *TIMES)]
    if others:
        raise NotUnderstood(
            f'I do not understand "{thing}" beside "by {" and ".join(others)}"',
            hint=f'ask "What did we spend by {thing}?"',
        )
    return [thing, *(each for each in things if each != thing)]


def _count(number: str) -> int:
    count = COUNTS.get(number.lower()) or int(number)
    if not 1 <= count <= MOST_SHOWN:
        raise NotUnderstood(
            f"I list the top 1 to {MOST_SHOWN}, not {number}",
            hint='ask "What did we spend by service?" or for a smaller number',
        )
    return count
