"""What exists and what happened, as tables: instances, auto-scaling groups, events."""

from __future__ import annotations

import json
from collections.abc import Sequence

from finops_repl.simulator.columns import insert
from finops_repl.simulator.event import Event
from finops_repl.simulator.ledger import Ledger
from finops_repl.trino.store import Store

__all__ = ["write_events", "write_groups", "write_instances"]


def write_instances(store: Store, ledger: Ledger) -> None:
    """The instances that exist when the account is looked at."""
    calendar = ledger.calendar
    resting = calendar.as_of.weekday() >= 5
    here = [each for each in ledger.instances if each.ended is None]
    here.sort(key=lambda each: (each.launched, each.launched_second, each.id))
    insert(store, "instance", {
        "id": [each.id for each in here],
        "account_id": [each.account.id for each in here],
        "region": [each.region.code for each in here],
        "zone": [each.zone for each in here],
        "type": [each.kind for each in here],
        "state": [
            "stopped" if resting and each.pattern == "office" else "running" for each in here
        ],
        "launched": [
            calendar.moment(each.launched, each.launched_second).isoformat() for each in here
        ],
        "volume": [each.volume for each in here],
        "scaling_group": [each.group for each in here],
        "tags": [json.dumps(dict(each.tags)) for each in here],
    }, "* REPLACE (launched::TIMESTAMPTZ AS launched)")  # fmt: skip


def write_groups(store: Store, ledger: Ledger) -> None:
    """The groups with the most instances that each may have when the account is looked at."""
    lifted = {spike.group.name: spike.most_after for spike in ledger.spikes if spike.goes_on}
    groups = ledger.world.groups
    insert(
        store,
        "scaling_group",
        {
            "name": [group.name for group in groups],
            "most": [lifted.get(group.name, group.most) for group in groups],
        },
    )


def write_events(store: Store, happened: Sequence[Event]) -> None:
    """The events that CloudTrail can still find."""
    insert(store, "trail", {
        "id": [event.id for event in happened],
        "time": [event.time.isoformat() for event in happened],
        "region": [event.region for event in happened],
        "account_id": [event.account_id for event in happened],
        "name": [event.name for event in happened],
        "source": [event.source for event in happened],
        "username": [event.username for event in happened],
        "access_key": [event.access_key for event in happened],
        "read_only": [event.read_only for event in happened],
        "resources": [event.resources for event in happened],
        "identity": [event.identity for event in happened],
        "request": [event.request for event in happened],
        "response": [event.response for event in happened],
        "agent": [event.agent for event in happened],
    }, "* REPLACE (time::TIMESTAMPTZ AS time)")  # fmt: skip
