"""The key is machine readable, names what an analyst must find, and no API serves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import INCIDENT_KINDS
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields


def test_every_incident_has_its_cause_resources_remedy_and_dollars(
    small: SimulatedOrganisation,
) -> None:
    key = json.loads(json.dumps(small.key().as_json()))
    assert key["spec"] == SMALL.replace("rows", "incidents=all,rows")
    assert [incident["kind"] for incident in key["incidents"]] == list(INCIDENT_KINDS)
    for incident in key["incidents"]:
        assert date.fromisoformat(incident["first_day"]) <= date.fromisoformat(incident["last_day"])
        assert len(incident["account_id"]) == 12
        assert incident["region"] in REGIONS
        assert incident["cause"]
        assert incident["remedy"]
        assert incident["resources"]
        assert set(incident["dollars"]) == {"usage", "unblended", "amortized", "blended", "public"}
        assert all(Decimal(amount) for amount in incident["dollars_by_day"].values())
        # Nobody acts when a Savings Plan ends, so the trail has nothing to find.
        acted = incident["kind"] != "expiry"
        assert bool(incident["event_id"]) == bool(incident["actor_arn"]) == acted


def test_what_is_no_incident_says_why(small: SimulatedOrganisation) -> None:
    found = small.key().as_json()["no_incidents"]
    assert {each["name"] for each in found} >= {
        "planned failover", "sales peak", "migration between accounts", "Savings Plan purchase",
    }  # fmt: skip
    assert all(each["reason"] and each["evidence"] for each in found)


def test_one_kind_alone_can_be_asked_for(small: SimulatedOrganisation) -> None:
    (alone,) = small.key("nat").incidents
    assert alone == small.key().of("nat")


def test_a_quiet_organisation_has_no_incidents_and_the_same_decoys(worlds: Worlds) -> None:
    quiet = worlds(f"{SMALL},incidents=none").key()
    assert quiet.incidents == ()
    assert quiet.no_incidents == worlds(SMALL).key().no_incidents


def sentences(organisation: SimulatedOrganisation) -> list[str]:
    """What only the key says."""
    key = organisation.key()
    said = [text for each in key.incidents for text in (each.cause, each.remedy)]
    return said + [text for each in key.no_incidents for text in (each.reason, each.evidence)]


def columns_of_text(organisation: SimulatedOrganisation) -> Iterator[tuple[str, str, list[str]]]:
    """Every column of text in the file that the account's services read, with its values."""
    store = connect(organisation.store_path, read_only=True)
    columns = store.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        " AND data_type NOT IN ('BIGINT', 'INTEGER', 'TINYINT', 'DOUBLE', 'DATE', 'BOOLEAN')"
        " AND data_type NOT LIKE 'DECIMAL%' AND data_type NOT LIKE 'TIMESTAMP%'"
        " AND table_name NOT IN ('cur2', 'cur_legacy', 'focus_1_2')"
    ).fetchall()
    for table, column in columns:
        values = store.execute(f'SELECT DISTINCT "{column}"::VARCHAR FROM "{table}"').fetchall()
        yield table, column, [value for (value,) in values if value]
    store.close()


def test_the_services_read_nothing_that_the_key_says(small: SimulatedOrganisation) -> None:
    """They read this file alone; the bill's view holds nothing that its tables do not."""
    seen = 0
    for table, column, values in columns_of_text(small):
        seen += len(values)
        text = "\n".join(values)
        assert "incident" not in f"{table} {column} {text}".lower()
        assert "decoy" not in f"{table} {column} {text}".lower()
        for sentence in sentences(small):
            assert sentence not in text
    assert seen > 10_000


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("ec2", "DescribeInstances", {}),
        ("cloudtrail", "LookupEvents", {}),
        ("autoscaling", "DescribeAutoScalingGroups", {}),
        ("organizations", "ListAccounts", {}),
        ("sts", "GetCallerIdentity", {}),
    ],
)
def test_no_answer_holds_a_word_of_the_key(
    small: SimulatedOrganisation, service: str, operation: str, params: dict[str, Any]
) -> None:
    for region in REGIONS:
        answer = json.dumps(fields(small, service, operation, region, **params), default=str)
        assert not [sentence for sentence in sentences(small) if sentence in answer]
        assert "incident" not in answer.lower()
