"""What the simulated AWS sells: services, regions and the offers of its price list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from typing import Any

from finops_repl.simulator.price_list import (
    ENGINES,
    LARGE,
    OUT_OF_PROPORTION,
    SIZES,
    SPOT_PERCENT,
    TABLE,
)

__all__ = [
    "GLOBAL",
    "REGIONS",
    "SERVICES",
    "SIZES",
    "TAX",
    "Offer",
    "Region",
    "Service",
    "between",
    "database",
    "instance",
    "offer",
    "price_e10",
    "renamed",
    "sku",
    "tiers",
]


@dataclass(frozen=True, slots=True)
class Service:
    """A service's product code and name on the bill, and its name in Cost Explorer."""

    code: str
    product: str
    name: str
    servicecode: str = ""
    seller: str = "AWS"


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A region with the prefix of its usage types and its prices in percent of us-east-1's."""

    code: str
    prefix: str
    location: str
    percent: int

    @property
    def short(self) -> str:
        """The region in the usage types of transfers between regions: `USE1`, `EU`."""
        return self.prefix.rstrip("-") or "USE1"


# Offers are compared by identity: every one is made once, and thousands of meters look theirs up.
@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """One usage type at one price.

    `price` is in US dollars a `unit` in us-east-1. `storage` marks capacities that are billed by
    the month: a day costs its share of it. `tiers` are the monthly quantities from which on the
    organisation pays another price for its further usage; `tier` says which of the prices this is.
    `to` is where a transfer goes: `internet` or a region's code. `market` is `spot` or empty.
    """

    service: Service
    usage: str
    operation: str
    family: str
    unit: str
    price: str
    description: str
    instance_type: str = ""
    os: str = ""
    engine: str = ""
    storage: bool = False
    to: str = ""
    market: str = ""
    deployment: str = ""
    tier: int = 0
    tiers: tuple[tuple[int, str], ...] = ()

    def usage_type(self, region: Region) -> str:
        """The usage type as the bill writes it: `EU-BoxUsage:m5.large`."""
        return region.prefix + self.usage

    @property
    def instance_family(self) -> str:
        """`m5` of `m5.xlarge`, `db.r6g` of `db.r6g.large`."""
        return self.instance_type.rpartition(".")[0]

    @property
    def volume_type(self) -> str:
        """`gp3` of `EBS:VolumeUsage.gp3`; what the bill calls `piops` is io1."""
        if not self.usage.startswith("EBS:Volume"):
            return ""
        kind = self.usage.split(".")[1]
        return "io1" if kind == "piops" else kind

    @property
    def factor(self) -> float:
        """The normalization factor of an instance's size; 0 of anything else."""
        return SIZES[self.instance_type.rpartition(".")[2]] if self.instance_type else 0


REGIONS = {
    region.code: region
    for region in (
        Region("us-east-1", "", "US East (N. Virginia)", 100),
        Region("us-west-2", "USW2-", "US West (Oregon)", 100),
        Region("eu-west-1", "EU-", "EU (Ireland)", 110),
        Region("eu-central-1", "EUC1-", "EU (Frankfurt)", 115),
        Region("ap-southeast-1", "APS1-", "Asia Pacific (Singapore)", 120),
        Region("ap-northeast-1", "APN1-", "Asia Pacific (Tokyo)", 125),
        Region("sa-east-1", "SAE1-", "South America (Sao Paulo)", 160),
    )
}

GLOBAL = Region("", "", "Any", 100)
"""What has no region on the bill: support, taxes."""

EC2_PRODUCT = "Amazon Elastic Compute Cloud"
PLANS = "Savings Plans for AWS Compute usage"


def _plain(code: str, name: str) -> Service:
    return Service(code, name, name)


SERVICES = {
    "compute": Service("AmazonEC2", EC2_PRODUCT, f"{EC2_PRODUCT} - Compute"),
    "ec2": Service("AmazonEC2", EC2_PRODUCT, "EC2 - Other"),
    "transfer": Service("AmazonEC2", EC2_PRODUCT, "EC2 - Other", "AWSDataTransfer"),
    "rds": _plain("AmazonRDS", "Amazon Relational Database Service"),
    "s3": _plain("AmazonS3", "Amazon Simple Storage Service"),
    "lambda": _plain("AWSLambda", "AWS Lambda"),
    "dynamodb": _plain("AmazonDynamoDB", "Amazon DynamoDB"),
    "elb": Service("AWSELB", "Elastic Load Balancing", "Amazon Elastic Load Balancing"),
    "cloudwatch": _plain("AmazonCloudWatch", "AmazonCloudWatch"),
    "vpc": _plain("AmazonVPC", "Amazon Virtual Private Cloud"),
    "elasticache": _plain("AmazonElastiCache", "Amazon ElastiCache"),
    "sqs": _plain("AWSQueueService", "Amazon Simple Queue Service"),
    "sns": _plain("AmazonSNS", "Amazon Simple Notification Service"),
    "kms": _plain("awskms", "AWS Key Management Service"),
    "secrets": _plain("AWSSecretsManager", "AWS Secrets Manager"),
    "ecr": _plain("AmazonECR", "Amazon EC2 Container Registry (ECR)"),
    "guardduty": _plain("AmazonGuardDuty", "Amazon GuardDuty"),
    "config": _plain("AWSConfig", "AWS Config"),
    "route53": _plain("AmazonRoute53", "Amazon Route 53"),
    "eks": Service(
        "AmazonEKS",
        "Amazon Elastic Container Service for Kubernetes",
        "Amazon Elastic Container Service for Kubernetes",
    ),
    "support": _plain("AWSSupportBusiness", "AWS Support (Business)"),
    "savings": _plain("ComputeSavingsPlans", PLANS),
    "marketplace": Service(
        "sim4observability9contract",
        "sim-observability, annual contract",
        "sim-observability, annual contract",
        seller="AWS Marketplace",
    ),
}

TAX = Service("AWSSupportBusiness", "AWS Support (Business)", "Tax")
"""Cost Explorer shows tax as a service of its own, the bill under the taxed product."""

MONTHLY_UNITS = (
    "GB-Mo", "IOPS-Mo", "GiBps-mo", "Metrics", "Alarms", "Keys", "Secrets", "HostedZones"
)  # fmt: skip


@cache
def _offers() -> dict[tuple[str, str, str], Offer]:
    found: dict[tuple[str, str, str], Offer] = {}
    for line in filter(None, TABLE.splitlines()):
        key, usage, operation, family, unit, prices, text = (
            cell.strip() for cell in line.split("|")
        )
        price, *further = prices.split(">")
        steps = [step.split() for step in further]
        to_internet = usage == "DataTransfer-Out-Bytes"
        made = Offer(
            SERVICES[key], usage, operation, family, unit, price.strip(), text,
            storage=unit in MONTHLY_UNITS, to="internet" if to_internet else "",
            tiers=tuple((int(since), cheaper) for since, cheaper in steps),
        )  # fmt: skip
        found[key, usage, operation] = made
        found.setdefault((key, usage, ""), made)
    return found


def offer(service: str, usage: str, operation: str = "") -> Offer:
    """The offer of a usage type that is no instance hour; `service` is a key of `SERVICES`.

    `operation` chooses where several share the usage type.
    """
    return _offers()[service, usage, operation]


@cache
def between(origin: Region, destination: Region, service: str = "transfer") -> Offer:
    """GB from one region to another: `USE1-EU-AWS-Out-Bytes`; S3 bills what it sends itself."""
    prefix = "" if origin.prefix else f"{origin.short}-"
    return renamed(
        offer(service, "AWS-Out-Bytes"),
        usage=f"{prefix}{destination.short}-AWS-Out-Bytes",
        description=f"GB from {origin.location} to {destination.location}",
        to=destination.code,
    )


@cache
def instance(kind: str, *, engine: str = "", multi_az: bool = False, market: str = "") -> Offer:
    """An instance hour: `m5.xlarge`, `db.r6g.large` with its engine, or `cache.m6g.large`."""
    family, _, size = kind.rpartition(".")
    in_proportion = Decimal(LARGE[family]) * Decimal(str(SIZES[size])) / 4
    price = Decimal(OUT_OF_PROPORTION.get(kind, in_proportion))
    if family.startswith("db."):
        suffix, percent = ENGINES[engine]
        usage = "Multi-AZUsage" if multi_az else "InstanceUsage"
        price = price * percent / 100 * (2 if multi_az else 1)
        where = "Multi-AZ" if multi_az else "Single-AZ"
        return Offer(
            SERVICES["rds"], f"{usage}:{kind}", f"CreateDBInstance:{suffix}", "Database Instance",
            "Hrs", str(price), f"{kind} {where} database hour, {engine}", kind, engine=engine,
            deployment=where,
        )  # fmt: skip
    if family.startswith("cache."):
        return Offer(
            SERVICES["elasticache"], f"NodeUsage:{kind}", "CreateCacheCluster:0002",
            "Cache Instance", "Hrs", str(price), f"{kind} cache node hour, Redis", kind,
            engine="Redis",
        )  # fmt: skip
    if market == "spot":
        return Offer(
            SERVICES["compute"], f"SpotUsage:{kind}", "RunInstances:SV001", "Compute Instance",
            "Hrs", str(price * SPOT_PERCENT / 100), f"{kind} Linux/UNIX Spot instance hour", kind,
            os="Linux", market="spot",
        )  # fmt: skip
    return Offer(
        SERVICES["compute"], f"BoxUsage:{kind}", "RunInstances", "Compute Instance",
        "Hrs", str(price), f"{kind} Linux/UNIX instance hour", kind, os="Linux",
    )  # fmt: skip


@cache
def database(usage: str, engine: str) -> Offer:
    """Storage or requests of a database, under its engine's operation."""
    return renamed(
        offer("rds", usage), operation=f"CreateDBInstance:{ENGINES[engine][0]}", engine=engine
    )


@cache
def tiers(given: Offer) -> tuple[Offer, ...]:
    """The offer at each of its prices, its own first."""
    cheaper = [
        renamed(
            given,
            price=price,
            description=f"{given.description}, above {since} in the month",
            tier=number,
        )
        for number, (since, price) in enumerate(given.tiers, 1)
    ]
    return (given, *cheaper)


def renamed(given: Offer, **changes: Any) -> Offer:
    """The same offer with some fields changed, as for a fee on it."""
    return replace(given, **changes)


@cache
def price_e10(given: Offer, region: Region) -> int:
    """The unit price in a region, in 10^-10 US dollars, the bill's last decimal place."""
    return int(Decimal(given.price) * 10**10) * region.percent // 100


@cache
def sku(given: Offer, region: Region) -> str:
    """The sixteen characters by which the price list and the bill know an offer in a region."""
    # S3 and DynamoDB have storage of one usage type and one operation.
    parts = (given.service.code, given.usage_type(region), given.operation, given.engine)
    return blake2b("/".join(parts).encode(), digest_size=10).hexdigest()[:16].upper()
