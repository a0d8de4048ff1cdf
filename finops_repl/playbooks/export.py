"""Export costs to CSV: the shipped workflow, on the months that the question names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from finops_repl.playbooks.described import described_bill
from finops_repl.playbooks.periods import MONTH_NAMES, Meant, shifted, take_months
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import report
from finops_repl.playbooks.scripted import LOOK
from finops_repl.playbooks.steps import Playbook, PlaybookStopped, Step, ToolCall

__all__ = ["EXPORT", "ExportQuestion", "export", "read_export"]

WORKFLOW = "export-costs-to-csv"

EXPORT = phrase("export|csv|download")
BY_DAY = phrase("(?:by|per|each|every) day|daily")
COLUMNS = r"months?|(?:linked )?accounts?|services?"
BY_COLUMN = phrase(
    rf"(?:by|per|each|every) (?:{COLUMNS})(?:(?:,| and|, and) (?:{COLUMNS}))*|monthly"
)
"""What the export's rows are apart by anyway."""
COSTS = phrase("(?:all )?(?:costs?|spending|spend|bills?)|csv file|as a file|file")
KNOWN = (*MONTH_NAMES, "export", "costs", "last", "month", "months", "daily")


@dataclass(frozen=True, slots=True)
class ExportQuestion:
    """Which months to export, all where None, and whether day by day."""

    months: Meant | None
    by_day: bool


def read_export(question: Question) -> ExportQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over."""
    by_day = question.take(BY_DAY) is not None
    question.take_all(BY_COLUMN)
    months = take_months(question)
    question.take_all(COSTS)
    question.take_all(EXPORT)
    question.check(KNOWN, "Export costs of last month to CSV")
    return ExportQuestion(months, by_day)


def export(asked: ExportQuestion) -> Playbook:
    """Runs the export; all months where the question names none."""
    params: dict[str, str] = {"by": "day" if asked.by_day else "month"}
    (described,) = yield LOOK
    bill = described.checked()["bill"]
    if bill.get("kind") != "cur2" or not bill.get("workgroup"):
        what = f"this is {bill.get('kind')}" if bill.get("workgroup") else "this bill is files"
        raise PlaybookStopped(
            f"the export needs a CUR 2.0 table in Athena, and {what}",
            hint="finops-repl sql --csv exports any query of yours",
        )
    known = described_bill(described.checked())
    known.check_dollars("the export")
    ends = ""
    if asked.months is not None:
        months = asked.months(date.fromisoformat(known.last_day))
        params["from_month"] = months.start.strftime("%Y-%m")
        params["to_month"] = shifted(months.end, -1).strftime("%Y-%m")
        ends = f"\n\nMonths: {months.words}. The bill's data ends on {known.last_day}."
    (ran,) = yield Step(
        "I run the export workflow.",
        (ToolCall("run_workflow", {"name": WORKFLOW, "params": params}),),
    )
    return f"{report(WORKFLOW, ran)}{ends}"
