"""Cost Explorer: cost and usage by hour, day or month, of the whole account or of its resources."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.cost_explorer.dimensions import (
    COMPUTE,
    DIMENSIONS,
    WITH_RESOURCES,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid, Known, filtered, named
from finops_repl.simulator.handlers.cost_explorer.period import Period, Span, hours, lately, period
from finops_repl.simulator.handlers.cost_explorer.request import check_billing_view
from finops_repl.simulator.handlers.cost_explorer.request import groups as asked_groups
from finops_repl.simulator.handlers.cost_explorer.request import metrics as asked_metrics
from finops_repl.simulator.handlers.cost_explorer.rows import Row, Sums, amounts
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.view import View, invalid

__all__ = ["CostExplorerService"]

GROUPS_PER_PAGE = 2_000


class CostExplorerService:
    """Answers what cost and usage were.

    Hours and resources go 14 days back. Single resources are asked for as AWS documents it: with a
    filter that names a SERVICE, and grouped or filtered by RESOURCE_ID; by the hour those of EC2
    compute alone. Where no metric is named, that operation answers UnblendedCost.
    """

    operations = frozenset({"GetCostAndUsage", "GetCostAndUsageWithResources"})

    def __init__(self, view: View, *, groups_per_page: int = GROUPS_PER_PAGE) -> None:
        self._view, self._page = view, groups_per_page
        self._sums = Sums(view)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        try:
            check_billing_view(params, self._view.world.payer.id)
            if call.operation == "GetCostAndUsage":
                return self._costs(params, self._span(params, period), DIMENSIONS)
            _check_resources(params)
            params = {**params, "Metrics": params.get("Metrics") or ["UnblendedCost"]}
            return self._costs(params, self._span(params, lately), WITH_RESOURCES)
        except Invalid as refused:
            return invalid(str(refused), refused.code)

    def _span(
        self, params: Mapping[str, Any], by_day: Callable[[object, Calendar], Period]
    ) -> Span:
        granularity = params.get("Granularity")
        if granularity not in ("HOURLY", "DAILY", "MONTHLY"):
            raise Invalid(f"Granularity {granularity} is not valid: DAILY, MONTHLY or HOURLY")
        read = hours if granularity == "HOURLY" else by_day
        return read(params.get("TimePeriod"), self._view.calendar)

    def _costs(self, params: Mapping[str, Any], asked: Span, known: Known) -> Answer:
        granularity = str(params["Granularity"])
        metrics = asked_metrics(params.get("Metrics"))
        groups = asked_groups(params.get("GroupBy") or (), known)
        where = filtered(params.get("Filter"), known)
        rows = self._sums.rows(asked, granularity, metrics, groups, where)
        page = cut(rows, params, "", self._page, self._page, "NextPageToken")
        if page is None:
            return invalid(
                "The pagination token is invalid: it belongs to another request.",
                "InvalidNextTokenException",
            )
        shown, token = page
        is_first, is_last = not params.get("NextPageToken"), not token
        buckets: Sequence[Span] = asked.buckets(granularity)
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

    def _results(
        self, buckets: Sequence[Span], rows: Sequence[Row], metrics: Sequence[str], keys: int
    ) -> list[dict[str, Any]]:
        by_bucket: dict[Any, list[Row]] = {}
        for row in rows:
            by_bucket.setdefault(row[0], []).append(row)
        found = []
        for bucket in buckets:
            mine = by_bucket.get(bucket.key, [])
            groups = [
                {"Keys": list(row[1 : 1 + keys]), "Metrics": amounts(row, metrics, keys)}
                for row in mine
                if keys
            ]
            total = {} if keys else amounts(mine[0] if mine else None, metrics, keys)
            found.append(
                {
                    "TimePeriod": bucket.fields(),
                    "Total": total,
                    "Groups": groups,
                    "Estimated": bucket.is_estimated(self._view.calendar),
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


def _check_resources(params: Mapping[str, Any]) -> None:
    """Raises `Invalid` where single resources may not be asked for like that."""
    if not params.get("Filter"):
        raise Invalid("Filter is required: it names the SERVICE whose resources are meant")
    names = named(params["Filter"])
    if "SERVICE" not in names:
        raise Invalid(f"Filter must hold a SERVICE, such as SERVICE = {COMPUTE}")
    grouped = {group.get("Key") for group in params.get("GroupBy") or ()}
    if "RESOURCE_ID" not in grouped | set(names):
        raise Invalid("Group or filter by RESOURCE_ID; GetCostAndUsage answers for all together")
    if params.get("Granularity") == "HOURLY" and names["SERVICE"] != {COMPUTE}:
        raise Invalid(f"Hourly resource-level data is available for SERVICE = {COMPUTE} alone")


def _of_page(
    buckets: Sequence[Span], rows: Sequence[Row], *, is_first: bool, is_last: bool
) -> list[Span]:
    """The buckets that a page of groups covers; the next page goes on in its last one."""
    since = None if is_first or not rows else rows[0][0]
    until = None if is_last or not rows else rows[-1][0]
    return [
        bucket
        for bucket in buckets
        if (since is None or bucket.key >= since) and (until is None or bucket.key <= until)
    ]
