"""What the simulated AWS sells: services, regions, usage types and their list prices.

us-east-1 prices of EC2, EBS, S3 storage, NAT and public IPv4 are AWS's list prices (EC2: the price
table that Karpenter generated on 2026-01-19); every other price, each region's surcharge and all
discount rates are the simulation's own, near AWS's, and true of nothing but this simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

__all__ = [
    "GLOBAL",
    "REGIONS",
    "SERVICES",
    "TAX",
    "Offer",
    "Region",
    "Service",
    "instance",
    "offer",
    "price_e10",
    "renamed",
]


@dataclass(frozen=True, slots=True)
class Service:
    """A service's product code and name on the bill, and its name in Cost Explorer."""

    code: str
    product: str
    name: str
    servicecode: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A region with the prefix of its usage types and its prices in percent of us-east-1's."""

    code: str
    prefix: str
    location: str
    percent: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One usage type at one price; a transfer between regions goes to `to_region`.

    `price` is in US dollars a `unit` in us-east-1. `storage` marks capacities that are billed by
    the GB-month: a day costs its share of the month.
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
    to_region: str = ""

    def usage_type(self, region: Region) -> str:
        """The usage type as the bill writes it: `EU-BoxUsage:m5.large`."""
        return region.prefix + self.usage


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
SERVICES = {
    "compute": Service("AmazonEC2", EC2_PRODUCT, f"{EC2_PRODUCT} - Compute"),
    "ec2": Service("AmazonEC2", EC2_PRODUCT, "EC2 - Other"),
    "transfer": Service("AmazonEC2", EC2_PRODUCT, "EC2 - Other", "AWSDataTransfer"),
    "rds": Service("AmazonRDS", *["Amazon Relational Database Service"] * 2),
    "s3": Service("AmazonS3", *["Amazon Simple Storage Service"] * 2),
    "lambda": Service("AWSLambda", *["AWS Lambda"] * 2),
    "dynamodb": Service("AmazonDynamoDB", *["Amazon DynamoDB"] * 2),
    "elb": Service("AWSELB", "Elastic Load Balancing", "Amazon Elastic Load Balancing"),
    "cloudwatch": Service("AmazonCloudWatch", *["AmazonCloudWatch"] * 2),
    "vpc": Service("AmazonVPC", *["Amazon Virtual Private Cloud"] * 2),
    "elasticache": Service("AmazonElastiCache", *["Amazon ElastiCache"] * 2),
    "sqs": Service("AWSQueueService", *["Amazon Simple Queue Service"] * 2),
    "kms": Service("awskms", *["AWS Key Management Service"] * 2),
    "support": Service("AWSSupportEnterprise", *["AWS Support (Enterprise)"] * 2),
    "savings": Service(
        "ComputeSavingsPlans",
        "Savings Plans for AWS Compute usage",
        "Savings Plans for AWS Compute usage",
    ),
}

TAX = Service("AWSSupportEnterprise", "AWS Support (Enterprise)", "Tax")
"""Cost Explorer shows tax as a service of its own, the bill under the taxed product."""

LARGE = {  # US dollars an hour for the size `large`; the other sizes are multiples of it
    "t3": "0.0832",
    "m5": "0.096",
    "m6i": "0.096",
    "m7i": "0.1008",
    "c5": "0.085",
    "c6i": "0.085",
    "r5": "0.126",
    "r6g": "0.1008",
    "c6g": "0.068",
    "m6g": "0.077",
    "r7g": "0.1071",
    "i3": "0.156",
    "i4i": "0.1716",
    "p3": "0.765",
    "db.m6g": "0.152",
    "db.r6g": "0.225",
    "db.r5": "0.25",
    "cache.m6g": "0.149",
}
SIZES = {
    "micro": 0.125, "medium": 0.5, "large": 1, "xlarge": 2, "2xlarge": 4, "4xlarge": 8,
    "8xlarge": 16, "16xlarge": 32,
}  # fmt: skip

_TABLE = """
ec2        | EBS:VolumeUsage.gp3       | CreateVolume-Gp3      | Storage               | GB-Mo      | 0.08      | gp3 volume
ec2        | EBS:VolumeUsage.gp2       | CreateVolume-Gp2      | Storage               | GB-Mo      | 0.10      | gp2 volume
ec2        | EBS:SnapshotUsage         | CreateSnapshot        | Storage Snapshot      | GB-Mo      | 0.05      | EBS snapshot
ec2        | NatGateway-Hours          | NatGateway            | NAT Gateway           | Hrs        | 0.045     | NAT gateway hour
ec2        | NatGateway-Bytes          | NatGateway            | NAT Gateway           | GB         | 0.045     | GB through a NAT gateway
transfer   | DataTransfer-Out-Bytes    | RunInstances          | Data Transfer         | GB         | 0.09      | GB to the internet
transfer   | DataTransfer-Regional-Bytes | InterZone-In        | Data Transfer         | GB         | 0.01      | GB between zones
vpc        | PublicIPv4:IdleAddress    | AllocateAddressVPC    | VpcPublicIPv4Address  | Hrs        | 0.005     | idle public IPv4 address hour
vpc        | PublicIPv4:InUseAddress   | AssociateAddressVPC   | VpcPublicIPv4Address  | Hrs        | 0.005     | public IPv4 address hour
rds        | RDS:GP3-Storage           | CreateDBInstance:0014 | Database Storage      | GB-Mo      | 0.115     | gp3 database storage
rds        | RDS:ChargedBackupUsage    | CreateDBSnapshot      | Storage Snapshot      | GB-Mo      | 0.095     | database backup storage
s3         | TimedStorage-ByteHrs      | StandardStorage       | Storage               | GB-Mo      | 0.023     | S3 Standard storage
s3         | TimedStorage-SIA-ByteHrs  | StandardIAStorage     | Storage               | GB-Mo      | 0.0125    | S3 Standard-IA storage
s3         | Requests-Tier1            | PutObject             | API Request           | Requests   | 0.000005  | PUT, COPY, POST, LIST request
s3         | Requests-Tier2            | GetObject             | API Request           | Requests   | 0.0000004 | GET request
s3         | DataTransfer-Out-Bytes    | GetObject             | Data Transfer         | GB         | 0.09      | GB to the internet
lambda     | Request                   | Invoke                | Serverless            | Requests   | 0.0000002 | invocation
lambda     | Lambda-GB-Second          | Invoke                | Serverless            | Lambda-GB-Second | 0.0000166667 | GB-second
dynamodb   | ReadRequestUnits          | GetItem               | Amazon DynamoDB PayPerRequest Throughput | ReadRequestUnits | 0.000000125 | read request unit
dynamodb   | WriteRequestUnits         | PutItem               | Amazon DynamoDB PayPerRequest Throughput | WriteRequestUnits | 0.000000625 | write request unit
dynamodb   | TimedStorage-ByteHrs      | StandardStorage       | Database Storage      | GB-Mo      | 0.25      | table storage
elb        | LoadBalancerUsage         | LoadBalancing:Application | Load Balancer-Application | Hrs | 0.0225    | Application Load Balancer hour
elb        | LCUUsage                  | LoadBalancing:Application | Load Balancer-Application | LCU-Hrs | 0.008 | load balancer capacity unit hour
cloudwatch | CW:MetricMonitorUsage     | MetricStorage         | Metric                | Metrics    | 0.30      | custom metric month
cloudwatch | DataProcessing-Bytes      | PutLogEvents          | Data Payload          | GB         | 0.50      | GB of logs ingested
cloudwatch | TimedStorage-ByteHrs      | HourlyStorageMetering | Storage Snapshot      | GB-Mo      | 0.03      | GB of logs stored
sqs        | Requests-Tier1            | SendMessage           | API Request           | Requests   | 0.0000004 | queue request
kms        | KMS-Keys                  | Unknown               | Encryption Key        | Keys       | 1.00      | key month
kms        | KMS-Requests              | Decrypt               | API Request           | Requests   | 0.000003  | key request
"""  # noqa: E501  a table reads better unbroken
STORAGE_UNITS = ("GB-Mo", "Metrics", "Keys")


@cache
def _offers() -> dict[tuple[str, str], Offer]:
    found: dict[tuple[str, str], Offer] = {}
    for line in filter(None, _TABLE.splitlines()):
        key, usage, operation, family, unit, price, text = (
            cell.strip() for cell in line.split("|")
        )
        found[key, usage] = Offer(
            SERVICES[key],
            usage,
            operation,
            family,
            unit,
            price,
            text,
            storage=unit in STORAGE_UNITS,
        )
    return found


def offer(service: str, usage: str) -> Offer:
    """The offer of a usage type that is no instance hour; `service` is a key of `SERVICES`."""
    return _offers()[service, usage]


@cache
def instance(kind: str, *, engine: str = "") -> Offer:
    """An instance hour: `m5.xlarge`, `db.r6g.large` with its engine, or `cache.m6g.large`."""
    family, _, size = kind.rpartition(".")
    price = str(Decimal(LARGE[family]) * Decimal(str(SIZES[size])))
    if family.startswith("db."):
        return Offer(
            SERVICES["rds"], f"InstanceUsage:{kind}", "CreateDBInstance:0014", "Database Instance",
            "Hrs", price, f"{kind} database hour, {engine}", kind, engine=engine,
        )  # fmt: skip
    if family.startswith("cache."):
        return Offer(
            SERVICES["elasticache"], f"NodeUsage:{kind}", "CreateCacheCluster:0002",
            "Cache Instance", "Hrs", price, f"{kind} cache node hour, Redis", kind, engine="Redis",
        )  # fmt: skip
    return Offer(
        SERVICES["compute"], f"BoxUsage:{kind}", "RunInstances", "Compute Instance",
        "Hrs", price, f"{kind} Linux/UNIX instance hour", kind, os="Linux",
    )  # fmt: skip


def renamed(given: Offer, **changes: str) -> Offer:
    """The same offer with some words changed, as for a fee on it."""
    return replace(given, **changes)  # type: ignore[arg-type]  # every changed field is a string


def price_e10(given: Offer, region: Region) -> int:
    """The unit price in a region, in 10^-10 US dollars, the bill's last decimal place."""
    return int(Decimal(given.price) * 10**10) * region.percent // 100
