"""Money as the bill has it: exact decimals with a currency, rounded only where it is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

__all__ = ["BILL_SCALE", "round_to_bill", "usd"]

BILL_SCALE = Decimal("0.0000000001")
"""Ten decimal places, as the cost columns of the bill carry them (DECIMAL(18,10))."""


def round_to_bill(amount: Decimal) -> Decimal:
    """`amount` at the bill's ten decimal places."""
    return amount.quantize(BILL_SCALE, rounding=ROUND_HALF_EVEN)


def usd(amount: Decimal, places: int = 2) -> str:
    """US dollars for people: `$1,234.50`, negative as `-$1,234.50`."""
    shown = f"{abs(amount):,.{places}f}"
    return f"-${shown}" if amount < 0 and any(c not in "0.," for c in shown) else f"${shown}"
