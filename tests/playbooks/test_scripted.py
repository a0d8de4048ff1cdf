"""A bill that a script cannot ask stops the investigation, and the message says what to do."""

from __future__ import annotations

import pytest

from finops_repl.playbooks.scripted import scripted_bill
from finops_repl.playbooks.steps import Outcome, PlaybookStopped

COLUMNS = (
    "line_item_usage_start_date:timestamp line_item_unblended_cost:double"
    " line_item_product_code:varchar line_item_line_item_type:varchar billing_period:varchar"
)
BY_RESOURCE = f"{COLUMNS} line_item_resource_id:varchar product_region_code:varchar"


def described(
    columns: str = BY_RESOURCE, *, kind: str = "cur2", workgroup: str = "primary", **more: object
) -> Outcome:
    bill = {"table": "cur", "kind": kind, "workgroup": workgroup}
    return Outcome({"bill": bill, "columns": columns, "last": "2026-11-19", **more})


def test_cur_2_in_athena_with_its_resources_goes() -> None:
    found = scripted_bill(described(), "finding waste", "Athena")
    assert found.columns.resource == "line_item_resource_id"
    whole = scripted_bill(described(COLUMNS), "finding a rise", "Athena", by_resource=False)
    assert whole.last_day == "2026-11-19"


@pytest.mark.parametrize(
    ("bill", "why", "what_to_do"),
    [
        (described(workgroup=""), "this bill is files", "use an AWS account"),
        (described(kind="legacy"), "needs a CUR 2.0 table, and this is legacy", "a model key"),
        (described(COLUMNS), "this export has no such columns", "include resource ids"),
        (described(currencies={"values": ["EUR"]}), "this bill is in EUR", "/sql"),
    ],
)
def test_any_other_is_said_with_what_to_do(bill: Outcome, why: str, what_to_do: str) -> None:
    with pytest.raises(PlaybookStopped) as stopped:
        scripted_bill(bill, "finding waste", "the advisers and Athena")
    assert why in stopped.value.message
    assert what_to_do in stopped.value.hint
