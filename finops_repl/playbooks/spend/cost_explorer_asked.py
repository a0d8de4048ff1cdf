"""A question of spend as Cost Explorer is asked it: requests, groups, filters, and its limits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from finops_repl.playbooks.charges import Metric
from finops_repl.playbooks.dimensions import TIMES, Dimension, is_tag, tag_key
from finops_repl.playbooks.filters import Filter
from finops_repl.playbooks.period import Period
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.services import SERVICES
from finops_repl.playbooks.spend.question import SpendQuestion
from finops_repl.playbooks.steps import Outcome, PlaybookStopped

__all__ = ["CostExplorerAsked"]

KEYS: Mapping[Dimension, str] = {
    "service": "SERVICE",
    "account": "LINKED_ACCOUNT",
    "region": "REGION",
    "usage type": "USAGE_TYPE",
    "operation": "OPERATION",
    "resource": "RESOURCE_ID",
    "charge type": "RECORD_TYPE",
    "purchase option": "PURCHASE_TYPE",
}
METRICS: Mapping[Metric, str] = {
    "unblended": "UnblendedCost",
    "amortized": "AmortizedCost",
    "net unblended": "NetUnblendedCost",
    "net amortized": "NetAmortizedCost",
}
CHARGES = {"credit": "Credit", "refund": "Refund", "tax": "Tax"}
MOST_ROWS, MOST_FIGURES, RESOURCE_DAYS = 36, 40, 14
"""Moments of a table and numbers of one script's result; days that resources are kept for."""


class CostExplorerAsked:
    """A question as Cost Explorer is asked it."""

    def __init__(self, asked: SpendQuestion, periods: Sequence[Period], last: date) -> None:
        self.asked, self.periods, self._last = asked, tuple(periods), last
        self.part = asked.share.part if asked.share else None
        self.by = asked.by or ((asked.over,) if asked.over else ())
        self.is_by_time = bool(self.by) and self.by[0] in TIMES

    def check(self, lacking: Outcome) -> None:
        """`PlaybookStopped` for what a bill would have to answer, before anything is asked."""
        problem = ""
        asked, first = self.asked, min(each.start for each in self.periods)
        kept = self._last + timedelta(days=1 - RESOURCE_DAYS)
        services = [each for each in asked.filters if each.of == "service" and not each.out]
        if self.metric == "list":
            problem = "Cost Explorer knows no list prices"
        elif "resource" in asked.by and (first < kept or not services):
            problem = (
                f"Cost Explorer tells resources of the last {RESOURCE_DAYS} days, from {kept} on, "
                "of a service that is named"
            )
        elif asked.over == "day" and self.periods[0].days > MOST_ROWS:
            problem = f"a table by day has room for {MOST_ROWS} of Cost Explorer's days"
        elif asked.over and asked.by and not self.part and self._moments > 6:
            problem = f"a table by {asked.by[0]} has room for 6 {asked.over}s of Cost Explorer"
        if problem:
            raise PlaybookStopped(
                f"{problem}, and {lacking.content['error']}",
                hint=f"ask for less; or {lacking.content.get('hint', '')}",
            )

    @property
    def _moments(self) -> int:
        (period,) = self.periods
        return {"day": period.days, "week": -(-period.days // 7)}.get(
            self.asked.over, period.months
        )

    @property
    def metric(self) -> Metric:
        usual: Metric = "amortized" if self.asked.comparison else "unblended"
        return self.asked.charges.metric or usual

    @property
    def cost_words(self) -> str:
        """The metric, and which charges are out or all there is."""
        if self.asked.charges.alone:
            return f"{self.metric} cost, {', '.join(self._charges(inside=True))} alone"
        inside = [CHARGES[each] for each in self.asked.charges.inside]
        said = f"{self.metric} cost" + (f", with {', '.join(inside)}" if inside else "")
        apart = self._charges(inside=False)
        return f"{said}, without {', '.join(apart)}" if apart else said

    def _charges(self, *, inside: bool) -> list[str]:
        charges = self.asked.charges
        if inside:
            return [CHARGES[each] for each in charges.alone]
        return [word for kind, word in CHARGES.items() if kind not in charges.inside]

    @property
    def only(self) -> str:
        """The filters in words: ` for EC2`."""
        told = [plain(each.words) for each in self.asked.filters if each is not self.part]
        return f" for {', '.join(told)}" if told else ""

    def price(self, requests: int) -> str:
        """How many requests it takes, of one page each."""
        named = [each for each in self.asked.filters if each.of == "account"]
        looked_up = sum(not value.isdigit() for each in named for value in each.values[:1])
        count = requests + looked_up * requests + bool(self._tags())
        return "one request, which costs $0.01" if count == 1 else f"{count} requests of $0.01"

    def requests(self) -> list[dict[str, object]]:
        """A column's name, its days and its filter, for each column of costs."""
        whole = [self._condition(each) for each in self.asked.filters if each is not self.part]
        whole.append(self._row_types())
        (first, *rest) = self.periods
        if rest:
            return [
                self._request("earlier_cost", first, whole),
                self._request("later_cost", rest[0], whole),
            ]
        if self.part:
            mine = [*whole, self._condition(self.part)]
            return [
                self._request("part_cost", first, mine),
                self._request("whole_cost", first, whole),
            ]
        return [self._request("cost", first, whole)]

    def _request(
        self, column: str, period: Period, conditions: Sequence[Mapping[str, object]]
    ) -> dict[str, object]:
        kept = [each for each in conditions if each]
        return {
            "column": column,
            "start": str(period.start),
            "end": str(min(period.end, self._last + timedelta(days=1))),
            "filter": {"And": kept} if len(kept) > 1 else kept[0] if kept else {},
        }

    def _row_types(self) -> dict[str, object]:
        kinds = self._charges(inside=bool(self.asked.charges.alone))
        named = {"Dimensions": {"Key": "RECORD_TYPE", "Values": kinds}}
        if not kinds:
            return {}
        return dict(named) if self.asked.charges.alone else {"Not": named}

    def _condition(self, named: Filter) -> dict[str, object]:
        values = list(named.values)
        if named.of == "service":
            meant = [each for each in SERVICES if each.name in values]
            values = [title for each in meant for title in each.titles]
        found: dict[str, object] = (
            {"Tags": {"Key": tag_key(named.of), "Values": values}}
            if is_tag(named.of)
            else {"Dimensions": {"Key": KEYS[named.of], "Values": values}}
        )
        return {"Not": found} if named.out else found

    def _tags(self) -> list[str]:
        return [tag_key(each) for each in self.asked.dimensions if is_tag(each)]

    def params(self, requests: Sequence[Mapping[str, object]]) -> dict[str, str | int]:
        """What the script is given: words and numbers, so that it can be saved as a workflow."""
        keys = [
            {"Type": "TAG", "Key": tag_key(each)}
            if is_tag(each)
            else {"Type": "DIMENSION", "Key": KEYS[each]}
            for each in self.asked.by
        ]
        daily = self.asked.over in ("day", "week") or "resource" in self.asked.by
        daily = daily or not all(each.is_whole_months for each in self.periods)
        by_change, share = len(self.periods) == 2, self.asked.share is not None
        columns = 4 if by_change else len(requests) + share
        if self.asked.over and self.asked.by:
            columns += self._moments
        most = MOST_ROWS if self.is_by_time else max(1, MOST_FIGURES // columns - 2)
        return {
            "requests": json.dumps(requests),
            "group_by": json.dumps(keys),
            "tags": json.dumps(self._tags()),
            "metric": METRICS[self.metric],
            "granularity": "DAILY" if daily else "MONTHLY",
            "over": self.asked.over,
            "rows_by_time": "yes" if self.is_by_time else "no",
            "by_change": "yes" if by_change else "no",
            "share": "yes" if share else "no",
            "tabled": "yes" if self.by else "no",
            "shown": most if self.is_by_time else min(self.asked.shown, most),
            "words": " and ".join(each.words for each in self.periods) + self.only,
        }
