"""Figures as Cost Explorer writes them: texts without trailing zeros, percentages, and their order.

Sums are exact; what is divided is rounded, at the bill's tenth decimal place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from finops_repl.simulator.handlers.cost_explorer.filters import Invalid

__all__ = ["PLACES", "ZERO", "in_order", "percent", "ratio", "text"]

T = TypeVar("T")
ZERO = Decimal(0)
PLACES = Decimal("1e-10")
ORDERS = ("ASCENDING", "DESCENDING")


def text(amount: Decimal) -> str:
    """`12.5` of 12.5000000000."""
    rounded = amount.quantize(PLACES)
    return format(rounded.normalize() if rounded else ZERO, "f")


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """A quotient; nothing of nothing is 0."""
    return (part / whole).quantize(PLACES) if whole else ZERO


def percent(part: Decimal, whole: Decimal) -> str:
    """`part` in percent of `whole`."""
    return text(ratio(100 * part, whole))


def in_order(
    items: Sequence[T],
    given: object,
    keys: Mapping[str, Callable[[T], Any]],
) -> list[T]:
    """The items as `SortBy` asks; as they are where it asks nothing.

    Equal ones stay in their order. Raises `Invalid` for a key that the operation does not sort by.
    """
    if given is None:
        return list(items)
    asked: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    key, order = asked.get("Key"), asked.get("SortOrder") or "ASCENDING"
    if key not in keys:
        raise Invalid(f"SortBy Key {key} is not valid. Valid values: {', '.join(keys)}")
    if order not in ORDERS:
        raise Invalid(f"SortOrder {order} is not valid. Valid values: {', '.join(ORDERS)}")
    return sorted(items, key=keys[str(key)], reverse=order == "DESCENDING")
