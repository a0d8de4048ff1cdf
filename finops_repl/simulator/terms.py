"""The terms of the enterprise agreement: a percentage off what is used of most services."""

from __future__ import annotations

from finops_repl.simulator.meter import LineType
from finops_repl.simulator.offers import SERVICES, TAX, Service

__all__ = ["AMORTIZED_TYPES", "EDP_PERCENT", "PAID_TYPES", "discounted"]

EDP_PERCENT = 6
PAID_TYPES: tuple[LineType, ...] = (
    "Usage", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee", "Fee"
)  # fmt: skip
"""The line types whose unblended cost is discounted."""
AMORTIZED_TYPES: tuple[LineType, ...] = (*PAID_TYPES, "DiscountedUsage", "SavingsPlanCoveredUsage")
"""Those whose amortized cost is."""

EXEMPT = (SERVICES["support"], SERVICES["marketplace"], TAX)


def discounted(service: Service) -> bool:
    """True where the agreement has a discount on the service."""
    return service not in EXEMPT
