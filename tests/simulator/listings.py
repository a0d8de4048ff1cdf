"""Whole inventories by their services' own answers, page by page and region by region."""

from __future__ import annotations

from typing import Any

from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields

__all__ = ["everywhere", "listed"]

_TOKENS = ("NextToken", "ContinuationToken", "Marker", "PaginationToken", "NextMarker", "nextToken")


def listed(
    organisation: SimulatedOrganisation, service: str, operation: str, result: str,
    region: str = "us-east-1", **params: Any,
) -> list[Any]:  # fmt: skip
    """All items of a list in one region."""
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        page = fields(organisation, service, operation, region, **params, **more)
        found += page[result]
        given = [(name, page[name]) for name in _TOKENS if page.get(name)]
        if not given:
            return found
        ((name, token),) = given
        more = {"Marker" if name == "NextMarker" else name: token}


def everywhere(
    organisation: SimulatedOrganisation, service: str, operation: str, result: str, **params: Any
) -> list[Any]:
    """All items of a list in every region, those that the organisation does not use too."""
    return [
        item
        for region in REGIONS
        for item in listed(organisation, service, operation, result, region, **params)
    ]
