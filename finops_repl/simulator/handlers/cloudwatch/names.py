"""Names as CloudWatch's search takes them apart: `CustomCount1` is custom, count and 1.

Source: CloudWatch user guide, "Search expression syntax", tokenization and partial matches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Partial"]

_RUN = re.compile(r"[A-Za-z0-9]+")
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class _Tokens(NamedTuple):
    """The name in small letters without its delimiters; its parts; whether a part stands alone."""

    whole: str
    parts: tuple[str, ...]
    alone: tuple[bool, ...]


@lru_cache(maxsize=100_000)
def _tokens(name: str) -> _Tokens:
    runs = [_TOKEN.findall(run) for run in _RUN.findall(name)]
    parts = tuple(part for run in runs for part in run)
    return _Tokens("".join(parts).lower(), parts, tuple(len(run) == 1 for run in runs for _ in run))


@dataclass(frozen=True, slots=True)
class Partial:
    """A term of a search without quotes: one token of a name, or several in a row.

    Tokens that delimiters set apart match in any case; those that capitals or digits set apart,
    only as they are written: `Count1` is in `CustomCount1`, `count1` is not.
    """

    term: str

    @property
    def has_tokens(self) -> bool:
        """False for a term of delimiters alone."""
        return bool(_tokens(self.term).parts)

    def matches(self, name: str) -> bool:
        """True where the name is the term or has its tokens."""
        mine, theirs = _tokens(self.term), _tokens(name)
        if mine.whole == theirs.whole:
            return True
        size = len(mine.parts)
        return any(
            all(
                one == other or (alone and one.lower() == other.lower())
                for one, other, alone in zip(
                    mine.parts, theirs.parts[start : start + size], mine.alone, strict=True
                )
            )
            for start in range(len(theirs.parts) - size + 1)
        )
