"""What must be said beside a sum of the bill: where its data ends, and what is not whole."""

from __future__ import annotations

from finops_repl.playbooks.spend.scope import Scope

__all__ = ["remarks"]


def remarks(scope: Scope) -> str:
    """Where the data ends, from which months are counted, and which days are not whole."""
    bill, asked = scope.bill, scope.asked
    text = f"The bill's data ends on {bill.last_day}"
    if asked.names_period or asked.comparison:
        text += "."
    elif scope.periods[0].months > 1:
        text += "; these are the last whole months up to there."
    else:
        text += "; this is its last whole month."
    if bill.first_day and bill.first_day > str(scope.periods[0].start):
        what = "these months are" if scope.periods[0].is_whole_months else "this period is"
        text += f" It begins on {bill.first_day}, so {what} not whole."
    by_days = not all(period.is_whole_months for period in scope.periods)
    if by_days or asked.over in ("day", "week"):
        text += " Fees and subscriptions stand on the day they are charged, mostly a month's first."
    if asked.over == "week":
        text += " Weeks begin on Monday; those at the ends hold the period's days alone."
    return text
