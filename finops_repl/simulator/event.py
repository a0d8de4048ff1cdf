"""A CloudTrail event, and who may have caused it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from finops_repl.simulator.chance import Chance
from finops_repl.simulator.world import Account, Group, World

__all__ = [
    "AUTOSCALING",
    "BROWSER",
    "BY_AUTO_SCALING",
    "DAYS_KEPT",
    "EC2",
    "GROUP_TYPE",
    "INSTANCE_TYPE",
    "Event",
    "Who",
    "by_role",
    "by_user",
    "event",
    "event_id",
    "group_change",
]

DAYS_KEPT = 90
"""For how many days LookupEvents finds an event."""
Who = tuple[str, str, str]
"""Identity (JSON), user name, access key."""

AUTOSCALING, EC2 = "autoscaling.amazonaws.com", "ec2.amazonaws.com"
GROUP_TYPE, INSTANCE_TYPE = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Instance"


@dataclass(frozen=True, slots=True)
class Event:
    """One management event; `resources`, `identity`, `request` and `response` are JSON.

    An empty `address` is one of the organisation's own.
    """

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
    address: str = ""


def event_id(world: World, *words: str | int) -> str:
    """The id of the event that these words name."""
    return str(uuid.UUID(hex=world.chance.hex(32, "event", *words), version=4))


def by_role(world: World, account: Account, role: str) -> Who:
    """A role's session as the one who acts."""
    return _session(world.chance, account.id, role)


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


def by_user(world: World, account: Account, user: str) -> Who:
    """An IAM user with a long-lived access key as the one who acts."""
    key = "AKIA" + world.chance.hex(16, "access key", account.id, user).upper()
    identity = {
        "type": "IAMUser",
        "principalId": "AIDA" + world.chance.hex(17, "user", account.id, user).upper(),
        "arn": f"arn:aws:iam::{account.id}:user/{user}",
        "accountId": account.id,
        "accessKeyId": key,
        "userName": user,
    }
    return json.dumps(identity), user, key


BROWSER = "Mozilla/5.0 (X11; Linux x86_64)"
BY_AUTO_SCALING = (json.dumps({"type": "AWSService", "invokedBy": AUTOSCALING}), "AutoScaling", "")


def event(
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
    address: str = "",
) -> Event:
    """An event with its parts as JSON."""
    identity, username, key = who
    return Event(
        id_, time, region, account.id, name, source, username, key, read_only,
        json.dumps(list(resources)), identity, json.dumps(request),
        json.dumps(response) if response else "", agent, address,
    )  # fmt: skip


def group_change(
    world: World, id_: str, time: datetime, group: Group, role: str, sizes: Mapping[str, int]
) -> Event:
    """An UpdateAutoScalingGroup that sets these sizes."""
    return event(
        id_, time, group.account, group.region.code, "UpdateAutoScalingGroup", AUTOSCALING,
        by_role(world, group.account, role),
        {"autoScalingGroupName": group.name, **sizes}, [(GROUP_TYPE, group.name)],
    )  # fmt: skip
