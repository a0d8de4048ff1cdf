"""Cost Explorer: by which tags and rules costs are allocated, and how many records there are.

Tag keys that resources carry and nobody activated are listed as inactive: what they would part,
the bill does not show.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid
from finops_repl.simulator.handlers.cost_explorer.period import DETAILED_DAYS, Period
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.tags import COST_CATEGORY, TAG_KEYS
from finops_repl.simulator.view import View, invalid

__all__ = ["AllocationService"]

TAGS_PER_PAGE, MOST_TAGS = 100, 1_000
CATEGORIES_PER_PAGE = 100
SINCE = "2024-01-01T00:00:00Z"
"""When keys were activated and the cost category came to hold."""
STATUSES, TYPES = ("Active", "Inactive"), ("AWSGenerated", "UserDefined")
RECORDS = {("HOURLY", "SERVICE"), ("DAILY", "RESOURCE")}
FOREVER = "9999-12-31T00:00:00Z"


class AllocationService:
    """Answers cost allocation tags, cost categories and records."""

    operations = frozenset(
        {
            "DescribeCostCategoryDefinition",
            "GetApproximateUsageRecords",
            "ListCostAllocationTags",
            "ListCostCategoryDefinitions",
        }
    )

    def __init__(self, view: View) -> None:
        self._view = view
        id_ = uuid.UUID(view.world.chance.hex(32, "cost category", COST_CATEGORY))
        self._arn = f"arn:aws:ce::{view.world.payer.id}:costcategory/{id_}"

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            match call.operation:
                case "ListCostAllocationTags":
                    return self._tags(call.params)
                case "ListCostCategoryDefinitions":
                    return self._categories(call.params)
                case "DescribeCostCategoryDefinition":
                    return self._category(call.params)
            return self._records(call.params)
        except Invalid as refused:
            return invalid(str(refused))

    def _tags(self, params: Mapping[str, Any]) -> Answer:
        status, kind = params.get("Status"), params.get("Type")
        for name, given, valid in (("Status", status, STATUSES), ("Type", kind, TYPES)):
            if given is not None and given not in valid:
                raise Invalid(f"{name} {given} is not valid. Valid values: {', '.join(valid)}")
        keys = params.get("TagKeys")
        listed = [
            each
            for each in self._all_tags()
            if status in (None, each["Status"])
            and kind in (None, each["Type"])
            and (not keys or each["TagKey"] in keys)
        ]
        return _page(listed, params, TAGS_PER_PAGE, MOST_TAGS, "CostAllocationTags")

    def _all_tags(self) -> list[dict[str, Any]]:
        """Activated keys with the month that they last had cost in, then those of the inventory."""
        this_month = self._view.calendar.open_month_starts
        used = ", ".join(
            f"""max(CASE WHEN g."tag:{key}" <> '' THEN b.starts END)""" for key in TAG_KEYS
        )
        ((*months,),) = self._view.rows(
            f"SELECT {used} FROM monthly f JOIN charge g ON g.charge = f.charge"  # noqa: S608
            " JOIN billing_month b ON b.month = f.month"
        )
        last_used = {
            key: month.date() for key, month in zip(TAG_KEYS, months, strict=True) if month
        }
        carried = self._view.rows(
            "SELECT DISTINCT unnest(json_keys(tags)) AS key FROM (SELECT tags FROM instance"
            " UNION ALL SELECT tags FROM resource WHERE exists) ORDER BY key"
        )
        inactive = [key for (key,) in carried if key not in TAG_KEYS]
        return [
            *(_tag(key, "Active", last_used.get(key)) for key in TAG_KEYS),
            *(_tag(key, "Inactive", this_month) for key in inactive),
        ]

    def _categories(self, params: Mapping[str, Any]) -> Answer:
        values = self._values()
        listed = [
            {
                "CostCategoryArn": self._arn,
                "Name": COST_CATEGORY,
                "EffectiveStart": SINCE,
                "EffectiveEnd": FOREVER,
                "NumberOfRules": len(values),
                "ProcessingStatus": [{"Component": "COST_EXPLORER", "Status": "APPLIED"}],
                "Values": list(values),
            }
        ]
        return _page(listed, params, CATEGORIES_PER_PAGE, CATEGORIES_PER_PAGE,
                     "CostCategoryReferences")  # fmt: skip

    def _category(self, params: Mapping[str, Any]) -> Answer:
        if params.get("CostCategoryArn") != self._arn:
            return Refusal(
                "ResourceNotFoundException",
                f"No cost category found with ARN {params.get('CostCategoryArn')}",
            )
        rules = [
            {
                "Value": value,
                "Rule": {
                    "Dimensions": {
                        "Key": "LINKED_ACCOUNT",
                        "Values": accounts,
                        "MatchOptions": ["EQUALS"],
                    }
                },
                "Type": "REGULAR",
            }
            for value, accounts in self._values().items()
        ]
        return Result(
            {
                "CostCategory": {
                    "CostCategoryArn": self._arn,
                    "EffectiveStart": SINCE,
                    "EffectiveEnd": FOREVER,
                    "Name": COST_CATEGORY,
                    "RuleVersion": "CostCategoryExpression.v1",
                    "Rules": rules,
                    "ProcessingStatus": [{"Component": "COST_EXPLORER", "Status": "APPLIED"}],
                }
            }
        )

    def _values(self) -> dict[str, list[str]]:
        """The accounts of each value of the category."""
        found: dict[str, list[str]] = {}
        for account in self._view.world.accounts:
            found.setdefault(account.business_unit, []).append(account.id)
        return {value: sorted(found[value]) for value in sorted(found)}

    def _records(self, params: Mapping[str, Any]) -> Answer:
        """Records of the last 14 days: hours of services, or days of resources."""
        granularity, by = params.get("Granularity"), params.get("ApproximationDimension")
        if (granularity, by) not in RECORDS:
            raise Invalid(
                f"Granularity {granularity} with ApproximationDimension {by} is not valid: HOURLY"
                " with SERVICE, or DAILY with RESOURCE"
            )
        end = self._view.calendar.now.date()
        period = Period(end - timedelta(days=DETAILED_DAYS), end)
        records = "count(DISTINCT (m.charge, f.day)) * 24"
        if by == "RESOURCE":
            records = "count(*) FILTER (m.resource_id <> '')"
        names = params.get("Services") or []
        chosen = " AND list_contains(?, g.service)" if names else ""
        rows = self._view.rows(
            f"SELECT g.service, {records} AS records FROM fact f"  # noqa: S608  constants
            " JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
            f" WHERE f.day >= ? AND f.day < ?{chosen} GROUP BY g.service HAVING records > 0"
            " ORDER BY g.service",
            [period.start, period.end, *([names] if names else [])],
        )
        return Result(
            {
                "Services": dict(rows),
                "TotalRecords": sum(records for _, records in rows),
                "LookbackPeriod": period.fields(),
            }
        )


def _tag(key: str, status: str, last_used: date | None) -> dict[str, Any]:
    found = {
        "TagKey": key,
        "Type": "AWSGenerated" if key.startswith("aws:") else "UserDefined",
        "Status": status,
        "LastUpdatedDate": SINCE,
    }
    return found | ({"LastUsedDate": f"{last_used}T00:00:00Z"} if last_used else {})


def _page(
    listed: Sequence[Any], params: Mapping[str, Any], default: int, most: int, name: str
) -> Answer:
    page = cut(listed, params, "MaxResults", default, most)
    if page is None:
        return Refusal("InvalidNextTokenException", "The pagination token is invalid.")
    shown, token = page
    return Result({name: list(shown)} | ({"NextToken": token} if token else {}))
