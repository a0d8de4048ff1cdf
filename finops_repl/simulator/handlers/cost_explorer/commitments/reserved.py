"""Reservations as the report on their use sees them: what each holds and costs, and the sums."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from finops_repl.simulator.handlers.cost_explorer.commitments.figures import (
    PLACES,
    ZERO,
    percent,
    text,
)
from finops_repl.simulator.handlers.cost_explorer.period import Period

__all__ = ["OF_RESERVATIONS", "Reservation", "Used"]

OF_RESERVATIONS = (
    "c.commitment, c.id, c.arn, c.account_id, c.account_name, c.region, c.instance_type, c.factor,"
    " c.os, c.quantity, c.option, c.offering_class, c.begins, c.ends, c.starts, c.stops,"
    " c.recurring, c.upfront, c.list_price"
)
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Reservation:
    """What the table of commitments knows of one; rates are of an hour of one instance."""

    number: int
    id: str
    arn: str
    account_id: str
    account_name: str
    region: str
    instance_type: str
    factor: Decimal
    os: str
    quantity: int
    option: str
    offering_class: str
    begins: datetime
    ends: datetime
    starts: date
    stops: date
    recurring: Decimal
    upfront: Decimal
    list_price: Decimal

    def hours(self, part: Period, until: date) -> int:
        """The hours that it holds in a period, up to the day `until`."""
        first, end = max(part.start, self.starts), min(part.end, self.stops, until)
        return max(0, (end - first).days) * 24 * self.quantity

    def used(self, held: Decimal, units: Decimal, on_demand: Decimal) -> Used:
        """The sums where of so many hours held, these units were used, at this list price."""
        # The bill counts in millionths of an hour, and what it leaves unused it rounds down.
        unused = (held - units / self.factor).quantize(MICRO, ROUND_DOWN)
        return Used(
            held, held * self.factor, held - unused, units, on_demand, held * self.list_price,
            held * self.upfront, held * self.recurring,
            (unused * (self.recurring + self.upfront)).quantize(PLACES),
        )  # fmt: skip

    def attributes(self, today: date) -> dict[str, str]:
        return {
            "subscriptionId": self.id,
            "reservationARN": self.arn,
            "accountId": self.account_id,
            "accountName": self.account_name,
            "region": self.region,
            "instanceType": self.instance_type,
            "numberOfInstances": str(self.quantity),
            "offeringType": self.offering_class,
            "subscriptionType": self.option,
            "subscriptionStatus": "Active" if self.stops > today else "Expired",
            "scope": "Region",
            "sizeFlexibility": "FlexRI",
            "startDateTime": f"{self.begins:%Y-%m-%dT%H:%M:%S.000Z}",
            "endDateTime": f"{min(self.ends.date(), self.stops)}T00:00:00.000Z",
        } | ({"platform": "Linux/UNIX", "tenancy": "Shared"} if self.os else {})


@dataclass(frozen=True, slots=True)
class Used:
    """Sums over reservations and days, in hours, normalized units and dollars."""

    held: Decimal = ZERO
    held_units: Decimal = ZERO
    used: Decimal = ZERO
    used_units: Decimal = ZERO
    on_demand: Decimal = ZERO
    whole_on_demand: Decimal = ZERO
    upfront: Decimal = ZERO
    recurring: Decimal = ZERO
    idle: Decimal = ZERO

    def __add__(self, other: Used) -> Used:
        names = [field.name for field in fields(self)]
        return Used(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def fee(self) -> Decimal:
        return self.upfront + self.recurring

    def figures(self) -> dict[str, str]:
        """As the API names them."""
        realized = self.on_demand - (self.fee - self.idle)
        potential = self.whole_on_demand - self.fee
        amounts = {
            "PurchasedHours": self.held,
            "PurchasedUnits": self.held_units,
            "TotalActualHours": self.used,
            "TotalActualUnits": self.used_units,
            "UnusedHours": self.held - self.used,
            "UnusedUnits": self.held_units - self.used_units,
            "OnDemandCostOfRIHoursUsed": self.on_demand,
            "NetRISavings": self.on_demand - self.fee,
            "TotalPotentialRISavings": potential,
            "AmortizedUpfrontFee": self.upfront,
            "AmortizedRecurringFee": self.recurring,
            "TotalAmortizedFee": self.fee,
            "RICostForUnusedHours": self.idle,
            "RealizedSavings": realized,
            "UnrealizedSavings": potential - realized,
        }
        return {
            "UtilizationPercentage": percent(self.used, self.held),
            "UtilizationPercentageInUnits": percent(self.used_units, self.held_units),
        } | {name: text(amount) for name, amount in amounts.items()}
