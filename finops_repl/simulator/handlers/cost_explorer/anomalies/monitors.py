"""Cost Explorer's anomaly monitors and who is told of what they find."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.tags import COST_CATEGORY
from finops_repl.simulator.view import View

__all__ = ["Monitor", "MonitorService", "monitors"]

PAGE = 100
CREATED = "2024-02-12"
LEAST_DOLLARS, LEAST_PERCENT = "100", "40"
"""From which impact on a mail is sent: what AWS sets for the monitor that it makes itself."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor that AWS manages; it looks at each combination of its columns' values by itself."""

    arn: str
    name: str
    columns: tuple[str, ...]
    fields: Mapping[str, Any]


def monitors(view: View) -> tuple[Monitor, ...]:
    """The organisation's two."""

    def arn(name: str) -> str:
        return _arn(view, "anomalymonitor", name)

    by_service, by_unit = "Default-Services-Monitor", "business-units"
    return (
        Monitor(
            arn(by_service), by_service, ("service", "account_id"),
            {"MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"},
        ),
        Monitor(
            arn(by_unit), by_unit, ("business_unit",),
            {
                "MonitorType": "DIMENSIONAL",
                "MonitorDimension": "COST_CATEGORY",
                "MonitorSpecification": {"CostCategories": {"Key": COST_CATEGORY}},
            },
        ),
    )  # fmt: skip


class MonitorService:
    """Answers what is watched, and who hears of it."""

    operations = frozenset({"GetAnomalyMonitors", "GetAnomalySubscriptions"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        known = monitors(self._view)
        if call.operation == "GetAnomalyMonitors":
            asked = call.params.get("MonitorArnList") or [each.arn for each in known]
            unknown = set(asked) - {each.arn for each in known}
            if unknown:
                return Refusal("UnknownMonitorException", f"There is no {sorted(unknown)[0]}")
            shown = [self._monitor(each) for each in known if each.arn in asked]
            return _page(shown, call.params, "AnomalyMonitors")
        subscription = self._subscription(known)
        given = call.params.get("SubscriptionArnList") or ()
        unknown = set(given) - {subscription["SubscriptionArn"]}
        if unknown:
            return Refusal("UnknownSubscriptionException", f"There is no {sorted(unknown)[0]}")
        arn = call.params.get("MonitorArn")
        found = [subscription] if not arn or arn in subscription["MonitorArnList"] else []
        return _page(found, call.params, "AnomalySubscriptions")

    def _monitor(self, monitor: Monitor) -> dict[str, Any]:
        ((count,),) = self._view.rows(
            f"SELECT count(DISTINCT {monitor.columns[0]}) FROM charge g"  # noqa: S608  constants
        )
        return {
            "MonitorArn": monitor.arn,
            "MonitorName": monitor.name,
            "CreationDate": CREATED,
            "LastUpdatedDate": CREATED,
            "LastEvaluatedDate": self._view.calendar.now.date().isoformat(),
            **monitor.fields,
            "DimensionalValueCount": count,
        }

    def _subscription(self, known: Sequence[Monitor]) -> dict[str, Any]:
        payer, name = self._view.world.payer, "finance-daily"

        def at_least(key: str, value: str) -> dict[str, Any]:
            options = {"Values": [value], "MatchOptions": ["GREATER_THAN_OR_EQUAL"]}
            return {"Dimensions": {"Key": key, **options}}

        return {
            "SubscriptionArn": _arn(self._view, "anomalysubscription", name),
            "AccountId": payer.id,
            "MonitorArnList": [each.arn for each in known],
            "Subscribers": [{"Address": payer.email, "Type": "EMAIL", "Status": "CONFIRMED"}],
            "Threshold": float(LEAST_DOLLARS),
            "Frequency": "DAILY",
            "SubscriptionName": name,
            "ThresholdExpression": {
                "And": [
                    at_least("ANOMALY_TOTAL_IMPACT_ABSOLUTE", LEAST_DOLLARS),
                    at_least("ANOMALY_TOTAL_IMPACT_PERCENTAGE", LEAST_PERCENT),
                ]
            },
        }


def _arn(view: View, kind: str, name: str) -> str:
    id_ = uuid.UUID(view.world.chance.hex(32, kind, name))
    return f"arn:aws:ce::{view.world.payer.id}:{kind}/{id_}"


def _page(found: Sequence[Any], params: Mapping[str, Any], name: str) -> Answer:
    page = cut(found, params, "MaxResults", PAGE, PAGE, "NextPageToken")
    if page is None:
        return Refusal("InvalidNextTokenException", "The pagination token is invalid.")
    shown, token = page
    return Result({name: list(shown)} | ({"NextPageToken": token} if token else {}))
