"""Anomalies are found in the bill by a rule that knows no reason; their figures are the bill's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.handlers.cost_explorer.anomalies.detector import anomalies
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import IncidentKind
from tests.simulator.bills import SERVICE
from tests.simulator.conftest import Worlds, ask, fields

DEFAULT = "simulated:as_of=2026-10-31"
QUIET = "simulated:as_of=2026-10-31,incidents=none,rows=200000"
SINCE = {"StartDate": "2026-08-10"}
MONDAY = date(2026, 6, 1)


def found(organisation: SimulatedOrganisation, **params: Any) -> list[dict[str, Any]]:
    asked = {"DateInterval": SINCE, **params}
    anomalies: list[dict[str, Any]] = fields(organisation, "ce", "GetAnomalies", **asked)[
        "Anomalies"
    ]
    return anomalies


def by_service(organisation: SimulatedOrganisation) -> list[dict[str, Any]]:
    """Those of the monitor that looks at services."""
    (services, _) = fields(organisation, "ce", "GetAnomalyMonitors")["AnomalyMonitors"]
    return found(organisation, MonitorArn=services["MonitorArn"])


@pytest.fixture(scope="session")
def ledger(worlds: Worlds) -> Ledger:
    """Where things go wrong in the default organisation; no bill is made of it."""
    return Ledger(worlds(DEFAULT).spec)


@pytest.mark.parametrize(
    "kind", ["spike", "mining", "nat", "transfer", "oversized", "idle", "expiry"]
)
def test_what_goes_wrong_at_size_is_an_anomaly_with_its_place(
    worlds: Worlds, ledger: Ledger, kind: IncidentKind
) -> None:
    place = ledger.places[kind]
    first = ledger.calendar.day(place.first)
    here = [
        each
        for each in by_service(worlds(DEFAULT))
        if each["AnomalyStartDate"] == first.isoformat()
        and each["RootCauses"][0]["LinkedAccount"] == place.account.id
        and each["RootCauses"][0]["Region"] == place.region.code
    ]
    assert here
    largest = max(here, key=lambda each: float(each["Impact"]["TotalImpact"]))
    assert largest["Impact"]["TotalImpact"] > 2_000
    assert largest["Impact"]["TotalImpact"] > largest["Impact"]["TotalExpectedSpend"] / 2
    cause = largest["RootCauses"][0]
    assert cause["LinkedAccountName"] == place.account.name
    assert cause["Impact"]["Contribution"] > 0.9 * largest["Impact"]["TotalImpact"]


@pytest.mark.parametrize(
    ("account", "starts", "ends"),
    [
        ("sim-search-prod", "2026-09-06", "2026-09-18"),  # the exercise of a failover
        ("sim-data-dev", "2026-08-27", "2026-09-09"),  # where a fleet was moved to
        ("sim-shop-prod", "2026-08-12", "2026-08-15"),  # a sale
    ],
)
def test_what_was_planned_is_an_anomaly_too(
    worlds: Worlds, account: str, starts: str, ends: str
) -> None:
    """AWS knows no change ticket either; that there was a reason must be found elsewhere."""
    organisation = worlds(DEFAULT if account == "sim-shop-prod" else QUIET)
    assert [
        each
        for each in found(organisation)
        if each["RootCauses"][0]["LinkedAccountName"] == account
        and starts <= each["AnomalyStartDate"] <= each["AnomalyEndDate"] <= ends
    ]


def test_a_quiet_organisation_has_none_of_size(worlds: Worlds) -> None:
    assert max(each["Impact"]["TotalImpact"] for each in found(worlds(QUIET))) < 500


def test_every_figure_is_the_bills(worlds: Worlds) -> None:
    """Actual, expected and largest impact, by SQL over the days and the five weeks before."""
    organisation = worlds(DEFAULT)
    rows = organisation.room.query(
        f"SELECT {SERVICE}, line_item_usage_account_id, date(line_item_usage_start_date),"
        " cast(sum(cast(line_item_unblended_cost AS decimal(28, 10))) AS varchar) FROM cur2"
        " WHERE billing_period >= '2026-06' AND bill_billing_entity = 'AWS'"
        " AND line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage',"
        " 'SavingsPlanNegation') AND coalesce(line_item_operation, '') <> 'EKSPod-EC2'"
        " GROUP BY 1, 2, 3"
    ).rows
    bill = {(str(s), str(a), str(day)): Decimal(str(cost)) for s, a, day, cost in rows}

    def billed(service: str, account: str, day: date) -> Decimal:
        return bill.get((service, account, str(day)), Decimal(0))

    looked_at = by_service(organisation)
    assert len(looked_at) > 10
    for each in looked_at:
        account = each["RootCauses"][0]["LinkedAccount"]
        first, last = (
            date.fromisoformat(each[name]) for name in ("AnomalyStartDate", "AnomalyEndDate")
        )
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        actual = [billed(each["DimensionValue"], account, day) for day in days]
        usual = [
            max(Decimal(0), median(
                billed(each["DimensionValue"], account, day - timedelta(days=7 * week))
                for week in range(1, 6)
            ))
            for day in days
        ]  # fmt: skip
        impact = each["Impact"]
        assert impact["TotalActualSpend"] == pytest.approx(float(sum(actual)), abs=0.01)
        assert impact["TotalExpectedSpend"] == pytest.approx(float(sum(usual)), abs=0.01)
        assert impact["TotalImpact"] == pytest.approx(float(sum(actual) - sum(usual)), abs=0.01)
        excess = [a - u for a, u in zip(actual, usual, strict=True)]
        assert impact["MaxImpact"] == pytest.approx(float(max(excess)), abs=0.01)
        if sum(usual):
            share = 100 * (sum(actual) - sum(usual)) / sum(usual)
            assert impact["TotalImpactPercentage"] == pytest.approx(float(share), abs=0.01)
        else:
            assert "TotalImpactPercentage" not in impact
        assert 0 <= each["AnomalyScore"]["CurrentScore"] <= each["AnomalyScore"]["MaxScore"] < 1.01


def test_anomalies_are_filtered_and_come_in_pages(small: SimulatedOrganisation) -> None:
    everything = found(small)
    ends = [each["AnomalyEndDate"] for each in everything]
    assert ends == sorted(ends, reverse=True)
    assert len({each["AnomalyId"] for each in everything}) == len(everything)

    middle = found(small, DateInterval={"StartDate": "2026-10-10", "EndDate": "2026-10-20"})
    assert middle == [
        each for each in everything if "2026-10-10" <= each["AnomalyEndDate"] <= "2026-10-20"
    ]
    assert middle
    large = {"NumericOperator": "GREATER_THAN_OR_EQUAL", "StartValue": 500.0}
    between = {"NumericOperator": "BETWEEN", "StartValue": 500.0, "EndValue": 1_500.0}
    impacts = [each["Impact"]["TotalImpact"] for each in everything]
    assert [each["Impact"]["TotalImpact"] for each in found(small, TotalImpact=large)] == [
        impact for impact in impacts if impact >= 500
    ]
    assert [each["Impact"]["TotalImpact"] for each in found(small, TotalImpact=between)] == [
        impact for impact in impacts if 500 <= impact <= 1_500
    ]
    assert found(small, Feedback="PLANNED_ACTIVITY") == []
    monitors = fields(small, "ce", "GetAnomalyMonitors")["AnomalyMonitors"]
    parts = [found(small, MonitorArn=each["MonitorArn"]) for each in monitors]
    assert all(parts)
    assert sum(map(len, parts)) == len(everything)

    paged, token = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = fields(small, "ce", "GetAnomalies", DateInterval=SINCE, MaxResults=3, **token)
        paged += page["Anomalies"]
        if "NextPageToken" not in page:
            break
        token = {"NextPageToken": page["NextPageToken"]}
    assert paged == everything


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"DateInterval": {"StartDate": "2026-08-02"}}, "90 days"),
        ({"DateInterval": {"StartDate": "2026-10-2"}}, "yyyy-MM-dd"),
        ({"DateInterval": {"StartDate": "2026-10-20", "EndDate": "2026-10-10"}}, "after EndDate"),
        ({"Feedback": "PERHAPS"}, "YES, NO, PLANNED_ACTIVITY"),
        ({"TotalImpact": {"NumericOperator": "ABOUT", "StartValue": 1.0}}, "BETWEEN"),
        ({"TotalImpact": {"NumericOperator": "BETWEEN", "StartValue": 1.0}}, "EndValue"),
    ],
)
def test_what_may_not_be_asked_is_refused(
    small: SimulatedOrganisation, params: dict[str, Any], words: str
) -> None:
    answer = ask(small, "ce", "GetAnomalies", **{"DateInterval": SINCE, **params})
    assert isinstance(answer, Refusal)
    assert answer.code == "ValidationException"
    assert words in answer.message


def test_monitors_have_a_subscription(small: SimulatedOrganisation) -> None:
    monitors = fields(small, "ce", "GetAnomalyMonitors")["AnomalyMonitors"]
    assert [each["MonitorDimension"] for each in monitors] == ["SERVICE", "COST_CATEGORY"]
    (told,) = fields(small, "ce", "GetAnomalySubscriptions")["AnomalySubscriptions"]
    assert told["MonitorArnList"] == [each["MonitorArn"] for each in monitors]
    one = fields(small, "ce", "GetAnomalyMonitors", MonitorArnList=[monitors[1]["MonitorArn"]])
    assert one["AnomalyMonitors"] == [monitors[1]]
    for operation, name, code in (
        ("GetAnomalyMonitors", "MonitorArnList", "UnknownMonitorException"),
        ("GetAnomalySubscriptions", "SubscriptionArnList", "UnknownSubscriptionException"),
    ):
        params: dict[str, Any] = {name: ["arn:aws:ce::1:anomalymonitor/x"]}
        answer = ask(small, "ce", operation, **params)
        assert isinstance(answer, Refusal)
        assert answer.code == code


def series(*weeks: tuple[float, ...]) -> dict[date, float]:
    """Daily costs from a Monday on."""
    return {
        MONDAY + timedelta(days=7 * week + day): cost
        for week, costs in enumerate(weeks)
        for day, cost in enumerate(costs)
    }


STEADY = (100.0, 110.0, 105.0, 100.0, 110.0, 40.0, 40.0)
TIMES_THREE = tuple(3 * cost for cost in STEADY)
FIRST, WEEKS_BEFORE = MONDAY + timedelta(days=63), 9


@pytest.mark.parametrize(
    ("weeks", "runs"),
    [
        ((STEADY, STEADY), []),
        ((TIMES_THREE, STEADY), [(0, 6)]),
        (((*STEADY[:2], 500.0, *STEADY[3:]), STEADY), [(2, 2)]),
        (((*STEADY[:2], 500.0, 100.0, 500.0, *STEADY[5:]), STEADY), [(2, 4)]),
        (((500.0, *STEADY[1:3], 500.0, *STEADY[4:]), STEADY), [(0, 0), (3, 3)]),
        (((*STEADY[:5], 100.0, 100.0), STEADY), [(5, 6)]),  # a weekend like a weekday
        ((tuple(cost / 3 for cost in STEADY), STEADY), []),
        (((*STEADY[:2], 112.0, *STEADY[3:]), STEADY), []),  # a tenth more
        ((TIMES_THREE,) * 5, [(0, 13)]),  # the new level
    ],
)
def test_days_beyond_the_usual_make_one_anomaly(
    weeks: tuple[tuple[float, ...], ...], runs: list[tuple[int, int]]
) -> None:
    costs = series(*(STEADY,) * WEEKS_BEFORE, *weeks)
    last = FIRST + timedelta(days=7 * len(weeks) - 1)
    spans = [((f.first - FIRST).days, (f.last - FIRST).days) for f in anomalies(costs, FIRST, last)]
    assert spans == runs


def test_what_was_never_there_is_expected_to_cost_nothing() -> None:
    new = {FIRST + timedelta(days=number): 50.0 for number in range(4)}
    (only,) = anomalies(new, FIRST, FIRST + timedelta(days=6))
    assert (only.actual, only.expected, only.impact, only.most) == (200.0, 0.0, 200.0, 50.0)
