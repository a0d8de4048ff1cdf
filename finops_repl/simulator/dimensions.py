"""The dimensions of the facts: what is charged (`charge`) and for which resource (`meter`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.simulator.attributes import Attributes, attributes
from finops_repl.simulator.columns import insert, money
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.offers import REGIONS, Offer, Region, price_e10, sku
from finops_repl.simulator.tags import COST_CATEGORY, TAG_KEYS, bill_key
from finops_repl.simulator.terms import discounted
from finops_repl.simulator.world import Tags
from finops_repl.trino.store import Store

__all__ = ["write_charges", "write_meters"]


@dataclass(frozen=True, slots=True)
class _Charge:
    """All that lines can be told apart by but the resource and the day."""

    account_id: str
    account_name: str
    business_unit: str
    service: str
    product_code: str
    product_name: str
    servicecode: str
    category: str
    seller: str
    discounted: bool
    family: str
    region: str
    location: str
    to_region: str
    to_location: str
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
    deployment: str
    market: str
    volume_type: str
    tenancy: str
    transfer_type: str
    sku: str
    rate_id: str
    attributes: Attributes
    tags: tuple[str, ...]


_CATEGORIES = {  # FOCUS 1.2, "Service Category"
    "AmazonRDS": "Databases",
    "AmazonDynamoDB": "Databases",
    "AmazonElastiCache": "Databases",
    "AmazonS3": "Storage",
    "AmazonECR": "Storage",
    "AmazonVPC": "Networking",
    "AWSELB": "Networking",
    "AmazonRoute53": "Networking",
    "AmazonCloudWatch": "Management and Governance",
    "AWSConfig": "Management and Governance",
    "AmazonGuardDuty": "Security",
    "awskms": "Security",
    "AWSSecretsManager": "Security",
    "AWSQueueService": "Integration",
    "AmazonSNS": "Integration",
}
_PRODUCT = (  # keys of the bill's product map and the columns that they are
    ("product_name", "product_name"),
    ("servicename", "product_name"),
    ("region", "region"),
    ("operating_system", "os"),
    ("database_engine", "engine"),
    ("deployment_option", "deployment"),
    ("instance_type", "instance_type"),
    ("volume_api_name", "volume_type"),
    ("tenancy", "tenancy"),
    ("transfer_type", "transfer_type"),
    ("physical_processor", "processor"),
    ("current_generation", "generation"),
    ("license_model", "license_model"),
    ("group", "product_group"),
    ("volume_type", "volume_class"),
    ("storage_class", "storage_class"),
)


def _charge(meter: Meter, tags: tuple[str, ...]) -> _Charge:
    offer, region, account = meter.offer, meter.region, meter.account
    service = offer.service
    usage_type = offer.usage_type(region)
    number = sku(offer, region)
    rate = int(number[:12], 16) + offer.tier
    to_region = offer.to if offer.to in REGIONS else ""
    transfer = offer.family == "Data Transfer"
    category = "Compute" if service.code in COMPUTE else _CATEGORIES.get(service.code, "Other")
    return _Charge(
        account.id, account.name, account.business_unit, service.name, service.code,
        service.product, service.servicecode or service.code, category, service.seller,
        discounted(service),
        offer.family, region.code, region.location, to_region, _destination(offer, region),
        usage_type, offer.operation, offer.unit, price_e10(offer, region), offer.description,
        offer.instance_type, offer.instance_family, offer.factor, offer.os, offer.engine,
        offer.deployment, offer.market, offer.volume_type, "Shared" if offer.os else "",
        ("AWS Outbound" if offer.to == "internet" else "InterRegion Outbound" if offer.to
         else "IntraRegion") if transfer else "",
        number, f"{rate % 10**10:010d}", attributes(offer), tags,
    )  # fmt: skip


COMPUTE = ("AmazonEC2", "AWSLambda", "AmazonEKS", "ComputeSavingsPlans")


def _destination(offer: Offer, region: Region) -> str:
    if offer.to in REGIONS:
        return REGIONS[offer.to].location
    if offer.family != "Data Transfer":
        return ""
    return "External" if offer.to else region.location


def write_charges(store: Store, meters: Sequence[Meter]) -> list[int]:
    """Write the distinct charges; the answer gives each meter's.

    `plain` is the first charge that differs in tags alone.
    """
    numbers: dict[tuple[object, ...], int] = {}
    plain: dict[tuple[object, ...], int] = {}
    of_plain: list[int] = []
    charges: list[_Charge] = []
    places = []
    known: dict[int, tuple[str, ...]] = {}
    for meter in meters:
        # Meters of one resource, and all of a group's instances, share their tags.
        tags = known.get(id(meter.tags))
        if tags is None:
            tags = known[id(meter.tags)] = tuple(meter.tags.get(key, "") for key in TAG_KEYS)
        what = (meter.account.id, meter.region.code, meter.offer, tags)
        number = numbers.setdefault(what, len(charges))
        if number == len(charges):
            charges.append(_charge(meter, tags))
            of_plain.append(plain.setdefault(what[:-1], number))
        places.append(number)
    names = [name for name in _Charge.__slots__ if name not in ("attributes", "tags")]
    columns: dict[str, Sequence[Any]] = {"charge": range(len(charges)), "plain": of_plain}
    columns |= {name: [getattr(charge, name) for charge in charges] for name in names}
    for name in Attributes.__slots__:
        columns[name] = [getattr(charge.attributes, name) for charge in charges]
    for place, key in enumerate(TAG_KEYS):
        columns[f"tag:{key}"] = [charge.tags[place] for charge in charges]
    entries = ", ".join(f"('{key}', {column})" for key, column in _PRODUCT)
    insert(store, "charge", columns, (
        f"* REPLACE (charge::INTEGER AS charge, plain::INTEGER AS plain, {money('price')}, "
        "factor::DECIMAL(10, 4) AS factor), "
        f"MAP_FROM_ENTRIES(list_filter([{entries}], lambda entry: entry[2] <> '')) AS product, "
        f"MAP {{'{COST_CATEGORY}': business_unit}} AS cost_category"
    ))  # fmt: skip
    return places


def write_meters(
    store: Store, meters: Sequence[Meter], charges: Sequence[int], parents: Mapping[str, str]
) -> None:
    """Write the meters, each with its charge and its tags; `parents` are the nodes of pods."""
    sets: dict[int, int] = {}
    tags: list[Tags] = []
    places = []
    for meter in meters:
        number = sets.setdefault(id(meter.tags), len(tags))
        if number == len(tags):
            tags.append(meter.tags)
        places.append(number)
    _write_tag_sets(store, tags)
    columns: dict[str, Sequence[Any]] = {
        "meter": range(len(meters)),
        "charge": charges,
        "tag_set": places,
        "identity": [meter.identity for meter in meters],
        "resource_id": [meter.resource for meter in meters],
        "zone": [meter.zone for meter in meters],
        "parent": [parents.get(meter.resource, "") for meter in meters],
    }
    insert(
        store, "meter", columns,
        "* EXCLUDE (tag_set) REPLACE (meter::INTEGER AS meter, charge::INTEGER AS charge)",
        "incoming JOIN tag_set USING (tag_set) ORDER BY meter",
    )  # fmt: skip


def _write_tag_sets(store: Store, tags: Sequence[Tags]) -> None:
    """The distinct sets of tags as the maps that the bill shows."""
    columns: dict[str, Sequence[Any]] = {"tag_set": range(len(tags))}
    for place, key in enumerate(TAG_KEYS):
        columns[f"tag{place}"] = [each.get(key, "") for each in tags]
    entries = ", ".join(f"('{bill_key(key)}', tag{place})" for place, key in enumerate(TAG_KEYS))
    insert(store, "tag_set", columns, (
        f"tag_set, MAP_FROM_ENTRIES(list_filter([{entries}], lambda entry: entry[2] <> '')) "
        "AS resource_tags"
    ))  # fmt: skip
