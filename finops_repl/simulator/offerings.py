"""What commitments are offered today: the price of an hour by term and payment.

All of these rates are the simulated organisation's own. The price list's percentages are those of
one year with nothing paid up front; a commitment keeps the rate of the day on which it was bought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Literal

from finops_repl.simulator.chance import Chance
from finops_repl.simulator.commitment import Kind, family_percent
from finops_repl.simulator.database_plans import database_percent
from finops_repl.simulator.instance_types import sizes

__all__ = [
    "UPFRONT",
    "OfferingClass",
    "Option",
    "PlanKind",
    "offering_id",
    "plan_rate",
    "plans_sold",
    "reserved_rate",
    "smallest",
]

PlanKind = Kind | Literal["database-sp"]
"""The kinds that are bought already, and the Database Savings Plan, which nobody owns here."""
Option = Literal["No Upfront", "Partial Upfront", "All Upfront"]
OfferingClass = Literal["standard", "convertible"]

UPFRONT: Mapping[Option, int] = {"No Upfront": 0, "Partial Upfront": 50, "All Upfront": 100}
"""Percent of a commitment that is paid at its start."""

_OF_PLAN: Mapping[int, Mapping[Option, int]] = {  # percent of the price list's percentage
    1: {"No Upfront": 100, "Partial Upfront": 97, "All Upfront": 95},
    3: {"No Upfront": 76, "Partial Upfront": 72, "All Upfront": 70},
}
_RESERVED: Mapping[int, Mapping[Option, int]] = {  # percent of the list price
    1: {"No Upfront": 64, "Partial Upfront": 61, "All Upfront": 60},
    3: {"No Upfront": 45, "Partial Upfront": 42, "All Upfront": 40},
}
_CONVERTIBLE = 7
"""Percent of the list price that a reservation which may be exchanged costs more."""


def plans_sold(kind: PlanKind) -> Sequence[tuple[int, Option]]:
    """The years and payments that a kind of plan is sold with.

    Database Savings Plans are sold for one year without any payment upfront alone (AWS's
    announcement of 2 December 2025).
    """
    return [(1, "No Upfront")] if kind == "database-sp" else list(product(_OF_PLAN, UPFRONT))


def plan_rate(kind: PlanKind, family: str, years: int, option: Option, unit: str = "Hrs") -> int:
    """What covered usage costs under a new plan, in percent of its list price.

    No `family` is Lambda, or what databases charge by the `unit`.
    """
    if kind == "database-sp":
        return database_percent(unit)
    return family_percent(kind, family) * _OF_PLAN[years][option] // 100


def reserved_rate(years: int, option: Option, offering_class: OfferingClass = "standard") -> int:
    """What an hour costs under a new reservation, in percent of its list price."""
    more = _CONVERTIBLE if offering_class == "convertible" else 0
    return _RESERVED[years][option] + more


def smallest(family: str) -> str:
    """The smallest instance type of a family: `m5.large`."""
    return f"{family}.{sizes(family)[0]}"


def offering_id(chance: Chance, *words: str) -> str:
    """The id of what can be bought, by what tells it from other offerings."""
    return chance.uuid("offering", *words)
