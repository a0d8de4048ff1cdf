"""Export costs to CSV: the shipped workflow, on the months that the question names."""

from __future__ import annotations

import re
from datetime import date

from finops_repl.playbooks.described import described_bill
from finops_repl.playbooks.periods import months_meant, shifted
from finops_repl.playbooks.run_saved import report
from finops_repl.playbooks.steps import Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["export"]

WORKFLOW = "export-costs-to-csv"

PERIOD = re.compile(
    r"\b20\d\d-\d\d\b|\bmonths?\b|\byear\b|\b(january|february|march|april|june|july|august"
    r"|september|october|november|december|in may)\b",
    re.IGNORECASE,
)


def export(question: str) -> Playbook:
    """Runs the export; all months where the question names none."""
    params: dict[str, str] = {"by": "day" if re.search(r"\bda(y|ily)\b", question) else "month"}
    (described,) = yield Step("I look which bill table there is.", (ToolCall("query_bill"),))
    kind = described.checked()["bill"].get("kind")
    if kind != "cur2":
        raise PlaybookStopped(
            f"the export needs a CUR 2.0 table, and this is {kind}",
            hint="finops-repl sql --csv exports any query of yours",
        )
    if PERIOD.search(re.sub(r"\b(by|per|each) months?\b|\bmonthly\b", "", question)):
        last_day = described_bill(described.checked()).last_day
        months = months_meant(question, date.fromisoformat(last_day))
        params["from_month"] = months.start.strftime("%Y-%m")
        params["to_month"] = shifted(months.end, -1).strftime("%Y-%m")
    (ran,) = yield Step(
        "I run the export workflow.",
        (ToolCall("run_workflow", {"name": WORKFLOW, "params": params}),),
    )
    return report(WORKFLOW, ran)
