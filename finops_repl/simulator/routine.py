"""The noise in the trail: deployments that change nothing, and what people and jobs do each day."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.event import (
    AUTOSCALING,
    EC2,
    GROUP_TYPE,
    INSTANCE_TYPE,
    Event,
    by_role,
    event,
    event_id,
    group_change,
)
from finops_repl.simulator.fleet import DAY_SECONDS
from finops_repl.simulator.ledger import Ledger

__all__ = ["deployments", "everyday"]


def deployments(ledger: Ledger, days: int) -> Iterator[Event]:
    """Every week or two a deployment writes each group's sizes again, unchanged."""
    calendar, chance = ledger.calendar, ledger.world.chance
    busy = {
        (raised.group, day)
        for raised in ledger.ceilings
        for day in range(raised.first - 1, raised.last + 2)
    }
    for group in ledger.world.groups:
        day = calendar.last - days + chance.below(10, "deployed", group.name)
        while day <= calendar.last:
            second = chance.between(30_000, 61_000, "deployed", group.name, day)
            if (group.name, day) not in busy and day >= 0:
                yield group_change(
                    ledger.world, event_id(ledger.world, "deployed", group.name, day),
                    calendar.moment(day, second), group, "deploy-pipeline",
                    {"minSize": 1, "maxSize": group.most, "desiredCapacity": group.usual},
                )  # fmt: skip
            day += chance.between(6, 13, "next deployment", group.name, day)


_EVERYDAY: tuple[tuple[str, str, str, bool, str, str], ...] = (
    # name, source, resource type, read only, role, what the request names
    ("UpdateFunctionCode20150331v2", "lambda.amazonaws.com", "AWS::Lambda::Function", False,
     "deploy-pipeline", "functionName"),
    ("CreateTags", EC2, INSTANCE_TYPE, False, "tag-janitor", "resourcesSet"),
    ("CreateSnapshot", EC2, "AWS::EC2::Volume", False, "backup-runner", "volumeId"),
    ("DeleteSnapshot", EC2, "AWS::EC2::Snapshot", False, "backup-runner", "snapshotId"),
    ("PutMetricAlarm", "monitoring.amazonaws.com", "AWS::CloudWatch::Alarm", False,
     "terraform-apply", "alarmName"),
    ("ModifyDBInstance", "rds.amazonaws.com", "AWS::RDS::DBInstance", False, "database-admin",
     "dBInstanceIdentifier"),
    ("PutBucketTagging", "s3.amazonaws.com", "AWS::S3::Bucket", False, "terraform-apply",
     "bucketName"),
    ("AssumeRole", "sts.amazonaws.com", "AWS::IAM::Role", True, "platform-admin", "roleArn"),
    ("DescribeInstances", EC2, INSTANCE_TYPE, True, "inventory-reader", "filterSet"),
    ("DescribeAutoScalingGroups", AUTOSCALING, GROUP_TYPE, True, "inventory-reader",
     "autoScalingGroupNames"),
)  # fmt: skip


def everyday(ledger: Ledger, days: int) -> Iterator[Event]:
    """A few events a day in every account."""
    calendar, chance = ledger.calendar, ledger.world.chance
    for day in range(max(0, calendar.last - days), calendar.length):
        for account in ledger.world.members:
            for number in range(chance.between(0, 3, "events", account.name, day)):
                words = ("everyday", account.name, day, number)
                name, source, type_, read_only, role, field = chance.pick(_EVERYDAY, *words)
                region = chance.pick(account.regions, "region", *words)
                what = f"{account.application}-{chance.hex(6, 'what', *words)}"
                yield event(
                    event_id(ledger.world, *words),
                    calendar.moment(day, chance.below(DAY_SECONDS, "second", *words)),
                    account, region.code, name, source, by_role(ledger.world, account, role),
                    {field: what}, [(type_, what)], read_only=read_only,
                )  # fmt: skip
