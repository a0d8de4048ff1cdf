"""The services that have reservations, and which of them a filter asks for."""

from __future__ import annotations

from finops_repl.simulator.handlers.cost_explorer.commitments.conjunction import values_of
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.offers import SERVICES

__all__ = ["CACHES", "COMPUTE", "DATABASES", "RESERVED", "asked_services"]

COMPUTE = SERVICES["compute"].name
DATABASES = SERVICES["rds"].name
CACHES = SERVICES["elasticache"].name
RESERVED = (
    COMPUTE, DATABASES, CACHES, "Amazon MemoryDB", "Amazon Redshift",
    "Amazon Elasticsearch Service", "Amazon OpenSearch Service",
)  # fmt: skip
"""As `SERVICE` has them in reports on reservations; this organisation uses the first three."""


def asked_services(expression: object, *, most: int) -> tuple[str, ...]:
    """The values of SERVICE, at most so many; none where it is not named. Raises `Invalid`."""
    found = tuple(dict.fromkeys(values_of(expression, "SERVICE") or ()))
    for each in found:
        if each not in RESERVED:
            raise Invalid(f"SERVICE {each} is not valid. Valid values: {', '.join(RESERVED)}")
    if len(found) > most:
        raise Invalid(f"Filter by SERVICE takes at most {most} of its values in this operation")
    return found
