"""Three months of a small organisation's bill, line by line: what the answers are computed from.

Prices and quantities are round, so that many answers can be told by looking. Nothing here is made
by the product: `Line.amortized` follows AWS's rule row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

__all__ = ["ACCOUNTS", "APART", "SPLIT", "USAGE", "Line", "days_of", "lines"]

D = Decimal
ZERO = Decimal(0)
PAYER, WEB, DATA = "111111111111", "222222222222", "333333333333"
ACCOUNTS = {PAYER: "sim-payer", WEB: "sim-web", DATA: "sim-data"}
APART = ("Credit", "Refund", "Tax")
USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
SPLIT = "EKSPod-EC2"
RI = "arn:aws:rds:us-east-1:222222222222:ri:ri-web"
UPFRONT_RI = "arn:aws:ec2:us-east-1:222222222222:reserved-instances/upfront"
SP = "arn:aws:savingsplans::111111111111:savingsplan/sp-1"
SPIKE = date(2026, 9, 20)
NAMES = {
    "AmazonEC2": "Amazon Elastic Compute Cloud",
    "AmazonS3": "Amazon Simple Storage Service",
    "AmazonRDS": "Amazon Relational Database Service",
    "AWSELB": "Elastic Load Balancing",
    "AWSLambda": "AWS Lambda",
    "AmazonCloudWatch": "AmazonCloudWatch",
    "AmazonEKS": "Amazon Elastic Container Service for Kubernetes",
    "AWSSupportBusiness": "AWS Support (Business)",
    "ComputeSavingsPlans": "Savings Plans for AWS Compute usage",
    "marketplace-monitor": "Monitoring by a vendor",
}
Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line item; money in dollars."""

    day: date
    account: str
    type: str
    code: str
    usage_type: str
    cost: Decimal
    usage: Decimal = ZERO
    listed: Decimal = ZERO
    operation: str | None = None
    region: str = "us-east-1"
    resource: str = ""
    family: str = ""
    instance: str = ""
    volume: str = ""
    unit: str = ""
    description: str = ""
    tags: Tags = field(default_factory=dict)
    entity: str = "AWS"
    arn: str = ""
    effective: Decimal = ZERO
    unused_fee: Decimal = ZERO
    unused_hours: Decimal = ZERO
    reserved_hours: Decimal = ZERO
    committed: Decimal = ZERO
    used: Decimal = ZERO
    term: str = ""

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"

    @property
    def service(self) -> str:
        return NAMES[self.code]

    @property
    def amortized(self) -> Decimal:
        match self.type:
            case "SavingsPlanCoveredUsage" | "DiscountedUsage":
                return self.effective
            case "SavingsPlanRecurringFee":
                return self.committed - self.used
            case "SavingsPlanNegation" | "SavingsPlanUpfrontFee":
                return D(0)
            case "RIFee":
                return self.unused_fee
            case "Fee" if self.arn:
                return D(0)
            case _:
                return self.cost


def days_of(month: int) -> list[date]:
    first = date(2026, month, 1)
    beyond = date(2026, month + 1, 1)
    return [first + timedelta(days=n) for n in range((beyond - first).days)]


@cache
def lines() -> tuple[Line, ...]:
    """Every line of July, August and September 2026."""
    return tuple(_all())


def _all() -> Iterator[Line]:
    for month in (7, 8, 9):
        days = days_of(month)
        for day in days:
            yield from _compute(day)
            yield from _storage(day, len(days))
            yield from _network(day)
            yield from _data_account(day, len(days))
        yield from _monthly(days[0], len(days))


def _used(
    day: date, account: str, code: str, usage_type: str, usage: str, price: str, **more: object
) -> Line:
    amount = D(usage)
    cost = amount * D(price)
    given: dict[str, object] = {"listed": cost, "operation": "Run", "term": "OnDemand", **more}
    return Line(day, account, "Usage", code, usage_type, cost, amount, **given)  # type: ignore[arg-type]


PROD: Tags = {"team": "web", "env": "prod"}


def _compute(day: date) -> Iterator[Line]:
    machine = {"family": "Compute Instance", "unit": "Hrs", "operation": "RunInstances"}
    web = [("i-web1", PROD)]
    if day >= SPIKE:
        web += [(f"i-new{n}", {"team": "web"}) for n in range(4)]
    for resource, tags in web:
        yield _used(day, WEB, "AmazonEC2", "BoxUsage:m5.large", "24", "0.096", resource=resource,
                    instance="m5.large", tags=tags, **machine)  # fmt: skip
    yield Line(day, WEB, "DiscountedUsage", "AmazonRDS", "InstanceUsage:db.m5.large", D(0), D(24),
               D("4.104"), "CreateDBInstance", family="Database Instance",
               resource="arn:aws:rds:us-east-1:222222222222:db:shop",
               instance="db.m5.large", unit="Hrs", tags=PROD, arn=RI,
               effective=D(24) * D("0.11"), term="Reserved")  # fmt: skip
    covered = D(24) * D("0.085")
    use = Line(day, WEB, "SavingsPlanCoveredUsage", "AmazonEC2", "BoxUsage:c5.large", covered,
               D(24), covered, "RunInstances", resource="i-sp1", family="Compute Instance",
               instance="c5.large", unit="Hrs", tags={"team": "search"}, arn=SP,
               effective=D(24) * D("0.06"))  # fmt: skip
    yield use
    yield replace(use, type="SavingsPlanNegation", cost=-covered, listed=ZERO, effective=ZERO)
    yield Line(day, PAYER, "SavingsPlanRecurringFee", "ComputeSavingsPlans",
               "ComputeSP:1yrNoUpfront", D(24) * D("0.08"), arn=SP,
               committed=D(24) * D("0.08"), used=D(24) * D("0.06"))  # fmt: skip
    for name, share in (("shop", "0.9"), ("batch", "0.3")):
        yield Line(day, WEB, "Usage", "AmazonEKS", "USE1-EKS-EC2-vCPU-Hours", D(share), D(12),
                   operation=SPLIT, resource=f"pod/{name}", tags={"app": name})  # fmt: skip


def _storage(day: date, days: int) -> Iterator[Line]:
    volumes: tuple[tuple[str, str, str, str, str, Tags], ...] = (
        (WEB, "vol-a", "gp2", "500", "0.10", PROD),
        (WEB, "vol-b", "gp3", "100", "0.08", PROD),
        (DATA, "vol-c", "gp2", "200", "0.10", {}),
    )
    for account, resource, kind, size, price, tags in volumes:
        share = D(size) / D(days)
        cost = share * D(price)
        yield Line(day, account, "Usage", "AmazonEC2", f"EBS:VolumeUsage.{kind}", _cents(cost),
                   _cents(share), _cents(cost), "CreateVolume-Gp2" if kind == "gp2" else
                   "CreateVolume-Gp3", resource=resource, family="Storage", volume=kind,
                   unit="GB-Mo", tags=tags, term="OnDemand")  # fmt: skip
    yield _used(day, DATA, "AmazonEC2", "EBS:SnapshotUsage", "10", "0.05", resource="snap-1",
                family="Storage Snapshot", unit="GB-Mo", operation="CreateSnapshot")  # fmt: skip


def _cents(value: Decimal) -> Decimal:
    return value.quantize(D("0.0000000001"))


def _network(day: date) -> Iterator[Line]:
    yield _used(day, WEB, "AmazonEC2", "ElasticIP:IdleAddress", "24", "0.005",
                resource="eipalloc-1", family="IP Address", unit="Hrs",
                operation="AssociateAddress")  # fmt: skip
    yield _used(day, WEB, "AmazonEC2", "NatGateway-Hours", "24", "0.045", resource="nat-1",
                family="NAT Gateway", unit="Hrs", operation="NatGateway")  # fmt: skip
    yield _used(day, WEB, "AmazonEC2", "NatGateway-Bytes", str(50 + day.day), "0.045",
                resource="nat-1", family="NAT Gateway", unit="GB",
                operation="NatGateway")  # fmt: skip
    yield _used(day, WEB, "AWSELB", "LoadBalancerUsage", "24", "0.0225", resource="app/front",
                family="Load Balancer-Application", unit="Hrs", tags=PROD,
                operation="LoadBalancing:Application")  # fmt: skip
    moved = (
        ("DataTransfer-Out-Bytes", "20", "0.09"),
        ("DataTransfer-Regional-Bytes", "10", "0.01"),
        ("USE1-EUW1-AWS-Out-Bytes", "5", "0.02"),
    )
    for usage_type, amount, price in moved:
        yield _used(day, WEB, "AmazonEC2", usage_type, amount, price, resource="i-web1",
                    family="Data Transfer", unit="GB", operation="Transfer")  # fmt: skip


def _data_account(day: date, days: int) -> Iterator[Line]:
    classes = (
        ("TimedStorage-ByteHrs", "1000", "0.023", "StandardStorage"),
        ("TimedStorage-SIA-ByteHrs", "2000", "0.0125", "StandardIAStorage"),
        ("TimedStorage-GlacierByteHrs", "4000", "0.0036", "GlacierStorage"),
    )
    for usage_type, size, price, operation in classes:
        share = D(size) / D(days)
        cost = _cents(share * D(price))
        yield Line(day, DATA, "Usage", "AmazonS3", usage_type, cost, _cents(share), cost, operation,
                   resource="lake", family="Storage", unit="GB-Mo", tags={"team": "data"},
                   term="OnDemand")  # fmt: skip
    yield _used(day, DATA, "AmazonS3", "Requests-Tier1", "1000", "0.000005", resource="lake",
                family="API Request", unit="Requests", tags={"team": "data"})  # fmt: skip
    yield _used(day, DATA, "AmazonRDS", "InstanceUsage:db.r5.xlarge", "24", "0.50",
                resource="arn:aws:rds:eu-west-1:333333333333:db:dwh", family="Database Instance",
                instance="db.r5.xlarge", unit="Hrs", region="eu-west-1", tags={"team": "data"},
                operation="CreateDBInstance")  # fmt: skip
    yield _used(day, DATA, "AmazonEC2", "EUW1-BoxUsage:m4.large", "24", "0.111",
                resource="i-old1", family="Compute Instance", instance="m4.large", unit="Hrs",
                region="eu-west-1", tags={"team": "Data"}, operation="RunInstances")  # fmt: skip
    yield _used(day, DATA, "AmazonEC2", "SpotUsage:c5.xlarge", "24", "0.05", resource="i-spot1",
                family="Compute Instance", instance="c5.xlarge", unit="Hrs", listed=D("4.08"),
                operation="RunInstances:SV001", term="Spot", tags={"team": "data"})  # fmt: skip
    yield _used(day, DATA, "AWSLambda", "Lambda-GB-Second", "10000", "0.0000166667",
                resource="arn:aws:lambda:us-east-1:333333333333:function:etl", unit="seconds",
                family="Serverless", tags={"team": "data"}, operation="Invoke")  # fmt: skip
    weekend = day.weekday() >= 5
    yield _used(day, DATA, "AmazonCloudWatch", "CW:MetricMonitorUsage", "5" if weekend else "10",
                "0.30", family="Metric", unit="Metrics", operation="MetricStorage")  # fmt: skip


def _monthly(first: date, days: int) -> Iterator[Line]:
    hours = D(24) * days
    yield Line(first, WEB, "RIFee", "AmazonRDS", "HeavyUsage:db.m5.large", 2 * hours * D("0.11"),
               2 * hours, operation="CreateDBInstance", instance="db.m5.large", arn=RI,
               unused_fee=hours * D("0.11"), unused_hours=hours, reserved_hours=2 * hours,
               term="Reserved")  # fmt: skip
    if first.month == 7:
        yield Line(first, WEB, "Fee", "AmazonEC2", "HeavyUsage:m5.large", D(300), D(1),
                   arn=UPFRONT_RI, term="Reserved")  # fmt: skip
    yield Line(first, PAYER, "Fee", "AWSSupportBusiness", "Dollar", D(100), D(1), region="",
               description="AWS Support (Business)")  # fmt: skip
    for account, tax in ((PAYER, "8.25"), (WEB, "41.5"), (DATA, "33.75")):
        yield Line(first, account, "Tax", "AmazonEC2", "", D(tax), region="")
    yield Line(first, PAYER, "EdpDiscount", "AmazonEC2", "", D("-12.5"), region="",
               description="Enterprise discount")  # fmt: skip
    if first.month > 7:
        credit = D("-50") if first.month == 9 else D("-20")
        yield Line(first, DATA, "Credit", "AmazonRDS", "", credit, region="",
                   description="Migration credit")  # fmt: skip
    if first.month == 8:
        yield Line(first, WEB, "Refund", "AmazonEC2", "BoxUsage:m5.large", D("-5"))
    yield Line(first, WEB, "Usage", "marketplace-monitor", "Hosts", D("45"), D(3), D("45"),
               entity="AWS Marketplace", region="", family="Software", tags=PROD)  # fmt: skip
