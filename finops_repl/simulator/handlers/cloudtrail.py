"""CloudTrail: LookupEvents over the last 90 days, newest first, one region at a time.

One identity sees the whole organisation, so a lookup finds the events of every account in the
region; AWS itself answers for one account at a time. `recipientAccountId` tells them apart.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import read_token, token
from finops_repl.simulator.view import View, invalid

__all__ = ["CloudTrailService"]

PAGE = 50
VERSION = "1.09"
COLUMNS = (
    "id, time, region, account_id, name, source, username, access_key, read_only, resources,"
    " identity, request, response, agent, address"
)
ATTRIBUTES = {
    "EventId": "id = ?",
    "EventName": "name = ?",
    "EventSource": "source = ?",
    "Username": "username = ?",
    "AccessKeyId": "access_key = ?",
    "ReadOnly": "read_only = (? = 'true')",
    "ResourceName": "list_contains(json_extract_string(resources, '$[*][1]'), ?)",
    "ResourceType": "list_contains(json_extract_string(resources, '$[*][0]'), ?)",
}


class CloudTrailService:
    """Answers lookups of management events."""

    operations = frozenset({"LookupEvents"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        attributes = params.get("LookupAttributes") or ()
        if len(attributes) > 1:
            return invalid(
                "You can specify only one lookup attribute.", "InvalidLookupAttributesException"
            )
        most = int(params.get("MaxResults") or PAGE)
        if not 1 <= most <= PAGE:
            return invalid(
                f"A value of {most} is invalid. Specify a value between 1 and {PAGE}.",
                "InvalidMaxResultsException",
            )
        where, values = ["region = ?"], list[object]([call.region])
        for attribute in attributes:
            name = attribute.get("AttributeKey")
            if name not in ATTRIBUTES:
                return invalid(
                    f"Lookup attribute {name} is invalid: {', '.join(sorted(ATTRIBUTES))}",
                    "InvalidLookupAttributesException",
                )
            where.append(ATTRIBUTES[name])
            values.append(str(attribute.get("AttributeValue")))
        start, end = params.get("StartTime"), params.get("EndTime")
        if isinstance(start, datetime) and isinstance(end, datetime) and start > end:
            return invalid(
                "The start time must be earlier than the end time.", "InvalidTimeRangeException"
            )
        for bound, compared in ((start, "time >= ?"), (end, "time <= ?")):
            if isinstance(bound, datetime):
                where.append(compared)
                values.append(bound)
        given = params.get("NextToken")
        first = read_token(given, params) if given else 0
        if first is None:
            return invalid("The token is invalid.", "InvalidNextTokenException")
        rows = self._view.rows(
            f"SELECT {COLUMNS} FROM trail WHERE {' AND '.join(where)}"  # noqa: S608  constants
            f" ORDER BY time DESC, id LIMIT {most + 1} OFFSET {first}",
            values,
        )
        found: dict[str, Any] = {"Events": [_described(row) for row in rows[:most]]}
        if len(rows) > most:
            found["NextToken"] = token(first + most, params)
        return Result(found)


def _described(row: tuple[Any, ...]) -> dict[str, Any]:
    event = dict(zip(COLUMNS.replace(",", "").split(), row, strict=True))
    resources = [
        {"ResourceType": type_, "ResourceName": name}
        for type_, name in json.loads(event["resources"])
    ]
    fields = {
        "EventId": event["id"],
        "EventName": event["name"],
        "ReadOnly": str(event["read_only"]).lower(),
        "EventTime": event["time"],
        "EventSource": event["source"],
        "Username": event["username"],
        "Resources": resources,
        "CloudTrailEvent": json.dumps(_record(event)),
    }
    return fields | ({"AccessKeyId": event["access_key"]} if event["access_key"] else {})


def _record(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as CloudTrail delivers it to a bucket."""
    agent = event["agent"]
    from_service = agent.endswith(".amazonaws.com")
    number = sum(event["id"].encode()) % 254 + 1
    return {
        "eventVersion": VERSION,
        "userIdentity": json.loads(event["identity"]),
        "eventTime": event["time"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event["source"],
        "eventName": event["name"],
        "awsRegion": event["region"],
        # 198.51.100.0/24 is set aside for documentation (RFC 5737).
        "sourceIPAddress": event["address"] or (agent if from_service else f"198.51.100.{number}"),
        "userAgent": agent,
        "requestParameters": json.loads(event["request"]),
        "responseElements": json.loads(event["response"]) if event["response"] else None,
        "requestID": event["id"][::-1],
        "eventID": event["id"],
        "readOnly": event["read_only"],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": event["account_id"],
        "eventCategory": "Management",
    }
