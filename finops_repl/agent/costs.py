"""What a turn and its session have cost: the model, what its cache saved, and AWS, apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from finops_repl.agent.models.port import Usage
from finops_repl.agent.models.prices import Price
from finops_repl.base.events import ModelUsed
from finops_repl.base.money import plain_amount

__all__ = ["UNKNOWN", "CostBook", "CostReport", "Costs", "dollars", "model_used"]

UNKNOWN = "unknown"
"""In place of dollars, where a model without a listed price was asked."""


@dataclass(frozen=True, slots=True)
class Costs:
    """US dollars and tokens.

    `model_usd` and `cache_saved_usd` are None once a model without a listed price was asked.
    `cache_saved_usd` is what the same tokens would have cost without a cache, less `model_usd`:
    below zero while more was written to the cache than read from it.
    """

    model_usd: Decimal | None = Decimal(0)
    cache_saved_usd: Decimal | None = Decimal(0)
    aws_usd: Decimal = Decimal(0)
    model_calls: int = 0
    input_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class CostReport:
    """The session so far, and the last turn of it."""

    session: Costs
    last_turn: Costs


class CostBook:
    """Adds up the calls of models."""

    def __init__(self) -> None:
        self._calls = 0
        self._input = self._written = self._read = self._output = 0
        self._paid: Decimal | None = Decimal(0)
        self._uncached: Decimal | None = Decimal(0)

    def note(self, used: ModelUsed) -> None:
        """Add a call."""
        self._calls += 1
        self._input += used.input_tokens
        self._written += used.cache_write_tokens
        self._read += used.cache_read_tokens
        self._output += used.output_tokens
        if used.usd == UNKNOWN or self._paid is None or self._uncached is None:
            self._paid = self._uncached = None
            return
        self._paid += Decimal(used.usd)
        self._uncached += Decimal(used.uncached_usd)

    @property
    def tokens(self) -> int:
        """Input and output of all calls."""
        return self._input + self._written + self._read + self._output

    def costs(self, aws_usd: Decimal) -> Costs:
        """The sums, beside what AWS cost meanwhile."""
        saved = None
        if self._paid is not None and self._uncached is not None:
            saved = self._uncached - self._paid
        return Costs(
            self._paid,
            saved,
            aws_usd,
            self._calls,
            self._input,
            self._written,
            self._read,
            self._output,
        )


def model_used(model: str, usage: Usage, price: Price | None) -> ModelUsed:
    """What a call of that model used, at its price."""
    paid = uncached = UNKNOWN
    if price is not None:
        paid = plain_amount(dollars(usage, price))
        uncached = plain_amount(price.dollars(usage.prompt_tokens, usage.output_tokens))
    return ModelUsed(
        model,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_write_tokens,
        usage.cache_read_tokens,
        paid,
        uncached,
    )


def dollars(usage: Usage, price: Price) -> Decimal:
    """What a reply that used this has cost."""
    return price.dollars(
        usage.input_tokens, usage.output_tokens, usage.cache_write_tokens, usage.cache_read_tokens
    )
