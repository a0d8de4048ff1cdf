"""What tokens cost, by model, dated; a model that is not listed has no price, not a guessed one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["AS_OF", "FREE", "LIST", "Price", "price_of"]

AS_OF = "2026-11"
"""When the list below was taken from the vendor's pages."""

PER_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens.

    Cache writes cost 1.25 times the input price and cache reads a tenth of it. Prompts longer
    than `long_prompt_tokens` cost `long_prompt_factor` times everything.
    """

    input_usd: Decimal
    output_usd: Decimal
    long_prompt_tokens: int | None = None
    long_prompt_factor: Decimal = Decimal(1)

    def dollars(
        self, input_tokens: int, output_tokens: int, cache_write: int = 0, cache_read: int = 0
    ) -> Decimal:
        """The price of one reply."""
        weighed = (
            Decimal(input_tokens)
            + Decimal(cache_write) * Decimal("1.25")
            + Decimal(cache_read) * Decimal("0.1")
        )
        whole_prompt = input_tokens + cache_write + cache_read
        price = (weighed * self.input_usd + Decimal(output_tokens) * self.output_usd) / PER_MILLION
        if self.long_prompt_tokens is not None and whole_prompt > self.long_prompt_tokens:
            price *= self.long_prompt_factor
        return price


FREE = Price(Decimal(0), Decimal(0))

LIST: dict[str, Price] = {
    "claude-opus-5-5": Price(Decimal(4), Decimal(20)),
    "claude-sonnet-5-5": Price(Decimal(2), Decimal(10)),
    "claude-haiku-5-5": Price(Decimal("0.10"), Decimal("0.50"), 100_000, Decimal(5)),
}


def price_of(model: str) -> Price | None:
    """The listed price of a model by its id."""
    return LIST.get(model)
