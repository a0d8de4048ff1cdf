"""The dimensions of the facts: what is charged (`charge`) and for which resource (`meter`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from finops_repl.simulator.columns import insert, money
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.offers import REGIONS, SIZES, price_e10
from finops_repl.simulator.tags import TAG_KEYS, bill_key
from finops_repl.trino.store import Store

__all__ = ["write_charges", "write_meters"]


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
    to_region: str
    to_location: str
    sku: str
    rate_id: str
    tags: tuple[str, ...]


def _charge(meter: Meter, tags: tuple[str, ...]) -> _Charge:
    offer, region, account = meter.offer, meter.region, meter.account
    ends = REGIONS.get(offer.to_region, region)
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
        offer.usage.startswith("DataTransfer-Out"), ends.code, ends.location, sku[:16].upper(),
        f"{int(sku[:12], 16) % 10**10:010d}",
        tags,
    )  # fmt: skip


def write_charges(store: Store, meters: Sequence[Meter]) -> list[int]:
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
    insert(store, "charge", columns, (
        f"* REPLACE (charge::INTEGER AS charge, {money('price')}, "
        "factor::DECIMAL(10, 4) AS factor), "
        "MAP_FROM_ENTRIES(list_filter([('product_name', product_name), ('region', region), "
        "('operating_system', os), ('database_engine', engine), ('instance_type', instance_type), "
        "('servicename', product_name)], lambda entry: entry[2] <> '')) AS product"
    ))  # fmt: skip
    return places


def write_meters(store: Store, ledger: Ledger, charges: Sequence[int]) -> None:
    """Write the meters, each with its charge, its tags and the commitment that may cover it."""
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
    }
    for place, key in enumerate(TAG_KEYS):
        columns[f"tag{place}"] = [meter.tags.get(key, "") for meter in meters]
    entries = ", ".join(f"('{bill_key(key)}', tag{place})" for place, key in enumerate(TAG_KEYS))
    tags = ", ".join(f"tag{place}" for place in range(len(TAG_KEYS)))
    insert(store, "meter", columns, (
        f"* EXCLUDE ({tags}) REPLACE (meter::INTEGER AS meter, charge::INTEGER AS charge, "
        "commitment::TINYINT AS commitment), "
        f"MAP_FROM_ENTRIES(list_filter([{entries}], lambda entry: entry[2] <> '')) "
        "AS resource_tags"
    ))  # fmt: skip
