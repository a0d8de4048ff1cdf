"""What exists and what happened, as tables: instances, other resources, groups, events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from finops_repl.simulator.columns import insert
from finops_repl.simulator.event import Event
from finops_repl.simulator.fleet import DAY_SECONDS
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.resource import Resource
from finops_repl.trino.store import Store

__all__ = [
    "write_events",
    "write_groups",
    "write_instances",
    "write_lives",
    "write_loads",
    "write_resources",
]


def write_instances(store: Store, ledger: Ledger) -> None:
    """The instances that exist when the account is looked at."""
    calendar = ledger.calendar
    today = (calendar.last, calendar.as_of.weekday(), calendar.as_of.day)
    here = [each for each in ledger.instances if each.ended is None]
    here.sort(key=lambda each: (each.launched, each.launched_second, each.id))
    insert(store, "instance", {
        "id": [each.id for each in here],
        "account_id": [each.account.id for each in here],
        "region": [each.region.code for each in here],
        "zone": [each.zone for each in here],
        "type": [each.kind for each in here],
        "state": ["running" if each.runs(*today) else "stopped" for each in here],
        "market": [each.market for each in here],
        "launched": [
            calendar.moment(each.launched, each.launched_second).isoformat() for each in here
        ],
        "volume": [each.volume for each in here],
        "scaling_group": [each.group for each in here],
        "tags": [json.dumps(dict(each.tags)) for each in here],
    }, "* REPLACE (launched::TIMESTAMPTZ AS launched)")  # fmt: skip


def write_lives(store: Store, ledger: Ledger) -> None:
    """Every instance that ever was, from its launch to its end; no end while it exists."""
    start = int(ledger.calendar.moment(0).timestamp())
    lives = ledger.instances

    def second(day: int, of_day: int) -> int:
        return start + day * DAY_SECONDS + of_day

    insert(store, "life", {
        "id": [each.id for each in lives],
        "account_id": [each.account.id for each in lives],
        "region": [each.region.code for each in lives],
        "type": [each.kind for each in lives],
        "scaling_group": [each.group for each in lives],
        "launched": [second(each.launched, each.launched_second) for each in lives],
        "ended": [
            -1 if each.ended is None else second(each.ended, each.ended_second) for each in lives
        ],
    }, "* REPLACE (to_timestamp(launched) AS launched,"
       " CASE WHEN ended >= 0 THEN to_timestamp(ended) END AS ended)")  # fmt: skip


def write_resources(store: Store, ledger: Ledger) -> None:
    """Every other resource that was there on a day of the calendar, with its facts as JSON.

    Those without an id are counted by account alone and are no part of any inventory.
    """
    calendar, chance = ledger.calendar, ledger.world.chance
    here = [*(each for each in ledger.resources if each.id), *_root_volumes(ledger)]
    holders = {each.volume: each for each in ledger.instances if each.ended is None}

    def created(each: Resource) -> str:
        if holder := holders.get(each.id):
            return calendar.moment(holder.launched, holder.launched_second).isoformat()
        second = chance.below(DAY_SECONDS, "created", each.id)
        if each.first:
            return calendar.moment(each.first, 0).isoformat()
        before = chance.between(30, 900, "age", each.id)
        return calendar.moment(-before, second).isoformat()

    insert(store, "resource", {
        "kind": [each.kind for each in here],
        "id": [each.id for each in here],
        "on_bill": [each.on_bill for each in here],
        "account_id": [each.account.id for each in here],
        "region": [each.region.code for each in here],
        "zone": [each.zone for each in here],
        "created": [created(each) for each in here],
        "first_day": [each.first for each in here],
        "last_day": [calendar.last if each.last is None else each.last for each in here],
        "exists": [each.last is None for each in here],
        "facts": [json.dumps(dict(each.facts)) for each in here],
        "tags": [json.dumps(dict(each.tags)) for each in here],
    }, "* REPLACE (created::TIMESTAMPTZ AS created)")  # fmt: skip


def _root_volumes(ledger: Ledger) -> Iterator[Resource]:
    """The volumes of the instances that exist, which are metered with them."""
    for each in ledger.instances:
        if each.ended is None:
            yield Resource(
                "volume", each.volume, each.volume, each.account, each.region, each.launched,
                None, (), each.tags, each.zone,
                {"type": "gp3", "gb": each.volume_gb, "iops": 3_000, "mibps": 125,
                 "instance": each.id, "root": 1},
            )  # fmt: skip


def write_loads(store: Store, ledger: Ledger) -> None:
    """What is measured of the resources whose load is no ordinary one; thousandths of a unit."""
    calendar, loads = ledger.calendar, list(ledger.loads)
    insert(store, "load", {
        "resource": [each.resource for each in loads],
        "metric": [each.metric for each in loads],
        "first": [calendar.day(each.first).isoformat() for each in loads],
        "last": [calendar.day(each.last).isoformat() for each in loads],
        "least": [each.least for each in loads],
        "most": [each.most for each in loads],
    }, "* REPLACE (first::DATE AS first, last::DATE AS last)")  # fmt: skip


def write_groups(store: Store, ledger: Ledger) -> None:
    """The groups with the most instances that each may have when the account is looked at."""
    lifted = {raised.group: raised.most for raised in ledger.ceilings if raised.goes_on}
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
        "address": [event.address for event in happened],
    }, "* REPLACE (time::TIMESTAMPTZ AS time)")  # fmt: skip
