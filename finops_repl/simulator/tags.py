"""The tag keys activated for cost allocation, and how the bill writes a key."""

from __future__ import annotations

__all__ = ["TAG_KEYS", "bill_key"]

TAG_KEYS = ("team", "environment", "application", "cost-center", "aws:autoscaling:groupName")
"""The tag keys that appear on the bill and in Cost Explorer."""


def bill_key(tag: str) -> str:
    """A tag key in the bill's `resource_tags`: `cost-center` as `user_cost_center`.

    `aws:autoscaling:groupName` becomes `aws_autoscaling_group_name`. Source: AWS, CUR user guide,
    "Resource tags details", on how column names are normalised.
    """
    out = "".join(f"_{c.lower()}" if c.isupper() else c if c.isalnum() else "_" for c in tag)
    return out if tag.startswith("aws:") else f"user_{out.lstrip('_')}"
