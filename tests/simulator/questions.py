"""Random questions that Cost Explorer and SQL on the bill can both be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.tags import TAG_KEYS, bill_key
from tests.simulator.bills import METRICS, SERVICE

__all__ = ["Question", "known_values", "questions"]

RECORD_TYPE = """
  CASE WHEN line_item_line_item_type = 'RIFee' THEN 'Recurring'
    WHEN line_item_line_item_type = 'EdpDiscount' THEN 'Enterprise Discount Program Discount'
    WHEN line_item_line_item_type = 'Fee' AND line_item_product_code LIKE 'AWSSupport%'
      THEN 'Support'
    WHEN line_item_line_item_type = 'Fee' THEN 'Upfront' ELSE line_item_line_item_type END
"""
PURCHASE_TYPE = """
  CASE WHEN line_item_line_item_type IN ('DiscountedUsage', 'RIFee')
      AND pricing_offering_class = 'convertible' THEN 'Convertible Reserved Instances'
    WHEN line_item_line_item_type IN ('DiscountedUsage', 'RIFee')
      THEN 'Standard Reserved Instances'
    WHEN line_item_line_item_type LIKE 'SavingsPlan%' THEN 'Savings Plans'
    WHEN line_item_usage_type LIKE '%SpotUsage:%' THEN 'Spot Instances'
    WHEN product_instance_type <> '' THEN 'On Demand Instances' ELSE 'NoPurchaseType' END
"""
KEYS: Mapping[tuple[str, str], str] = {
    ("DIMENSION", "SERVICE"): SERVICE,
    ("DIMENSION", "LINKED_ACCOUNT"): "line_item_usage_account_id",
    ("DIMENSION", "REGION"): "coalesce(nullif(product_region_code, ''), 'NoRegion')",
    ("DIMENSION", "USAGE_TYPE"): "line_item_usage_type",
    ("DIMENSION", "RECORD_TYPE"): RECORD_TYPE,
    ("DIMENSION", "INSTANCE_TYPE"):
        "coalesce(nullif(product_instance_type, ''), 'NoInstanceType')",
    ("DIMENSION", "INSTANCE_TYPE_FAMILY"):
        "coalesce(nullif(product_instance_family, ''), 'NoInstanceTypeFamily')",
    ("DIMENSION", "OPERATION"): "coalesce(nullif(line_item_operation, ''), 'NoOperation')",
    ("DIMENSION", "PURCHASE_TYPE"): PURCHASE_TYPE,
    ("DIMENSION", "OPERATING_SYSTEM"):
        "coalesce(element_at(product, 'operating_system'), 'NoOperatingSystem')",
    ("DIMENSION", "DATABASE_ENGINE"):
        "coalesce(element_at(product, 'database_engine'), 'NoDatabaseEngine')",
    ("DIMENSION", "DEPLOYMENT_OPTION"):
        "coalesce(element_at(product, 'deployment_option'), 'NoDeploymentOption')",
    ("DIMENSION", "SERVICE_CODE"): "line_item_product_code",
    ("DIMENSION", "LINKED_ACCOUNT_NAME"): "line_item_usage_account_name",
    ("DIMENSION", "BILLING_ENTITY"): "bill_billing_entity",
    **{
        ("TAG", key): f"coalesce(element_at(resource_tags, '{bill_key(key)}'), '')"
        for key in TAG_KEYS
    },
    ("COST_CATEGORY", "business_unit"): "element_at(cost_category, 'business_unit')",
}  # fmt: skip
ABSENT = {  # what Cost Explorer shows of rows that have none
    "REGION": "NoRegion", "INSTANCE_TYPE": "NoInstanceType", "OPERATION": "NoOperation",
    "INSTANCE_TYPE_FAMILY": "NoInstanceTypeFamily", "PURCHASE_TYPE": "NoPurchaseType",
    "OPERATING_SYSTEM": "NoOperatingSystem", "DATABASE_ENGINE": "NoDatabaseEngine",
    "DEPLOYMENT_OPTION": "NoDeploymentOption",
}  # fmt: skip
FIELDS = {"DIMENSION": "Dimensions", "TAG": "Tags", "COST_CATEGORY": "CostCategories"}

OPTIONS = ("EQUALS", "CASE_SENSITIVE", "CASE_INSENSITIVE", "ABSENT")

Values = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True)
class Question:
    """What to ask: Cost Explorer's parameters, and the same as SQL by bucket and keys."""

    params: Mapping[str, Any]
    sql: str
    metric: str


def known_values(organisation: SimulatedOrganisation) -> Values:
    """Values of each key that are on the bill, and one that is not."""
    found = {}
    for key, sql in KEYS.items():
        rows = organisation.room.query(f"SELECT DISTINCT {sql} FROM cur2 ORDER BY 1").rows
        values = [str(row[0]) for row in rows if row[0]]
        found[key] = [*values[:: max(1, len(values) // 12)], "no such value"]
    return found


def filters(values: Values) -> st.SearchStrategy[tuple[dict[str, Any], str]]:
    """An expression of Cost Explorer and the condition that it means."""

    def leaf(key: tuple[str, str], chosen: list[str], option: str) -> tuple[dict[str, Any], str]:
        field: dict[str, Any] = {"Key": key[1], "MatchOptions": [option], "Values": chosen}
        sql, listed = KEYS[key], ", ".join(f"'{value}'" for value in chosen)
        if option == "ABSENT":
            del field["Values"]
            listed = f"'{ABSENT.get(key[1], '')}'"
        elif option == "CASE_INSENSITIVE":
            field["Values"] = [value.swapcase() for value in chosen]
            sql, listed = f"lower({sql})", listed.lower()
        return {FIELDS[key[0]]: field}, f"{sql} IN ({listed})"

    leaves = st.sampled_from(sorted(values)).flatmap(
        lambda key: st.builds(
            leaf,
            st.just(key),
            st.lists(st.sampled_from(values[key]), min_size=1, max_size=3, unique=True),
            st.sampled_from(OPTIONS),
        )
    )

    def both(parts: list[tuple[dict[str, Any], str]], word: str) -> tuple[dict[str, Any], str]:
        joined = f" {word.upper()} ".join(f"({sql})" for _, sql in parts)
        return {word: [expression for expression, _ in parts]}, joined

    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda part: ({"Not": part[0]}, f"NOT ({part[1]})")),
            st.tuples(st.lists(inner, min_size=2, max_size=3), st.sampled_from(("And", "Or"))).map(
                lambda given: both(*given)
            ),
        ),
        max_leaves=4,
    )


@st.composite
def questions(draw: st.DrawFn, values: Values, first: date, last: date) -> Question:
    """A period, a granularity, at most two keys, a filter and a metric."""
    granularity = draw(st.sampled_from(("MONTHLY", "DAILY")))
    longest = 400 if granularity == "MONTHLY" else 40
    start = draw(st.dates(first, last))
    if draw(st.booleans()):
        start = start.replace(day=1)
    end = draw(st.dates(start, min(last, start + timedelta(days=longest)))) + timedelta(days=1)
    if draw(st.booleans()):
        end = max(start + timedelta(days=1), end.replace(day=1))
    keys = draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=2, unique=True))
    metric = draw(st.sampled_from(sorted(METRICS)))
    params: dict[str, Any] = {
        "TimePeriod": {"Start": str(start), "End": str(end)},
        "Granularity": granularity,
        "Metrics": [metric],
        "GroupBy": [{"Type": type_, "Key": key} for type_, key in keys],
    }
    where = "true"
    if draw(st.booleans()):
        params["Filter"], where = draw(filters(values))
    day = "cast(line_item_usage_start_date AS date)"
    bucket = day
    if granularity == "MONTHLY":
        bucket = f"greatest(date_trunc('month', {day}), DATE '{start}')"
    columns = "".join(f", {KEYS[key]}" for key in keys)
    places = ", ".join(str(place) for place in range(1, len(keys) + 2))
    sql = (
        f"SELECT cast({bucket} AS varchar){columns},"
        f" cast(sum(cast({METRICS[metric]} AS decimal(28, 10))) AS varchar) FROM cur2"
        f" WHERE {day} >= DATE '{start}' AND {day} < DATE '{end}' AND ({where})"
        f" AND coalesce(line_item_operation, '') <> 'EKSPod-EC2' GROUP BY {places}"
    )
    return Question(params, sql, metric)
