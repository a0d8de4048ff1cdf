"""The numbers in a run's output. They prove that the script printed them, and nothing more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Printed"]

NUMBER = re.compile(r"(?<![\w.,])[-−+]?(?:\d{1,3}(?:,\d{3})+|\d{1,30})(?:\.\d{1,30})?(?![\w,])")
LONGEST_TEXT = 1_000_000
MOST_NUMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Printed:
    """What one run printed, as numbers without a unit."""

    run: str
    numbers: frozenset[Decimal]

    @staticmethod
    def in_text(run: str, text: str) -> Printed:
        """The numbers of a text, the first ten thousand of them."""
        numbers: set[Decimal] = set()
        for found in NUMBER.finditer(text[:LONGEST_TEXT]):
            numbers.add(Decimal(found.group().replace(",", "").replace("−", "-")))
            if len(numbers) >= MOST_NUMBERS:
                break
        return Printed(run, frozenset(numbers))
