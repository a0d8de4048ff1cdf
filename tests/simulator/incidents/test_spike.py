"""A runaway group is in the bill, in Cost Explorer, in the inventory and in the trail."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.simulator.key import Incident
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
AS_OF = "as_of=2026-10-31,rows=20000"
PLACES = [
    f"{SMALL},incidents=spike",
    f"simulated:seed=1,{AS_OF},incidents=spike",
    f"simulated:seed=2,{AS_OF},incidents=spike",
    f"simulated:seed=7,{AS_OF},incidents=spike@2026-10-12/sim-shop-prod/shop-web-prod",
    f"simulated:seed=3,{AS_OF},incidents=spike@2026-08-28/sim-media-prod",
    f"simulated:seed=3,{AS_OF},incidents=spike@2026-10-29",
]


def quiet(text: str) -> str:
    return ",".join(p for p in text.split(",") if "incidents" not in p) + ",incidents=none"


def the_incident(organisation: SimulatedOrganisation) -> Incident:
    return organisation.key("spike").of("spike")


def compute_cost(organisation: SimulatedOrganisation, start: date, days: int) -> Decimal:
    """EC2 compute cost by Cost Explorer, usage only."""
    end = start + timedelta(days=days)
    usage = ["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"]
    answer = fields(
        organisation,
        "ce",
        "GetCostAndUsage",
        TimePeriod={"Start": str(start), "End": str(end)},
        Granularity="DAILY",
        Metrics=["UnblendedCost"],
        Filter={
            "And": [
                {"Dimensions": {"Key": "SERVICE", "Values": [COMPUTE]}},
                {"Dimensions": {"Key": "RECORD_TYPE", "Values": usage}},
            ]
        },
    )
    amounts = [Decimal(day["Total"]["UnblendedCost"]["Amount"]) for day in answer["ResultsByTime"]]
    assert len(amounts) == days
    return sum(amounts, Decimal(0))


@pytest.mark.parametrize("text", PLACES)
def test_ec2_cost_rises_by_300_percent_within_the_week(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    incident = the_incident(organisation)
    days = (incident.last_day - incident.first_day).days + 1
    during = compute_cost(organisation, incident.first_day, days)
    before = compute_cost(organisation, incident.first_day - timedelta(days=days), days)
    assert Decimal("3.8") < during / before < Decimal("4.4")
    assert incident.goes_on == (incident.last_day == date(2026, 10, 31))
    assert days == 7 or incident.goes_on


def test_by_default_the_last_seven_days_cost_four_times_the_seven_before(worlds: Worlds) -> None:
    organisation = worlds("simulated:as_of=2026-10-31")
    during = compute_cost(organisation, date(2026, 10, 25), 7)
    before = compute_cost(organisation, date(2026, 10, 18), 7)
    assert during - before > 10_000
    assert Decimal("3.95") < during / before < Decimal("4.1")


def lookups(
    organisation: SimulatedOrganisation, region: str, **params: Any
) -> list[dict[str, Any]]:
    """Every page of a LookupEvents."""
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = fields(organisation, "cloudtrail", "LookupEvents", region, **params, **token)
        found += page["Events"]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


@pytest.mark.parametrize("text", PLACES)
def test_the_trail_names_who_lifted_the_ceiling_before_the_first_dollar(
    worlds: Worlds, text: str
) -> None:
    organisation = worlds(text)
    incident = the_incident(organisation)
    onset = datetime.fromisoformat(f"{incident.first_day}T00:00:00+00:00")
    changes = lookups(
        organisation,
        incident.region,
        StartTime=onset - timedelta(hours=24),
        EndTime=onset + timedelta(hours=24),
        LookupAttributes=[
            {"AttributeKey": "ResourceName", "AttributeValue": incident.facts["group"]}
        ],
    )
    (cause,) = [e for e in changes if e["EventName"] == "UpdateAutoScalingGroup"]
    record = json.loads(cause["CloudTrailEvent"])
    assert cause["EventId"] == incident.event_id == record["eventID"]
    assert incident.event_time is not None
    assert cause["EventTime"] == incident.event_time < onset
    assert record["requestParameters"]["autoScalingGroupName"] == incident.facts["group"]
    assert (
        record["requestParameters"]["maxSize"]
        == incident.facts["most_after"]
        > incident.facts["most_before"]
    )
    assert record["userIdentity"]["arn"] == incident.actor_arn
    assert record["recipientAccountId"] == incident.account_id
    assert cause["Username"] == incident.actor

    earlier = lookups(
        organisation,
        incident.region,
        EndTime=cause["EventTime"] - timedelta(seconds=1),
        LookupAttributes=[
            {"AttributeKey": "ResourceName", "AttributeValue": incident.facts["group"]}
        ],
    )
    sizes = [
        json.loads(e["CloudTrailEvent"])["requestParameters"]["maxSize"]
        for e in earlier
        if e["EventName"] == "UpdateAutoScalingGroup"
    ]
    assert sizes[0] == incident.facts["most_before"]


@pytest.mark.parametrize("text", PLACES)
def test_every_added_instance_was_launched_by_the_group(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    incident = the_incident(organisation)
    launched = {
        item["instanceId"]
        for event in lookups(
            organisation,
            incident.region,
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RunInstances"}],
        )
        for item in json.loads(event["CloudTrailEvent"])["responseElements"]["instancesSet"][
            "items"
        ]
    }
    added = {id_ for id_ in incident.resources if id_.startswith("i-")}
    store = connect(organisation.store_path, read_only=True)
    groups = store.execute(
        "SELECT DISTINCT resource_tags['aws_autoscaling_group_name'], line_item_usage_account_id"
        " FROM cur2 WHERE list_contains(?, line_item_resource_id)",
        [list(incident.resources)],
    ).fetchall()
    store.close()
    assert len(added) == incident.facts["instances"]
    assert added <= launched
    assert groups == [(incident.facts["group"], incident.account_id)]


def running(organisation: SimulatedOrganisation, region: str, group: str) -> set[str]:
    found: set[str] = set()
    token: dict[str, str] = {}
    while True:
        page = fields(
            organisation, "ec2", "DescribeInstances", region, MaxResults=50, **token,
            Filters=[
                {"Name": "tag:aws:autoscaling:groupName", "Values": [group]},
                {"Name": "instance-state-name", "Values": ["running"]},
            ],
        )  # fmt: skip
        found |= {i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]}
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


@pytest.mark.parametrize("text", PLACES)
def test_the_inventory_holds_what_the_last_day_bills(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    incident = the_incident(organisation)
    here = running(organisation, incident.region, incident.facts["group"])
    store = connect(organisation.store_path, read_only=True)
    billed = {
        id_
        for (id_,) in store.execute(
            "SELECT DISTINCT line_item_resource_id FROM cur2"
            " WHERE line_item_usage_start_date = TIMESTAMP '2026-10-31' AND billing_period ="
            " '2026-10' AND line_item_usage_amount = 24 AND line_item_resource_id LIKE 'i-%'"
            " AND resource_tags['aws_autoscaling_group_name'] = ?",
            [incident.facts["group"]],
        ).fetchall()
    }
    store.close()
    assert billed <= here
    assert (len(here) > incident.facts["most_before"]) == incident.goes_on
    (group,) = fields(
        organisation, "autoscaling", "DescribeAutoScalingGroups", incident.region,
        AutoScalingGroupNames=[incident.facts["group"]],
    )["AutoScalingGroups"]  # fmt: skip
    assert {each["InstanceId"] for each in group["Instances"]} == here
    most = incident.facts["most_after"] if incident.goes_on else incident.facts["most_before"]
    assert group["MaxSize"] == most >= len(here)


def test_the_seed_alone_moves_the_incident(worlds: Worlds) -> None:
    found = {the_incident(worlds(text)).facts["group"] for text in PLACES[:3]}
    assert len(found) == 3


def test_a_quiet_organisation_has_an_empty_key(worlds: Worlds) -> None:
    organisation = worlds(quiet(SMALL))
    assert organisation.key().incidents == ()
    last, before = (
        compute_cost(organisation, start, 7) for start in (date(2026, 10, 25), date(2026, 10, 18))
    )
    assert Decimal("0.9") < last / before < Decimal("1.1")
