"""Budgets are told by their own figures; what rose in an excess is the bill's, under its filter."""

from __future__ import annotations

import csv
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.question import NotUnderstood
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.check import read_statement
from tests.playbooks.script_run import Ran, run_script
from tests.playbooks.simulated_house import LAST, Answered, simulated_house

NEAR = Decimal("0.000001")
CENT = Decimal("0.01")


def sum_of(bill: pd.DataFrame, month: str, **only: str) -> Decimal:
    """The unblended cost of a month's days up to the last day's, by pandas."""
    days = [f"{month}-{day:02}" for day in range(1, LAST.day + 1)]
    found = bill[bill["day"].isin(days)]
    for column, value in only.items():
        found = found[found[column] == value]
    return sum(found["unblended"], Decimal(0))


async def test_each_budget_is_held_against_what_the_bill_says_was_spent(
    organisation: SimulatedOrganisation, bill: pd.DataFrame, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, gateway):
        answered = Answered(await chat.ask("Which budgets will be exceeded?"))
        paid = [call.operation for call in gateway.calls("r") if call.service == "ce"]
    answered.check()
    with (tmp_path / "budgets.csv").open() as file:
        rows = list(csv.DictReader(file))
    over = will_be = 0
    for row in rows:
        kind, _, name = row["budget"].partition("-")
        only = {"account": {"name": name}, "team": {"team": name}}.get(kind, {})
        spent = sum_of(bill, "2026-11", **only).quantize(CENT)
        limit, forecast = Decimal(row["limit"]), Decimal(row["forecast"])
        assert Decimal(row["actual"]) == spent, row["budget"]
        over += spent > limit
        will_be += forecast > limit >= spent
    assert over
    assert will_be
    assert answered.figures["exceeded"] == over
    assert answered.figures["will be exceeded"] == will_be
    assert answered.figures["all"] == len(rows)
    # The rows are the largest excesses, and the limits stand beside.
    largest = sorted(rows, key=lambda row: -Decimal(row["excess"]))[0]
    first_row = answered.text.splitlines()[4]
    assert largest["budget"] in first_row
    assert answered.figures["excess 0"] == Decimal(largest["forecast"]) - Decimal(largest["limit"])
    assert paid == ["GetCostAndUsage"] * 4
    exceeded = {row["budget"] for row in rows if Decimal(row["actual"]) > Decimal(row["limit"])}
    assert all(name in answered.text for name in exceeded)


async def test_what_rose_is_the_difference_to_the_last_month_that_was_kept(
    organisation: SimulatedOrganisation, bill: pd.DataFrame, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("are we over budget?"))
    assert "against as many days of 2026-09, the last month in which it was kept" in answered.text
    assert "It was exceeded before, in 2026-10." in answered.text
    limit = answered.figures["limit 0"]
    months = {month: sum(rows["unblended"]) for month, rows in bill.groupby("month")}
    assert months["2026-10"] > limit >= months["2026-09"]
    oversized = {"product": "AmazonRDS", "name": "sim-platform-shared"}
    rise = sum_of(bill, "2026-11", **oversized) - sum_of(bill, "2026-09", **oversized)
    assert abs(answered.figures["rise 1"] - rise) < NEAR
    assert f"in sim-platform-shared: ${rise:,.2f} [" in answered.text


@dataclass
class OneBudget:
    """An account with one budget, which keeps what Cost Explorer is asked for."""

    budget: dict[str, Any]
    account: str = "sim-one"
    account_id: str = "000000000001"
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        match call.operation:
            case "GetCallerIdentity":
                return Result({"Account": self.account_id, "Arn": "arn", "UserId": "u"})
            case "DescribeBudgets":
                return Result({"Budgets": [{**PLAIN, **self.budget}]})
            case "DescribeBudgetPerformanceHistory":
                return Result({"BudgetPerformanceHistory": {}})
            case "GetCostAndUsage":
                self.asked.append(dict(call.params))
                metric = call.params["Metrics"][0]
                amount = {metric: {"Amount": str(90 * len(self.asked)), "Unit": "USD"}}
                groups = [{"Keys": ["AWS Lambda", "000000000001"], "Metrics": amount}]
                period = call.params["TimePeriod"]
                bucket = {"TimePeriod": period, "Total": {}, "Groups": groups, "Estimated": True}
                return Result({"ResultsByTime": [bucket], "DimensionValueAttributes": []})
        return Refusal("NotImplemented", f"no {call.operation} here")


PLAIN: dict[str, Any] = {
    "BudgetName": "team",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "50", "Unit": "USD"},
    "CalculatedSpend": {"ActualSpend": {"Amount": "90", "Unit": "USD"}},
}


CLOCK, TODAY = "datetime.now(UTC).date()", datetime(2026, 11, 20, tzinfo=UTC)
"""What tells the script the day where no bill does, and the day that it is told here."""


def look(folder: Path, budget: dict[str, Any]) -> tuple[Ran, OneBudget]:
    account, code = OneBudget(budget), script("budgets")
    assert code.count(CLOCK) == 1
    code = code.replace(CLOCK, f"datetime({TODAY.year}, {TODAY.month}, {TODAY.day}).date()")
    gateway = Gateway(account, ReadOnlyPolicy(read_statement), AuditLog(folder))
    with open_loopback(gateway, Caller("s", "r")) as door:
        return run_script(code, {}, {}, door, folder), account


@pytest.mark.parametrize(
    ("budget", "metric", "filtered"),
    [
        ({}, "UnblendedCost", None),
        (
            {"CostTypes": {"UseAmortized": True, "IncludeTax": False, "IncludeCredit": False},
             "CostFilters": {"Service": ["AWS Lambda"]}},
            "AmortizedCost",
            {"And": [
                {"Dimensions": {"Key": "SERVICE", "Values": ["AWS Lambda"]}},
                {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Tax", "Credit"]}}},
            ]},
        ),
        (
            {"CostFilters": {"TagKeyValue": ["user:team$web", "user:team$data"]}},
            "UnblendedCost",
            {"Tags": {"Key": "team", "Values": ["web", "data"]}},
        ),
        (
            {"Metrics": ["NetAmortizedCost"],
             "FilterExpression": {"Dimensions": {"Key": "REGION", "Values": ["eu-west-1"]}}},
            "NetAmortizedCost",
            {"Dimensions": {"Key": "REGION", "Values": ["eu-west-1"]}},
        ),
    ],
)  # fmt: skip
def test_an_excess_is_explained_under_the_budgets_own_cost_types_and_filters(
    tmp_path: Path, budget: dict[str, Any], metric: str, filtered: dict[str, Any] | None
) -> None:
    ran, account = look(tmp_path, budget)
    assert [asked["Metrics"] for asked in account.asked] == [[metric]] * 2
    assert [asked.get("Filter") for asked in account.asked] == [filtered] * 2
    assert ran.figure("exceeded") == 1


def test_what_cannot_be_said_in_cost_explorer_is_not_explained_by_something_else(
    tmp_path: Path,
) -> None:
    ran, account = look(tmp_path, {"CostFilters": {"LegalEntityName": ["x"]}})
    assert not account.asked
    assert "LegalEntityName has no counterpart" in ran.finding["no_why"]["0"]


def test_a_planned_limit_is_that_of_its_period_and_other_kinds_are_counted_apart(
    tmp_path: Path,
) -> None:
    begun = TODAY.replace(day=1)
    planned = {
        str(int(begun.timestamp())): {"Amount": "200", "Unit": "USD"},
        str(int(begun.timestamp()) + 40 * 86_400): {"Amount": "10", "Unit": "USD"},
    }
    ran, _ = look(tmp_path, {"BudgetLimit": None, "PlannedBudgetLimits": planned})
    assert ran.figure("limit, team") == 200
    assert ran.figure("exceeded") == 0
    ran, _ = look(tmp_path, {"BudgetType": "RI_COVERAGE"})
    assert ran.figure("all") == 0
    assert ran.finding["others"] == 1


@pytest.mark.parametrize(
    "question",
    [
        "are we over budget?",
        "Which budgets will be exceeded by the end of the month?",
        "How are our budgets doing?",
        "will we stay within budget this month",
        "How much of the budget is left?",
        "budget status",
    ],
)
def test_words_choose_the_budgets(question: str) -> None:
    assert getattr(choose(question, ()), "__name__", "") == "budgets"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("is team-ml over budget?", "team-ml"),
        ("which budgets were exceeded in March?", "March"),
        ("make a budget of 500", "500"),
    ],
)
def test_a_narrower_wish_is_refused(question: str, named: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert f'"{named}"' in refused.value.message
