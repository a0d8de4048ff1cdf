"""The reservations and plans of the organisation, as inventories list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from finops_repl.simulator.commitment import Kind
from finops_repl.simulator.offerings import offering_id
from finops_repl.simulator.view import View

__all__ = ["Purchase", "purchases"]

COLUMNS = (
    "id, kind, arn, account_id, region, family, instance_type, engine, deployment, offering_class,"
    " quantity, option, term, begins, ends, stops, rate, recurring, upfront, upfront_value"
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One row of the table of commitments, and what day it is.

    Prices are of an hour of one instance, or of the whole plan; `upfront_value` is what was paid at
    the start for all of it.
    """

    today: date
    offering: str
    id: str
    kind: Kind
    arn: str
    account_id: str
    region: str
    family: str
    instance_type: str
    engine: str
    deployment: str
    offering_class: str
    quantity: int
    option: str
    term: str
    begins: datetime
    ends: datetime
    stops: date
    rate: Decimal
    recurring: Decimal
    upfront: Decimal
    upfront_value: Decimal

    @property
    def state(self) -> Literal["active", "retired"]:
        """Retired is what has expired or was sold."""
        return "active" if self.stops > self.today else "retired"

    @property
    def starts_at(self) -> datetime:
        return self.begins.replace(tzinfo=UTC)

    @property
    def ends_at(self) -> datetime:
        """The end of the term, or the sale."""
        last = min(self.stops, self.ends.date())
        return datetime.combine(last, time(), UTC)

    @property
    def years(self) -> int:
        return int(self.term.removesuffix("yr"))

    @property
    def seconds(self) -> int:
        """The length of the term."""
        return self.years * 365 * 86_400

    @property
    def fixed_price(self) -> Decimal:
        """What was paid at the start for one of them."""
        return self.upfront_value / self.quantity


def purchases(view: View, where: str, values: Sequence[object] = ()) -> list[Purchase]:
    """Those that a condition chooses, oldest first."""
    today = view.calendar.now.date()
    rows = view.rows(
        f"SELECT {COLUMNS} FROM commitment WHERE {where} ORDER BY begins, id",  # noqa: S608
        values,
    )
    return [Purchase(today, _offering(view, row), *row) for row in rows]


def _offering(view: View, row: tuple[Any, ...]) -> str:
    kind, region, family, type_, option, term = row[1], row[4], row[5], row[6], row[11], row[12]
    return offering_id(view.world.chance, kind, region, type_ or family, term[0], option)
