"""CloudWatch: which metrics there are, and which alarms watch them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.metrics.alarms import alarms
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.series import Metric
from finops_repl.simulator.view import invalid

__all__ = ["CloudWatchLists"]

METRICS_PER_PAGE = 500
ALARMS_PER_PAGE, MOST_ALARMS = 50, 100
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class CloudWatchLists:
    """Answers what there is to be read; a call sees its own region."""

    operations = frozenset({"DescribeAlarms", "ListMetrics"})

    def __init__(self, measured: Measurements) -> None:
        self._measured = measured
        self._alarmed = lru_cache(maxsize=None)(lambda region: alarms(measured, region))

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        if call.operation == "ListMetrics":
            return self._metrics(call)
        return self._alarms(call)

    def _metrics(self, call: Call) -> Answer:
        params = call.params
        if params.get("RecentlyActive") not in (None, "PT3H"):
            return invalid("RecentlyActive must be PT3H", "InvalidParameterValue")
        if params.get("OwningAccount") and not params.get("IncludeLinkedAccounts"):
            return invalid(
                "OwningAccount can only be specified together with IncludeLinkedAccounts",
                "InvalidParameterValue",
            )
        found = [
            (metric, owner)
            for metric, owner in self._measured.metrics(call.region)
            if _matches(metric, owner, params)
        ]
        page = cut(found, params, "", METRICS_PER_PAGE, METRICS_PER_PAGE)
        if page is None:
            return invalid("Invalid NextToken", "InvalidParameterValue")
        shown, token = page
        answer: dict[str, Any] = {"Metrics": [described(metric) for metric, _ in shown]}
        if params.get("IncludeLinkedAccounts"):
            answer["OwningAccounts"] = [owner for _, owner in shown]
        return Result(answer | ({"NextToken": token} if token else {}))

    def _alarms(self, call: Call) -> Answer:
        params = call.params
        state, kinds = params.get("StateValue"), params.get("AlarmTypes") or ["MetricAlarm"]
        if state is not None and state not in STATES:
            return invalid(
                f"StateValue {state} is not valid: {', '.join(STATES)}", "ValidationError"
            )
        if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
            return invalid(
                "AlarmNamePrefix cannot be specified together with AlarmNames", "ValidationError"
            )
        names, prefix = params.get("AlarmNames"), str(params.get("AlarmNamePrefix") or "")
        action = str(params.get("ActionPrefix") or "")
        found = [
            each
            for each in (self._alarmed(call.region) if "MetricAlarm" in kinds else ())
            if (not names or each["AlarmName"] in names)
            and each["AlarmName"].startswith(prefix)
            and state in (None, each["StateValue"])
            and any(to.startswith(action) for to in each["AlarmActions"])
        ]
        page = cut(found, params, "MaxRecords", ALARMS_PER_PAGE, MOST_ALARMS)
        if page is None:
            return invalid("The next token specified is invalid.", "InvalidNextToken")
        shown, token = page
        # Every alarm here watches one metric: there are none of alarms or of logs.
        answer = {"MetricAlarms": list(shown), "CompositeAlarms": [], "LogAlarms": []}
        return Result(answer | ({"NextToken": token} if token else {}))


def described(metric: Metric) -> dict[str, Any]:
    """A metric as CloudWatch writes it."""
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
    }


def _matches(metric: Metric, owner: str, params: Mapping[str, Any]) -> bool:
    has = dict(metric.dimensions)
    return (
        params.get("Namespace") in (None, metric.namespace)
        and params.get("MetricName") in (None, metric.name)
        and params.get("OwningAccount") in (None, owner)
        and all(
            each["Name"] in has and each.get("Value") in (None, has[each["Name"]])
            for each in params.get("Dimensions") or ()
        )
    )
