"""Recommendations of reservations, as tests ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import fields

__all__ = ["reserved", "where"]


def reserved(organisation: SimulatedOrganisation, service: str, **more: Any) -> Any:
    answer = fields(
        organisation, "ce", "GetReservationPurchaseRecommendation", Service=service,
        **{"LookbackPeriodInDays": "THIRTY_DAYS", **more},
    )  # fmt: skip
    (found,) = answer["Recommendations"]
    return found


def where(detail: Mapping[str, Any]) -> Any:
    """The details of the instances of a recommendation, of whatever service."""
    (found,) = detail["InstanceDetails"].values()
    return found
