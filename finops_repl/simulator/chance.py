"""Seeded choices by hashing of our own: the same on every machine, Python and NumPy release.

A choice depends on the seed and on the words that name it, never on how many were made before:
adding a resource to the world changes nothing about the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["MIX", "Chance"]

T = TypeVar("T")
Word = str | int

MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
"""The increment and the two multipliers of splitmix64 (Steele, Lea, Flood 2014)."""


class Chance:
    """Draws named by words: `chance.below(6, "region", account)` is always the same number."""

    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(8, "little")

    def bits(self, *words: Word) -> int:
        """64 bits for these words."""
        text = "\x1f".join(map(str, words)).encode()
        return int.from_bytes(blake2b(text, digest_size=8, key=self._key).digest(), "little")

    def hex(self, length: int, *words: Word) -> str:
        """`length` lower-case hexadecimal characters, at most 64."""
        text = "\x1f".join(map(str, words)).encode()
        return blake2b(text, digest_size=32, key=self._key).hexdigest()[:length]

    def uuid(self, *words: Word) -> str:
        """32 of them, in the groups of a UUID."""
        digits = self.hex(32, *words)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def below(self, limit: int, *words: Word) -> int:
        """A whole number from 0 to `limit - 1`."""
        return self.bits(*words) % limit

    def between(self, least: int, most: int, *words: Word) -> int:
        """A whole number from `least` to `most`, both included."""
        return least + self.bits(*words) % (most - least + 1)

    def pick(self, items: Sequence[T], *words: Word) -> T:
        """One of the items."""
        return items[self.bits(*words) % len(items)]

    def happens(self, per_mille: int, *words: Word) -> bool:
        """True `per_mille` times in a thousand."""
        return self.bits(*words) % 1000 < per_mille
