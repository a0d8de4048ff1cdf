"""The tag keys activated for cost allocation, and how the bill writes a key."""

from __future__ import annotations

__all__ = ["COST_CATEGORY", "TAG_KEYS", "bill_key"]

TAG_KEYS = (
    "team", "environment", "application", "cost-center", "tenant", "aws:autoscaling:groupName",
    "aws:eks:cluster-name", "aws:eks:namespace",
)  # fmt: skip
"""The tag keys that appear on the bill and in Cost Explorer; `owner` and `Name` never were
activated, though many resources carry them."""

COST_CATEGORY = "business_unit"
"""The organisation's one cost category; its rules go by account."""


def bill_key(tag: str) -> str:
    """A tag key in the bill's `resource_tags`: `cost-center` as `user_cost_center`.

    `aws:autoscaling:groupName` becomes `aws_autoscaling_group_name`. Source: AWS, CUR user guide,
    "Resource tags details", on how column names are normalised.
    """
    out = "".join(f"_{c.lower()}" if c.isupper() else c if c.isalnum() else "_" for c in tag)
    return out if tag.startswith("aws:") else f"user_{out.lstrip('_')}"
