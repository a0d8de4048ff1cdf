"""Which cost a question means: its metric, and whether credits, refunds and tax count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["APART", "Charges", "Metric", "take_charges"]

Metric = Literal["unblended", "amortized", "net unblended", "net amortized", "list", ""]
"""Empty where the question names none."""

APART = ("credit", "refund", "tax")
"""Charges that are shown beside the cost of usage unless they are asked for."""

METRICS: tuple[tuple[Metric, re.Pattern[str]], ...] = (
    ("net amortized", phrase(r"net[ -]amorti[sz]ed")),
    ("net unblended", phrase(r"net[ -]unblended|after discounts?|net(?= costs?| spend)")),
    ("amortized", phrase(r"amorti[sz]ed|effective(?= costs?| spend)")),
    ("unblended", phrase(r"unblended")),
    (
        "list",
        phrase(
            r"(?:at |in )?(?:public )?(?:list|on[ -]demand) (?:prices?|rates?)|list(?= costs?)"
            r"|(?:public )?on[ -]demand equivalents?|public on[ -]demand(?= costs?)"
        ),
    ),
)
KIND = r"(?:tax(?:es)?|credits?|refunds?)"
KINDS = rf"{KIND}(?:(?:,| and|, and| or) {KIND})*"
INSIDE = phrase(
    r"(?:with|including|incl\.?|inclusive of|after|net of|counting|plus) (?:all )?"
    rf"(?P<kinds>{KINDS})"
)
OUTSIDE = phrase(
    r"(?:without|excluding|excl\.?|before|except(?: for)?|not (?:including|counting)|gross of"
    rf"|ignoring|minus) (?:all |any )?(?P<kinds>{KINDS})"
)
ALONE = phrase(
    rf"(?<!\band\s)(?<!\bor\s)(?<!,\s)(?:(?:on|in|for) )?(?P<kinds>{KINDS})(?: alone| only)?"
)
HELD = phrase(r"have|left|remain(?:s|ing)?|available")
"""Words of what credits there still are, which no bill tells."""


@dataclass(frozen=True, slots=True)
class Charges:
    """`inside` are those of `APART` that count, `alone` those that are all that is asked for."""

    metric: Metric = ""
    inside: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()


def take_charges(question: Question) -> Charges:
    """Cross out metric and charges; raises `NotUnderstood` where they conflict."""
    metric: Metric = ""
    for name, pattern in METRICS:
        if question.take(pattern):
            metric = name
            break
    inside, outside = _kinds(question, INSIDE), _kinds(question, OUTSIDE)
    alone = _kinds(question, ALONE)
    if alone and question.has(HELD):
        raise NotUnderstood(
            "a bill tells which credits were used, not what is left of them",
            hint='ask "What credits did we get last month?"',
        )
    if set(inside) & set(outside) or (alone and (inside or outside)):
        raise NotUnderstood(
            "I cannot tell whether these charges count: "
            + ", ".join(dict.fromkeys((*alone, *inside, *outside))),
            hint='say "including tax", "without tax", or ask for the tax alone',
        )
    return Charges(metric, inside, alone)


def _kinds(question: Question, pattern: re.Pattern[str]) -> tuple[str, ...]:
    found = question.take(pattern)
    said = found["kinds"].lower() if found else ""
    return tuple(kind for kind in APART if kind in said)
