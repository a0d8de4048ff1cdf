"""A share that a question asks for: which of its filters are the part, and which the whole."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from finops_repl.playbooks.filters import Filter
from finops_repl.playbooks.question import NotUnderstood, Question, phrase

__all__ = ["Share", "ShareWords", "take_share_words"]

WORDS = phrase(
    r"(?:(?:what|which|the|as) )?(?:shares?|percentages?|percent|proportions?|fractions?|part|%)"
    r"(?: (?P<of>of))?|(?P<how>how much of)"
)
VERB = phrase(r"is|are|was|were|(?:goes|go|went) (?:to|on|into)|(?:comes?|came) from|do|does|did")
MADE = phrase(r"(?:makes?|made) up|goes|go|went|into|comes?|came")


@dataclass(frozen=True, slots=True)
class ShareWords:
    """Where the words of a share stand: from `start` to `end`, and a verb behind them or not."""

    start: int
    end: int
    verb: int | None

    def parted(self, filters: Sequence[Filter], *, grouped: bool) -> Share:
        """Which filters are the part: those before "share of", and those behind the verb.

        Raises `NotUnderstood` where there are several.
        """
        behind = sys.maxsize if self.verb is None else self.verb
        part = [f for f in filters if f.place[0] < self.start or f.place[0] > behind]
        if not part and not grouped:
            part = list(filters)
        if len(part) > 1 or any(each.out for each in part):
            said = " and ".join(f'"{each.said}"' for each in part)
            raise NotUnderstood(
                f"I cannot tell which of {said} is the part and which the whole",
                hint='say the whole behind "of": "What share of our cost in account A is EC2?"',
            )
        return Share(part[0] if part else None)


@dataclass(frozen=True, slots=True)
class Share:
    """The share of `part` in the whole; without a part, that of each row."""

    part: Filter | None


def take_share_words(question: Question) -> ShareWords | None:
    """Cross out that a share is asked for; None where it is not."""
    found = question.take(WORDS)
    if found is None:
        return None
    verb = VERB.search(question.text, found.end())
    question.take_all(MADE)
    return ShareWords(found.start(), found.end(), verb.start() if verb else None)
