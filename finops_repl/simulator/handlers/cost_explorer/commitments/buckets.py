"""The periods of a report on commitments: days or months, or the whole one where it has groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.handlers.cost_explorer.period import Period, period
from finops_repl.simulator.months import Calendar

__all__ = ["Buckets", "buckets"]

GRANULARITIES = ("DAILY", "MONTHLY")


@dataclass(frozen=True, slots=True)
class Buckets:
    """A period in parts; `granularity` is empty where it is one part.

    `sql` gives the first day of a fact's part.
    """

    whole: Period
    granularity: str

    @property
    def parts(self) -> list[Period]:
        """Oldest first."""
        return self.whole.buckets(self.granularity) if self.granularity else [self.whole]

    @property
    def sql(self) -> str:
        """The first day of the part that a fact `f` is in."""
        if self.granularity == "DAILY":
            return "f.day"
        first = f"DATE '{self.whole.start}'"
        if self.granularity == "MONTHLY":
            return f"greatest(date_trunc('month', f.day)::DATE, {first})"
        return first

    @property
    def days(self) -> tuple[date, date]:
        """The values of `f.day >= ? AND f.day < ?`."""
        return self.whole.start, self.whole.end


def buckets(
    params: Mapping[str, Any], calendar: Calendar, *, default: str = "", grouped: bool = False
) -> Buckets:
    """What `TimePeriod` and `Granularity` ask for; raises `Invalid`.

    `default` is the granularity where none is asked for; a report with groups has none at all.
    """
    whole = period(params.get("TimePeriod"), calendar)
    given = params.get("Granularity")
    if grouped:
        if given is not None:
            raise Invalid("Granularity is not supported when specifying groupBy")
        return Buckets(whole, "")
    if given is not None and given not in GRANULARITIES:
        raise Invalid(
            f"Granularity {given} is not valid for this operation. Valid values: "
            f"{', '.join(GRANULARITIES)}"
        )
    return Buckets(whole, str(given or default))
