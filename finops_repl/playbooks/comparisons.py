"""Two periods that a question sets against each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from finops_repl.playbooks.days import take_one_period
from finops_repl.playbooks.period import DAY, Meant, Period
from finops_repl.playbooks.periods import last_months
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["Comparison", "compares", "take_comparison"]

CHANGED = phrase(
    r"what (?:has )?chang(?:ed|es)(?: the most)?|percent(?:age)? changes?"
    r"|(?:biggest|largest|top) (?:chang(?:e|es)|movers)|movers"
    r"|(?:how (?:much )?)?(?:has|have|did)? ?(?:it |they |that )?chang(?:e[sd]?|ing)"
    r"|(?:what(?:'s| is| are| was| were) )?(?:the )?differences?(?: between)?|differ(?:s|ed)?"
)
AGAINST = phrase(
    r"compare[sd]?(?: (?:to|with|against))?|comparing|comparison(?: of| between)?|versus|vs\.?"
    r"|against|than"
)
LEADS = re.compile(
    r"(?:compare[sd]?|versus|vs\.?|against|than)(?:\s+(?:to|with|against|in|the))*\s*$",
    re.IGNORECASE,
)
"""What stands before a period that another one is set against."""
LAST = re.compile(r"\b(?:last|previous|prior) (week|month|quarter|year)\b", re.IGNORECASE)
MORE = phrase(r"(?:how much )?(?:more|less)|between|how|with")
BEFORE = phrase(
    r"(?:the )?(?:month|week|quarter|period|day)s? before(?: that)?"
    r"|(?:the )?(?:previous|prior|preceding) (?:one|period)"
)
YEAR_BEFORE = phrase(
    r"(?:(?:in|with|to|of) )?(?:the )?same (?:month|week|quarter|period|days?|time) (?:of |in )?"
    r"(?:last year|the (?:year before|previous year))|a year (?:ago|earlier|before)"
    r"|(?:the )?year before|year[ -](?:over|on)[ -]year|yoy"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A period against a second one, or against as long before it, or the same a year before.

    `is_alone`: the question names one period at most and no "before", so that it may compare
    other things than periods. `said` are the periods as the question names them.
    """

    first: Meant | None
    second: Meant | None = None
    by_year: bool = False
    is_alone: bool = False
    said: str = ""

    def periods(self, last: date) -> tuple[Period, Period]:
        """The earlier and the later one; an open one against as many days of the other."""
        one = (self.first or last_months(1))(last)
        two = self.second(last) if self.second else one
        if two == one:
            two = one.year_before() if self.by_year else one.before()
        earlier, later = sorted((one, two), key=lambda each: (each.start, each.end))
        if later.end <= last + DAY or later.start > last:
            return earlier, later
        later = later.through(last)
        alike = earlier.start + (later.end - later.start)
        return Period(earlier.start, min(earlier.end, alike), earlier.is_open), later


def compares(question: Question) -> bool:
    """Whether some words set two periods against each other."""
    return any(map(question.has, (CHANGED, AGAINST, YEAR_BEFORE)))


def take_comparison(question: Question) -> Comparison | None:
    """Cross out two periods and how they are compared; None where nothing is.

    What changed in one period is told from the one before it; without any, in the last whole
    month. Raises `NotUnderstood` where a period is set against none.
    """
    if not compares(question):
        return None
    changed = question.has(CHANGED)
    by_year = question.take(YEAR_BEFORE) is not None
    before = question.take(BEFORE) is not None
    first = take_one_period(question)
    is_other = first is not None and LEADS.search(question.before_last) is not None
    said = question.last_said.strip() if first else "last month"
    second = take_one_period(question) if first and not (by_year or before) else None
    said += f" with {question.last_said.strip()}" if second else ""
    question.take_all(CHANGED)
    question.take_all(AGAINST)
    question.take_all(MORE)
    alone = second is None and not (by_year or before or changed)
    if is_other and alone:
        last = LAST.search(said)
        both = f"this {last[1]} with last {last[1]}" if last else "September with August"
        raise NotUnderstood(
            f'I do not understand what "{said}" is compared with',
            hint=f'name both periods, as in "Compare {both} by service"',
        )
    return Comparison(first, second, by_year, alone, said)
