"""What did we spend, where no bill is in SQL: one request of Cost Explorer, which costs $0.01."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from finops_repl.base.money import money
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.playbooks.spend_question import SpendQuestion
from finops_repl.playbooks.steps import Outcome, Playbook, PlaybookStopped, Step, ToolCall
from finops_repl.tools.figures import amount

__all__ = ["spend_by_cost_explorer"]

KEYS = {"service": "SERVICE", "account": "LINKED_ACCOUNT", "region": "REGION", "month": ""}
MOST_MONTHS = 36


def spend_by_cost_explorer(asked: SpendQuestion, lacking: Outcome) -> Playbook:
    """The same table as from the bill, of whole months and one dimension.

    `lacking` is how query_bill said that there is no bill, with the account's own day, of which
    months are counted.
    """
    if len(asked.by) > 1 or asked.account or asked.region:
        raise PlaybookStopped(
            str(lacking.content["error"]),
            hint="without it I sum all accounts and regions by one of service, account, region or "
            f"month; for more, {lacking.content.get('hint', '')}",
        )
    (by,) = asked.by
    today = date.fromisoformat(str(lacking.content["today"]))
    months = asked.months(today - timedelta(days=1))
    (ran,) = yield Step(
        "No bill is connected, so I ask Cost Explorer: one request, which costs $0.01.",
        (
            ToolCall(
                "execute_code",
                {
                    "language": "python",
                    "code": script("spend_cost_explorer"),
                    "params": {
                        "key": KEYS[by],
                        "start": str(months.start),
                        "end": str(months.end),
                        "shown": asked.shown if KEYS[by] else MOST_MONTHS,
                        "words": months.words,
                    },
                    "timeout_s": 60,
                },
            ),
        ),
    )
    return _answer(by, months.words, today, ran)


def _answer(by: str, months: str, today: date, ran: Outcome) -> str:
    content = ran.checked()
    figures = {figure["label"]: figure for figure in content.get("figures", ()) if "id" in figure}
    try:
        rows = json.loads(str(content.get("stdout", "")).strip().splitlines()[-1])["rows"]
        total = _money(figures["total"])
        costs = [_money(figures[f"cost {place}"]) for place in range(len(rows))]
    except (IndexError, KeyError, ValueError):
        raise PlaybookStopped("the script told no whole table of costs") from None
    if not rows:
        raise PlaybookStopped(
            f"Cost Explorer holds no cost for {months}",
            hint=f"months are counted from today, {today}; ask for an earlier one",
        )
    lines = [
        f"| {plain(row) or '(none)'} | {cost} |" for row, cost in zip(rows, costs, strict=True)
    ]
    others = [f"| others | {_money(figures['others'])} |"] if "others" in figures else []
    return "\n".join(
        [
            f"In {months} you spent {total} (unblended cost, without Credit, Refund, Tax), says "
            f"Cost Explorer; months are counted from today, {today}.",
            "",
            f"| {by.capitalize()} | Unblended cost |",
            "|---|---:|",
            *lines,
            *others,
            f"| total | {total} |",
        ]
    )


def _money(figure: Mapping[str, Any]) -> str:
    return f"{money(amount(figure['value']), str(figure['unit']))} [{figure['id']}]"
