"""What CloudTrail recorded: launches and ends of instances, deployments, and everyday noise.

Beside them stands what was asked of Cost Explorer that is worked out on request.

Events of the last 90 days, as LookupEvents keeps them. Launches are those of the ledger's own
instances. Each group's settings are written again by every deployment, so that the value before a
change can be found in an earlier event: AWS's events name new values only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from finops_repl.simulator.event import (
    AUTOSCALING,
    BY_AUTO_SCALING,
    DAYS_KEPT,
    EC2,
    GROUP_TYPE,
    INSTANCE_TYPE,
    Event,
    event,
    event_id,
)
from finops_repl.simulator.fleet import WAVE, Instance
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.plan_requests import requests
from finops_repl.simulator.routine import deployments, everyday

__all__ = ["events"]


def events(ledger: Ledger) -> list[Event]:
    """Every event that LookupEvents can still find, oldest first."""
    since = ledger.calendar.now - timedelta(days=DAYS_KEPT)
    found = list(ledger.events)
    found += _lives(ledger)
    found += deployments(ledger, DAYS_KEPT)
    found += everyday(ledger, DAYS_KEPT)
    found += requests(ledger, DAYS_KEPT)
    kept = [event for event in found if since <= event.time < ledger.calendar.now]
    return sorted(kept, key=lambda event: (event.time, event.id))


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
    return event(
        event_id(ledger.world, "launch", one.id), ledger.calendar.moment(day, second), one.account,
        one.region.code, "RunInstances", EC2, BY_AUTO_SCALING, request,
        [(INSTANCE_TYPE, i) for i in ids] + [(GROUP_TYPE, one.group)], response, AUTOSCALING,
    )  # fmt: skip


def _termination(ledger: Ledger, gone: list[Instance], day: int, second: int) -> Event:
    one = gone[0]
    items = [{"instanceId": each.id} for each in gone]
    return event(
        event_id(ledger.world, "end", one.id), ledger.calendar.moment(day, second), one.account,
        one.region.code, "TerminateInstances", EC2, BY_AUTO_SCALING,
        {"instancesSet": {"items": items}}, [(INSTANCE_TYPE, each.id) for each in gone],
        None, AUTOSCALING,
    )  # fmt: skip
