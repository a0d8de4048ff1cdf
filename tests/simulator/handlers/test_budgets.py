"""Budgets say what Cost Explorer says, against limits from the ledger's own past."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import Worlds, ask, fields

IN_A_MONTH = "simulated:as_of=2026-10-10,incidents=none,rows=20000"
CENT = Decimal("0.01")
MONTH = "sim-meridale-month"


def budgets(organisation: SimulatedOrganisation, **params: Any) -> list[dict[str, Any]]:
    asked = {"AccountId": organisation.account_id, **params}
    found: list[dict[str, Any]] = fields(organisation, "budgets", "DescribeBudgets", **asked)[
        "Budgets"
    ]
    return found


def spent(organisation: SimulatedOrganisation, start: date, end: date, where: str) -> Decimal:
    """What is on the bill from a day up to another, by SQL."""
    ((amount,),) = organisation.room.query(
        "SELECT cast(coalesce(sum(cast(line_item_unblended_cost AS decimal(28, 10))), 0) AS"
        f" varchar) FROM cur2 WHERE date(line_item_usage_start_date) >= DATE '{start}'"
        f" AND date(line_item_usage_start_date) < DATE '{end}' AND ({where})"
    ).rows
    return Decimal(str(amount)).quantize(CENT)


def condition(budget: dict[str, Any]) -> str:
    """A budget's filters as SQL on the bill."""
    where = "true"
    for name, (value,) in budget["CostFilters"].items():
        if name == "LinkedAccount":
            where = f"line_item_usage_account_id = '{value}'"
        else:
            team = value.removeprefix("user:team$")
            where = f"element_at(resource_tags, 'user_team') = '{team}'"
    return where


def some(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One of each kind."""
    names = (MONTH, "account-sim-data-prod", "team-search")
    return [each for each in found if each["BudgetName"] in names]


def test_there_is_a_budget_for_all_for_each_account_and_each_team(
    small: SimulatedOrganisation,
) -> None:
    names = [each["BudgetName"] for each in budgets(small)]
    assert names == sorted(names)
    assert MONTH in names
    members = {f"account-{account.name}" for account in small.world.members}
    teams = {f"team-{account.team}" for account in small.world.members}
    assert set(names) == {MONTH} | members | teams


def test_limits_are_the_past_and_a_tenth_more(small: SimulatedOrganisation) -> None:
    for budget in some(budgets(small)):
        first = spent(small, date(2025, 10, 1), date(2026, 4, 1), condition(budget))
        limit, planned = Decimal(budget["BudgetLimit"]["Amount"]), first / 6 * Decimal("1.1")
        assert planned <= limit <= planned * Decimal("1.1")
        assert budget["TimePeriod"]["Start"] == datetime(2026, 4, 1, tzinfo=UTC)


def test_a_budgets_figures_are_cost_explorers(worlds: Worlds) -> None:
    organisation = worlds(IN_A_MONTH)
    found = some(budgets(organisation, ShowFilterExpression=True))
    assert len(found) == 3
    for budget in found:
        calculated = budget["CalculatedSpend"]
        actual = Decimal(calculated["ActualSpend"]["Amount"])
        assert actual == spent(
            organisation, date(2026, 10, 1), date(2026, 10, 11), condition(budget)
        )
        expression = budget.get("FilterExpression")
        filtered = {"Filter": expression} if expression else {}
        left = fields(
            organisation, "ce", "GetCostForecast", Metric="UNBLENDED_COST", Granularity="DAILY",
            TimePeriod={"Start": "2026-10-11", "End": "2026-11-01"}, **filtered,
        )["Total"]["Amount"]  # fmt: skip
        assert Decimal(calculated["ForecastedSpend"]["Amount"]) == pytest.approx(
            actual + Decimal(left), abs=Decimal("0.011")
        )
        one = fields(
            organisation, "budgets", "DescribeBudget", AccountId=organisation.account_id,
            BudgetName=budget["BudgetName"], ShowFilterExpression=True,
        )["Budget"]  # fmt: skip
        assert one == budget


def test_the_history_is_the_bill_month_by_month(small: SimulatedOrganisation) -> None:
    asked = {"AccountId": small.account_id, "BudgetName": "account-sim-data-prod"}
    (budget,) = [b for b in budgets(small) if b["BudgetName"] == asked["BudgetName"]]
    history = fields(small, "budgets", "DescribeBudgetPerformanceHistory", **asked)
    months = history["BudgetPerformanceHistory"]["BudgetedAndActualAmountsList"]
    assert [month["TimePeriod"]["Start"].month for month in months] == [4, 5, 6, 7, 8, 9, 10, 11]
    for month in months:
        start, end = (month["TimePeriod"][name].date() for name in ("Start", "End"))
        assert Decimal(month["ActualAmount"]["Amount"]) == spent(
            small, start, end, condition(budget)
        )
        assert month["BudgetedAmount"] == budget["BudgetLimit"]
    period = {
        "Start": datetime(2026, 8, 1, tzinfo=UTC), "End": datetime(2026, 10, 1, tzinfo=UTC)
    }  # fmt: skip
    asked_months = fields(
        small, "budgets", "DescribeBudgetPerformanceHistory", TimePeriod=period,
        AccountId=small.account_id, BudgetName="account-sim-data-prod",
    )["BudgetPerformanceHistory"]["BudgetedAndActualAmountsList"]  # fmt: skip
    assert asked_months == months[4:6]


def test_an_alarm_is_what_the_figures_say(worlds: Worlds) -> None:
    organisation = worlds(IN_A_MONTH)
    states = set()
    for budget in budgets(organisation):
        asked = {"AccountId": organisation.account_id, "BudgetName": budget["BudgetName"]}
        found = fields(organisation, "budgets", "DescribeNotificationsForBudget", **asked)
        limit = Decimal(budget["BudgetLimit"]["Amount"])
        for each in found["Notifications"]:
            actual = each["NotificationType"] == "ACTUAL"
            name = "ActualSpend" if actual else "ForecastedSpend"
            # What never cost anything has no forecast.
            spend = budget["CalculatedSpend"].get(name, {"Amount": "0"})
            over = Decimal(spend["Amount"]) > limit * int(each["Threshold"]) / 100
            assert each["NotificationState"] == ("ALARM" if over else "OK")
            states.add((each["NotificationType"], over))
    assert {("ACTUAL", False), ("FORECASTED", True), ("FORECASTED", False)} <= states


def test_budgets_come_in_pages(small: SimulatedOrganisation) -> None:
    found, token = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = fields(
            small, "budgets", "DescribeBudgets", AccountId=small.account_id, MaxResults=10, **token
        )
        found += page["Budgets"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == budgets(small)


@pytest.mark.parametrize(
    ("operation", "changed", "code"),
    [
        ("DescribeBudgets", {"AccountId": "123456789012"}, "AccessDeniedException"),
        ("DescribeBudget", {"BudgetName": "nothing"}, "NotFoundException"),
        ("DescribeNotificationsForBudget", {"BudgetName": "nothing"}, "NotFoundException"),
        ("DescribeBudgetPerformanceHistory", {"BudgetName": "nothing"}, "NotFoundException"),
        ("DescribeBudgetPerformanceHistory",
         {"TimePeriod": {"Start": datetime(2026, 9, 1, tzinfo=UTC),
                         "End": datetime(2026, 8, 1, tzinfo=UTC)}}, "InvalidParameterException"),
        ("DescribeSubscribersForNotification",
         {"Notification": {"NotificationType": "ACTUAL", "Threshold": 7.0}}, "NotFoundException"),
        ("DescribeBudgets", {"NextToken": "x"}, "InvalidNextTokenException"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(
    small: SimulatedOrganisation, operation: str, changed: dict[str, Any], code: str
) -> None:
    asked = {"AccountId": small.account_id, "BudgetName": MONTH, **changed}
    answer = ask(small, "budgets", operation, **asked)
    assert isinstance(answer, Refusal)
    assert answer.code == code
