"""Cost Explorer: cost and usage by day or month, filtered and grouped, out of the ledger.

Whole months are answered from a monthly cube, days from the daily one where no tag is asked for,
anything else from the facts; all are sums
of the same lines, exact to the last digit.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.cubes import DAILY_CUBE_FROM
from finops_repl.simulator.handlers.ce_commitment_values import COSTS, commitment_values
from finops_repl.simulator.handlers.ce_dimensions import TAG_COLUMN, category_column, tag_column
from finops_repl.simulator.handlers.ce_filter import Invalid, condition, dimension
from finops_repl.simulator.handlers.ce_period import Period, period
from finops_repl.simulator.handlers.ce_request import METRICS, OF_CUBE
from finops_repl.simulator.handlers.ce_request import groups as asked_groups
from finops_repl.simulator.handlers.ce_request import metrics as asked_metrics
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.tags import COST_CATEGORY, TAG_KEYS
from finops_repl.simulator.view import View, invalid

__all__ = ["CostExplorerService"]

QUANTITIES = ("UsageQuantity", "NormalizedUsageAmount")
GROUPS_PER_PAGE = 2_000
VALUES_PER_PAGE = 1_000
KEPT = 2
"""Answers whose rows are kept for their further pages."""

CUBE = "{} f JOIN charge g ON g.charge = f.charge"
MONTHLY = CUBE.format("monthly")
FACTS = "fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
TYPES = "JOIN line_type t ON t.type = f.type LEFT JOIN commitment c ON c.commitment = f.commitment"
MONTHS = "JOIN billing_month b ON b.month = f.month"

Row = tuple[Any, ...]
Filtered = tuple[str, tuple[str, ...]]
"""A condition and the values of its question marks."""


class CostExplorerService:
    """Answers Cost Explorer's reading operations on costs and usage."""

    operations = frozenset(
        {"GetCostAndUsage", "GetCostCategories", "GetDimensionValues", "GetTags"}
    )

    def __init__(self, view: View, *, groups_per_page: int = GROUPS_PER_PAGE) -> None:
        self._view, self._page = view, groups_per_page
        # The ledger never changes, so the pages of one answer are cut from the same rows.
        self._kept = lru_cache(maxsize=KEPT)(self._rows)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        try:
            match call.operation:
                case "GetCostAndUsage":
                    return self._cost_and_usage(call.params)
                case "GetDimensionValues":
                    return self._dimension_values(call.params)
                case "GetCostCategories":
                    return self._cost_categories(call.params)
            return self._tags(call.params)
        except Invalid as refused:
            return invalid(str(refused))

    def _cost_and_usage(self, params: Mapping[str, Any]) -> Answer:
        asked = period(params.get("TimePeriod"), self._view.calendar)
        granularity = params.get("Granularity")
        if granularity == "HOURLY":
            return invalid(
                "Hourly granularity is not enabled in this account's Cost Explorer settings.",
                "DataUnavailableException",
            )
        if granularity not in ("DAILY", "MONTHLY"):
            raise Invalid(f"Granularity {granularity} is not valid: DAILY, MONTHLY or HOURLY")
        metrics = asked_metrics(params.get("Metrics"))
        groups = asked_groups(params.get("GroupBy") or ())
        expression = params.get("Filter")
        where = condition(expression) if expression is not None else ("true", ())
        rows = self._kept(asked, granularity, tuple(metrics), tuple(groups), where)
        page = cut(rows, params, "", self._page, self._page, "NextPageToken")
        if page is None:
            return invalid(
                "The pagination token is invalid: it belongs to another request.",
                "InvalidNextTokenException",
            )
        shown, token = page
        is_first, is_last = not params.get("NextPageToken"), not token
        buckets = asked.buckets(granularity)
        if groups:
            buckets = _of_page(buckets, shown, is_first=is_first, is_last=is_last)
        found: dict[str, Any] = {
            "ResultsByTime": self._results(buckets, shown, metrics, len(groups)),
            "DimensionValueAttributes": self._account_names(shown, groups),
        }
        if groups:
            found["GroupDefinitions"] = [
                {"Type": group["Type"], "Key": group["Key"]} for group in params["GroupBy"]
            ]
        return Result(found | ({"NextPageToken": token} if token else {}))

    def _rows(
        self,
        asked: Period,
        granularity: str,
        metrics: Sequence[str],
        groups: Sequence[tuple[str, str]],
        filtered: Filtered,
    ) -> list[Row]:
        """(bucket start, key ..., least unit, greatest unit, metric ...), in order."""
        where, values = filtered
        keys = "".join(f", {sql}" for _, sql in groups)
        sources, bucket, inside = self._sources(asked, granularity, TAG_COLUMN in keys + where)
        columns = METRICS if sources == FACTS else OF_CUBE
        sums = "".join(f", sum({columns[metric]})" for metric in metrics)
        places = ", ".join(str(place + 1) for place in range(len(groups) + 1))
        sql = (
            f"SELECT {bucket}{keys}, min(g.unit), max(g.unit){sums} FROM {sources} {TYPES}"  # noqa: S608
            f" WHERE {inside} AND ({where}) GROUP BY {places} ORDER BY {places}"
        )
        return self._view.rows(sql, [asked.start, asked.end, *values])

    def _sources(self, asked: Period, granularity: str, by_tag: bool) -> tuple[str, str, str]:
        """Tables, bucket and condition of the period, whose bounds are the first two values."""
        monthly = granularity == "MONTHLY"
        if monthly and asked.is_whole_months(self._view.calendar):
            cube = MONTHLY if by_tag else CUBE.format("monthly_plain")
            return f"{cube} {MONTHS}", "b.starts::DATE", "b.starts >= ? AND b.starts < ?"
        bucket, inside = "f.day", "f.day >= ? AND f.day < ?"
        if monthly:
            bucket = f"greatest(date_trunc('month', f.day)::DATE, DATE '{asked.start}')"
        has_cube = self._view.world.rows >= DAILY_CUBE_FROM
        return FACTS if by_tag or not has_cube else CUBE.format("daily_plain"), bucket, inside

    def _results(
        self, buckets: Sequence[Period], rows: Sequence[Row], metrics: Sequence[str], keys: int
    ) -> list[dict[str, Any]]:
        by_bucket: dict[Any, list[Row]] = {}
        for row in rows:
            by_bucket.setdefault(row[0], []).append(row)
        opens = self._view.calendar.open_month_starts
        found = []
        for bucket in buckets:
            mine = by_bucket.get(bucket.start, [])
            groups = [
                {"Keys": list(row[1 : 1 + keys]), "Metrics": _amounts(row, metrics, keys)}
                for row in mine
                if keys
            ]
            total = {} if keys else _amounts(mine[0] if mine else None, metrics, keys)
            found.append(
                {
                    "TimePeriod": bucket.fields(),
                    "Total": total,
                    "Groups": groups,
                    "Estimated": bucket.end > opens,
                }
            )
        return found

    def _account_names(
        self, rows: Sequence[Row], groups: Sequence[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        """The names of the accounts that are keys of groups."""
        names = {account.id: account.name for account in self._view.world.accounts}
        places = [p for p, (name, _) in enumerate(groups, 1) if name == "LINKED_ACCOUNT"]
        ids = sorted({row[place] for row in rows for place in places})
        return [{"Value": id_, "Attributes": {"description": names[id_]}} for id_ in ids]

    def _dimension_values(self, params: Mapping[str, Any]) -> Answer:
        name = params.get("Dimension")
        if params.get("Context") in (None, COSTS):
            values = self._values(params, dimension(str(name)).shown)
        else:
            values = commitment_values(self._view, params)
        names = {account.id: account.name for account in self._view.world.accounts}

        def described(value: str) -> dict[str, Any]:
            attributes = {"description": names[value]} if name == "LINKED_ACCOUNT" else {}
            return {"Value": value, "Attributes": attributes}

        return self._value_page(params, "DimensionValues", [described(v) for v in values])

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
        expression = params.get("Filter")
        where, values = condition(expression) if expression is not None else ("true", ())
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


def _amounts(row: Row | None, metrics: Sequence[str], keys: int) -> dict[str, dict[str, str]]:
    """Each metric as AWS writes it: an amount in text and a unit, `N/A` where units differ."""
    found = {}
    for place, metric in enumerate(metrics, keys + 3):
        amount = Decimal(row[place] or 0) if row else Decimal(0)
        unit = "USD"
        if metric in QUANTITIES:
            unit = (
                row[keys + 1] if row and row[keys + 1] == row[keys + 2] and row[keys + 1] else "N/A"
            )
        shown = format(amount.normalize() if amount else Decimal(0), "f")
        found[metric] = {"Amount": shown, "Unit": unit}
    return found


def _of_page(
    buckets: Sequence[Period], rows: Sequence[Row], *, is_first: bool, is_last: bool
) -> list[Period]:
    """The buckets that a page of groups covers; the next page goes on in its last one."""
    since = None if is_first or not rows else rows[0][0]
    until = None if is_last or not rows else rows[-1][0]
    return [
        bucket
        for bucket in buckets
        if (since is None or bucket.start >= since) and (until is None or bucket.start <= until)
    ]
