"""What a question to CloudWatch asks for, checked as CloudWatch checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from finops_repl.simulator.metrics.readings import MINUTE
from finops_repl.simulator.metrics.series import Dimensions, Metric
from finops_repl.simulator.metrics.statistics import SHORT_PERIODS, STATISTICS, is_statistic

__all__ = [
    "Cancelled",
    "Invalid",
    "Query",
    "checked_period",
    "metric",
    "queries",
    "span",
    "zone",
]

MOST_QUERIES, MOST_DIMENSIONS = 500, 30
MOST_CHARACTERS = 2_048
_ID = re.compile(r"[a-z][a-zA-Z0-9_]*\Z")
_ZONE = re.compile(r"([+-])([01]\d|2[0-3])([0-5]\d)\Z")


class Invalid(ValueError):
    """A request that CloudWatch refuses, with its error code."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Query:
    """One of a GetMetricData's queries: a statistic of a metric, or an expression.

    `label` is None, `period` 0 and the others are empty where they are not given.
    """

    id: str
    label: str | None
    returned: bool
    metric: Metric | None = None
    period: int = 0
    statistic: str = ""
    unit: str = ""
    account: str = ""
    expression: str = ""

    def may_have(self, owner: str) -> bool:
        """True for metrics of the account that it is about, which is every one if none is named."""
        return self.account in ("", owner)


def span(params: Mapping[str, Any]) -> tuple[int, int]:
    """From which second of the epoch to which."""
    start, end = params.get("StartTime"), params.get("EndTime")
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise Invalid("The parameters StartTime and EndTime are required", "MissingParameter")
    if start >= end:
        raise Invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
            "InvalidParameterValue",
        )
    return int(start.timestamp()), int(end.timestamp())


def checked_period(given: object, code: str) -> int:
    """A period in seconds."""
    period = given if isinstance(given, int) else 0
    if period not in SHORT_PERIODS and (period <= 0 or period % MINUTE):
        raise Invalid(
            f"Period must be {', '.join(map(str, SHORT_PERIODS))} or a multiple of {MINUTE}"
            f" seconds: {given}",
            code,
        )
    return period


def metric(given: Mapping[str, Any]) -> Metric:
    """The metric that a namespace, a name and dimensions stand for."""
    dimensions = given.get("Dimensions") or ()
    if len(dimensions) > MOST_DIMENSIONS:
        raise Invalid(
            f"The collection Dimensions must not have a size greater than {MOST_DIMENSIONS}.",
            "InvalidParameterValue",
        )
    found: Dimensions = tuple(
        sorted((str(each.get("Name")), str(each.get("Value"))) for each in dimensions)
    )
    for name in ("Namespace", "MetricName"):
        if not given.get(name):
            raise Invalid(f"The parameter {name} is required.", "MissingParameter")
    return Metric(str(given["Namespace"]), str(given["MetricName"]), found)


def queries(params: Mapping[str, Any]) -> list[Query]:
    """The queries of a GetMetricData."""
    given: Sequence[Mapping[str, Any]] = params.get("MetricDataQueries") or ()
    if not given:
        raise Invalid("The parameter MetricDataQueries is required.", "MissingParameter")
    if len(given) > MOST_QUERIES:
        raise Invalid(
            f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.",
            "ValidationError",
        )
    found = [_query(each, place) for place, each in enumerate(given, 1)]
    ids = [each.id for each in found]
    if len(set(ids)) < len(ids):
        raise Invalid(
            "The values for parameter id in MetricDataQueries are not unique.", "ValidationError"
        )
    if not any(each.returned for each in found):
        raise Invalid(
            "At least one MetricDataQuery must have ReturnData set to true.", "ValidationError"
        )
    return found


def _query(given: Mapping[str, Any], place: int) -> Query:
    id_ = str(given.get("Id") or "")
    where = f"MetricDataQueries.member.{place}"
    if not _ID.match(id_):
        raise Invalid(
            f"The value {id_} for parameter {where}.Id is not matching the expected pattern"
            " ^[a-z][a-zA-Z0-9_]*$.",
            "ValidationError",
        )
    stat, expression = given.get("MetricStat"), given.get("Expression")
    if (stat is None) == (expression is None):
        raise Invalid(
            f"The parameters {where}.MetricStat and {where}.Expression are mutually exclusive and"
            " one of them is required.",
            "ValidationError",
        )
    returned = given.get("ReturnData") is not False
    account = str(given.get("AccountId") or "")
    label = None if given.get("Label") is None else str(given["Label"])
    if stat is None:
        return _expression(given, Query(id_, label, returned, account=account), where)
    asked = metric(stat.get("Metric") or {})
    statistic = str(stat.get("Stat") or "")
    if not is_statistic(statistic):
        raise Invalid(
            f"The value {statistic} for parameter {where}.MetricStat.Stat is not supported."
            f" Valid values: {', '.join(STATISTICS)} and percentiles, as in p90",
            "ValidationError",
        )
    period = checked_period(stat.get("Period"), "ValidationError")
    return Query(
        id_, label, returned, asked, period, statistic, str(stat.get("Unit") or ""), account
    )


def _expression(given: Mapping[str, Any], query: Query, where: str) -> Query:
    text = str(given["Expression"])
    if not 1 <= len(text) <= MOST_CHARACTERS:
        raise Invalid(
            f"The parameter {where}.Expression must have 1 to {MOST_CHARACTERS:,} characters.",
            "ValidationError",
        )
    period = given.get("Period")
    return replace(
        query,
        expression=text,
        period=0 if period is None else checked_period(period, "ValidationError"),
    )


def zone(params: Mapping[str, Any]) -> timezone:
    """The time zone of times in labels: `+0130`; UTC where none is given."""
    given = str((params.get("LabelOptions") or {}).get("Timezone") or "+0000")
    found = _ZONE.match(given)
    if found is None:
        raise Invalid(f"The Timezone {given} is not of the form +0130", "ValidationError")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)
