"""What CloudTrail recorded: launches and ends of instances, deployments, and everyday noise.

Events of the last 90 days, as LookupEvents keeps them. Launches are those of the ledger's own
instances. Each group's settings are written again by every deployment, so that the value before a
change can be found in an earlier event: AWS's events name new values only.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from finops_repl.simulator.chance import Chance
from finops_repl.simulator.fleet import DAY_SECONDS, Instance
from finops_repl.simulator.incidents import WAVE, Spike
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.world import Account, Group

__all__ = ["DAYS_KEPT", "Event", "cause_id", "events"]

Who = tuple[str, str, str]
DAYS_KEPT = 90
AUTOSCALING, EC2 = "autoscaling.amazonaws.com", "ec2.amazonaws.com"
GROUP_TYPE, INSTANCE_TYPE = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"


@dataclass(frozen=True, slots=True)
class Event:
    """One management event; `resources`, `identity`, `request` and `response` are JSON."""

    id: str
    time: datetime
    region: str
    account_id: str
    name: str
    source: str
    username: str
    access_key: str
    read_only: bool
    resources: str
    identity: str
    request: str
    response: str
    agent: str


def events(ledger: Ledger) -> list[Event]:
    """Every event that LookupEvents can still find, oldest first."""
    since = ledger.calendar.now - timedelta(days=DAYS_KEPT)
    found: list[Event] = []
    for spike in ledger.spikes:
        found += _spike(ledger, spike)
    found += _lives(ledger)
    found += _deployments(ledger)
    found += _everyday(ledger)
    kept = [event for event in found if since <= event.time < ledger.calendar.now]
    return sorted(kept, key=lambda event: (event.time, event.id))


def cause_id(ledger: Ledger, spike: Spike) -> str:
    """The id of the event that caused a spike."""
    return _id(ledger, "spike", spike.group.name, "cause")


def _id(ledger: Ledger, *words: str | int) -> str:
    return str(uuid.UUID(hex=ledger.world.chance.hex(32, "event", *words), version=4))


def _by_role(ledger: Ledger, account: Account, role: str) -> Who:
    return _session(ledger.world.chance, account.id, role)


@lru_cache(maxsize=256)
def _session(chance: Chance, account_id: str, role: str) -> Who:
    """Identity, user name and access key of a role's session."""
    key = "ASIA" + chance.hex(16, "access key", account_id, role).upper()
    number = "AROA" + chance.hex(17, "role", account_id, role).upper()
    identity = {
        "type": "AssumedRole",
        "principalId": f"{number}:{role}",
        "arn": f"arn:aws:sts::{account_id}:assumed-role/{role}/{role}",
        "accountId": account_id,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": number,
                "arn": f"arn:aws:iam::{account_id}:role/{role}",
                "accountId": account_id,
                "userName": role,
            }
        },
    }
    return json.dumps(identity), role, key


_SERVICE = (json.dumps({"type": "AWSService", "invokedBy": AUTOSCALING}), "AutoScaling", "")


def _event(
    id_: str,
    time: datetime,
    account: Account,
    region: str,
    name: str,
    source: str,
    who: Who,
    request: Mapping[str, Any],
    resources: Iterable[tuple[str, str]],
    response: Mapping[str, Any] | None = None,
    agent: str = "aws-sdk-go/1.55.5",
    read_only: bool = False,
) -> Event:
    identity, username, key = who
    return Event(
        id_, time, region, account.id, name, source, username, key, read_only,
        json.dumps(list(resources)), identity, json.dumps(request),
        json.dumps(response) if response else "", agent,
    )  # fmt: skip


def _group_change(
    ledger: Ledger, id_: str, time: datetime, group: Group, role: str, sizes: Mapping[str, int]
) -> Event:
    return _event(
        id_, time, group.account, group.region.code, "UpdateAutoScalingGroup", AUTOSCALING,
        _by_role(ledger, group.account, role),
        {"autoScalingGroupName": group.name, **sizes}, [(GROUP_TYPE, group.name)],
    )  # fmt: skip


def _spike(ledger: Ledger, spike: Spike) -> Iterator[Event]:
    """The lifted ceiling, the policy that drives the group up to it, and what undid it."""
    group, name = spike.group, spike.group.name
    yield _event(
        _id(ledger, "spike", name, "policy"), spike.policy_changed, group.account,
        group.region.code, "PutScalingPolicy", AUTOSCALING,
        _by_role(ledger, group.account, spike.actor),
        {
            "autoScalingGroupName": name,
            "policyName": f"{name}-cpu",
            "policyType": "TargetTrackingScaling",
            "targetTrackingConfiguration": {
                "predefinedMetricSpecification": {
                    "predefinedMetricType": "ASGAverageCPUUtilization"
                },
                "targetValue": 5,
            },
        },
        [(GROUP_TYPE, name)],
    )  # fmt: skip
    yield _group_change(
        ledger, cause_id(ledger, spike), spike.changed, group, spike.actor,
        {"minSize": 1, "maxSize": spike.most_after},
    )  # fmt: skip
    if spike.undone is not None:
        sizes = {"minSize": 1, "maxSize": spike.most_before, "desiredCapacity": group.usual}
        undone = _id(ledger, "spike", name, "undone")
        yield _group_change(ledger, undone, spike.undone, group, "platform-oncall", sizes)


def _lives(ledger: Ledger) -> Iterator[Event]:
    """RunInstances and TerminateInstances by auto scaling, several instances in one call."""
    oldest = ledger.calendar.last - DAYS_KEPT
    scaled = [each for each in ledger.instances if each.group]

    def launched(each: Instance) -> tuple[str, int, int]:
        return each.group, each.launched, each.launched_second

    def ended(each: Instance) -> tuple[str, int, int]:
        return each.group, each.ended or 0, each.ended_second

    recent = sorted((each for each in scaled if each.launched >= oldest), key=launched)
    for (_, day, second), together in groupby(recent, launched):
        members = list(together)
        for start in range(0, len(members), WAVE):
            yield _launch(ledger, members[start : start + WAVE], day, second)
    gone = sorted((e for e in scaled if e.ended is not None and e.ended >= oldest), key=ended)
    for (_, day, second), together in groupby(gone, ended):
        yield _termination(ledger, list(together), day, second)


def _launch(ledger: Ledger, launched: list[Instance], day: int, second: int) -> Event:
    one = launched[0]
    ids = [each.id for each in launched]
    request = {
        "instancesSet": {"items": [{"minCount": len(ids), "maxCount": len(ids)}]},
        "instanceType": one.kind,
        "availabilityZone": one.zone,
        "tagSpecificationSet": {
            "items": [
                {
                    "resourceType": "instance",
                    "tags": [{"key": "aws:autoscaling:groupName", "value": one.group}],
                }
            ]
        },
    }
    response = {
        "instancesSet": {"items": [{"instanceId": i, "instanceType": one.kind} for i in ids]}
    }
    return _event(
        _id(ledger, "launch", one.id), ledger.calendar.moment(day, second), one.account,
        one.region.code, "RunInstances", EC2, _SERVICE, request,
        [(INSTANCE_TYPE, i) for i in ids] + [(GROUP_TYPE, one.group)], response, AUTOSCALING,
    )  # fmt: skip


def _termination(ledger: Ledger, gone: list[Instance], day: int, second: int) -> Event:
    one = gone[0]
    items = [{"instanceId": each.id} for each in gone]
    return _event(
        _id(ledger, "end", one.id), ledger.calendar.moment(day, second), one.account,
        one.region.code, "TerminateInstances", EC2, _SERVICE, {"instancesSet": {"items": items}},
        [(INSTANCE_TYPE, each.id) for each in gone], None, AUTOSCALING,
    )  # fmt: skip


def _deployments(ledger: Ledger) -> Iterator[Event]:
    """Every week or two a deployment writes each group's sizes again, unchanged."""
    calendar, chance = ledger.calendar, ledger.world.chance
    busy = {
        (spike.group.name, day)
        for spike in ledger.spikes
        for day in range(spike.first - 1, spike.last + 2)
    }
    for group in ledger.world.groups:
        day = calendar.last - DAYS_KEPT + chance.below(10, "deployed", group.name)
        while day <= calendar.last:
            second = chance.between(30_000, 61_000, "deployed", group.name, day)
            if (group.name, day) not in busy and day >= 0:
                yield _group_change(
                    ledger, _id(ledger, "deployed", group.name, day), calendar.moment(day, second),
                    group, "deploy-pipeline",
                    {"minSize": 1, "maxSize": group.most, "desiredCapacity": group.usual},
                )  # fmt: skip
            day += chance.between(6, 13, "next deployment", group.name, day)


_EVERYDAY: tuple[tuple[str, str, str, bool, str, str], ...] = (
    # name, source, resource type, read only, role, what the request names
    ("UpdateFunctionCode20150331v2", "lambda.amazonaws.com", "AWS::Lambda::Function", False,
     "deploy-pipeline", "functionName"),
    ("CreateTags", EC2, INSTANCE_TYPE, False, "tag-janitor", "resourcesSet"),
    ("CreateSnapshot", EC2, "AWS::EC2::Volume", False, "backup-runner", "volumeId"),
    ("DeleteSnapshot", EC2, "AWS::EC2::Snapshot", False, "backup-runner", "snapshotId"),
    ("PutMetricAlarm", "monitoring.amazonaws.com", "AWS::CloudWatch::Alarm", False,
     "terraform-apply", "alarmName"),
    ("ModifyDBInstance", "rds.amazonaws.com", "AWS::RDS::DBInstance", False, "database-admin",
     "dBInstanceIdentifier"),
    ("PutBucketTagging", "s3.amazonaws.com", "AWS::S3::Bucket", False, "terraform-apply",
     "bucketName"),
    ("AssumeRole", "sts.amazonaws.com", "AWS::IAM::Role", True, "platform-admin", "roleArn"),
    ("DescribeInstances", EC2, INSTANCE_TYPE, True, "inventory-reader", "filterSet"),
    ("DescribeAutoScalingGroups", AUTOSCALING, GROUP_TYPE, True, "inventory-reader",
     "autoScalingGroupNames"),
)  # fmt: skip


def _everyday(ledger: Ledger) -> Iterator[Event]:
    calendar, chance = ledger.calendar, ledger.world.chance
    for day in range(max(0, calendar.last - DAYS_KEPT), calendar.length):
        for account in ledger.world.members:
            for number in range(chance.between(0, 3, "events", account.name, day)):
                words = ("everyday", account.name, day, number)
                name, source, type_, read_only, role, field = chance.pick(_EVERYDAY, *words)
                region = chance.pick(account.regions, "region", *words)
                what = f"{account.application}-{chance.hex(6, 'what', *words)}"
                yield _event(
                    _id(ledger, *words),
                    calendar.moment(day, chance.below(DAY_SECONDS, "second", *words)),
                    account, region.code, name, source, _by_role(ledger, account, role),
                    {field: what}, [(type_, what)], read_only=read_only,
                )  # fmt: skip
