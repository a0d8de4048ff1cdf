"""Cost Explorer: which values its dimensions, tags and cost categories have in a period."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.cost_explorer.commitments.values import COSTS, commitment_values
from finops_repl.simulator.handlers.cost_explorer.dimensions import (
    COMPUTE,
    WITH_RESOURCES,
    category_column,
    tag_column,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid, dimension, filtered
from finops_repl.simulator.handlers.cost_explorer.period import lately, period
from finops_repl.simulator.handlers.cost_explorer.request import check_billing_view
from finops_repl.simulator.handlers.cost_explorer.rows import FACTS, MONTHLY, MONTHS, TYPES
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.tags import COST_CATEGORY, TAG_KEYS
from finops_repl.simulator.view import View, invalid

__all__ = ["CostValuesService"]

VALUES_PER_PAGE = 1_000


class CostValuesService:
    """Answers what may be filtered and grouped by."""

    operations = frozenset({"GetCostCategories", "GetDimensionValues", "GetTags"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            check_billing_view(call.params, self._view.world.payer.id)
            match call.operation:
                case "GetDimensionValues":
                    return self._dimension_values(call.params)
                case "GetCostCategories":
                    return self._cost_categories(call.params)
            return self._tags(call.params)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

    def _dimension_values(self, params: Mapping[str, Any]) -> Answer:
        name = params.get("Dimension")
        if name == "RESOURCE_ID":
            return self._value_page(
                params, "DimensionValues",
                [{"Value": id_, "Attributes": {}} for id_ in self._resources(params)],
            )  # fmt: skip
        if params.get("Context") in (None, COSTS):
            values = self._values(params, dimension(str(name)).shown)
        else:
            values = commitment_values(self._view, params)
        names = {account.id: account.name for account in self._view.world.accounts}

        def described(value: str) -> dict[str, Any]:
            attributes = {"description": names[value]} if name == "LINKED_ACCOUNT" else {}
            return {"Value": value, "Attributes": attributes}

        return self._value_page(params, "DimensionValues", [described(v) for v in values])

    def _resources(self, params: Mapping[str, Any]) -> list[str]:
        """The machines of the last 14 days: AWS lists those of EC2 compute alone."""
        asked = lately(params.get("TimePeriod"), self._view.calendar)
        where, values = filtered(params.get("Filter"), WITH_RESOURCES)
        search = str(params.get("SearchString") or "")
        rows = self._view.rows(
            f"SELECT DISTINCT m.resource_id FROM {FACTS} {TYPES} WHERE f.day >= ? AND f.day < ?"  # noqa: S608
            f" AND ({where}) AND g.service = ? AND m.resource_id <> ''"
            " AND contains(lower(m.resource_id), lower(?)) ORDER BY 1",
            [asked.start, asked.end, *values, COMPUTE, search],
        )
        return [str(id_) for (id_,) in rows]

    def _tags(self, params: Mapping[str, Any]) -> Answer:
        key = params.get("TagKey")
        if key:
            found = self._values(params, tag_column(str(key)))
        else:
            period(params.get("TimePeriod"), self._view.calendar)
            search = str(params.get("SearchString") or "").lower()
            found = [each for each in sorted(TAG_KEYS) if search in each.lower()]
        return self._value_page(params, "Tags", found)

    def _cost_categories(self, params: Mapping[str, Any]) -> Answer:
        name = params.get("CostCategoryName")
        if name:
            values = self._values(params, category_column(str(name)))
            return self._value_page(params, "CostCategoryValues", values)
        period(params.get("TimePeriod"), self._view.calendar)
        return self._value_page(params, "CostCategoryNames", [COST_CATEGORY])

    def _values(self, params: Mapping[str, Any], sql: str) -> list[str]:
        asked = period(params.get("TimePeriod"), self._view.calendar)
        where, values = filtered(params.get("Filter"))
        search = str(params.get("SearchString") or "")
        rows = self._view.rows(
            f"SELECT DISTINCT {sql} AS value FROM {MONTHLY} {MONTHS} {TYPES}"  # noqa: S608
            f" WHERE b.ends > ? AND b.starts < ? AND ({where})"
            " AND contains(lower(value), lower(?)) ORDER BY value",
            [asked.start, asked.end, *values, search],
        )
        return [str(value) for (value,) in rows]

    def _value_page(self, params: Mapping[str, Any], name: str, values: Sequence[Any]) -> Answer:
        page = cut(values, params, "MaxResults", VALUES_PER_PAGE, VALUES_PER_PAGE, "NextPageToken")
        if page is None:
            return invalid("The pagination token is invalid.", "InvalidNextTokenException")
        shown, token = page
        sizes = {"ReturnSize": len(shown), "TotalSize": len(values)}
        return Result({name: list(shown), **sizes} | ({"NextPageToken": token} if token else {}))
