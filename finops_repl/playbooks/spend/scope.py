"""Which rows of a bill a question means, and which of their costs, as SQL and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from finops_repl.playbooks.charges import Metric
from finops_repl.playbooks.described import DescribedBill
from finops_repl.playbooks.dimensions import Dimension, is_tag, tag_key
from finops_repl.playbooks.filters import Filter
from finops_repl.playbooks.period import Period
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.services import SERVICES
from finops_repl.playbooks.spend.question import SpendQuestion
from finops_repl.playbooks.steps import PlaybookStopped

__all__ = ["UNTAGGED", "Scope", "listed"]

UNTAGGED = "(untagged)"
ROW_TYPES = {"credit": "Credit", "refund": "Refund", "tax": "Tax"}
FOCUS_ROW_TYPES = ROW_TYPES | {"refund": "Adjustment"}


@dataclass(frozen=True, slots=True)
class Scope:
    """A question before a bill.

    `tags` are SQL expressions of the tags in question by their key as the question writes it.
    """

    bill: DescribedBill
    asked: SpendQuestion
    periods: tuple[Period, ...]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def metric(self) -> Metric:
        """What is asked for; two periods are compared by amortized cost, as fees come on a day."""
        if self.asked.charges.metric:
            return self.asked.charges.metric
        amortized = self.bill.columns.amortized
        is_other = amortized and amortized != self.bill.columns.cost
        return "amortized" if self.asked.comparison and is_other else "unblended"

    @property
    def cost(self) -> str:
        """The cost of a row; `PlaybookStopped` where the bill does not have it."""
        columns = self.bill.columns
        match self.metric:
            case "amortized":
                found = columns.amortized
            case "net unblended":
                found = columns.net
            case "net amortized":
                found = columns.net_amortized
            case "list":
                found = self._list_cost()
            case _:
                found = columns.cost
        if not found:
            raise PlaybookStopped(
                f"the table {self.bill.table} has no column of {self.metric} cost",
                hint="ask for unblended or amortized cost; in a bill without net columns, "
                "discounts are rows of their own and in the unblended cost",
            )
        return found

    def _list_cost(self) -> str:
        """What usage costs on demand; a negation would take away what a plan covers."""
        columns = self.bill.columns
        if not columns.list_cost:
            return ""
        if columns.kind == "focus":
            return f"CASE WHEN {columns.row_type} = 'Usage' THEN {columns.list_cost} ELSE 0 END"
        negation = f"{columns.row_type} = 'SavingsPlanNegation'"
        return f"CASE WHEN {negation} THEN 0 ELSE {columns.list_cost} END"

    @property
    def metric_words(self) -> str:
        """The metric as the bill names it: FOCUS has billed and effective cost."""
        if self.metric == "list":
            return "on-demand equivalent"
        if self.bill.columns.kind == "focus":
            return "effective cost" if "amortized" in self.metric else "billed cost"
        return f"{self.metric} cost"

    @property
    def inside(self) -> tuple[str, ...]:
        """Row types that count besides usage and fees because the question says so."""
        return self._types(self.asked.charges.inside)

    @property
    def alone(self) -> tuple[str, ...]:
        """Row types that are all that is asked for."""
        return self._types(self.asked.charges.alone)

    @property
    def apart(self) -> tuple[str, ...]:
        """Row types that are shown beside the cost."""
        if self.asked.charges.alone or self.metric == "list":
            return ()
        return tuple(each for each in self.bill.columns.set_apart if each not in self.inside)

    @property
    def cost_words(self) -> str:
        """`unblended cost, without Credit, Refund`, and with what is asked for."""
        if self.asked.charges.alone:
            return f"{self.metric_words}, {', '.join(self.alone)} alone"
        parts = [self.metric_words]
        if self.metric == "list":
            parts.append("usage alone at list prices")
        if self.inside:
            parts.append(f"with {', '.join(self.inside)}")
        if self.apart:
            parts.append(f"without {', '.join(self.apart)}")
        return ", ".join(parts)

    def _types(self, charges: tuple[str, ...]) -> tuple[str, ...]:
        types = FOCUS_ROW_TYPES if self.bill.columns.kind == "focus" else ROW_TYPES
        return tuple(types[each] for each in charges)

    @property
    def words(self) -> str:
        """Periods and filters: `2026-10, EC2, account sim-web`."""
        names = " and ".join(period.words for period in self.periods)
        return ", ".join((names, *self.filter_words))

    @property
    def only(self) -> str:
        """The filters behind a sum: ` for EC2, account sim-web, without region us-east-1`."""
        words = self.filter_words
        led = " for " if words and not words[0].startswith("without") else " "
        return led + ", ".join(words) if words else ""

    @property
    def filter_words(self) -> tuple[str, ...]:
        part = self.asked.share.part if self.asked.share else None
        told = (each for each in self.asked.filters if each is not part)
        return tuple(plain(each.words) for each in sorted(told, key=lambda each: each.out))

    def within(self) -> str:
        """By the partition, so that nothing else is scanned; by the day where there is none."""
        days = [self.bill.columns.days(each.start, each.end) for each in self.periods]
        return days[0] if len(days) == 1 else "(" + " OR ".join(f"({each})" for each in days) + ")"

    def rows(self, *, apart: bool = False) -> str:
        """The condition of the rows that count, or of those that are shown beside them."""
        columns = self.bill.columns
        part = self.asked.share.part if self.asked.share else None
        conditions = [self.within()]
        conditions += [self.condition(each) for each in self.asked.filters if each is not part]
        if columns.once:
            conditions.append(columns.once)
        if self.alone or apart:
            conditions.append(f"{columns.row_type} IN ({listed(self.alone or self.apart)})")
        elif self.apart or self.metric == "list":
            types = self.apart or columns.set_apart
            conditions.append(f"coalesce({columns.row_type}, '') NOT IN ({listed(types)})")
        return " AND ".join(conditions)

    def condition(self, named: Filter) -> str:
        """The rows that a filter means."""
        columns = self.bill.columns
        match named.of:
            case "service":
                found = self._services(named.values)
            case "account":
                found = f"cast({columns.account} AS varchar) IN ({listed(named.values)})"
                if columns.account_name:
                    lowered = listed(value.lower() for value in named.values)
                    found = f"({found} OR lower({columns.account_name}) IN ({lowered}))"
            case _:
                found = f"{self.part(named.of)} IN ({listed(named.values)})"
        return f"NOT coalesce({found}, false)" if named.out else found

    def _services(self, names: tuple[str, ...]) -> str:
        """By product code; where the bill has none, by name."""
        columns = self.bill.columns
        meant = [each for each in SERVICES if each.name in names]
        codes = listed(code for each in meant for code in each.codes)
        if columns.kind != "focus":
            return f"{columns.service} IN ({codes})"
        titles = (
            f"{columns.service} IN ({listed(title for each in meant for title in each.titles)})"
        )
        if not columns.service_code:
            return titles
        return f"({columns.service_code} IN ({codes}) OR {titles})"

    def part(self, dimension: Dimension) -> str:
        """What a row is counted to; `PlaybookStopped` where the bill has no such column."""
        columns = self.bill.columns
        if is_tag(dimension):
            return f"coalesce(nullif({self.tags[tag_key(dimension)]}, ''), '{UNTAGGED}')"
        found = {
            "service": columns.service,
            "account": columns.account_shown,
            "region": columns.region,
            "usage type": columns.usage_type,
            "operation": columns.operation,
            "resource": columns.resource,
            "charge type": columns.row_type,
            "purchase option": columns.purchase,
            "day": f"date_format({columns.day}, '%Y-%m-%d')",
            "week": f"date_format(date_trunc('week', {columns.day}), '%Y-%m-%d')",
            "month": columns.month_shown,
        }[dimension]
        if not found:
            raise PlaybookStopped(
                f"the table {self.bill.table} has no column of {dimension}s",
                hint="ask by service or account",
            )
        return found


def listed(values: Iterable[str]) -> str:
    """Values as a list of SQL texts."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
