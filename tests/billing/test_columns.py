"""One map over all kinds of bill: the same question, whatever the columns are called."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.base.table import Column
from finops_repl.billing.columns import BillColumns, bill_columns
from finops_repl.simulator.bill import catalog

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
CUR2 = bill_columns(catalog().tables["cur2"].columns)


def of(text: str) -> BillColumns:
    parts = (part.partition("=") for part in text.split())
    return bill_columns(Column(name, kind or "string") for name, _, kind in parts)


LEGACY = of(
    "line_item_unblended_cost=double line_item_line_item_type line_item_usage_account_id"
    " line_item_usage_start_date=timestamp line_item_product_code product_region"
    " resource_tags_user_team year month"
)
RAW = of(
    "lineItem/UnblendedCost=double lineItem/LineItemType lineItem/UsageStartDate"
    " lineItem/UsageAccountId resourceTags/user:team savingsPlan/SavingsPlanEffectiveCost=double"
)
FOCUS = of(
    "BilledCost=double EffectiveCost=double ListCost=double ChargeCategory ServiceName RegionId"
    " ChargePeriodStart=timestamp SubAccountId SubAccountName Tags=map<string,string>"
)


@pytest.mark.parametrize(
    ("bill", "kind", "cost", "day", "team"),
    [
        (CUR2, "cur2", "line_item_unblended_cost", "line_item_usage_start_date",
         "element_at(resource_tags, 'user_team')"),
        (LEGACY, "legacy", "line_item_unblended_cost", "line_item_usage_start_date",
         "resource_tags_user_team"),
        (RAW, "raw", '"lineItem/UnblendedCost"',
         'CAST(from_iso8601_timestamp("lineItem/UsageStartDate") AS timestamp)',
         '"resourceTags/user:team"'),
        (FOCUS, "focus", "BilledCost", "ChargePeriodStart", "element_at(Tags, 'team')"),
        (of("BilledCost ChargePeriodStart Tags"), "focus", "BilledCost",
         "CAST(from_iso8601_timestamp(ChargePeriodStart) AS timestamp)",
         "json_extract_scalar(Tags, '$[\"team\"]')"),
        (of("lineitem/unblendedcost lineitem/lineitemtype"), "raw", '"lineitem/unblendedcost"',
         "", ""),
        (of("a b"), "other", "", "", ""),
    ],
)  # fmt: skip
def test_each_kind_says_where_cost_day_and_team_are(
    bill: BillColumns, kind: str, cost: str, day: str, team: str
) -> None:
    assert (bill.kind, bill.cost, bill.day, bill.tag("team")) == (kind, cost, day, team)


def test_a_tag_that_a_legacy_bill_has_no_column_for_is_not_there() -> None:
    assert LEGACY.tag("owner") == ""
    assert CUR2.tag("o'wner") == "element_at(resource_tags, 'user_o''wner')"


@pytest.mark.parametrize(
    ("bill", "condition"),
    [
        (CUR2, "billing_period = '2026-09'"),
        (LEGACY, "year = '2026' AND month IN ('9', '09')"),
        (FOCUS, "ChargePeriodStart >= TIMESTAMP '2026-09-01 00:00:00' AND"
                " ChargePeriodStart < TIMESTAMP '2026-10-01 00:00:00'"),
    ],
)  # fmt: skip
def test_a_month_is_asked_by_the_partition_where_there_is_one(
    bill: BillColumns, condition: str
) -> None:
    assert bill.months(SEPTEMBER, OCTOBER) == condition


def test_months_over_a_year_s_end() -> None:
    assert CUR2.months(date(2025, 11, 1), date(2026, 2, 1)) == (
        "billing_period >= '2025-11' AND billing_period < '2026-02'"
    )
    assert LEGACY.months(date(2025, 12, 1), date(2026, 2, 1)) == (
        "((year = '2025' AND month IN ('12', '12')) OR (year = '2026' AND month IN ('1', '01')))"
    )


def test_amortized_cost_takes_what_the_export_has() -> None:
    assert CUR2.amortized.count("WHEN '") == 7
    assert LEGACY.amortized == "line_item_unblended_cost"
    assert "SavingsPlanNegation" in RAW.amortized
    assert "RIFee" not in RAW.amortized
    assert FOCUS.amortized == "EffectiveCost"


def test_what_is_told_has_no_empty_places() -> None:
    for bill in (CUR2, LEGACY, RAW, FOCUS):
        told = bill.as_mapping()
        assert all(told.values())
        assert told["cost"] == bill.cost
    assert of("a b").as_mapping() == {}
    assert CUR2.as_mapping()["leave_out"].startswith("coalesce(line_item_operation, '') NOT IN")
