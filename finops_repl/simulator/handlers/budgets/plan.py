"""Which budgets there are, their limits, and what was spent and is forecast of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.dimensions import DIMENSIONS, tag_column
from finops_repl.simulator.handlers.cost_explorer.forecast import DEFAULT_PERCENT, going_on
from finops_repl.simulator.handlers.cost_explorer.period import Period
from finops_repl.simulator.handlers.cost_explorer.rows import Sums
from finops_repl.simulator.view import View

__all__ = ["Budget", "Plan"]

MONTHS_BEFORE = 6
"""How many of the ledger's first months the limits come from."""
MORE = Decimal("1.1")
DIGITS = 2
"""Limits are round figures."""
CENT = Decimal("0.01")
TEAM = "team"

Series = Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Budget:
    """A month's limit in dollars on what `key` names: an account's id, a team, or everything."""

    name: str
    key: str
    limit: Decimal
    filters: Mapping[str, Sequence[str]]
    expression: Mapping[str, Any]


class Plan:
    """The budgets of the organisation."""

    def __init__(self, view: View) -> None:
        self._view, self._sums = view, Sums(view)

    @property
    def this_month(self) -> date:
        """The first day of the month that the account is looked at in."""
        return self._view.calendar.now.date().replace(day=1)

    @property
    def months(self) -> Sequence[tuple[date, date]]:
        """The months that have a budget, from the first to this one: first day and end."""
        start = self._view.calendar.months()[MONTHS_BEFORE].starts
        period = Period(start, _following(self.this_month))
        return [(each.start, each.end) for each in period.buckets("MONTHLY")]

    @cached_property
    def budgets(self) -> Sequence[Budget]:
        """All of them, by name."""
        world = self._view.world
        found = [self._budget(f"{world.payer.name}-month", "", {}, {})]
        for account in world.members:
            chosen = {"Key": "LINKED_ACCOUNT", "Values": [account.id], "MatchOptions": ["EQUALS"]}
            found.append(
                self._budget(
                    f"account-{account.name}", account.id, {"LinkedAccount": [account.id]},
                    {"Dimensions": chosen},
                )
            )  # fmt: skip
        for team in sorted({account.team for account in world.members}):
            chosen = {"Key": TEAM, "Values": [team], "MatchOptions": ["EQUALS"]}
            found.append(
                self._budget(
                    f"team-{team}", team, {"TagKeyValue": [f"user:{TEAM}${team}"]},
                    {"Tags": chosen},
                )
            )  # fmt: skip
        return sorted(found, key=lambda each: each.name)

    def named(self, name: str) -> Budget | None:
        """The budget of this name."""
        return next((each for each in self.budgets if each.name == name), None)

    def actual(self, budget: Budget, month: date) -> Decimal:
        """What was spent in a month, to the cent."""
        return self._spent(budget.key, month).quantize(CENT)

    def forecast(self, budget: Budget) -> Decimal | None:
        """What this month will have cost at its end, to the cent; None with too little history."""
        calendar = self._view.calendar
        by_day = {day: float(cost) for day, cost in self._days[budget.key].items()}
        forecast = going_on(by_day, calendar)
        if forecast is None:
            return None
        spent = self._spent(budget.key, self.this_month)
        today, end = calendar.now.date(), _following(self.this_month)
        left = Decimal(forecast.ahead(today, end, DEFAULT_PERCENT).mean)
        return (spent + left).quantize(CENT)

    def _spent(self, key: str, month: date) -> Decimal:
        end = _following(month)
        of = self._days[key].items()
        return sum((cost for day, cost in of if month <= day < end), Decimal(0))

    def _budget(
        self, name: str, key: str, filters: Mapping[str, Sequence[str]],
        expression: Mapping[str, Any],
    ) -> Budget:  # fmt: skip
        months = [month.starts for month in self._view.calendar.months()[:MONTHS_BEFORE]]
        usual = sum((self._spent(key, month) for month in months), Decimal(0)) / len(months)
        planned = max(Decimal(1), usual * MORE)
        step = Decimal(10) ** (planned.adjusted() - DIGITS + 1)
        limit = (planned / step).to_integral_value(ROUND_CEILING) * step
        return Budget(name, key, limit.quantize(CENT), filters, expression)

    @cached_property
    def _days(self) -> Mapping[str, Series]:
        """The unblended cost of each day of the whole, of each account and of each team."""
        calendar = self._view.calendar
        asked = Period(calendar.first_day, calendar.now.date())
        found: dict[str, dict[date, Decimal]] = defaultdict(dict)
        for group in ((), (("", DIMENSIONS["LINKED_ACCOUNT"].shown),), (("", tag_column(TEAM)),)):
            for row in self._sums.rows(asked, "DAILY", ("UnblendedCost",), group):
                key = row[1] if group else ""
                if key or not group:
                    found[key][row[0]] = Decimal(row[-1] or 0)
        return found


def _following(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
