"""What a question of commitments asks for: an aspect, a month, how soon something ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from finops_repl.playbooks.periods import MONTH_NAMES, Meant, take_months
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["COMMITMENT", "Aspect", "CommitmentQuestion", "read_commitments"]

Aspect = Literal["use", "coverage", "unused", "ends", "buy"]

ONE = (
    r"(?:savings plans?|sps?|reserved (?:instances?|nodes?|capacity)|reservations?|ris?"
    r"|commitments?|committed)"
)
HELD = rf"{ONE}(?:/{ONE})*"
TO_BUY = (  # not what was bought
    r"(?:(?:should|shall|could) we|to|recommend|recommend to) (?:buy|purchase|commit(?: to)?)"
    r"|(?:buy|buying|purchase) recommendations?|how much to commit"
)
ASPECTS: dict[Aspect, re.Pattern[str]] = {  # in the order in which their words are taken
    "buy": phrase(rf"{TO_BUY}|recommend(?:ed|ations?)?|need more|(?:could|can|would) we save"),
    "ends": phrase(
        r"expir(?:e|es|ed|ing|y|ation|ations)|end(?:s|ing)?|runs? out|running out"
        r"|renew(?:al|als|ed)?|laps(?:e|es|ed|ing)"
    ),
    "unused": phrase(
        r"wast(?:e|ed|ing)|unused|idle|for nothing|lose|losing|under-?used|under-?utili[sz]ed"
    ),
    "coverage": phrase(r"coverage|cover(?:s|ing|ed(?: by)?)?|uncovered|on[- ]demand|still|left"),
    "use": phrase(
        r"used?|using|utili[sz](?:e|ed|ation)|effective savings rate|esr|sav(?:e|ed|ing|ings)"
        r"|worth|work(?:ing)?|perform(?:ing|ance)?"
    ),
}
COMMITMENT = phrase(rf"{HELD}|coverage|effective savings rate|esr|{TO_BUY}")
WITHIN = phrase(
    r"(?:(?:in|within|over|during) )?(?:the )?next (?P<n>\d{1,3}) (?P<of>days?|weeks?|months?)"
    r"|(?:in|within) (?P<m>\d{1,3}) (?P<of_m>days?|weeks?|months?)"
)
ASIDE = phrase(
    r"well|fully|will|going to|should|soon|next|which|when|how|good|dollars?|status|doing|with"
    r"|spend|costs?"
)
KNOWN = (
    *MONTH_NAMES,
    *("savings", "plans", "reserved", "reservations", "instances", "commitments", "coverage"),
    *("utilization", "unused", "expire", "buy", "month", "last"),
)
DAYS_OF = {"d": 1, "w": 7, "m": 30}
USUAL_DAYS, MOST_DAYS = 90, 365


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
    if "buy" in asked and (len(asked) > 1 or months or within):
        raise NotUnderstood(
            "what to buy is a question of its own, and goes by the last 30 days",
            hint='ask "What should we buy?"',
        )
    if asked == ["ends"] and months:
        raise NotUnderstood(
            "I look for what ends by days from today on, not by months",
            hint='ask "Which reservations expire in the next 90 days?"',
        )
    # The answer to how well they are used tells the other aspects too.
    return CommitmentQuestion(asked[0] if len(asked) == 1 else "use", months, _days(within))


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
