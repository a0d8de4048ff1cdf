"""Tokens of what is written to CloudWatch as a text: expressions, searches, queries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError

__all__ = ["END", "Token", "Tokens", "scanned"]

Token = tuple[str, str]
"""The kind of a token, and its text."""
END: Token = ("end", "")


def scanned(pattern: re.Pattern[str], text: str, unexpected: str) -> Iterator[re.Match[str]]:
    """The tokens of a text; raises `MathError`, in these words, where none begins."""
    place, text = 0, text.rstrip()
    while place < len(text):
        found = pattern.match(text, place)
        if found is None:
            raise MathError(f"{unexpected} {text[place:].strip()[:20]!r}")
        place = found.end()
        yield found


class Tokens:
    """Tokens that are taken from the left; behind the last one is `END`, any number of times."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = [*tokens, END]
        self._place = 0

    @property
    def next(self) -> Token:
        """The token that would be taken."""
        return self._tokens[self._place]

    def take(self) -> Token:
        """Take a token."""
        token = self.next
        self._place += token != END
        return token

    def accept(self, token: Token) -> bool:
        """Take a token if it is this one."""
        found = self.next == token
        self._place += found and token != END
        return found
