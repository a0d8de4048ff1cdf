"""What did we spend, where no bill is in SQL: requests of Cost Explorer, which cost $0.01 each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.playbooks.spend.answer import SpendAnswer
from finops_repl.playbooks.spend.changes_answer import ChangesAnswer
from finops_repl.playbooks.spend.cost_explorer_asked import CostExplorerAsked
from finops_repl.playbooks.spend.measure import Measure
from finops_repl.playbooks.spend.question import SpendQuestion
from finops_repl.playbooks.steps import Outcome, Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["spend_by_cost_explorer"]


def spend_by_cost_explorer(asked: SpendQuestion, lacking: Outcome) -> Playbook:
    """The same table as from the bill, within what Cost Explorer can tell apart.

    `lacking` is how query_bill said that there is no bill, with the account's own day, of which
    periods are counted.
    """
    today = date.fromisoformat(str(lacking.content["today"]))
    last = today - timedelta(days=1)
    periods = asked.comparison.periods(last) if asked.comparison else (asked.period(last),)
    asks = CostExplorerAsked(asked, periods, last)
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
        cells = {_column(figure): f"{figure['value']} [{figure['id']}]" for figure in figures}
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


def _column(figure: Mapping[str, Any]) -> str:
    """`earlier_cost` of the label `earlier cost, EC2`."""
    return str(figure["label"]).partition(", ")[0].replace(" ", "_")


def _answer(asks: CostExplorerAsked, told: _Told, today: date) -> str:
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
