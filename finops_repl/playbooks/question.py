"""A question whose phrases are crossed out as they are understood; the rest is named, not dropped.

A word that was left out would make the answer one to another question.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from finops_repl.base.errors import FinopsError

__all__ = ["NotUnderstood", "Question", "phrase"]

HARMLESS = """
a an the please we our ours us i me my you what did do does is was were are be been have has had can
could would how much many it there s of for in on to from at and so show tell give get see know want
need list hi hello hey thanks thank now aws amazon company organisation organization money all any
"""
FILLER = frozenset(HARMLESS.split())
"""Words that change nothing: what they might lead to ("on tax") is a word of its own."""

WORD = re.compile(r"[^\s\0,.;:!?()\"'`’‘“”]+")
CROSSED = "\0"
LIKE = 0.75
"""How like a known word a misspelt one is at least, by difflib's ratio."""


def phrase(words: str) -> re.Pattern[str]:
    """A pattern of whole words: a blank is any space, and `EC2-prod` does not hold `EC2`."""
    spaced = words.replace(" ", r"\s+")
    return re.compile(rf"(?<![\w/@$%+-])(?:{spaced})(?![\w/@%+-])", re.IGNORECASE)


class NotUnderstood(FinopsError):
    """A question has words beyond its playbook; the message names them."""


class Question:
    """The words of a question that nobody has understood yet."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._left = text.replace(CROSSED, "\N{REPLACEMENT CHARACTER}")

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Cross out the first match; nothing matches across what is crossed out."""
        found = pattern.search(self._left)
        if found is not None:
            start, end = found.span()
            self._left = self._left[:start] + CROSSED * (end - start) + self._left[end:]
        return found

    def take_all(self, pattern: re.Pattern[str]) -> bool:
        """Cross out every match; whether there was one."""
        self._left, count = pattern.subn(lambda m: CROSSED * len(m[0]), self._left)
        return bool(count)

    def has(self, pattern: re.Pattern[str]) -> bool:
        return pattern.search(self._left) is not None

    def left_over(self) -> tuple[str, ...]:
        """The words that are neither crossed out nor filler, in their order."""
        words = (found[0] for found in WORD.finditer(self._left))
        return tuple(dict.fromkeys(word for word in words if word.lower() not in FILLER))

    def check(self, known: Iterable[str], instead: str) -> None:
        """Raises `NotUnderstood` where a word is left, with the nearest of the `known` words.

        `instead` is the nearest question that can be answered.
        """
        left = self.left_over()
        if not left:
            return
        named = ", ".join(f'"{word}"' for word in left)
        close = [found[0] for word in left if (found := _meant(word, known))]
        guess = f"did you mean {' and '.join(close)}? The" if close else "the"
        raise NotUnderstood(
            f"I do not understand {named} in this question, and leaving it out would answer "
            "another one",
            hint=f"{guess} nearest that I can answer is: {instead}",
        )


def _meant(word: str, known: Iterable[str]) -> list[str]:
    """The known words that a misspelt one may be."""
    by_lower = {each.lower(): each for each in known}
    if word.lower() in by_lower:
        return []
    close = difflib.get_close_matches(word.lower(), by_lower, 1, LIKE)
    return [by_lower[each] for each in close]
