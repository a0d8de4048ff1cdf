"""What a figure counts: money, hours, instances, or nothing at all, which is a ratio.

Units are carried through a computation, so that dollars are never added to hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from finops_repl.base.errors import InputError

__all__ = [
    "CURRENCIES",
    "NUMBER",
    "PERCENT",
    "RATIO",
    "Unit",
    "as_ratio",
    "is_percent",
    "unit_word",
]

PERCENT, RATIO = "percent", "ratio"
PERCENTS = frozenset({PERCENT, "%", "pct", "percentage", "percentage points"})
RATIOS = frozenset({RATIO, "fraction", "share", "x", "×", "factor"})
COUNTS = frozenset({"", "number", "count", "quantity", "items"})
CURRENCIES = frozenset(
    {"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "INR"}
    | {"JPY", "KRW", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "USD", "ZAR"}
)
WORDS = {
    "$": "USD",
    "us$": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "us dollars": "USD",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
}
UNNAMED = ""
"""A count whose unit nobody named; it is not the same as a bare number."""


def is_percent(unit: str) -> bool:
    """Whether a unit counts hundredths."""
    return unit.strip().lower() in PERCENTS


def unit_word(text: str) -> str:
    """One spelling for `$`, `usd` and `dollars`, for `instance` and `instances`."""
    word = " ".join(text.split())
    if word.upper() in CURRENCIES:
        return word.upper()
    if known := WORDS.get(word.lower()):
        return known
    return f"{word}s" if re.fullmatch(r"[a-z]{3,}[^s\W]", word) else word


@dataclass(frozen=True, slots=True)
class Unit:
    """Powers of words in the order of their names: USD per hour is `(("USD", 1), ("hours", -1))`.

    Without any word it is a ratio.
    """

    powers: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(text: str) -> Unit:
        """The unit that a figure states, such as `USD`, `instances` or `USD per GB-month`."""
        lowered = text.strip().lower()
        if lowered in PERCENTS | RATIOS:
            return Unit()
        if lowered in COUNTS:
            return Unit(((UNNAMED, 1),))
        over, *under = re.split(r"\s*/\s*|\s+per\s+", text.strip())
        unit = Unit(((unit_word(over), 1),))
        for word in under:
            unit /= Unit(((unit_word(word), 1),))
        return unit

    def __mul__(self, other: Unit) -> Unit:
        powers = dict(self.powers)
        for word, power in other.powers:
            powers[word] = powers.get(word, 0) + power
        return Unit(tuple(sorted((word, power) for word, power in powers.items() if power)))

    def __truediv__(self, other: Unit) -> Unit:
        return self * Unit(tuple((word, -power) for word, power in other.powers))

    @property
    def text(self) -> str:
        """The unit as a figure states it: `USD/hours`, `ratio`; empty where nobody named it."""
        if not self.powers:
            return RATIO
        over = "*".join(word for word, power in self.powers for _ in range(power) if word)
        under = "".join(f"/{word}" for word, power in self.powers for _ in range(-power) if word)
        return f"{over or '1'}{under}" if over or under else ""

    @property
    def called(self) -> str:
        """The unit in a sentence."""
        return self.text or "a count without a unit"

    def named(self, stated: str) -> Unit:
        """This unit under the name that somebody states for it.

        What is known must stay: only a count that nobody named may be given a name. Raises
        `InputError` otherwise.
        """
        wished = Unit.of(stated)
        known = Unit(tuple((word, power) for word, power in self.powers if word))
        has_unnamed = known != self
        added = wished / known
        if wished == self or (has_unnamed and not {word for word, _ in added.powers} & CURRENCIES):
            return wished
        raise InputError(
            f"the result is in {self.called}, not in {stated}",
            hint="leave unit empty, or give percent for a ratio",
        )


NUMBER = Unit()
"""The unit of a bare number, which may multiply and divide but adds to ratios alone."""


def as_ratio(value: Decimal, unit: str) -> Decimal:
    """A percentage as the ratio that it is; anything else as it stands."""
    return value / 100 if is_percent(unit) else value
