"""What did we spend, where no bill is in SQL: requests of Cost Explorer, which cost $0.01 each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from finops_repl.playbooks.charges import Metric
from finops_repl.playbooks.dimensions import TIMES, Dimension, is_tag, tag_key
from finops_repl.playbooks.filters import Filter
from finops_repl.playbooks.period import Period
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.playbooks.services import SERVICES
from finops_repl.playbooks.spend.answer import SpendAnswer
from finops_repl.playbooks.spend.changes_answer import ChangesAnswer
from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.question import SpendQuestion
from finops_repl.playbooks.steps import Outcome, Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["spend_by_cost_explorer"]

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


def spend_by_cost_explorer(asked: SpendQuestion, lacking: Outcome) -> Playbook:
    """The same table as from the bill, within what Cost Explorer can tell apart.

    `lacking` is how query_bill said that there is no bill, with the account's own day, of which
    periods are counted.
    """
    today = date.fromisoformat(str(lacking.content["today"]))
    last = today - timedelta(days=1)
    periods = asked.comparison.periods(last) if asked.comparison else (asked.period(last),)
    asks = _Asked(asked, periods, last)
    asks.check(lacking)
    requests = asks.requests()
    (ran,) = yield Step(
        f"No bill is connected, so I ask Cost Explorer: {asks.price(len(requests))}.",
        (
            ToolCall(
                "execute_code",
                {
                    "language": "python",
                    "code": script("spend_cost_explorer"),
                    "params": asks.params(requests),
                    "timeout_s": 60,
                },
            ),
        ),
    )
    return _answer(asks, _Told(ran), today)


class _Asked:
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


class _Told:
    """What the script told: rows of kinds, whose numbers are figures in the order of columns."""

    def __init__(self, ran: Outcome) -> None:
        content = ran.content
        if ran.is_error and "exit_code" in content:
            last = (str(content.get("stderr", "")).strip().splitlines() or ["it failed"])[-1]
            raise PlaybookStopped(
                f"Cost Explorer did not answer: {plain(last)}",
                hint="ask for another period, account or tag",
            )
        try:
            finding = json.loads(str(ran.checked().get("stdout", "")).strip().splitlines()[-1])
            figures = [each for each in content.get("figures", ()) if "id" in each]
            self.unit = str(finding["unit"])
            self.moments = [str(each) for each in finding["moments"]]
            self.shown = int(finding["shown"])
            listed = finding["rows"]
            starts = [int(row[3]) for row in listed] + [len(figures)]
            if starts[-1] < starts[-2] + len(self.moments) + 1:
                raise ValueError("figures are missing")
            self._rows = [
                self._row(row, figures[start:end])
                for row, start, end in zip(listed, starts, starts[1:], strict=False)
            ]
        except (IndexError, KeyError, ValueError):
            raise PlaybookStopped("the script told no whole table of costs") from None

    @staticmethod
    def _row(row: Sequence[Any], figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        kind, rank, is_rest, _, *parts = row
        cells = {
            str(figure["label"]).partition(" ")[2]: f"{figure['value']} [{figure['id']}]"
            for figure in figures
        }
        names = {f"part_{place}": name for place, name in enumerate(parts, start=1)}
        derived = {"change_percent": None, "share_percent": None}
        return {"kind": kind, "rank": rank, "is_rest": is_rest, **derived, **names, **cells}

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """The rows of these kinds."""
        return [row for row in self._rows if row["kind"] in kinds]

    @property
    def total(self) -> dict[str, Any]:
        (row,) = self.of("total")
        return {f"total_{name}": cell for name, cell in row.items()}


def _answer(asks: _Asked, told: _Told, today: date) -> str:
    said = f"So says Cost Explorer, about a day late; periods are counted from today, {today}."
    rows = told.of("all", "changed", "new", "gone")
    if asks.by and not rows:
        raise PlaybookStopped(
            f"Cost Explorer holds no cost for {asks.params([])['words']}",
            hint=f"periods are counted from today, {today}; ask for an earlier one",
        )
    if len(asks.periods) == 2:
        earlier, later = asks.periods
        kinds = [
            {**row, "kind": row["kind"].removeprefix("all ")}
            for row in told.of("all new", "all gone")
        ]
        return ChangesAnswer(
            (earlier, later),
            asks.cost_words,
            asks.only,
            said,
            told.unit,
            "",
            asks.by,
            rows,
            kinds,
            told.total,
        ).text()
    cost = Measure("cost", f"{asks.metric} cost".capitalize())
    measures = [*(Measure(at, at) for at in told.moments), cost]
    if told.moments and not asks.is_by_time:
        measures[-1] = Measure("cost", "Total")
    if asks.part:
        measures = [Measure("part_cost", plain(asks.part.words)), Measure("whole_cost", "All")]
    total = told.total
    return SpendAnswer(
        asks.periods[0],
        asks.cost_words,
        asks.only,
        said,
        told.unit,
        asks.by,
        measures,
        [{column.name: None for column in measures} | row for row in rows],
        total | {"total_percent": total["total_share_percent"] if asks.part else None},
        told.shown,
        has_share=asks.asked.share is not None,
        part=plain(asks.part.words) if asks.part else "",
    ).text()
