"""Who asks one kind of bill by the names of another is told what the column is called here."""

from __future__ import annotations

import pytest

from finops_repl.simulator import cur2, focus, legacy
from finops_repl.trino.bill_names import ALIKE, MAPS, named_here

CUR2, LEGACY, FOCUS = (
    [name for name, _, _ in kind.COLUMNS] for kind in (cur2, legacy, focus)
)  # fmt: skip
RAW = ["lineItem/UnblendedCost", "lineItem/UsageStartDate", "resourceTags/user:team"]


@pytest.mark.parametrize(
    ("name", "known", "here"),
    [
        ("lineItem/UnblendedCost", CUR2, ["line_item_unblended_cost"]),
        ("lineitem_usageaccountid", LEGACY, ["line_item_usage_account_id"]),
        ("line_item_unblended_cost", RAW, ['"lineItem/UnblendedCost"']),
        ("BilledCost", CUR2, ["line_item_net_unblended_cost", "line_item_unblended_cost"]),
        ("line_item_unblended_cost", FOCUS, ["billedcost"]),
        ("ServiceName", CUR2, ["element_at(product, 'product_name')"]),
        ("ServiceName", LEGACY, ["product_product_name"]),
        ("product_product_name", FOCUS, ["servicename"]),
        ("product_region", CUR2, ["element_at(product, 'region')"]),
        ("product/region", CUR2, ["element_at(product, 'region')"]),
        ("resource_tags_user_team", CUR2, ["element_at(resource_tags, 'user_team')"]),
        ("resourceTags/user:team", CUR2, ["element_at(resource_tags, 'user_team')"]),
        ("resourceTags/user:team", LEGACY, ["resource_tags_user_team"]),
        ("resource_tags_user_team", FOCUS, ["element_at(tags, 'team')"]),
        ("tags", CUR2, ["resource_tags"]),
        ("resource_tags", FOCUS, ["tags"]),
        ("year", CUR2, ["billing_period"]),
        ("billing_period", LEGACY, ["year and month"]),
        ("commitmentdiscountid", CUR2,
         ["savings_plan_savings_plan_a_r_n", "reservation_reservation_a_r_n"]),
        ("nothing_of_a_bill", CUR2, []),
        ("year", ["a", "b"], []),
    ],
)  # fmt: skip
def test_a_column_has_a_name_in_each_kind_of_bill(
    name: str, known: list[str], here: list[str]
) -> None:
    assert named_here(name, known) == here


@pytest.mark.parametrize(
    ("name", "key", "here"),
    [
        ("product", "region", ["product_region"]),
        ("resource_tags", "user_team", ["resource_tags_user_team"]),
        ("tags", "team", ["resource_tags_user_team"]),
        ("cost_category", "business_unit", ["cost_category_business_unit"]),
        ("product", "no_such_attribute", []),
        ("product", "", []),
    ],
)
def test_a_key_of_a_map_is_a_column_of_the_legacy_bill(
    name: str, key: str, here: list[str]
) -> None:
    assert named_here(name, LEGACY, key) == here


def test_every_name_that_is_suggested_is_a_column_of_a_bill() -> None:
    known = {*CUR2, *LEGACY, *FOCUS}
    assert not set(ALIKE.split()) - known
    assert set(MAPS) <= set(CUR2)
