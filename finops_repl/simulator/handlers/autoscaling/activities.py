"""Auto Scaling's activities: each instance that a group launched or ended in six weeks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.event import AUTOSCALING, INSTANCE_TYPE
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.view import View, invalid
from finops_repl.simulator.world import Group

__all__ = ["ScalingActivities"]

PAGE = 100
WEEKS_KEPT = 6
TOOK = timedelta(seconds=34)
LAUNCH = "RunInstances"


@dataclass(frozen=True, slots=True)
class _Change:
    """Instances that a group launched, or ended, at one moment; `before` and `after` are sizes."""

    group: Group
    time: datetime
    launched: bool
    instances: Sequence[str]
    before: int
    after: int
    replaced: bool


class ScalingActivities:
    """Answers what the groups of a call's region did, newest first."""

    operations = frozenset({"DescribeScalingActivities"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params, wanted = call.params, call.params.get("AutoScalingGroupName")
        groups = [each for each in self._view.world.groups if each.region.code == call.region]
        if wanted:
            groups = [each for each in groups if wanted in (each.name, _arn(each))]
            if not groups:
                return invalid(f"AutoScalingGroup name not found - {wanted}", "ValidationError")
        changes = [change for group in groups for change in self._changes(group)]
        changes.sort(key=lambda each: (each.time, each.group.name, each.launched), reverse=True)
        found = [item for change in changes for item in self._activities(change)]
        if ids := params.get("ActivityIds"):
            found = [each for each in found if each["ActivityId"] in ids]
        chosen = _filtered(found, params.get("Filters") or ())
        if isinstance(chosen, Refusal):
            return chosen
        page = cut(chosen, params, "MaxRecords", PAGE, PAGE)
        if page is None:
            return invalid("The NextToken value is not valid.", "InvalidNextToken")
        shown, token = page
        return Result({"Activities": list(shown)} | ({"NextToken": token} if token else {}))

    def _changes(self, group: Group) -> Iterator[_Change]:
        """A group's changes, newest first; its sizes follow from the one that it has now."""
        place = (group.account.id, group.region.code)
        ours = {
            id_
            for (id_,) in self._view.rows(
                "SELECT DISTINCT m.resource_id FROM meter m JOIN charge g ON g.charge = m.charge"
                " WHERE g.account_id = ? AND g.region = ?"
                ' AND g."tag:aws:autoscaling:groupName" = ?',
                [*place, group.name],
            )
        }
        ((size,),) = self._view.rows(
            "SELECT count(*) FROM instance WHERE account_id = ? AND region = ?"
            " AND scaling_group = ?",
            [*place, group.name],
        )
        rows = self._view.rows(
            "SELECT time, name, resources FROM trail WHERE account_id = ? AND region = ?"
            " AND agent = ? AND name IN (?, 'TerminateInstances') AND time >= ?"
            " ORDER BY time DESC, name, id",
            [*place, AUTOSCALING, LAUNCH,
             self._view.calendar.now - timedelta(weeks=WEEKS_KEPT)],
        )  # fmt: skip
        for time, together in groupby(rows, lambda row: row[0]):
            moved: dict[bool, list[str]] = {True: [], False: []}
            for _, name, resources in together:
                named = [id_ for type_, id_ in json.loads(resources) if type_ == INSTANCE_TYPE]
                moved[name == LAUNCH] += [id_ for id_ in named if id_ in ours]
            replaced = bool(moved[True] and moved[False])
            for launched, instances in moved.items():
                if instances:
                    before = size - len(instances) if launched else size + len(instances)
                    yield _Change(group, time, launched, instances, before, size, replaced)
                    size = before

    def _activities(self, change: _Change) -> Iterator[dict[str, Any]]:
        at = f"{change.time:%Y-%m-%dT%H:%M:%SZ}"
        for id_ in change.instances:
            if change.launched:
                what, cause = "Launching a new EC2 instance", _started(change, at)
            else:
                what, cause = "Terminating EC2 instance", _ended(change, at, id_)
            digits = self._view.world.chance.hex(32, "activity", what, id_)
            parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
            yield {
                "ActivityId": "-".join(parts),
                "AutoScalingGroupName": change.group.name,
                "AutoScalingGroupARN": _arn(change.group),
                "Description": f"{what}: {id_}",
                "Cause": cause,
                "StartTime": change.time,
                "EndTime": change.time + TOOK,
                "StatusCode": "Successful",
                "Progress": 100,
                "Details": json.dumps({"InvokingAlarms": []}),
            }


def _started(change: _Change, at: str) -> str:
    return (
        f"At {at} an instance was started in response to a difference between desired and actual"
        f" capacity, increasing the capacity from {change.before} to {change.after}."
    )


def _ended(change: _Change, at: str, id_: str) -> str:
    chosen = f"At {at} instance {id_} was selected for termination."
    if change.replaced:
        reason = "in response to its maximum instance lifetime"
        return f"At {at} an instance was taken out of service {reason}.  {chosen}"
    return (
        f"At {at} an instance was taken out of service in response to a difference between desired"
        f" and actual capacity, shrinking the capacity from {change.before} to {change.after}."
        f"  {chosen}"
    )


def _arn(group: Group) -> str:
    place = f"{group.region.code}:{group.account.id}"
    return f"arn:aws:autoscaling:{place}:autoScalingGroup::autoScalingGroupName/{group.name}"


_FILTERS: Mapping[str, Callable[[dict[str, Any], Sequence[str]], bool]] = {
    "StartTimeLowerBound": lambda each, given: each["StartTime"] >= _moment(given[0]),
    "StartTimeUpperBound": lambda each, given: each["StartTime"] <= _moment(given[0]),
    "Status": lambda each, given: each["StatusCode"] in given,
}


def _filtered(
    found: list[dict[str, Any]], filters: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]] | Refusal:
    for given in filters:
        name, values = str(given.get("Name")), given.get("Values") or ()
        if name not in _FILTERS or not values:
            return invalid(
                f"Filter {name} is invalid: one of {', '.join(_FILTERS)} with its values",
                "ValidationError",
            )
        try:
            found = [each for each in found if _FILTERS[name](each, values)]
        except ValueError:
            return invalid(f"{values[0]} is no time such as 2026-01-31T00:00Z", "ValidationError")
    return found


def _moment(text: str) -> datetime:
    """A time with its zone; raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
