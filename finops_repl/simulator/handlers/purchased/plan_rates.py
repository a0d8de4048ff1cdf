"""What usage costs under Savings Plans, and how plans are called.

Rates are told of every usage type that runs or ran in the organisation and that the plan could
cover, not of all that AWS sells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.commitments.figures import PLACES, text
from finops_repl.simulator.offerings import PlanKind
from finops_repl.simulator.offers import SERVICES
from finops_repl.simulator.view import View

__all__ = ["PRODUCTS", "TYPES", "Rated", "description", "rated"]

TYPES: Mapping[PlanKind, str] = {
    "compute-sp": "Compute",
    "instance-sp": "EC2Instance",
    "database-sp": "Database",
}
PRODUCTS: Mapping[PlanKind, Sequence[str]] = {
    "compute-sp": ("EC2", "Fargate", "Lambda"),
    "instance-sp": ("EC2",),
    "database-sp": (
        "RDS", "DSQL", "DynamoDB", "ElastiCache", "DocDB", "Neptune", "Timestream", "Keyspaces",
        "DMS", "OpenSearch",
    ),
}  # fmt: skip
"""By kind, the product types that botocore's model knows (`SavingsPlanProductType`)."""
NAMES: Mapping[PlanKind, str] = {
    "compute-sp": "Compute",
    "instance-sp": "EC2 Instance",
    "database-sp": "Database",
}
PRODUCT_OF = {
    SERVICES["compute"].code: "EC2",
    SERVICES["lambda"].code: "Lambda",
    SERVICES["dynamodb"].code: "DynamoDB",
    SERVICES["rds"].code: "RDS",
    SERVICES["elasticache"].code: "ElastiCache",
}
RATED = (
    "region, instance_type, instance_family, os, engine, product_code, usage_type, operation, unit,"
    " price"
)


@dataclass(frozen=True, slots=True)
class Rated:
    """A usage type and its price on demand; what it has not, as an instance type, is empty."""

    region: str
    instance_type: str
    family: str
    os: str
    engine: str
    service: str
    usage_type: str
    operation: str
    unit: str
    price: Decimal

    @property
    def product(self) -> str:
        return PRODUCT_OF[self.service]

    @property
    def properties(self) -> dict[str, str]:
        if not self.instance_type:
            return {"region": self.region}
        instance = {
            "region": self.region,
            "instanceType": self.instance_type,
            "instanceFamily": self.family,
            "productDescription": "Linux/UNIX" if self.os else self.engine,
        }
        return instance | ({"tenancy": "shared"} if self.os else {})

    @property
    def compared(self) -> dict[str, str]:
        """What filters know of it."""
        return self.properties | {
            "productType": self.product,
            "serviceCode": self.service,
            "usageType": self.usage_type,
            "operation": self.operation,
        }

    def fields(self, percent: int) -> dict[str, Any]:
        """What a unit costs under a plan, in percent of its price, as the bill rounds it."""
        rate = (self.price * percent / 100).quantize(PLACES, ROUND_DOWN)
        return {
            "rate": text(rate),
            "unit": self.unit,
            "productType": self.product,
            "serviceCode": self.service,
            "usageType": self.usage_type,
            "operation": self.operation,
            "properties": [
                {"name": name, "value": value} for name, value in self.properties.items()
            ],
        }


def rated(view: View, eligible: str) -> list[Rated]:
    """The usage types that a condition on `g` (charge) chooses, by region."""
    rows = view.rows(
        f"SELECT DISTINCT {RATED} FROM charge g WHERE {eligible} AND price > 0"  # noqa: S608
        " ORDER BY region, usage_type, operation"
    )
    return [Rated(*row) for row in rows]


def description(kind: PlanKind, years: int, option: str) -> str:
    """A plan or an offering in words."""
    return f"{years} year {option} {NAMES[kind]} Savings Plan"
