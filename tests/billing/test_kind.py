"""The kind of a bill is told by its columns."""

from __future__ import annotations

import pytest

from finops_repl.billing.kind import kind_of, partition_of


@pytest.mark.parametrize(
    ("columns", "kind", "partition"),
    [
        (["line_item_unblended_cost", "resource_tags", "billing_period"], "cur2", "billing_period"),
        (["line_item_unblended_cost", "bill_payer_account_name"], "cur2", ""),
        (["line_item_unblended_cost", "resource_tags_user_team", "year", "month"], "legacy",
         "year,month"),
        (["lineItem/UnblendedCost", "resourceTags/user:team"], "raw", ""),
        (["BilledCost", "ChargePeriodStart", "Tags"], "focus", ""),
        (["billedcost", "chargeperiodstart", "billing_period"], "focus", "billing_period"),
        (["a", "b"], "other", ""),
    ],
)  # fmt: skip
def test_kind_and_partition(columns: list[str], kind: str, partition: str) -> None:
    assert kind_of(columns) == kind
    assert partition_of(columns) == partition
