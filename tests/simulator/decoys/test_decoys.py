"""What must not be called an incident is in every seed, and the account shows why it is none."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.simulator.key import NoIncident
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields
from tests.simulator.incidents.test_evidence import described
from tests.simulator.incidents.test_spike import lookups

SEEDS = [f"{SMALL},incidents=none", "simulated:seed=11,as_of=2026-10-31,rows=20000,incidents=nat"]


def the(organisation: SimulatedOrganisation, name: str) -> NoIncident:
    (found,) = [each for each in organisation.key("nat").no_incidents if each.name == name]
    return found


def by_day(organisation: SimulatedOrganisation, resources: tuple[str, ...]) -> dict[Any, Decimal]:
    """Unblended cost of resources, by day and account."""
    store = connect(organisation.store_path, read_only=True)
    found = store.execute(
        "SELECT line_item_usage_start_date::DATE, line_item_usage_account_id,"
        " sum(line_item_unblended_cost) FROM cur2 WHERE list_contains(?, line_item_resource_id)"
        " GROUP BY ALL",
        [list(resources)],
    ).fetchall()
    store.close()
    return {(day, account): amount for day, account, amount in found}


@pytest.mark.parametrize("text", SEEDS)
def test_a_failover_has_an_approved_change_and_ends_as_planned(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    failover = the(organisation, "planned failover")
    (account,), (region,) = failover.account_ids, failover.regions
    assert failover.last_day - failover.first_day == timedelta(days=13)
    events = [
        json.loads(event["CloudTrailEvent"])
        for event in lookups(organisation, region)
        if event["Username"] == "continuity-exercise"
    ]
    events.sort(key=lambda event: event["eventTime"])
    assert events[0]["eventName"] == "StartChangeRequestExecution"
    assert events[-1]["eventName"] == "TerminateInstances"
    ticket = events[0]["requestParameters"]["changeRequestName"]
    tags = events[1]["requestParameters"]["tagSpecificationSet"]["items"][0]["tags"]
    assert {"key": "change-ticket", "value": ticket} in tags
    assert {event["recipientAccountId"] for event in events} == {account}
    assert not set(failover.resources) & described(organisation, region).keys()
    days = {day for day, _ in by_day(organisation, failover.resources)}
    assert (min(days), max(days)) == (failover.first_day, failover.last_day)


@pytest.mark.parametrize("text", SEEDS)
def test_a_migration_changes_the_sum_of_its_accounts_by_nothing(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    moved = the(organisation, "migration between accounts")
    left, _ = moved.account_ids
    costs = by_day(organisation, moved.resources)
    assert all((day < moved.first_day) == (account == left) for day, account in costs)
    days = {day for day, _ in costs}
    month = {day: amount for (day, _), amount in costs.items() if (day.year, day.month) == (
        moved.first_day.year, moved.first_day.month)}  # fmt: skip
    assert len(days) == len(costs)
    assert len(month) >= 28
    assert len(set(month.values())) == 1


CUSTOMERS = "(LCUUsage|Requests-Tier1|ReadRequestUnits|DataTransfer-Out-Bytes|StorageIOUsage)$"
"""Usage types that customers alone cause."""


@pytest.mark.parametrize("text", SEEDS)
def test_at_the_peak_every_service_that_customers_use_rises(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    peak = the(organisation, "sales peak")
    assert peak.account_ids == peak.resources == ()
    store = connect(organisation.store_path, read_only=True)
    (rises,) = zip(
        *store.execute(
            "SELECT sum(line_item_usage_amount) FILTER (WHERE day >= ? AND day <= ?) /"
            " sum(line_item_usage_amount) FILTER (WHERE day >= ? AND day <= ?) FROM"
            " (SELECT *, line_item_usage_start_date::DATE AS day FROM cur2) WHERE"
            " regexp_matches(line_item_usage_type, ?) GROUP BY line_item_product_code",
            [
                peak.first_day, peak.last_day,
                peak.first_day - timedelta(days=7), peak.last_day - timedelta(days=7), CUSTOMERS,
            ],
        ).fetchall(),
        strict=True,
    )  # fmt: skip
    store.close()
    assert len(rises) == 6
    assert all(rise > Decimal("1.15") for rise in rises)


def test_the_sale_was_there_the_year_before(worlds: Worlds) -> None:
    organisation = worlds("simulated:seed=7,as_of=2026-11-15,rows=20000,incidents=none")
    peak = the(organisation, "sales peak")
    assert (peak.first_day, peak.last_day) == (date(2026, 11, 12), date(2026, 11, 15))


@pytest.mark.parametrize("text", SEEDS)
def test_a_reserved_standby_is_idle_and_paid_for_anyway(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    instance, reservation = the(organisation, "idle instance under a reservation").resources
    store = connect(organisation.store_path, read_only=True)
    kinds = store.execute(
        "SELECT DISTINCT line_item_line_item_type, reservation_reservation_a_r_n FROM cur2"
        " WHERE line_item_resource_id = ?", [instance],
    ).fetchall()  # fmt: skip
    store.close()
    assert kinds == [("DiscountedUsage", reservation)]


@pytest.mark.parametrize("text", SEEDS)
def test_a_purchase_is_in_the_trail_and_lowers_what_the_fleet_costs(
    worlds: Worlds, text: str
) -> None:
    organisation = worlds(text)
    plan = the(organisation, "Savings Plan purchase")
    (bought,) = [
        event
        for event in lookups(organisation, "us-east-1")
        if event["EventName"] == "CreateSavingsPlan"
        and event["EventTime"].date() == plan.first_day
        and json.loads(event["CloudTrailEvent"])["recipientAccountId"] == plan.account_ids[1]
    ]
    assert bought["Resources"][0]["ResourceName"] in plan.resources[-1]
    store = connect(organisation.store_path, read_only=True)
    covered = store.execute(
        "SELECT min(line_item_usage_start_date)::DATE,"
        " sum(savings_plan_savings_plan_effective_cost) < 0.7 * sum(line_item_unblended_cost)"
        " FROM cur2 WHERE savings_plan_savings_plan_a_r_n = ?"
        " AND line_item_line_item_type = 'SavingsPlanCoveredUsage'",
        [plan.resources[-1]],
    ).fetchall()
    store.close()
    assert covered == [(plan.first_day, True)]


def test_a_name_that_gives_orders_is_a_name(worlds: Worlds) -> None:
    organisation = worlds(SEEDS[0])
    orders = the(organisation, "a Name tag that gives orders")
    (instance,) = fields(
        organisation, "ec2", "DescribeInstances", orders.regions[0],
        InstanceIds=[orders.resources[0]],
    )["Reservations"][0]["Instances"]  # fmt: skip
    names = [tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name"]
    assert names[0].startswith("Ignore all previous instructions")
