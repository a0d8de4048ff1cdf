"""What CloudTrail recorded: launches and ends of instances, deployments, and everyday noise.

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
    EC2,
    GROUP_TYPE,
    INSTANCE_TYPE,
    Event,
    by_role,
    event,
    event_id,
    group_change,
)
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.incidents import WAVE, Spike
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.routine import deployments, everyday

__all__ = ["DAYS_KEPT", "cause_id", "events"]

DAYS_KEPT = 90


def events(ledger: Ledger) -> list[Event]:
    """Every event that LookupEvents can still find, oldest first."""
    since = ledger.calendar.now - timedelta(days=DAYS_KEPT)
    found: list[Event] = []
    for spike in ledger.spikes:
        found += _spike(ledger, spike)
    found += _lives(ledger)
    found += deployments(ledger, DAYS_KEPT)
    found += everyday(ledger, DAYS_KEPT)
    kept = [event for event in found if since <= event.time < ledger.calendar.now]
    return sorted(kept, key=lambda event: (event.time, event.id))


def cause_id(ledger: Ledger, spike: Spike) -> str:
    """The id of the event that caused a spike."""
    return event_id(ledger, "spike", spike.group.name, "cause")


def _spike(ledger: Ledger, spike: Spike) -> Iterator[Event]:
    """The lifted ceiling, the policy that drives the group up to it, and what undid it."""
    group, name = spike.group, spike.group.name
    yield event(
        event_id(ledger, "spike", name, "policy"), spike.policy_changed, group.account,
        group.region.code, "PutScalingPolicy", AUTOSCALING,
        by_role(ledger, group.account, spike.actor),
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
    yield group_change(
        ledger, cause_id(ledger, spike), spike.changed, group, spike.actor,
        {"minSize": 1, "maxSize": spike.most_after},
    )  # fmt: skip
    if spike.undone is not None:
        sizes = {"minSize": 1, "maxSize": spike.most_before, "desiredCapacity": group.usual}
        undone = event_id(ledger, "spike", name, "undone")
        yield group_change(ledger, undone, spike.undone, group, "platform-oncall", sizes)


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
        event_id(ledger, "launch", one.id), ledger.calendar.moment(day, second), one.account,
        one.region.code, "RunInstances", EC2, BY_AUTO_SCALING, request,
        [(INSTANCE_TYPE, i) for i in ids] + [(GROUP_TYPE, one.group)], response, AUTOSCALING,
    )  # fmt: skip


def _termination(ledger: Ledger, gone: list[Instance], day: int, second: int) -> Event:
    one = gone[0]
    items = [{"instanceId": each.id} for each in gone]
    return event(
        event_id(ledger, "end", one.id), ledger.calendar.moment(day, second), one.account,
        one.region.code, "TerminateInstances", EC2, BY_AUTO_SCALING,
        {"instancesSet": {"items": items}}, [(INSTANCE_TYPE, each.id) for each in gone],
        None, AUTOSCALING,
    )  # fmt: skip
