"""Money for people: exact decimals with a currency, rounded only where they are shown."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["usd"]


def usd(amount: Decimal, places: int = 2) -> str:
    """US dollars: `$1,234.50`, negative as `-$1,234.50`."""
    shown = f"{abs(amount):,.{places}f}"
    return f"-${shown}" if amount < 0 and any(c not in "0.," for c in shown) else f"${shown}"
