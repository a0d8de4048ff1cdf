"""The products of the price list: each offer in each region, in the price list's own form.

The prices of one offer are one product: those beyond the first hold from a monthly quantity on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from finops_repl.simulator.advice.sizes import memory, vcpus
from finops_repl.simulator.instance_types import instance_types, sizes
from finops_repl.simulator.offers import (
    REGIONS,
    Offer,
    Region,
    between,
    database,
    instance,
    offer,
    price_e10,
    sku,
    tiers,
)
from finops_repl.simulator.price_list import ENGINES, LARGE, TABLE

__all__ = ["Product", "codes", "products"]

ON_DEMAND, RATE = "JRTCKXETXF", "6YS6EN2CT7"
"""AWS's codes of the on-demand term and of its rate."""
EFFECTIVE, VERSION = "2026-01-01T00:00:00Z", "20260101000000"


@dataclass(frozen=True, slots=True)
class Product:
    """An offer in a region, with the attributes that filters compare."""

    offer: Offer
    region: Region
    attributes: Mapping[str, str]

    @property
    def sku(self) -> str:
        return sku(self.offer, self.region)

    @property
    def family(self) -> str:
        return self.offer.family

    def as_json(self) -> dict[str, Any]:
        """The product with its on-demand terms."""
        term = f"{self.sku}.{ON_DEMAND}"
        return {
            "product": {
                "productFamily": self.family,
                "attributes": dict(self.attributes),
                "sku": self.sku,
            },
            "serviceCode": _code(self.offer),
            "terms": {
                "OnDemand": {
                    term: {
                        "priceDimensions": self._prices(term),
                        "sku": self.sku,
                        "effectiveDate": EFFECTIVE,
                        "offerTermCode": ON_DEMAND,
                        "termAttributes": {},
                    }
                }
            },
            "version": VERSION,
            "publicationDate": EFFECTIVE,
        }

    def _prices(self, term: str) -> dict[str, Any]:
        steps = tiers(self.offer)
        begins = [0, *(since for since, _ in self.offer.tiers)]
        ends = [*map(str, begins[1:]), "Inf"]
        found = {}
        for number, (step, begin, end) in enumerate(zip(steps, begins, ends, strict=True)):
            rate = f"{term}.{RATE[:-1]}{(int(RATE[-1]) + number) % 10}"
            price = price_e10(step, self.region)
            found[rate] = {
                "rateCode": rate,
                "unit": step.unit,
                "beginRange": str(begin),
                "endRange": end,
                "description": f"${price / 10**10:.10f} per {step.unit}: {step.description}",
                "appliesTo": [],
                "pricePerUnit": {"USD": f"{price / 10**10:.10f}"},
            }
        return found


@cache
def codes() -> Sequence[str]:
    """The codes of the services that have products."""
    return sorted({_code(each) for each in _offers(next(iter(REGIONS.values())))})


@cache
def products(code: str) -> Sequence[Product]:
    """The products of a service in all regions."""
    return [
        Product(each, region, _attributes(each, region))
        for region in REGIONS.values()
        for each in _offers(region)
        if _code(each) == code
    ]


def _code(given: Offer) -> str:
    return given.service.servicecode or given.service.code


def _offers(region: Region) -> Iterator[Offer]:
    """Everything that is sold in a region, Spot aside: it has no price list."""
    for line in filter(None, TABLE.splitlines()):
        key, usage, operation = (cell.strip() for cell in line.split("|")[:3])
        if usage == "AWS-Out-Bytes":
            yield from (between(region, to, key) for to in REGIONS.values() if to is not region)
        elif key == "rds" and usage != "RDS:ChargedBackupUsage":
            aurora = usage.startswith("Aurora")
            yield from (
                database(usage, engine)
                for engine in ENGINES
                if engine.startswith("Aurora") == aurora
            )
        else:
            yield offer(key, usage, operation)
    for family in LARGE:
        for size in sizes(family):
            kind = f"{family}.{size}"
            if not family.startswith("db."):
                yield instance(kind)
                continue
            for engine in ENGINES:
                yield instance(kind, engine=engine)
                yield instance(kind, engine=engine, multi_az=True)


def _attributes(given: Offer, region: Region) -> dict[str, str]:
    found = {
        "servicecode": _code(given),
        "servicename": given.service.product,
        "location": region.location,
        "locationType": "AWS Region",
        "regionCode": region.code,
        "usagetype": given.usage_type(region),
        "operation": given.operation,
    }
    if given.instance_type:
        found |= {
            "instanceType": given.instance_type,
            "vcpu": str(vcpus(given.instance_type)),
            "memory": f"{memory(given.instance_type):g} GiB",
            "normalizationSizeFactor": f"{given.factor:g}",
        }
    if known := instance_types().get(given.instance_type):
        found |= {
            "instanceFamily": known.family.use,
            "currentGeneration": "Yes" if known.is_current else "No",
            "networkPerformance": known.network,
            "storage": known.storage,
            **({"gpu": str(known.gpus)} if known.gpus else {}),
        }
    if given.os:
        found |= {
            "operatingSystem": given.os, "tenancy": "Shared", "preInstalledSw": "NA",
            "capacitystatus": "Used", "licenseModel": "No License required",
            "marketoption": "OnDemand",
        }  # fmt: skip
    if given.engine:
        name = "cacheEngine" if given.instance_type.startswith("cache.") else "databaseEngine"
        found[name] = given.engine
    if given.deployment:
        found["deploymentOption"] = given.deployment
    if given.volume_type:
        found["volumeApiName"] = given.volume_type
    if given.to:
        found["transferType"] = "AWS Outbound" if given.to == "internet" else "InterRegion Outbound"
        to = REGIONS.get(given.to)
        found |= {"fromLocation": region.location, "fromRegionCode": region.code,
                  "toLocation": to.location if to else "External"}  # fmt: skip
        if to:
            found["toRegionCode"] = to.code
    return found
