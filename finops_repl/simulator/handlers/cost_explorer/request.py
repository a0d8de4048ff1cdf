"""What a GetCostAndUsage asks for: its metrics and its groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.simulator.bill_rows import NET_AMORTIZED, NET_UNBLENDED
from finops_repl.simulator.handlers.cost_explorer.dimensions import (
    DIMENSIONS,
    category_column,
    tag_column,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid, Known, dimension

__all__ = ["METRICS", "OF_CUBE", "check_billing_view", "groups", "metrics"]

METRICS = {
    "UnblendedCost": "f.unblended",
    "BlendedCost": "f.blended",
    "AmortizedCost": "f.amortized",
    "NetUnblendedCost": NET_UNBLENDED,
    "NetAmortizedCost": NET_AMORTIZED,
    "UsageQuantity": "f.usage",
    "NormalizedUsageAmount": "f.usage::DECIMAL(20, 6) * g.factor",
}
"""Each metric of a fact."""
OF_CUBE = METRICS | {"NetUnblendedCost": "f.net_unblended", "NetAmortizedCost": "f.net_amortized"}
"""Each metric of a cell of the monthly cube."""

MOST_GROUPS = 2


def check_billing_view(params: Mapping[str, Any], payer: str) -> None:
    """Raises `Invalid` where another view of the bill is asked for than the payer's primary one."""
    given, primary = params.get("BillingViewArn"), f"arn:aws:billing::{payer}:billingview/primary"
    if given not in (None, primary):
        raise Invalid(
            f"There is no billing view {given}; this account has {primary}",
            "ResourceNotFoundException",
        )


def metrics(given: object) -> list[str]:
    """The metrics asked for, each once; raises `Invalid`."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise Invalid(f"Metrics is required: one or more of {', '.join(METRICS)}")
    for metric in given:
        if metric not in METRICS:
            raise Invalid(f"Metric {metric} is not valid. Valid values: {', '.join(METRICS)}")
    return list(dict.fromkeys(given))


def groups(given: Sequence[Mapping[str, Any]], known: Known = DIMENSIONS) -> list[tuple[str, str]]:
    """The name and SQL of each key; raises `Invalid`."""
    if len(given) > MOST_GROUPS:
        raise Invalid(
            "1 validation error detected: Value at 'groupBy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_GROUPS}"
        )
    found = []
    for group in given:
        kind, key = group.get("Type", "DIMENSION"), str(group.get("Key"))
        if kind == "DIMENSION":
            found.append((key, dimension(key, known).shown))
        elif kind == "TAG":
            quoted = key.replace("'", "''")
            found.append((key, f"'{quoted}$' || {tag_column(key)}"))
        elif kind == "COST_CATEGORY":
            quoted = key.replace("'", "''")
            found.append((key, f"'{quoted}$' || {category_column(key)}"))
        else:
            raise Invalid(f"Group Definition type {kind} is not offered")
    if len({name for name, _ in found}) < len(found):
        raise Invalid("GroupBy names a key twice")
    return found
