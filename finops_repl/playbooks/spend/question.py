"""What a question of spend asks for, read from its parts; no word of it is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from finops_repl.playbooks.charges import Charges, take_charges
from finops_repl.playbooks.comparisons import Comparison, compares, take_comparison
from finops_repl.playbooks.days import last_weeks, take_period
from finops_repl.playbooks.dimensions import Dimension
from finops_repl.playbooks.filters import (
    Filter,
    check_filters,
    take_named_filters,
    take_plain_filters,
)
from finops_repl.playbooks.grouping import Grouping, take_grouping
from finops_repl.playbooks.period import Meant
from finops_repl.playbooks.periods import last_months
from finops_repl.playbooks.question import NotUnderstood, Question, phrase
from finops_repl.playbooks.shares import Share, ShareWords, take_share_words
from finops_repl.playbooks.spend.nearest import nearest_question
from finops_repl.playbooks.vocabulary import SPELLINGS

__all__ = ["SpendQuestion", "asks_spend", "read_spend", "whole_question"]

SPEND = phrase(
    r"spen[dt]|spends|spending|costs?|costing|bills?|billed|pay|paid|expensive|expenses?|biggest"
    r"|largest|most costly|costliest|how much|breakdown|top \d+|charged|movers|share"
)
HARMLESS = phrase(
    r"in total|in all|total|altogether|overall|on what|for what|by (?:cost|spend)|the most|most"
    r"|how (?:many|much) (?:dollars|usd)|(?:i'd|i would|would) like(?: to)?|alone|so far"
    r"|(?:sort|rank|order)(?:ed)? by (?:cost|spend)|drivers?|driving|drives?|everything"
    r"|amounts? to"
)
FOLLOWING = phrase(r"(?:what|how) about|same|also|but|or|only|just|then|instead")
"""What a question begins with that goes on from another one."""
VERSUS = phrase(r"versus|vs\.?|with|against")
NO_CHARGES = Charges()
USUAL = {"": 1, "day": 1, "week": 3, "month": 6}
"""How many whole months are meant where none are named, by what is shown over time."""


@dataclass(frozen=True, slots=True)
class SpendQuestion:
    """A question of spend, every word of it understood.

    `names_period` says whether it named its period or the usual one is taken.
    """

    period: Meant
    names_period: bool
    grouping: Grouping
    filters: tuple[Filter, ...] = ()
    charges: Charges = NO_CHARGES
    comparison: Comparison | None = None
    share: Share | None = None

    @property
    def by(self) -> tuple[Dimension, ...]:
        return self.grouping.by

    @property
    def over(self) -> Dimension:
        return self.grouping.over

    @property
    def shown(self) -> int:
        return self.grouping.shown

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What costs are told apart by and restricted to, time left out."""
        return tuple(dict.fromkeys((*self.by, *(each.of for each in self.filters))))


def asks_spend(question: Question) -> bool:
    """Whether it is of spending: by a word, by two periods, or by what it names of a period."""
    if question.has(SPEND) or compares(question):
        return True
    read = Question(question.text)
    try:
        grouping = take_grouping(read)
        narrowed = (*take_named_filters(read), *take_plain_filters(read))
        is_apart = grouping.by or narrowed or take_charges(read).alone
        return take_period(read) is not None and bool(is_apart)
    except NotUnderstood:
        return True


def whole_question(question: Question) -> str:
    """The question of spend that "and by region?" is a piece of; empty for what is none."""
    try:
        grouping = take_grouping(question)
        filters = (*take_named_filters(question), *take_plain_filters(question))
        period = take_period(question)
    except NotUnderstood:
        return ""
    said = question.last_said if period else ""
    question.take_all(FOLLOWING)
    if question.left_over() or not (grouping.by or grouping.over or filters or period):
        return ""
    return nearest_question(grouping, filters, None, said)


def read_spend(question: Question) -> SpendQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over or the wishes conflict."""
    grouping = take_grouping(question)
    named = take_named_filters(question)
    charges = take_charges(question)
    filters = (*named, *take_plain_filters(question))
    comparison = take_comparison(question)
    share_words = take_share_words(question)
    period = None if comparison else take_period(question)
    said = question.last_said if period else ""
    question.take_all(HARMLESS)
    question.take_all(SPEND)
    question.check(SPELLINGS, nearest_question(grouping, filters, comparison, said))
    check_filters(question, filters)
    several = next((f for f in filters if len(f.values) > 1 and not f.out), None)
    if comparison and comparison.is_alone:
        period, comparison = _of_one_period(comparison, several), None
    if several and len(grouping.by) == 1 and VERSUS.search(several.said):
        grouping = replace(grouping, by=tuple(dict.fromkeys((*grouping.by, several.of))))
    if comparison:
        grouping, comparison = _compared(grouping, comparison, share_words)
    share = _share(share_words, filters, grouping) if share_words else None
    grouping = replace(grouping, by=_by(grouping, filters, share, comparison, charges))
    return SpendQuestion(
        period or last_months(USUAL[grouping.over]),
        period is not None or comparison is not None,
        grouping,
        filters,
        charges,
        comparison,
        share,
    )


def _of_one_period(comparison: Comparison, several: Filter | None) -> Meant | None:
    """The period in which several services, accounts or regions are compared."""
    if several is None:
        raise NotUnderstood(
            "I understand one of the two periods that are compared",
            hint='name both, as in "Compare September with August by service"',
        )
    return comparison.first


def _compared(
    grouping: Grouping, comparison: Comparison, share_words: ShareWords | None
) -> tuple[Grouping, Comparison]:
    """ "Month over month" is the last month against the one before, where no other is named."""
    if share_words or (grouping.over and comparison.first):
        what = "shares" if share_words else f"{grouping.over}s"
        raise NotUnderstood(
            f"I compare two periods in dollars, not {what}",
            hint="ask for one period after the other",
        )
    if grouping.over == "day":
        raise NotUnderstood("I compare no single days unless they are named", hint="name both")
    if grouping.over == "week":
        comparison = replace(comparison, first=last_weeks(1))
    return replace(grouping, over=""), comparison


def _share(words: ShareWords, filters: tuple[Filter, ...], grouping: Grouping) -> Share:
    share = words.parted(filters, grouped=bool(grouping.by))
    if share.part and grouping.by and grouping.over:
        raise NotUnderstood(
            f"I show a share by {grouping.by[0]} or by {grouping.over}, not by both",
            hint="leave one of them out",
        )
    return share


def _by(
    grouping: Grouping,
    filters: tuple[Filter, ...],
    share: Share | None,
    comparison: Comparison | None,
    charges: Charges,
) -> tuple[Dimension, ...]:
    """What costs are told apart by, also where the question does not say it."""
    several = next((f.of for f in filters if len(f.values) > 1 and not f.out), "")
    if grouping.by or (grouping.over and not several):
        return grouping.by
    if several:
        return (several,)
    if (share and share.part) or charges.alone:
        return ()
    one_service = any(f.of == "service" and not f.out for f in filters)
    if one_service and not comparison:
        return ()
    return ("usage type",) if one_service else ("service",)
