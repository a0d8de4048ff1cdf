"""A forecast is what a later day's bill turns out to be, within its interval."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.handlers.cost_explorer.trend import Forecast
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import Worlds, ask, fields

NOVEMBER = {"Start": "2026-11-01", "End": "2026-12-01"}
STORED = {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["TimedStorage-ByteHrs"]}}


def ahead(organisation: SimulatedOrganisation, **params: Any) -> list[dict[str, Any]]:
    asked = {
        "TimePeriod": NOVEMBER, "Granularity": "DAILY", "Metric": "UNBLENDED_COST", **params
    }  # fmt: skip
    answer = fields(organisation, "ce", "GetCostForecast", **asked)
    found: list[dict[str, Any]] = answer["ForecastResultsByTime"]
    total = sum(Decimal(each["MeanValue"]) for each in found)
    assert Decimal(answer["Total"]["Amount"]) == pytest.approx(total, abs=Decimal("1e-6"))
    assert answer["Total"]["Unit"] == "USD"
    return found


@pytest.mark.parametrize(
    ("as_of", "end"),
    [("2026-10-10", "2026-10-31"), ("2026-07-08", "2026-07-31"), ("2026-03-05", "2026-03-31")],
)
@pytest.mark.parametrize(
    ("metric", "spent"),
    [("UNBLENDED_COST", "UnblendedCost"), ("NET_AMORTIZED_COST", "NetAmortizedCost")],
)
def test_a_steady_organisation_costs_what_was_forecast(
    worlds: Worlds, as_of: str, end: str, metric: str, spent: str
) -> None:
    """The rest of the month, as its last day's ledger has it."""
    earlier, later = (
        worlds(f"simulated:as_of={day},incidents=none,rows=20000") for day in (as_of, end)
    )
    following = date.fromisoformat(end) + timedelta(days=1)
    period = {
        "Start": str(date.fromisoformat(as_of) + timedelta(days=1)), "End": str(following)
    }  # fmt: skip
    days = fields(
        later, "ce", "GetCostAndUsage", TimePeriod=period, Granularity="DAILY", Metrics=[spent]
    )["ResultsByTime"]
    actual = [Decimal(day["Total"][spent]["Amount"]) for day in days]
    (month,) = ahead(earlier, TimePeriod=period, Granularity="MONTHLY", Metric=metric)
    assert (
        Decimal(month["PredictionIntervalLowerBound"])
        < sum(actual)
        < Decimal(month["PredictionIntervalUpperBound"])
    )
    assert Decimal(month["MeanValue"]) == pytest.approx(sum(actual), rel=Decimal("0.03"))
    width = Decimal(month["PredictionIntervalUpperBound"]) - Decimal(month["MeanValue"])
    assert width < sum(actual) / 10
    daily = ahead(earlier, TimePeriod=period, Metric=metric, PredictionIntervalLevel=95)
    inside = [
        Decimal(day["PredictionIntervalLowerBound"])
        <= cost
        <= Decimal(day["PredictionIntervalUpperBound"])
        for day, cost in zip(daily, actual, strict=True)
    ]
    assert inside.count(False) <= 2


def test_days_sum_to_their_months(small: SimulatedOrganisation) -> None:
    period = {"Start": "2026-11-01", "End": "2027-01-16"}
    months = ahead(small, TimePeriod=period, Granularity="MONTHLY")
    assert [tuple(each["TimePeriod"].values()) for each in months] == [
        ("2026-11-01", "2026-12-01"), ("2026-12-01", "2027-01-01"), ("2027-01-01", "2027-01-16"),
    ]  # fmt: skip
    days = ahead(small, TimePeriod=period)
    for month in months:
        of = [
            Decimal(day["MeanValue"])
            for day in days
            if month["TimePeriod"]["Start"] <= day["TimePeriod"]["Start"]
            < month["TimePeriod"]["End"]
        ]  # fmt: skip
        assert sum(of) == pytest.approx(Decimal(month["MeanValue"]), abs=Decimal("1e-6"))


def test_a_higher_level_is_a_wider_interval(small: SimulatedOrganisation) -> None:
    widths = []
    for level in (51, 80, 99):
        (month,) = ahead(small, Granularity="MONTHLY", PredictionIntervalLevel=level)
        upper, mean = (Decimal(month[n]) for n in ("PredictionIntervalUpperBound", "MeanValue"))
        widths.append(upper - mean)
    assert 0 < widths[0] < widths[1] < widths[2]
    (default,) = ahead(small, Granularity="MONTHLY")
    assert Decimal(default["PredictionIntervalUpperBound"]) - mean == widths[1]


def test_usage_is_forecast_in_its_unit(small: SimulatedOrganisation) -> None:
    found = fields(
        small, "ce", "GetUsageForecast", TimePeriod=NOVEMBER, Granularity="MONTHLY",
        Metric="USAGE_QUANTITY", Filter=STORED,
    )  # fmt: skip
    assert found["Total"]["Unit"] == "GB-Mo"
    october = fields(
        small, "ce", "GetCostAndUsage", TimePeriod={"Start": "2026-10-01", "End": "2026-11-01"},
        Granularity="MONTHLY", Metrics=["UsageQuantity"], Filter=STORED,
    )["ResultsByTime"][0]["Total"]["UsageQuantity"]  # fmt: skip
    assert Decimal(found["Total"]["Amount"]) == pytest.approx(
        Decimal(october["Amount"]), rel=Decimal("0.1")
    )


@pytest.mark.parametrize(
    ("operation", "changed", "code", "words"),
    [
        ("GetCostForecast", {"TimePeriod": {"Start": "2026-10-31", "End": "2026-11-05"}},
         "ValidationException", "begins today, 2026-11-01"),
        ("GetCostForecast", {"TimePeriod": {"Start": "2026-11-05", "End": "2026-11-05"}},
         "ValidationException", "before end date"),
        ("GetCostForecast", {"TimePeriod": {"Start": "2026-11-01", "End": "2027-02-02"}},
         "ValidationException", "3 months ahead, to 2027-02-01"),
        ("GetCostForecast", {"TimePeriod": {"Start": "2026-11-01", "End": "2028-05-02"},
                             "Granularity": "MONTHLY"}, "ValidationException", "18 months ahead"),
        ("GetCostForecast", {"Granularity": "HOURLY"}, "ValidationException", "DAILY or MONTHLY"),
        ("GetCostForecast", {"Metric": "UnblendedCost"}, "ValidationException", "UNBLENDED_COST"),
        ("GetCostForecast", {"Metric": "USAGE_QUANTITY"}, "ValidationException", "AMORTIZED_COST"),
        ("GetUsageForecast", {}, "ValidationException", "USAGE_QUANTITY"),
        ("GetUsageForecast", {"Metric": "USAGE_QUANTITY"}, "UnresolvableUsageUnitException",
         "USAGE_TYPE"),
        ("GetCostForecast", {"PredictionIntervalLevel": 50}, "ValidationException", "51 to 99"),
        ("GetCostForecast",
         {"Filter": {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Neptune"]}}},
         "DataUnavailableException", "Insufficient"),
        ("GetCostForecast",
         {"Filter": {"And": [{"Dimensions": {"Key": "REGION", "Values": ["sa-east-1"]}},
                             {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Usage"]}}]}},
         "DataUnavailableException", "28 days"),
        ("GetCostForecast",
         {"Filter": {"Dimensions": {"Key": "RESOURCE_ID", "Values": ["i-0"]}}},
         "ValidationException", "RESOURCE_ID"),
    ],
)  # fmt: skip
def test_what_cannot_be_forecast_is_refused(
    small: SimulatedOrganisation, operation: str, changed: dict[str, Any], code: str, words: str
) -> None:
    asked = {"TimePeriod": NOVEMBER, "Granularity": "DAILY", "Metric": "UNBLENDED_COST"}
    answer = ask(small, "ce", operation, **{**asked, **changed})
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert words in answer.message


LAST = date(2026, 10, 31)
DAYS = [LAST - timedelta(days=121 - number) for number in range(122)]
OPEN = date(2026, 10, 1)
TOMORROW = LAST + timedelta(days=1)


def day_ahead(values: list[float], number: int) -> float:
    """What the day so many days on is expected to be."""
    day = LAST + timedelta(days=number)
    forecast = Forecast(values, LAST, open_month=OPEN)
    return forecast.ahead(day, day + timedelta(days=1), 80).mean


def test_what_never_changed_goes_on_and_is_certain() -> None:
    found = Forecast([5.0] * 122, LAST, open_month=OPEN).ahead(
        TOMORROW, TOMORROW + timedelta(days=30), 99
    )
    assert (found.least, found.mean, found.most) == pytest.approx((150, 150, 150))


def test_weekdays_are_told_apart() -> None:
    week = [30.0 if day.weekday() > 4 else 100.0 for day in DAYS]
    for number in range(1, 15):
        weekend = (LAST + timedelta(days=number)).weekday() > 4
        expected = 30.0 if weekend else 100.0
        if (LAST + timedelta(days=number)).day != 1:
            assert day_ahead(week, number) == pytest.approx(expected)


def test_growth_goes_on_and_fades() -> None:
    rising = [100.0 + number for number in range(122)]
    assert 221 < day_ahead(rising, 7) < 228.1
    near, far = (day_ahead(rising, days + 7) - day_ahead(rising, days) for days in (7, 364))
    assert 0 < far < near / 10


def test_one_bad_week_turns_no_trend() -> None:
    usual = [100.0] * 122
    bad = [*usual[:-14], *[400.0] * 7, *usual[-7:]]
    assert day_ahead(bad, 60) - day_ahead(bad, 4) < 1
    assert day_ahead(bad, 4) < 190
    sure, unsure = (
        Forecast(values, LAST, open_month=OPEN).ahead(TOMORROW, TOMORROW + timedelta(days=7), 80)
        for values in (usual, bad)
    )
    assert unsure.most - unsure.least > sure.most - sure.least


def test_what_lands_on_first_days_lands_on_the_next_ones() -> None:
    landed = {date(2026, 8, 1): 500.0, date(2026, 9, 1): 520.0}
    fees = [10.0 + landed.get(day, 0.0) for day in DAYS]
    fees[DAYS.index(OPEN)] = 60.0  # the open month's are not all there
    assert day_ahead(fees, 1) == pytest.approx(520)
    assert day_ahead(fees, 2) == pytest.approx(10)
    assert day_ahead(fees, 31) == pytest.approx(520)


def test_costs_that_never_were_negative_will_not_be() -> None:
    falling = [max(0.0, 240.0 - 2 * number) for number in range(122)]
    falling[DAYS.index(OPEN)] = -80.0  # a discount on all of a month stands on its first day
    found = Forecast(falling, LAST, open_month=OPEN).ahead(
        TOMORROW, TOMORROW + timedelta(days=60), 80
    )
    assert found.least == 0
    assert 0 <= found.mean < 15
