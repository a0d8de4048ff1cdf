"""The alarms that teams have set, and the state that the readings put them in.

A group's watches its ceiling, a database's its CPU, a NAT gateway's three times the traffic of two
months ago, and the payer's the month's charges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.metrics.readings import DAY, HOUR
from finops_repl.simulator.metrics.series import Metric
from finops_repl.simulator.metrics.statistics import value

__all__ = ["alarms"]

LOOK_BACK = 35
"""Days of readings in which the last change of state is looked for."""
BUSY = 90
NAT_TIMES, NAT_PER_MILLE = 3, 700
CHARGES_PERCENT = 130
CREATED_DAYS_AGO = 300


@dataclass(frozen=True, slots=True)
class _Alarm:
    name: str
    account_id: str
    description: str
    metric: Metric
    statistic: str
    threshold: float
    period: int = HOUR


def alarms(measured: Measurements, region: str) -> Sequence[dict[str, Any]]:
    """The alarms of a region as DescribeAlarms shows them, by name."""
    found = sorted(_set(measured, region), key=lambda each: each.name)
    calendar = measured.view.calendar
    first = calendar.as_of - timedelta(days=LOOK_BACK - 1)
    series = measured.series([each.metric for each in found], region, first, calendar.as_of)
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    described = []
    for each in found:
        if each.metric not in series:
            continue
        tallies = measured.tallies(series[each.metric], start, start + LOOK_BACK * DAY, each.period)
        readings = [(at, value(tally, each.statistic)) for at, tally in sorted(tallies.items())]
        described.append(_described(each, region, readings, measured))
    return described


def _set(measured: Measurements, region: str) -> Iterator[_Alarm]:
    world, calendar = measured.view.world, measured.view.calendar
    for group in world.groups:
        if group.region.code == region and group.account.environment == "prod":
            yield _Alarm(
                f"{group.name}-in-service-above-ceiling", group.account.id,
                f"{group.name} has more instances than it is meant to have",
                Metric("AWS/AutoScaling", "GroupInServiceInstances",
                       (("AutoScalingGroupName", group.name),)),
                "Maximum", group.most,
            )  # fmt: skip
    for found in measured.resources.of("database", region):
        if found.exists:
            yield _Alarm(
                f"{found.id}-cpu-high", found.account_id, f"{found.id} is busy",
                Metric("AWS/RDS", "CPUUtilization", (("DBInstanceIdentifier", found.id),)),
                "Average", BUSY,
            )  # fmt: skip
    gateways = [
        found
        for found in measured.resources.of("nat", region)
        if found.exists and world.chance.happens(NAT_PER_MILLE, "alarm", found.id)
    ]
    metrics = {
        found.id: Metric("AWS/NATGateway", "BytesOutToSource", (("NatGatewayId", found.id),))
        for found in gateways
    }
    first, last = (calendar.as_of - timedelta(days=days) for days in (65, 35))
    series = measured.series(metrics.values(), region, first, last)
    begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    for found in gateways:
        tallies = measured.tallies(series[metrics[found.id]], begin, begin + 30 * DAY, 30 * DAY)
        usual = sum(tally.total for tally in tallies.values()) / 30 / 24
        yield _Alarm(
            f"{found.id}-bytes-out-to-source", found.account_id,
            f"{found.id} carries {NAT_TIMES} times its usual traffic",
            metrics[found.id], "Sum", max(1.0, round(NAT_TIMES * usual)),
        )  # fmt: skip
    if region == "us-east-1":
        yield _charges(measured)


def _charges(measured: Measurements) -> _Alarm:
    """The limit is the bill of the first month with data, and a margin for growth."""
    ((bill,),) = measured.view.rows(
        "SELECT sum(unblended)::DOUBLE FROM fact WHERE month = (SELECT min(month) FROM fact)"
    )
    return _Alarm(
        "organisation-monthly-charges", measured.view.world.payer.id,
        "the month's charges are above what is planned",
        Metric("AWS/Billing", "EstimatedCharges", (("Currency", "USD"),)),
        "Maximum", round(bill * CHARGES_PERCENT / 100), 6 * HOUR,
    )  # fmt: skip


def _described(
    alarm: _Alarm, region: str, readings: Sequence[tuple[int, float]], measured: Measurements
) -> dict[str, Any]:
    calendar = measured.view.calendar
    created = calendar.moment(max(0, calendar.length - CREATED_DAYS_AGO), 34_200)
    state, since, reason = "INSUFFICIENT_DATA", created, "Unchecked: Initial alarm creation"
    if readings:
        state = "ALARM" if readings[-1][1] > alarm.threshold else "OK"
        at, reading = readings[-1]
        for before, earlier in reversed(readings):
            if (earlier > alarm.threshold) != (state == "ALARM"):
                since = datetime.fromtimestamp(before + alarm.period, UTC)
                break
        shown = datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")
        was = "was" if state == "ALARM" else "was not"
        reason = (
            f"Threshold Crossed: 1 datapoint [{reading} ({shown})] {was} greater than the"
            f" threshold ({float(alarm.threshold)})."
        )
    return {
        "AlarmName": alarm.name,
        "AlarmArn": f"arn:aws:cloudwatch:{region}:{alarm.account_id}:alarm:{alarm.name}",
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": created,
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [f"arn:aws:sns:{region}:{alarm.account_id}:alarms"],
        "InsufficientDataActions": [],
        "StateValue": state,
        "StateReason": reason,
        "StateUpdatedTimestamp": since,
        "StateTransitionedTimestamp": since,
        "MetricName": alarm.metric.name,
        "Namespace": alarm.metric.namespace,
        "Statistic": alarm.statistic,
        "Dimensions": [{"Name": name, "Value": each} for name, each in alarm.metric.dimensions],
        "Period": alarm.period,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": float(alarm.threshold),
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "missing",
    }
