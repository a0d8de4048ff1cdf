"""Money for people: exact decimals with a currency, rounded only where they are shown."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["money", "plain_amount", "price_text", "usd"]


def usd(amount: Decimal, places: int = 2) -> str:
    """US dollars: `$1,234.50`, negative as `-$1,234.50`."""
    shown = f"{abs(amount):,.{places}f}"
    return f"-${shown}" if amount < 0 and any(c not in "0.," for c in shown) else f"${shown}"


def money(amount: Decimal, currency: str) -> str:
    """An amount in its own currency: `$1,234.50`, `EUR 1,234.50`."""
    return usd(amount) if currency == "USD" else f"{currency} {amount:,.2f}"


def price_text(price: Decimal) -> str:
    """A price, of which some are far below a cent: `$2.50`, `$0.00`, `$0.000005`."""
    if not price or abs(price) >= Decimal("0.01"):
        return usd(price)
    # Two digits that say something; a bare 0.00 would pass for nothing.
    return usd(price, 1 - price.adjusted()).rstrip("0")


def plain_amount(dollars: Decimal) -> str:
    """The exact amount for programs: `0.12`, never in powers of ten."""
    return f"{dollars.normalize():f}"
