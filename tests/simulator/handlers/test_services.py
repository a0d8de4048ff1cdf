"""The other services answer out of the same ledger, page as AWS pages, and refuse what is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.event import DAYS_KEPT
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_the_caller_is_a_role_of_the_payer(small: SimulatedOrganisation) -> None:
    who = fields(small, "sts", "GetCallerIdentity")
    assert who["Account"] == small.account_id
    assert len(small.account_id) == 12
    assert small.account_id.isdigit()
    assert small.account_id in who["Arn"]
    assert small.account.startswith("sim-")


def test_every_account_shows_that_it_is_simulated(small: SimulatedOrganisation) -> None:
    accounts: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = fields(small, "organizations", "ListAccounts", MaxResults=5, **token)
        accounts += page["Accounts"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(accounts) == len({account["Id"] for account in accounts}) == 18
    assert all(account["Name"].startswith("sim-") for account in accounts)
    assert all(len(account["Id"]) == 12 for account in accounts)
    master = fields(small, "organizations", "DescribeOrganization")["Organization"]
    assert master["MasterAccountId"] == small.account_id


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ce", "StartCommitmentPurchaseAnalysis"),
        ("ec2", "TerminateInstances"),
        ("iam", "ListUsers"),
    ],
)
def test_what_is_not_offered_says_so(
    small: SimulatedOrganisation, service: str, operation: str
) -> None:
    answer = ask(small, service, operation)
    assert isinstance(answer, Refusal)
    assert answer.status == 400
    assert "not offered by the simulated account sim-meridale" in answer.message


def instances(organisation: SimulatedOrganisation, region: str, **params: Any) -> list[Any]:
    page = fields(organisation, "ec2", "DescribeInstances", region, **params)
    return [each for reservation in page["Reservations"] for each in reservation["Instances"]]


def by(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


def test_instances_are_found_by_id_type_and_tag(small: SimulatedOrganisation) -> None:
    here = instances(small, "us-east-1")
    one = here[0]
    assert instances(small, "us-east-1", InstanceIds=[one["InstanceId"]]) == [one]
    assert instances(small, "eu-central-1", **by("instance-id", one["InstanceId"])) == []
    kind = one["InstanceType"]
    same = instances(small, "us-east-1", **by("instance-type", kind.partition(".")[0] + ".*"))
    assert one in same
    assert len(same) < len(here)
    tagged = instances(small, "us-east-1", **by("tag-key", "aws:autoscaling:groupName"))
    assert 0 < len(tagged) < len(here)
    assert instances(small, "us-east-1", **by("tag:team", "[a-z]*")) == []


def test_pages_of_instances_make_the_whole(small: SimulatedOrganisation) -> None:
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = fields(small, "ec2", "DescribeInstances", MaxResults=5, **token)
        found = [i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]]
        assert len(found) <= 5
        seen += found
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(seen) == sorted(each["InstanceId"] for each in instances(small, "us-east-1"))


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"InstanceIds": ["i-0123"]}, "InvalidInstanceID.NotFound"),
        (by("colour", "red"), "InvalidParameterValue"),
        ({"NextToken": "nonsense"}, "InvalidParameterValue"),
    ],
)
def test_ec2_refuses_in_its_own_words(
    small: SimulatedOrganisation, params: dict[str, Any], code: str
) -> None:
    answer = ask(small, "ec2", "DescribeInstances", **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_office_machines_are_stopped_at_the_weekend(small: SimulatedOrganisation) -> None:
    stopped = instances(small, "us-east-1", **by("instance-state-name", "stopped"))
    assert stopped
    assert all(each["State"] == {"Code": 80, "Name": "stopped"} for each in stopped)


def lookup(organisation: SimulatedOrganisation, **params: Any) -> Any:
    return fields(organisation, "cloudtrail", "LookupEvents", **params)


def test_events_come_newest_first_fifty_a_page_ninety_days_back(
    small: SimulatedOrganisation,
) -> None:
    times: list[datetime] = []
    ids: set[str] = set()
    page = lookup(small)
    while True:
        assert len(page["Events"]) <= 50
        times += [event["EventTime"] for event in page["Events"]]
        ids |= {event["EventId"] for event in page["Events"]}
        if "NextToken" not in page:
            break
        page = lookup(small, NextToken=page["NextToken"])
    assert times == sorted(times, reverse=True)
    assert len(ids) == len(times) > 200
    assert NOW - timedelta(days=DAYS_KEPT) <= times[-1]
    assert times[0] < NOW


def test_an_event_is_found_by_each_of_its_attributes(small: SimulatedOrganisation) -> None:
    asked = [{"AttributeKey": "EventName", "AttributeValue": "UpdateAutoScalingGroup"}]
    event = lookup(small, LookupAttributes=asked, MaxResults=1)["Events"][0]
    record = json.loads(event["CloudTrailEvent"])
    for key, value in {
        "EventId": event["EventId"],
        "EventSource": "autoscaling.amazonaws.com",
        "Username": event["Username"],
        "AccessKeyId": event["AccessKeyId"],
        "ReadOnly": "false",
        "ResourceName": record["requestParameters"]["autoScalingGroupName"],
        "ResourceType": "AWS::AutoScaling::AutoScalingGroup",
    }.items():
        attribute = {"AttributeKey": key, "AttributeValue": value}
        at = {"StartTime": event["EventTime"], "EndTime": event["EventTime"]}
        found = lookup(small, LookupAttributes=[attribute], **at)["Events"]
        assert event["EventId"] in {each["EventId"] for each in found}, key
    wrong = {"AttributeKey": "EventId", "AttributeValue": "x"}
    assert lookup(small, LookupAttributes=[wrong])["Events"] == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "x"}, "InvalidNextTokenException"),
        ({"StartTime": NOW, "EndTime": NOW - timedelta(days=1)}, "InvalidTimeRangeException"),
        ({"LookupAttributes": [{"AttributeKey": "Colour", "AttributeValue": "x"}]},
         "InvalidLookupAttributesException"),
    ],
)  # fmt: skip
def test_cloudtrail_refuses_in_its_own_words(
    small: SimulatedOrganisation, params: dict[str, Any], code: str
) -> None:
    answer = ask(small, "cloudtrail", "LookupEvents", **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_groups_scale_in_the_noise_too(small: SimulatedOrganisation) -> None:
    """The cause does not stand alone: other groups are deployed and launch all the time."""
    incident = small.key().of("spike")
    assert incident.event_time is not None
    asked = [{"AttributeKey": "EventName", "AttributeValue": "UpdateAutoScalingGroup"}]
    since = incident.event_time - timedelta(days=30)
    page = fields(
        small, "cloudtrail", "LookupEvents", incident.region,
        LookupAttributes=asked, StartTime=since,
    )  # fmt: skip
    others = {
        json.loads(event["CloudTrailEvent"])["requestParameters"]["autoScalingGroupName"]
        for event in page["Events"]
    } - {incident.facts["group"]}
    assert others
