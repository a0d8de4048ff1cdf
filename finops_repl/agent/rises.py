"""A cap that stops a question, raised with the user's yes, so that the question goes on."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from finops_repl.agent.budget import PEOPLE_SAY
from finops_repl.base.caps import CapReached
from finops_repl.base.events import BudgetRaised
from finops_repl.base.money import plain_amount, price_text
from finops_repl.tools.tool import ApprovalNeed

__all__ = ["need_of", "rise_over"]


def rise_over(reached: CapReached) -> BudgetRaised:
    """As much again as the cap holds, as often as what comes next needs it."""
    step = reached.cap or reached.needed.to_integral_value(ROUND_CEILING)
    times = (reached.needed / step).to_integral_value(ROUND_CEILING)
    raised = max(step * times, reached.cap + step)
    return BudgetRaised(reached.of, reached.what, plain_amount(reached.cap), plain_amount(raised))


def need_of(rise: BudgetRaised, why: str) -> ApprovalNeed:
    """The question for a rise; `why` says what was reached."""
    before, after = _amount(rise, rise.cap), _amount(rise, rise.raised)
    title = f"Raise the cap of {before} for {PEOPLE_SAY[rise.of]} to {after} and go on?"
    return ApprovalNeed("budget_rise", title, why)


def _amount(rise: BudgetRaised, amount: str) -> str:
    number = Decimal(amount)
    return price_text(number) if rise.what == "dollars" else f"{number:,} {rise.what}"
