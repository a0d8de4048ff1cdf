"""A month's forecast is what was spent and Cost Explorer's days to come; the run rate is tried."""

from __future__ import annotations

import threading
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean, median
from typing import Any

import pandas as pd
import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.forecast import ForecastQuestion, read_forecast
from finops_repl.playbooks.question import NotUnderstood, Question
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.check import read_statement
from finops_repl.workflows.store import WorkflowStore
from tests.playbooks.script_run import run_script
from tests.playbooks.simulated_house import LAST, Answered, simulated_house

TODAY = LAST + timedelta(days=1)
APART = ("Credit", "Refund", "Tax")
NEAR = Decimal("0.000001")
Days = dict[date, Decimal]


@pytest.fixture(scope="module")
def daily(bill: pd.DataFrame) -> Days:
    """What each day cost, by pandas."""
    kept = bill[~bill["type"].isin(APART)]
    sums = kept.groupby("day")["unblended"].sum()
    return {date.fromisoformat(day): cost for day, cost in sums.items()}


def month_of(daily: Days, month: str) -> Decimal:
    return sum((cost for day, cost in daily.items() if str(day).startswith(month)), Decimal(0))


def told(organisation: SimulatedOrganisation, granularity: str, end: str) -> list[dict[str, Any]]:
    """Cost Explorer's own forecast from today on."""
    params = {
        "TimePeriod": {"Start": str(TODAY), "End": end},
        "Granularity": granularity,
        "Metric": "UNBLENDED_COST",
        "PredictionIntervalLevel": 80,
        "Filter": {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(APART)}}},
    }
    call = Call("ce", "GetCostForecast", "us-east-1", params)
    answer = organisation.answer(call, cancelled=threading.Event())
    assert isinstance(answer, Result)
    return list(answer.fields["ForecastResultsByTime"])


def expected_rate(daily: Days, seen: date, first: date, end: date) -> Decimal:
    """The run rate of a month as of a day, computed apart from the script."""
    frame = pd.Series({day: cost for day, cost in daily.items() if day <= seen})
    usual = mean(frame[[day.day > 1 for day in frame.index]].iloc[-7:])
    extras = [
        frame[day] - mean(frame[day + timedelta(days=n)] for n in range(1, 8))
        for day in frame.index
        if day.day == 1 and day + timedelta(days=7) <= seen
    ]
    total = Decimal(0)
    for day in pd.date_range(first, end, inclusive="left").date:
        total += frame[day] if day <= seen else usual + (median(extras[-3:]) if day.day == 1 else 0)
    return total


async def test_this_month_is_what_was_spent_and_the_days_to_come(
    organisation: SimulatedOrganisation, daily: Days, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, gateway):
        answered = Answered(await chat.ask("What will we spend this month?"))
        asked = Counter(call.operation for call in gateway.calls("r") if call.service == "ce")
    answered.check()
    figures = answered.figures
    spent = month_of(daily, "2026-11")
    left = sum(Decimal(day["MeanValue"]) for day in told(organisation, "DAILY", "2026-12-01"))
    (bucket,) = told(organisation, "MONTHLY", "2026-12-01")
    below = Decimal(bucket["MeanValue"]) - Decimal(bucket["PredictionIntervalLowerBound"])
    above = Decimal(bucket["PredictionIntervalUpperBound"]) - Decimal(bucket["MeanValue"])
    assert abs(figures["month to date"] - spent) < NEAR
    assert abs(figures["last month"] - month_of(daily, "2026-10")) < NEAR
    assert abs(figures["forecast"] - spent - left) < NEAR
    assert abs(figures["at least"] - (spent + left - below)) < NEAR
    assert abs(figures["at most"] - (spent + left + above)) < NEAR
    assert f"**${spent + left:,.2f} [" in answered.text
    # The spike of the last days is in both figures, and said to be.
    assert "The last week is unlike the four before it" in answered.text
    # "At most 4 requests", the answer said before it asked.
    assert asked == {"GetCostAndUsage": 2, "GetCostForecast": 2}


async def test_the_run_rate_was_as_far_off_as_pandas_says(
    organisation: SimulatedOrganisation, daily: Days, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("forecast for December"))
    answered.check()
    figures, errors = answered.figures, []
    for number, month in enumerate(range(5, 11)):
        first, end = date(2026, month, 1), date(2026, month + 1, 1)
        seen = date(2026, month - 1, LAST.day)  # as far ahead as December is from November
        actual, rate = month_of(daily, f"{first:%Y-%m}"), expected_rate(daily, seen, first, end)
        assert abs(figures[f"actual {number}"] - actual) < NEAR
        assert abs(figures[f"run rate said {number}"] - rate) < NEAR
        errors.append(abs(rate / actual - 1) * 100)
        assert f"| {first:%Y-%m} | ${actual:,.2f} [" in answered.text
    assert abs(figures["usual error"] - mean(errors)) < NEAR
    rate = expected_rate(daily, LAST, date(2026, 12, 1), date(2027, 1, 1))
    assert abs(figures["run rate"] - rate) < NEAR
    # A month to come is a bucket of its own, without what was spent in this one.
    bucket = told(organisation, "MONTHLY", "2027-01-01")[-1]
    assert abs(figures["forecast"] - Decimal(bucket["MeanValue"])) < NEAR
    assert "was spent before" not in answered.text


async def test_tax_is_told_beside_the_forecast(
    organisation: SimulatedOrganisation, bill: pd.DataFrame, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("What will our bill be at the end of the month?"))
    tax = bill[(bill["type"] == "Tax") & (bill["month"] == "2026-11")]["unblended"].sum()
    assert tax > 0
    assert abs(answered.figures["apart Tax"] - tax) < NEAR
    assert f"Not included: Tax ${tax:,.2f} [" in answered.text


async def test_a_forecast_is_saved_for_accounts_without_a_bill_too(
    organisation: SimulatedOrganisation, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        await chat.ask("What will we spend this month? Save that as month-end")
    saved = WorkflowStore(tmp_path / "workflows").load("month-end")
    assert saved.needs == ()
    assert {each.name for each in saved.parameters} == {"month", "interval"}


@dataclass
class YoungAccount:
    """An account of 20 days, each of 10 dollars: too few for Cost Explorer's forecast."""

    account: str = "sim-young"
    account_id: str = "000000000001"

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        if call.operation == "GetCostForecast":
            return Refusal("DataUnavailableException", "Insufficient amount of historical data")
        start, end = (date.fromisoformat(call.params["TimePeriod"][at]) for at in ("Start", "End"))
        begun, groups = end - timedelta(days=20), call.params.get("GroupBy")
        results = []
        for day in pd.date_range(start, end, inclusive="left").date:
            amount = {"UnblendedCost": {"Amount": "10" if day >= begun else "0", "Unit": "USD"}}
            period = {"Start": str(day), "End": str(day + timedelta(days=1))}
            total: dict[str, Any] = {} if groups else amount
            results.append({"TimePeriod": period, "Total": total, "Groups": [], "Estimated": True})
        return Result({"ResultsByTime": results, "DimensionValueAttributes": []})


def test_a_young_account_gets_its_run_rate_and_no_forecast(tmp_path: Path) -> None:
    gateway = Gateway(YoungAccount(), ReadOnlyPolicy(read_statement), AuditLog(tmp_path))
    with open_loopback(gateway, Caller("s", "r")) as door:
        ran = run_script(script("forecast"), {"month": "next"}, {}, door, tmp_path)
    assert ran.finding["has_forecast"] is False
    assert ran.finding["tried"] == []
    month = date.fromisoformat(f"{ran.finding['month']}-01")
    assert ran.figure("run rate") == 10 * monthrange(month.year, month.month)[1]


@pytest.mark.parametrize(
    ("question", "month"),
    [
        ("What will we spend this month?", "this"),
        ("how much will we pay by the end of the month", "this"),
        ("cost forecast", "this"),
        ("what will we spend next month", "next"),
        ("forecast for the coming month", "next"),
        ("forecast for December", "12"),
        ("projected spend in May 2027", "2027-05"),
        ("What will 2027-02 cost?", "2027-02"),
    ],
)
def test_words_choose_the_month(question: str, month: str) -> None:
    assert read_forecast(Question(question)) == ForecastQuestion(month)
    assert getattr(choose(question, ()), "__name__", "") == "forecast"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What will EC2 cost next month?", "EC2"),
        ("forecast for account sim-web", "sim-web"),
        ("What will we spend next year?", "year"),
        ("forecast by service", "service"),
        ("What will we spend in November and December?", "December"),
    ],
)
def test_a_narrower_wish_is_refused(question: str, named: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert f'"{named}"' in refused.value.message
