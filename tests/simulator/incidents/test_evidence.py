"""What the key says can be found: in the trail for 90 days, in the inventory while it exists."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from finops_repl.simulator.key import Incident
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import INCIDENT_KINDS, IncidentKind
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields
from tests.simulator.incidents.test_spike import lookups

KEPT = timedelta(days=90)
WITH_EVENT = tuple(kind for kind in INCIDENT_KINDS if kind != "expiry")
LATEST = datetime.fromisoformat("2026-11-01T08:00:00+00:00")


def looked_up(organisation: SimulatedOrganisation, incident: Incident) -> list[dict[str, Any]]:
    attributes = [{"AttributeKey": "EventId", "AttributeValue": incident.event_id}]
    return lookups(organisation, incident.event_region, LookupAttributes=attributes)


@pytest.mark.parametrize("kind", WITH_EVENT)
def test_the_causing_event_is_in_the_trail_as_the_key_has_it(
    worlds: Worlds, kind: IncidentKind
) -> None:
    incident = worlds(SMALL).key().of(kind)
    assert incident.event_time is not None
    found = looked_up(worlds(SMALL), incident)
    if incident.event_time < LATEST - KEPT:
        assert kind == "snapshots"
        assert found == []
        return
    (cause,) = found
    record = json.loads(cause["CloudTrailEvent"])
    assert (cause["EventName"], cause["EventTime"]) == (incident.event_name, incident.event_time)
    assert (cause["Username"], record["userIdentity"]["arn"]) == (
        incident.actor, incident.actor_arn,
    )  # fmt: skip
    assert record["recipientAccountId"] == incident.account_id
    assert record["awsRegion"] == incident.event_region


@pytest.mark.parametrize("kind", ["idle", "mining", "nat", "oversized", "transfer", "spike"])
def test_without_the_incident_its_event_is_not_there(worlds: Worlds, kind: IncidentKind) -> None:
    incident = worlds(SMALL).key().of(kind)
    assert looked_up(worlds(f"{SMALL},incidents=none"), incident) == []


def test_a_leaked_key_shows_by_its_id_its_address_and_its_region(worlds: Worlds) -> None:
    organisation = worlds(SMALL)
    mining = organisation.key().of("mining")
    by_key = [{"AttributeKey": "AccessKeyId", "AttributeValue": mining.facts["access_key"]}]
    events = lookups(organisation, mining.region, LookupAttributes=by_key)
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    assert {record["sourceIPAddress"] for record in records} == {mining.facts["source_ip"]}
    assert {record["userIdentity"]["type"] for record in records} == {"IAMUser"}
    assert "RunInstances" in {record["eventName"] for record in records}
    store = connect(organisation.store_path, read_only=True)
    elsewhere = store.execute(
        "SELECT count(*) FROM cur2 WHERE product_region_code = ? AND NOT"
        " list_contains(?, line_item_resource_id) AND line_item_line_item_type <> 'EdpDiscount'",
        [mining.region, list(mining.resources)],
    ).fetchall()
    store.close()
    assert elsewhere == [(0,)]


def described(organisation: SimulatedOrganisation, region: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    token: dict[str, str] = {}
    while True:
        page = fields(organisation, "ec2", "DescribeInstances", region, **token)
        found |= {i["InstanceId"]: i for r in page["Reservations"] for i in r["Instances"]}
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


@pytest.mark.parametrize("kind", ["idle", "untagged", "expiry", "spike", "mining"])
def test_the_inventory_shows_instances_that_still_run(worlds: Worlds, kind: IncidentKind) -> None:
    incident = worlds(SMALL).key().of(kind)
    ours = {id_ for id_ in incident.resources if id_.startswith("i-")}
    here = described(worlds(SMALL), incident.region)
    assert ours
    assert (ours & here.keys() == ours) == incident.goes_on
    if kind == "untagged":
        assert {tag["Key"] for id_ in ours for tag in here[id_]["Tags"]} == {"Name"}


@pytest.mark.parametrize("kind", ["idle", "oversized", "untagged", "nat", "snapshots", "transfer"])
def test_other_resources_are_listed_while_the_last_day_bills_them(
    worlds: Worlds, kind: IncidentKind
) -> None:
    incident = worlds(SMALL).key().of(kind)
    store = connect(worlds(SMALL).store_path, read_only=True)
    listed = {id_ for (id_,) in store.execute("SELECT on_bill FROM resource").fetchall()}
    billed = {
        id_
        for (id_,) in store.execute(
            "SELECT DISTINCT line_item_resource_id FROM cur2 WHERE billing_period = '2026-10'"
            " AND line_item_usage_start_date = TIMESTAMP '2026-10-31'"
        ).fetchall()
    }
    volumes = {id_ for (id_,) in store.execute("SELECT volume FROM instance").fetchall()}
    store.close()
    ours = {each for each in incident.resources if each[:2] != "i-"} - volumes
    assert ours
    assert ours <= billed
    assert ours <= listed


def test_what_is_idle_measures_as_idle(worlds: Worlds) -> None:
    idle = worlds(SMALL).key().of("idle")
    store = connect(worlds(SMALL).store_path, read_only=True)
    cpu = store.execute(
        "SELECT max(most) FROM load WHERE metric = 'AWS/EC2 CPUUtilization' AND"
        " list_contains(?, resource)",
        [list(idle.resources)],
    ).fetchall()
    store.close()
    assert cpu == [(2_000,)]  # thousandths of a percent
