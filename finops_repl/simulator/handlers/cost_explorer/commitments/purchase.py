"""What requests for purchase recommendations have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments.conjunction import conjunction
from finops_repl.simulator.handlers.cost_explorer.commitments.uncovered import Lookback, lookback_of
from finops_repl.simulator.handlers.cost_explorer.dimensions import Dimension
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.offerings import Option
from finops_repl.simulator.view import View

__all__ = [
    "MONTH_HOURS",
    "OPTIONS",
    "SCOPES",
    "TERMS",
    "accounts_of",
    "chosen",
    "lookback",
    "metadata",
    "option",
    "recommendation_id",
    "stamp",
]

DAYS = {"SEVEN_DAYS": 7, "THIRTY_DAYS": 30, "SIXTY_DAYS": 60}
TERMS = {"ONE_YEAR": 1, "THREE_YEARS": 3}
SCOPES = ("PAYER", "LINKED")
OPTIONS: Mapping[str, Option] = {
    "NO_UPFRONT": "No Upfront",
    "PARTIAL_UPFRONT": "Partial Upfront",
    "ALL_UPFRONT": "All Upfront",
}
_OF_OLD = ("LIGHT_UTILIZATION", "MEDIUM_UTILIZATION", "HEAVY_UTILIZATION")
MONTH_HOURS = Decimal(730)


def chosen(params: Mapping[str, Any], name: str, known: Collection[str], default: str = "") -> str:
    """One of the values of a parameter; raises `Invalid`, also where it is missing."""
    given = params.get(name) or default
    if not given:
        raise Invalid(f"{name} is required: one of {', '.join(known)}")
    if given not in known:
        raise Invalid(f"{name} {given} is not valid. Valid values: {', '.join(known)}")
    return str(given)


def lookback(view: View, params: Mapping[str, Any]) -> Lookback:
    """The days of `LookbackPeriodInDays`."""
    return lookback_of(view, DAYS[chosen(params, "LookbackPeriodInDays", DAYS)])


def option(params: Mapping[str, Any]) -> Option:
    """The way of payment; the ones by utilization have not been sold for long."""
    given = params.get("PaymentOption")
    if given in _OF_OLD:
        raise Invalid(f"PaymentOption {given} is not supported: use {', '.join(OPTIONS)}")
    return OPTIONS[chosen(params, "PaymentOption", OPTIONS)]


def accounts_of(view: View, expression: object, *, negatable: bool = False) -> frozenset[str]:
    """The ids of the accounts that `Filter` chooses; raises `Invalid` for another dimension.

    Recommendations take no And and no Or; those of reservations, `negatable`, take Not (botocore's
    model of `ce`, `Expression` and `Filter` of each).
    """
    given = expression.items() if isinstance(expression, Mapping) else ()
    roots = {name: value for name, value in given if value is not None}
    for name in ("And", "Or"):
        if name in roots:
            raise Invalid(
                f"Filter takes the dimension LINKED_ACCOUNT alone: {name} is not supported"
            )
    if negatable and list(roots) == ["Not"]:
        return frozenset(each.id for each in view.world.accounts) - accounts_of(view, roots["Not"])
    where, values = conjunction(expression, {"LINKED_ACCOUNT": Dimension("id")})
    rows = view.rows(f"SELECT id FROM account WHERE {where}", values)  # noqa: S608
    return frozenset(id_ for (id_,) in rows)


def metadata(view: View, *words: str) -> dict[str, str]:
    """Which recommendation it is, made in the morning of the day it is asked on."""
    return {
        "RecommendationId": recommendation_id(view, *words),
        "GenerationTimestamp": stamp(view.calendar.now),
    }


def stamp(moment: datetime) -> str:
    """A second, UTC, as Cost Explorer writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def recommendation_id(view: View, *words: str) -> str:
    """36 characters that these words name."""
    return view.world.chance.uuid("recommendation", str(view.calendar.as_of), *words)
