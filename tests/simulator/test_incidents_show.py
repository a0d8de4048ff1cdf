"""What goes wrong shows in every service, at its place and in its days; without it nothing does.

An organisation is held against the same one with nothing wrong: whatever its services say beyond
that is an incident's, and no decoy is named.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import IncidentKind
from tests.simulator.conftest import SMALL, Worlds, fields

TEXTS = (SMALL, "simulated:seed=23,as_of=2026-03-01,rows=20000")
LOUD: tuple[IncidentKind, ...] = ("spike", "mining", "nat", "transfer", "oversized", "idle")
"""What costs enough by itself to be an anomaly in an organisation of this size."""
LOW_UTILIZATION, ADDRESSES, VOLUMES = "Qch7DwouX1", "Z4AUBRNSmz", "DAvU99Dc4C"
MONTH = "sim-meridale-month"

Found = frozenset[tuple[str, ...]]


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def wrong(worlds: Worlds, text: str) -> SimulatedOrganisation:
    return worlds(text)


@pytest.fixture
def quiet(worlds: Worlds, text: str) -> SimulatedOrganisation:
    return worlds(f"{text},incidents=none")


@pytest.fixture(scope="module")
def ledgers(worlds: Worlds) -> dict[str, Ledger]:
    """Where things go wrong; no bill is made of them."""
    return {text: Ledger(worlds(text).spec) for text in TEXTS}


@pytest.fixture
def ledger(ledgers: dict[str, Ledger], text: str) -> Ledger:
    return ledgers[text]


def anomalies(organisation: SimulatedOrganisation) -> dict[tuple[str, ...], tuple[date, date]]:
    """The days of each anomaly of a service, by service, account, region and last day."""
    since = organisation.spec.as_of - timedelta(days=80)
    (services, _) = fields(organisation, "ce", "GetAnomalyMonitors")["AnomalyMonitors"]
    answer = fields(
        organisation, "ce", "GetAnomalies", DateInterval={"StartDate": since.isoformat()},
        MonitorArn=services["MonitorArn"],
    )  # fmt: skip
    assert "NextPageToken" not in answer
    found: dict[tuple[str, ...], tuple[date, date]] = {}
    for each in answer["Anomalies"]:
        cause = each["RootCauses"][0]
        first, last = each["AnomalyStartDate"], each["AnomalyEndDate"]
        place = (each["DimensionValue"], cause["LinkedAccount"], cause["Region"])
        found[(*place, first, last)] = (date.fromisoformat(first), date.fromisoformat(last))
    return found


def test_what_is_unusual_beyond_a_quiet_account_is_an_incident(
    wrong: SimulatedOrganisation, quiet: SimulatedOrganisation, ledger: Ledger
) -> None:
    usual, seen = anomalies(quiet), set[IncidentKind]()
    for (service, account, region, *days), (first, last) in anomalies(wrong).items():
        if (service, account, region, *days) in usual:
            continue
        causes = {
            kind
            for kind, place in ledger.places.items()
            if (place.account.id, place.region.code) == (account, region)
            and ledger.calendar.day(place.first) <= last
            and first <= ledger.calendar.day(ledger.stages[kind].truth.last)
        }
        assert causes, (service, account, region, first, last)
        seen |= causes
    assert seen >= set(LOUD)


def over(organisation: SimulatedOrganisation) -> set[str]:
    """The budgets that are spent, or will be."""
    account = {"AccountId": organisation.account_id}
    return {
        budget["BudgetName"]
        for budget in fields(organisation, "budgets", "DescribeBudgets", **account)["Budgets"]
        for each in fields(
            organisation, "budgets", "DescribeNotificationsForBudget", **account,
            BudgetName=budget["BudgetName"],
        )["Notifications"]
        if each["NotificationState"] == "ALARM"
    }  # fmt: skip


def test_budgets_go_over_where_something_is_wrong(
    wrong: SimulatedOrganisation, quiet: SimulatedOrganisation, ledger: Ledger
) -> None:
    spent, spike = over(wrong) - over(quiet), ledger.places["spike"].account
    assert {MONTH, f"account-{spike.name}", f"team-{spike.team}"} <= spent | over(quiet)
    assert MONTH in spent
    accounts = [place.account for place in ledger.places.values()]
    assert spent <= {MONTH} | {f"account-{each.name}" for each in accounts} | {
        f"team-{each.team}" for each in accounts
    }


def alarms(organisation: SimulatedOrganisation) -> Found:
    """Region, account and name of the alarms that are on."""
    return frozenset(
        (region.code, alarm["AlarmArn"].split(":")[4], alarm["AlarmName"])
        for region in organisation.world.regions
        for alarm in fields(
            organisation, "cloudwatch", "DescribeAlarms", region.code, StateValue="ALARM"
        )["MetricAlarms"]
    )


def test_alarms_are_on_where_something_is_wrong(
    wrong: SimulatedOrganisation, quiet: SimulatedOrganisation, ledger: Ledger
) -> None:
    """Neither the exercise of a failover nor the sale sets one off."""
    assert alarms(quiet) == set()
    on = {alarm for alarm in alarms(wrong) if alarm[1] != wrong.account_id}
    group, gateway = ledger.places["spike"].group, ledger.stages["nat"].truth.facts["nat_gateway"]
    assert group is not None
    assert on == {
        (place.region.code, place.account.id, name)
        for place, name in (
            (ledger.places["spike"], f"{group.name}-in-service-above-ceiling"),
            (ledger.places["nat"], f"{gateway}-bytes-out-to-source"),
        )
    }


def advised(organisation: SimulatedOrganisation) -> Found:
    """What is advised against, by service and resource."""
    found = {("hub", each) for each in _hub(organisation)}
    for region in organisation.world.regions:
        idle = fields(organisation, "compute-optimizer", "GetIdleRecommendations", region.code)
        found |= {("idle", each["resourceId"]) for each in idle["idleRecommendations"]}
    for check, column in ((LOW_UTILIZATION, 1), (ADDRESSES, 1), (VOLUMES, 1)):
        result = fields(
            organisation, "support", "DescribeTrustedAdvisorCheckResult", checkId=check
        )["result"]
        found |= {(check, each["metadata"][column]) for each in result["flaggedResources"]}
    return frozenset(found)


def _hub(organisation: SimulatedOrganisation) -> set[str]:
    listed = fields(
        organisation, "cost-optimization-hub", "ListRecommendations",
        includeAllRecommendations=True,
    )["items"]  # fmt: skip
    return {each["resourceId"] for each in listed}


def short(ids: Any) -> set[str]:
    """Identifiers of the bill as advice names them: what an ARN ends with."""
    return {str(id_).replace(":", "/").rpartition("/")[2] for id_ in ids}


def test_advice_is_of_what_is_idle_or_oversized_and_of_no_decoy(
    wrong: SimulatedOrganisation, quiet: SimulatedOrganisation, ledger: Ledger
) -> None:
    without, with_them = advised(quiet), advised(wrong)
    causes = {kind: short(ledger.stages[kind].truth.resources) for kind in ("idle", "oversized")}
    more = {(service, id_) for service, id_ in with_them - without if service != ADDRESSES}
    assert {id_ for _, id_ in more} <= causes["idle"] | causes["oversized"]
    assert causes["oversized"] <= {id_ for service, id_ in more if service == "hub"}
    for service, prefixes in (
        ("hub", ("i-", "vol-", "nat-")), ("idle", ("i-", "vol-", "nat-")),
        (LOW_UTILIZATION, ("i-",)), (VOLUMES, ("vol-",)),
    ):  # fmt: skip
        told = {id_ for each, id_ in more if each == service}
        for prefix in prefixes:
            assert any(id_.startswith(prefix) for id_ in told & causes["idle"]), (service, prefix)
    idle = [address for service, address in with_them - without if service == ADDRESSES]
    assert len(idle) == ledger.stages["idle"].truth.facts["address"]
    (reserved,) = [each for each in ledger.harmless if "reservation" in each.name]
    for harmless in ledger.harmless:
        named = {(service, id_) for service, id_ in with_them if id_ in short(harmless.resources)}
        # An instance without load is idle, whoever has paid for it; ending it saves nothing.
        assert not named or harmless is reserved
        assert "hub" not in {service for service, _ in named}
