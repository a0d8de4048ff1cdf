"""The ledger as tables: a narrow `fact`, its dimensions, a monthly cube, inventory and trail.

`fact` has one row a line; `meter` says which resource, `charge` everything Cost Explorer can filter
and group by; `monthly` holds the facts' sums by month, charge and type, so that monthly answers
stay as fast as the bill grows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from finops_repl.simulator.commitments import Commitment
from finops_repl.simulator.cur2 import view_sql
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES, Meter
from finops_repl.simulator.months import Month
from finops_repl.simulator.offers import SIZES, price_e10
from finops_repl.simulator.tags import TAG_KEYS, bill_key
from finops_repl.simulator.trail import Event, events
from finops_repl.simulator.world import World
from finops_repl.trino.store import Store

__all__ = ["fill"]

E10 = 1e10
_MONEY = ("unblended", "blended", "amortized", "public")


def fill(store: Store, ledger: Ledger) -> None:
    """Write the whole ledger into an empty store."""
    store.execute("BEGIN")
    _insert(store, "line_type", {
        "type": range(len(LINE_TYPES)),
        "type_name": LINE_TYPES,
    }, "type::TINYINT AS type, type_name")  # fmt: skip
    _months(store, ledger)
    _accounts(store, ledger.world)
    _commitments(store, ledger.commitments)
    charges = _charges(store, ledger.meters)
    _meters(store, ledger, charges)
    _facts(store, ledger)
    _inventory(store, ledger)
    _groups(store, ledger)
    _trail(store, events(ledger))
    sums = ", ".join(f"sum(f.{name})::DECIMAL(18, 10) AS {name}" for name in _MONEY)
    store.execute(
        f"CREATE TABLE monthly AS SELECT f.month, m.charge, f.type, sum(f.usage) AS usage, {sums}"  # noqa: S608
        " FROM fact f JOIN meter m ON m.meter = f.meter GROUP BY ALL ORDER BY ALL"
    )
    store.execute(view_sql())
    store.execute("COMMIT")


def _insert(
    store: Store, table: str, columns: Mapping[str, Sequence[Any]], select: str = "*"
) -> None:
    """Make a table of columns; text columns hold objects, the others numbers."""
    arrays = {name: _array(values) for name, values in columns.items()}
    store.register("incoming", arrays)
    store.execute(f"CREATE TABLE {table} AS SELECT {select} FROM incoming")  # noqa: S608  constants
    store.unregister("incoming")


def _array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    if isinstance(values, np.ndarray):
        return values
    values = list(values)
    text = any(isinstance(value, str) or value is None for value in values) or not values
    return np.array(values, dtype=object if text else None)


def _money(name: str) -> str:
    # A double holds these whole numbers exactly, and DuckDB rounds back to the tenth place.
    return f"({name} / {E10:.1f})::DECIMAL(18, 10) AS {name}"


def _months(store: Store, ledger: Ledger) -> None:
    months, payer = ledger.calendar.months(), ledger.world.payer
    chance = ledger.world.chance

    def invoice(month: Month) -> str:
        number = 100_000_000 + chance.below(900_000_000, "invoice", month.period)
        return "" if month.open else str(number)

    _insert(store, "billing_month", {
        "month": [month.index for month in months],
        "billing_period": [month.period for month in months],
        "starts": [month.starts.isoformat() for month in months],
        "ends": [month.ends.isoformat() for month in months],
        "invoice_id": [invoice(month) for month in months],
        "is_open": [month.open for month in months],
        "payer_id": [payer.id for _ in months],
        "payer_name": [payer.name for _ in months],
    }, "* REPLACE (month::TINYINT AS month, starts::TIMESTAMP AS starts, ends::TIMESTAMP AS ends)",
    )  # fmt: skip


def _accounts(store: Store, world: World) -> None:
    fields = ("id", "name", "unit", "email")
    _insert(store, "account", {
        name: [getattr(account, name) for account in world.accounts] for name in fields
    })  # fmt: skip


def _commitments(store: Store, bought: Sequence[Commitment]) -> None:
    _insert(store, "commitment", {
        "commitment": range(len(bought)),
        "id": [each.id for each in bought],
        "kind": [each.kind for each in bought],
        "arn": [each.arn for each in bought],
        "region": [each.region.code for each in bought],
        "family": [each.offer.instance_type.partition(".")[0] for each in bought],
        "quantity": [each.quantity for each in bought],
        "option": [each.option for each in bought],
        "term": [f"{(each.ends.year - each.begins.year)}yr" for each in bought],
        "begins": [each.begins.isoformat() for each in bought],
        "ends": [each.ends.isoformat() for each in bought],
        "rate": [each.rate for each in bought],
        "upfront": [each.upfront for each in bought],
        "upfront_value": [each.quantity * each.upfront * each.term_hours for each in bought],
        "upfront_share": [each.upfront / each.rate for each in bought],
    }, f"* REPLACE ({_money('rate')}, {_money('upfront')}, {_money('upfront_value')}, "
       "begins::TIMESTAMP AS begins, ends::TIMESTAMP AS ends, "
       "upfront_share::DECIMAL(12, 10) AS upfront_share)",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Charge:
    """All that lines can be told apart by but the resource and the day."""

    account_id: str
    account_name: str
    service: str
    product_code: str
    product_name: str
    servicecode: str
    family: str
    region: str
    location: str
    usage_type: str
    operation: str
    unit: str
    price: int
    description: str
    instance_type: str
    instance_family: str
    factor: float
    os: str
    engine: str
    to_internet: bool
    sku: str
    rate_id: str
    tags: tuple[str, ...]


def _charge(meter: Meter, tags: tuple[str, ...]) -> _Charge:
    offer, region, account = meter.offer, meter.region, meter.account
    service = offer.service
    kind = offer.instance_type
    size = SIZES[kind.rpartition(".")[2]] * 4 if kind else 0
    usage_type = offer.usage_type(region)
    sku = blake2b(f"{usage_type}/{offer.operation}".encode(), digest_size=10).hexdigest()
    return _Charge(
        account.id, account.name, service.name, service.code, service.product,
        service.servicecode or service.code, offer.family, region.code, region.location,
        usage_type, offer.operation, offer.unit, price_e10(offer, region), offer.description,
        kind, kind.rpartition(".")[0], size, offer.os, offer.engine,
        offer.usage.startswith("DataTransfer-Out"), sku[:16].upper(),
        f"{int(sku[:12], 16) % 10**10:010d}",
        tags,
    )  # fmt: skip


def _charges(store: Store, meters: Sequence[Meter]) -> list[int]:
    """Write the distinct charges; the answer gives each meter's."""
    numbers: dict[tuple[object, ...], int] = {}
    charges: list[_Charge] = []
    places = []
    for meter in meters:
        tags = tuple(meter.tags.get(key, "") for key in TAG_KEYS)
        what = (meter.account.id, meter.region.code, meter.offer, tags)
        number = numbers.setdefault(what, len(charges))
        if number == len(charges):
            charges.append(_charge(meter, tags))
        places.append(number)
    names = [name for name in _Charge.__slots__ if name != "tags"]
    columns: dict[str, Sequence[Any]] = {"charge": range(len(charges))}
    columns |= {name: [getattr(charge, name) for charge in charges] for name in names}
    for place, key in enumerate(TAG_KEYS):
        columns[f"tag:{key}"] = [charge.tags[place] for charge in charges]
    _insert(store, "charge", columns, (
        f"* REPLACE (charge::INTEGER AS charge, {_money('price')}, "
        "factor::DECIMAL(10, 4) AS factor), "
        "MAP_FROM_ENTRIES(list_filter([('product_name', product_name), ('region', region), "
        "('operating_system', os), ('database_engine', engine), ('instance_type', instance_type), "
        "('servicename', product_name)], lambda entry: entry[2] <> '')) AS product"
    ))  # fmt: skip
    return places


def _meters(store: Store, ledger: Ledger, charges: Sequence[int]) -> None:
    numbers = {bought.id: number for number, bought in enumerate(ledger.commitments)}
    pools = {bought.pool: number for number, bought in enumerate(ledger.commitments)}
    meters = ledger.meters

    def commitment(meter: Meter) -> int:
        return pools.get(meter.pool, numbers.get(meter.commitment.partition("/")[0], -1))

    columns: dict[str, Sequence[Any]] = {
        "meter": range(len(meters)),
        "charge": charges,
        "identity": [meter.identity for meter in meters],
        "resource_id": [meter.resource for meter in meters],
        "zone": [meter.zone for meter in meters],
        "commitment": [commitment(meter) for meter in meters],
        "incident": [meter.incident for meter in meters],
    }
    for place, key in enumerate(TAG_KEYS):
        columns[f"tag{place}"] = [meter.tags.get(key, "") for meter in meters]
    entries = ", ".join(f"('{bill_key(key)}', tag{place})" for place, key in enumerate(TAG_KEYS))
    tags = ", ".join(f"tag{place}" for place in range(len(TAG_KEYS)))
    _insert(store, "meter", columns, (
        f"* EXCLUDE ({tags}) REPLACE (meter::INTEGER AS meter, charge::INTEGER AS charge, "
        "commitment::TINYINT AS commitment), "
        f"MAP_FROM_ENTRIES(list_filter([{entries}], lambda entry: entry[2] <> '')) "
        "AS resource_tags"
    ))  # fmt: skip


def _facts(store: Store, ledger: Ledger) -> None:
    store.execute(
        "CREATE TABLE fact (meter INTEGER, day DATE, month TINYINT, type TINYINT, "
        "usage DECIMAL(18, 6), "
        + ", ".join(f"{name} DECIMAL(18, 10)" for name in _MONEY) + ")"
    )  # fmt: skip
    origin = ledger.calendar.first_day
    for month, lines in zip(ledger.calendar.months(), ledger.months(), strict=True):
        store.register("incoming", _columns(lines))
        money = ", ".join(_money(name) for name in _MONEY)
        store.execute(
            f"INSERT INTO fact SELECT meter, DATE '{origin}' + day, {month.index}, type, "  # noqa: S608
            f"(usage / 1000000.0)::DECIMAL(18, 6), {money} FROM incoming"
        )
        store.unregister("incoming")


def _columns(lines: Lines) -> dict[str, np.ndarray[Any, Any]]:
    whole = {"meter": np.int32, "day": np.int32, "type": np.int8}
    columns: dict[str, np.ndarray[Any, Any]] = {
        name: getattr(lines, name).astype(kind) for name, kind in whole.items()
    }
    # Whole numbers below 2^53 are exact as doubles, which DuckDB turns into decimals fastest.
    return columns | {name: getattr(lines, name).astype(np.float64) for name in ("usage", *_MONEY)}


def _inventory(store: Store, ledger: Ledger) -> None:
    """The instances that exist when the account is looked at."""
    import json

    calendar = ledger.calendar
    resting = calendar.as_of.weekday() >= 5
    here = [each for each in ledger.instances if each.ended is None]
    here.sort(key=lambda each: (each.launched, each.launched_second, each.id))
    _insert(store, "instance", {
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


def _groups(store: Store, ledger: Ledger) -> None:
    """The groups with the most instances that each may have when the account is looked at."""
    lifted = {spike.group.name: spike.most_after for spike in ledger.spikes if spike.goes_on}
    groups = ledger.world.groups
    _insert(
        store,
        "scaling_group",
        {
            "name": [group.name for group in groups],
            "most": [lifted.get(group.name, group.most) for group in groups],
        },
    )


def _trail(store: Store, happened: Sequence[Event]) -> None:
    _insert(store, "trail", {
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
