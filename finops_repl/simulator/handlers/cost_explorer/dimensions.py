"""Cost Explorer's dimensions as columns of the ledger's tables."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.simulator.tags import COST_CATEGORY, TAG_KEYS

__all__ = [
    "COMPUTE",
    "DIMENSIONS",
    "NOT_OFFERED",
    "TAG_COLUMN",
    "WITH_RESOURCES",
    "Dimension",
    "category_column",
    "tag_column",
]

COMPUTE = "Amazon Elastic Compute Cloud - Compute"
"""The service that machines cost under."""
TAG_COLUMN = 'g."tag:'
"""How the column of a tag begins, wherever one is named."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """`sql` gives its value of a row; `missing` stands for rows that have none."""

    sql: str
    missing: str = ""

    @property
    def shown(self) -> str:
        """The value as answers show it."""
        return f"coalesce(nullif({self.sql}, ''), '{self.missing}')" if self.missing else self.sql


_RECORD_TYPE = (
    "CASE WHEN t.type_name = 'RIFee' THEN 'Recurring'"
    " WHEN t.type_name = 'EdpDiscount' THEN 'Enterprise Discount Program Discount'"
    " WHEN t.type_name = 'Fee' AND g.product_code LIKE 'AWSSupport%' THEN 'Support'"
    " WHEN t.type_name = 'Fee' THEN 'Upfront' ELSE t.type_name END"
)
_PURCHASE_TYPE = (
    "CASE WHEN t.type_name IN ('DiscountedUsage', 'RIFee') AND c.offering_class = 'convertible'"
    " THEN 'Convertible Reserved Instances'"
    " WHEN t.type_name IN ('DiscountedUsage', 'RIFee') THEN 'Standard Reserved Instances'"
    " WHEN t.type_name LIKE 'SavingsPlan%' THEN 'Savings Plans'"
    " WHEN g.market = 'spot' THEN 'Spot Instances'"
    " WHEN g.instance_type <> '' THEN 'On Demand Instances' ELSE '' END"
)
DIMENSIONS = {
    "SERVICE": Dimension("g.service"),
    "SERVICE_CODE": Dimension("g.product_code"),
    "LINKED_ACCOUNT": Dimension("g.account_id"),
    "LINKED_ACCOUNT_NAME": Dimension("g.account_name"),
    "REGION": Dimension("g.region", "NoRegion"),
    "USAGE_TYPE": Dimension("g.usage_type"),
    "OPERATION": Dimension("g.operation", "NoOperation"),
    "RECORD_TYPE": Dimension(_RECORD_TYPE),
    "PURCHASE_TYPE": Dimension(_PURCHASE_TYPE, "NoPurchaseType"),
    "INSTANCE_TYPE": Dimension("g.instance_type", "NoInstanceType"),
    "INSTANCE_TYPE_FAMILY": Dimension("g.instance_family", "NoInstanceTypeFamily"),
    "OPERATING_SYSTEM": Dimension("g.os", "NoOperatingSystem"),
    "DATABASE_ENGINE": Dimension("g.engine", "NoDatabaseEngine"),
    "DEPLOYMENT_OPTION": Dimension("g.deployment", "NoDeploymentOption"),
    "BILLING_ENTITY": Dimension("g.seller"),
    "LEGAL_ENTITY_NAME": Dimension("'Amazon Web Services, Inc.'"),
}
WITH_RESOURCES = DIMENSIONS | {"RESOURCE_ID": Dimension("m.resource_id", "NoResourceId")}
"""What the operation on single resources knows besides; it looks at meters, aliased `m`."""
NOT_OFFERED = frozenset(
    {
        "AZ", "USAGE_TYPE_GROUP", "PLATFORM", "TENANCY", "SUBSCRIPTION_ID", "CACHE_ENGINE",
        "RESERVATION_ID", "RESOURCE_ID", "RIGHTSIZING_TYPE", "SAVINGS_PLANS_TYPE",
        "SAVINGS_PLAN_ARN", "PAYMENT_OPTION", "AGREEMENT_END_DATE_TIME_AFTER",
        "AGREEMENT_END_DATE_TIME_BEFORE", "INVOICING_ENTITY", "SCOPE", "PAYER_ACCOUNT",
        "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
    }
)  # fmt: skip
"""Dimensions of AWS that this account does not offer."""


def tag_column(key: str) -> str:
    """The tag's value of a row; a key that is not activated has none anywhere."""
    return f'{TAG_COLUMN}{key}"' if key in TAG_KEYS else "''"


def category_column(name: str) -> str:
    """The cost category's value of a row; a category that does not exist has none anywhere."""
    return "g.business_unit" if name == COST_CATEGORY else "''"
