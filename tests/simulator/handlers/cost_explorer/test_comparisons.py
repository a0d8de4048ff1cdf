"""Two months compared are the difference of what Cost Explorer says of each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import ask, fields

SEPTEMBER = {"Start": "2026-09-01", "End": "2026-10-01"}
OCTOBER = {"Start": "2026-10-01", "End": "2026-11-01"}
BY_ACCOUNT = {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}
BY_TEAM = {"Type": "TAG", "Key": "team"}

Cells = dict[tuple[str, ...], Decimal]


def costs(
    organisation: SimulatedOrganisation, period: dict[str, str], metric: str, **params: Any
) -> Cells:
    """A month by GetCostAndUsage: its keys, none of them without groups."""
    (month,) = fields(
        organisation, "ce", "GetCostAndUsage", TimePeriod=period, Granularity="MONTHLY",
        Metrics=[metric], **params,
    )["ResultsByTime"]  # fmt: skip
    if not params.get("GroupBy"):
        return {(): Decimal(month["Total"][metric]["Amount"])}
    return {
        tuple(group["Keys"]): Decimal(group["Metrics"][metric]["Amount"])
        for group in month["Groups"]
    }


def compared(organisation: SimulatedOrganisation, operation: str, **params: Any) -> Any:
    asked: dict[str, Any] = {
        "BaselineTimePeriod": SEPTEMBER, "ComparisonTimePeriod": OCTOBER,
        "MetricForComparison": "UnblendedCost", **params,
    }  # fmt: skip
    return fields(organisation, "ce", operation, **asked)


@pytest.mark.parametrize("metric", ["UnblendedCost", "NetAmortizedCost"])
@pytest.mark.parametrize("groups", [[BY_ACCOUNT], [BY_ACCOUNT, BY_TEAM]], ids=["one", "two"])
def test_a_comparison_is_the_difference_of_two_answers(
    small: SimulatedOrganisation, metric: str, groups: list[dict[str, str]]
) -> None:
    answer = compared(
        small, "GetCostAndUsageComparisons", MetricForComparison=metric, GroupBy=groups
    )
    before, after = (
        costs(small, period, metric, GroupBy=groups) for period in (SEPTEMBER, OCTOBER)
    )
    listed = answer["CostAndUsageComparisons"]
    assert len(listed) == len(before.keys() | after.keys())
    changes = []
    for each in listed:
        amounts = each["Metrics"][metric]
        keys = _keys(each["CostAndUsageSelector"])
        assert Decimal(amounts["BaselineTimePeriodAmount"]) == before.get(keys, 0)
        assert Decimal(amounts["ComparisonTimePeriodAmount"]) == after.get(keys, 0)
        difference = Decimal(amounts["Difference"])
        assert difference == after.get(keys, 0) - before.get(keys, Decimal(0))
        changes.append(abs(difference))
    assert changes == sorted(changes, reverse=True)
    total = answer["TotalCostAndUsage"][metric]
    assert Decimal(total["Difference"]) == sum(after.values()) - sum(before.values())
    assert total["Unit"] == "USD"


def _keys(selector: dict[str, Any]) -> tuple[str, ...]:
    """The keys that a selector stands for, as GetCostAndUsage writes them."""
    found = []
    for part in selector.get("And", [selector]):
        ((kind, chosen),) = part.items()
        (value,) = chosen.get("Values", [""])
        found.append(value if kind == "Dimensions" else f"{chosen['Key']}${value}")
    return tuple(found)


def test_a_selector_filters_what_it_stands_for(small: SimulatedOrganisation) -> None:
    answer = compared(small, "GetCostAndUsageComparisons", GroupBy=[BY_ACCOUNT, BY_TEAM])
    listed = answer["CostAndUsageComparisons"]
    absent = [each for each in listed if "ABSENT" in str(each)]
    for each in (*listed[:3], absent[0]):
        (found,) = costs(
            small, OCTOBER, "UnblendedCost", Filter=each["CostAndUsageSelector"]
        ).values()
        assert found == Decimal(each["Metrics"]["UnblendedCost"]["ComparisonTimePeriodAmount"])


def test_without_groups_there_is_the_total_alone(small: SimulatedOrganisation) -> None:
    here = {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}}
    answer = compared(small, "GetCostAndUsageComparisons", Filter=here)
    assert answer["CostAndUsageComparisons"] == []
    (before,), (after,) = (
        costs(small, period, "UnblendedCost", Filter=here).values()
        for period in (SEPTEMBER, OCTOBER)
    )
    assert Decimal(answer["TotalCostAndUsage"]["UnblendedCost"]["Difference"]) == after - before


def drivers(organisation: SimulatedOrganisation, **params: Any) -> list[dict[str, Any]]:
    found, token = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = compared(organisation, "GetCostComparisonDrivers", **params, **token)
        assert len(page["CostComparisonDrivers"]) <= 10
        found += page["CostComparisonDrivers"]
        if "NextPageToken" not in page:
            return found
        token = {"NextPageToken": page["NextPageToken"]}


def test_drivers_explain_the_whole_difference(small: SimulatedOrganisation) -> None:
    found = drivers(small)
    (before,), (after,) = (
        costs(small, period, "UnblendedCost").values() for period in (SEPTEMBER, OCTOBER)
    )
    changes = [Decimal(each["Metrics"]["UnblendedCost"]["Difference"]) for each in found]
    assert sum(changes) == after - before
    assert [abs(each) for each in changes] == sorted(map(abs, changes), reverse=True)
    assert 0 not in changes
    for each, change in zip(found, changes, strict=True):
        parts = [
            Decimal(part["Metrics"]["UnblendedCost"]["Difference"]) for part in each["CostDrivers"]
        ]
        assert sum(parts) == change
    kinds = {part["Type"] for each in found for part in each["CostDrivers"]}
    assert kinds >= {
        "USAGE_CHANGE", "SAVINGS_PLAN_RECURRING_FEE", "RECURRING_RESERVATION_FEE", "SUPPORT_FEE",
        "TAX",
    }  # fmt: skip


def test_the_largest_driver_is_what_went_wrong(small: SimulatedOrganisation) -> None:
    place = Ledger(small.spec).places["spike"]
    assert place.group is not None
    largest = drivers(small, GroupBy=[BY_ACCOUNT])[0]
    service, usage_type, account = _keys(largest["CostSelector"])
    assert service == "Amazon Elastic Compute Cloud - Compute"
    assert account == place.account.id
    assert usage_type.endswith(f"BoxUsage:{place.group.kind}")
    (usage,) = [each for each in largest["CostDrivers"] if each["Type"] == "USAGE_CHANGE"]
    assert usage["Metrics"]["UsageQuantity"]["Unit"] == "Hrs"
    assert Decimal(usage["Metrics"]["UsageQuantity"]["Difference"]) > 1_000


@pytest.mark.parametrize("operation", ["GetCostAndUsageComparisons", "GetCostComparisonDrivers"])
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"BaselineTimePeriod": {"Start": "2026-08-15", "End": "2026-09-15"}}, "exactly one month"),
        ({"BaselineTimePeriod": {"Start": "2026-08-01", "End": "2026-10-01"}}, "exactly one month"),
        ({"ComparisonTimePeriod": {"Start": "2026-10-01", "End": "2026-10-31"}},
         "exactly one month"),
        ({"ComparisonTimePeriod": None}, "ComparisonTimePeriod is required"),
        ({"BaselineTimePeriod": OCTOBER}, "same month"),
        ({"BaselineTimePeriod": {"Start": "2024-10-01", "End": "2024-11-01"}}, "14 months"),
        ({"MetricForComparison": "UNBLENDED_COST"}, "UnblendedCost"),
        ({"NextPageToken": "nonsense"}, "token"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    small: SimulatedOrganisation, operation: str, changed: dict[str, Any], words: str
) -> None:
    asked: dict[str, Any] = {
        "BaselineTimePeriod": SEPTEMBER, "ComparisonTimePeriod": OCTOBER,
        "MetricForComparison": "UnblendedCost", **changed,
    }  # fmt: skip
    answer = ask(small, "ce", operation, **asked)
    assert isinstance(answer, Refusal)
    assert words in answer.message
