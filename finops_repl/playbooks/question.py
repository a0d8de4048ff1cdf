"""A question whose phrases are crossed out as they are understood; the rest is named, not dropped.

A word that was left out would make the answer one to another question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache

from finops_repl.base.errors import FinopsError

__all__ = ["NotUnderstood", "Question", "phrase"]

HARMLESS = """
a an the please we our ours us i me my you what did do does is was were are be been have has had can
could would how much many it there s of for in on to from at and so show tell give get see know want
need list hi hello hey thanks thank now aws amazon company organisation organization money all any
whats
"""
FILLER = frozenset(HARMLESS.split())
"""Words that change nothing: what they might lead to ("on tax") is a word of its own."""

WORD = re.compile(r"[^\s\0,.;:!?()\"'`’‘“”]+")
CROSSED = "\0"
NO_SLIPS = frozenset(
    ("who", "hour", "hours", "hourly", "min", "max", "weekend", "weekends", "weekday", "weekdays")
)
"""Words that are written as they are meant, however near they come to known ones."""
LIKE, SHORTEST = 0.75, 3
"""How like a known word a misspelt one is at least, by difflib's ratio; a slip of one letter is
enough in words that are not shorter, and in those of that length unless it is another letter."""


@cache
def phrase(words: str) -> re.Pattern[str]:
    """A pattern of whole words: a blank is any space, and `EC2-prod` does not hold `EC2`.

    " ?" is a space that may be left out. A long one is made where it is first needed: compiling
    takes milliseconds, which a start would wait for.
    """
    spaced = words.replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(rf"(?<![\w/@$%+-])(?:{spaced})(?![\w/@%+-])", re.IGNORECASE)


class NotUnderstood(FinopsError):
    """A question has words beyond its playbook; the message names them."""


class Question:
    """The words of a question that nobody has understood yet."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._left = text.replace(CROSSED, "\N{REPLACEMENT CHARACTER}")
        self._taken: list[tuple[int, int]] = []

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Cross out the first match; nothing matches across what is crossed out."""
        found = pattern.search(self._left)
        if found is not None:
            start, end = found.span()
            self._taken.append((start, end))
            self._left = self._left[:start] + CROSSED * (end - start) + self._left[end:]
        return found

    def take_all(self, pattern: re.Pattern[str]) -> bool:
        """Cross out every match; whether there was one."""
        self._left, count = pattern.subn(lambda m: CROSSED * len(m[0]), self._left)
        return bool(count)

    @property
    def left(self) -> str:
        """The question with what is understood blotted out."""
        return self._left

    @property
    def last_said(self) -> str:
        """The words that were crossed out last by `take`, as they were written."""
        start, end = self._taken[-1] if self._taken else (0, 0)
        return self.text[start:end]

    @property
    def before_last(self) -> str:
        """Everything before them."""
        return self.text[: self._taken[-1][0]] if self._taken else ""

    def has(self, pattern: re.Pattern[str]) -> bool:
        return pattern.search(self._left) is not None

    def left_over(self) -> tuple[str, ...]:
        """The words that are neither crossed out nor filler, in their order."""
        words = (found[0] for found in WORD.finditer(self._left))
        return tuple(dict.fromkeys(word for word in words if word.lower() not in FILLER))

    def slips(self, known: Iterable[str]) -> tuple[str, ...]:
        """What words of the question seem to mean that are written otherwise."""
        listed = tuple(known)
        return tuple(found[0] for word in self.left_over() if (found := _meant(word, listed)))

    def check(self, known: Iterable[str], instead: str) -> None:
        """Raises `NotUnderstood` where a word is left, with the nearest of the `known` words.

        `instead` is the nearest question that can be answered.
        """
        left = self.left_over()
        if not left:
            return
        named = ", ".join(f'"{word}"' for word in left)
        close = self.slips(known)
        guess = f"did you mean {' and '.join(close)}? The" if close else "the"
        raise NotUnderstood(
            f"I do not understand {named} in this question, and leaving it out would answer "
            "another one",
            hint=f"{guess} nearest that I can answer is: {instead}",
        )


def _meant(word: str, known: Iterable[str]) -> list[str]:
    """The known words that a misspelt one may be."""
    by_lower = {each.lower(): each for each in known}
    said = word.lower()
    if said in by_lower or said in NO_SLIPS or len(said) < SHORTEST:
        return []
    slips = [each for each in by_lower if len(each) >= SHORTEST and _is_one_slip(said, each)]
    close = slips[:1] or difflib.get_close_matches(said, by_lower, 1, LIKE)
    return [by_lower[each] for each in close]


def _is_one_slip(said: str, meant: str) -> bool:
    """Whether one letter is wrong, missing, too many, or changed places with the next one."""
    if len(said) == len(meant):
        wrong = [place for place in range(len(said)) if said[place] != meant[place]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            first, second = wrong
            return said[first] == meant[second] and said[second] == meant[first]
        return len(wrong) == 1 and len(said) > SHORTEST  # "NAT" is no slip of "net"
    longer, shorter = sorted((said, meant), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )
