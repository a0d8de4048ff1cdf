"""Systems Manager: the instances that its agent reports from."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.networking import private_ip
from finops_repl.simulator.view import View, invalid

__all__ = ["ManagedInstances"]

PAGE, FEWEST = 50, 5
ONLINE, LOST = "Online", "ConnectionLost"
RUNNING = "running"
REPORTS_EVERY_S = 300
_FILTERS = {
    "InstanceIds": "InstanceId",
    "PingStatus": "PingStatus",
    "PlatformTypes": "PlatformType",
    "ResourceType": "ResourceType",
}


class ManagedInstances:
    """Answers for every instance in a call's region; one that is stopped is heard of no more."""

    operations = frozenset({"DescribeInstanceInformation"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        most = call.params.get("MaxResults")
        if most is not None and not FEWEST <= most <= PAGE:
            return invalid(
                f"1 validation error detected: Value '{most}' at 'maxResults' failed to satisfy"
                f" constraint: Member must have value between {FEWEST} and {PAGE}"
            )
        rows = self._view.rows(
            "SELECT id, state, tags FROM instance WHERE region = ? ORDER BY launched, id",
            [call.region],
        )
        stopped = self._stopped([id_ for id_, state, _ in rows if state != RUNNING])
        found: Sequence[tuple[dict[str, Any], Mapping[str, str]]] = [
            (self._described(id_, stopped.get(id_), call.region), json.loads(tags))
            for id_, _, tags in rows
        ]
        for given in call.params.get("Filters") or ():
            key, values = str(given.get("Key")), given.get("Values") or ()
            if key in _FILTERS:
                found = [each for each in found if each[0][_FILTERS[key]] in values]
            elif key.startswith("tag:"):
                found = [each for each in found if each[1].get(key[4:]) in values]
            else:
                known = ", ".join((*_FILTERS, "tag:<key>"))
                return Refusal("InvalidFilterKey", f"The filter {key} is none of {known}")
        page = cut(found, call.params, "MaxResults", PAGE, PAGE)
        if page is None:
            return invalid("The specified token isn't valid.", "InvalidNextToken")
        shown, token = page
        listed = {"InstanceInformationList": [each for each, _ in shown]}
        return Result(listed | ({"NextToken": token} if token else {}))

    def _stopped(self, ids: Sequence[str]) -> Mapping[str, datetime]:
        """When instances were last heard of: at the end of the last day that they ran on."""
        if not ids:
            return {}
        calendar = self._view.calendar
        rows = self._view.rows(
            "SELECT m.resource_id, max(f.day) FROM fact f JOIN meter m ON m.meter = f.meter"
            " JOIN charge g ON g.charge = m.charge WHERE list_contains(?, m.resource_id)"
            " AND g.instance_type <> '' GROUP BY 1",
            [list(ids)],
        )
        return {id_: calendar.moment(calendar.index(day) + 1) for id_, day in rows}

    def _described(self, id_: str, stopped: datetime | None, region: str) -> dict[str, Any]:
        seconds = self._view.world.chance.below(REPORTS_EVERY_S, "ping", id_)
        return {
            "InstanceId": id_,
            "PingStatus": LOST if stopped else ONLINE,
            "LastPingDateTime": stopped or self._view.calendar.now - timedelta(seconds=seconds),
            "PlatformType": "Linux",
            "ResourceType": "EC2Instance",
            "IPAddress": private_ip(self._view.world, region, id_),
        }
