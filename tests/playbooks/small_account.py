"""A small account as an upstream: 17 weeks of a bill, its instances and its trail, one incident.

Written apart from the simulated organisation, so that a playbook cannot lean on how that is made.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.base.table import Table
from finops_repl.trino.files import files_room
from finops_repl.trino.room import SqlRoom

LAST = date(2026, 11, 19)
DAYS = 120
ACCOUNTS = {"111111111111": "sim-web", "222222222222": "sim-batch", "333333333333": "sim-lake"}
GROUPS = ("front", "api's", "night")  # a quote in a name must harm nobody
USUAL = 6
PRICE = Decimal("4.08")  # dollars a day for one instance, its volume included
WEEKDAYS = (100, 104, 103, 101, 98, 71, 66)

COLUMNS = {
    "billing_period": "VARCHAR",
    "line_item_usage_start_date": "TIMESTAMP",
    "line_item_usage_account_id": "VARCHAR",
    "line_item_usage_account_name": "VARCHAR",
    "line_item_product_code": "VARCHAR",
    "product_region_code": "VARCHAR",
    "line_item_line_item_type": "VARCHAR",
    "line_item_resource_id": "VARCHAR",
    "line_item_usage_type": "VARCHAR",
    "line_item_operation": "VARCHAR",
    "line_item_unblended_cost": "DOUBLE",
    "resource_tags": "MAP(VARCHAR, VARCHAR)",
}

BILL = {
    "catalog": "AwsDataCatalog",
    "database": "files",
    "table": "bill",
    "kind": "cur2",
    "partition": "billing_period",
    "workgroup": "primary",
    "leave_out": "coalesce(line_item_operation, '') NOT IN ('EKSPod-EC2', 'ECSTask-EC2')",
}


@dataclass(frozen=True)
class Incident:
    """A group that grows to `factor` times its size on a day, and perhaps shrinks again."""

    account: str = "222222222222"
    group: str = "front"
    day: date = LAST - timedelta(days=12)
    days: int = 99
    factor: int = 4
    event: str = "UpdateAutoScalingGroup"

    def size(self, account: str, group: str, day: date, usual: int) -> int:
        hit = (account, group) == (self.account, self.group)
        over = self.day + timedelta(days=self.days)
        return usual * self.factor if hit and self.day <= day < over else usual


@dataclass
class SmallAccount:
    """Answers what the playbooks ask: Athena, CloudTrail, EC2."""

    folder: Path
    incident: Incident | None
    seed: int = 1
    account: str = "sim-small"
    account_id: str = "000000000001"
    room: SqlRoom = field(init=False)
    excess: Decimal = field(init=False, default=Decimal(0))
    results: dict[str, Table | str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        import duckdb

        lines, file = self.folder / "bill.ndjson", self.folder / "bill.parquet"
        lines.write_text("".join(json.dumps(row) + "\n" for row in self._rows()))
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        with duckdb.connect() as store:
            source = f"read_json('{lines}', format='newline_delimited', columns={{{columns}}})"
            store.execute(f"COPY (SELECT * FROM {source}) TO '{file}' (FORMAT parquet)")
        self.room = files_room([file])

    def _rows(self) -> Iterator[dict[str, Any]]:
        chance = random.Random(self.seed)
        for back in range(DAYS):
            day = LAST - timedelta(days=back)
            for account, name in ACCOUNTS.items():
                yield self._row(day, account, name, "AmazonS3", "bucket", chance.uniform(9, 11), "")
                if day.day == 1:
                    yield self._row(day, account, name, "AmazonEC2", "", 90_000, "", kind="Tax")
                for group in GROUPS:
                    share = WEEKDAYS[day.weekday()] if group != "night" else chance.randint(60, 140)
                    usual = max(1, round(USUAL * share / 100 + chance.uniform(-0.4, 0.4)))
                    size = usual
                    if self.incident is not None:
                        size = self.incident.size(account, group, day, usual)
                    self.excess += (size - usual) * PRICE
                    for number in range(size):
                        resource = f"i-{account[0]}{GROUPS.index(group)}{number:04}"
                        cost = float(PRICE)
                        yield self._row(day, account, name, "AmazonEC2", resource, cost, group)
                        # A pod's share of the instance, by split cost allocation.
                        yield self._row(
                            day, account, name, "AmazonEC2", f"pod/{resource}", cost / 4, group,
                            operation="EKSPod-EC2",
                        )  # fmt: skip

    def _row(
        self,
        day: date,
        account: str,
        name: str,
        product: str,
        resource: str,
        cost: float,
        group: str,
        *,
        kind: str = "Usage",
        operation: str = "RunInstances",
    ) -> dict[str, Any]:
        usage, tags = ("BoxUsage:m5.large", {"aws_autoscaling_groupName": group})
        if not group:
            usage, tags = "Other", {}
        values = (
            f"{day:%Y-%m}", f"{day} 00:00:00", account, name, product, "us-east-1", kind, resource,
            usage, operation, cost, tags,
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        match call.service, call.operation:
            case "athena", "StartQueryExecution":
                with self.lock:
                    name = f"query-{len(self.results)}"
                    self.results[name] = self._query(str(call.params["QueryString"]))
                return Result({"QueryExecutionId": name})
            case "athena", "GetQueryExecution":
                return self._execution(str(call.params["QueryExecutionId"]))
            case "athena", "GetQueryResults":
                return self._page(call.params)
            case "cloudtrail", "LookupEvents":
                return Result({"Events": list(self._events(call))})
            case "ec2", "DescribeInstances":
                instances = [{"InstanceId": f"i-{n}"} for n in range(USUAL)]
                return Result({"Reservations": [{"Instances": instances}]})
        return Refusal("NotImplemented", f"no {call.operation} here")

    def _query(self, sql: str) -> Table | str:
        from finops_repl.base.errors import InputError

        try:
            return self.room.query(sql.replace('"files"."bill"', "bill"), timeout_s=30)
        except InputError as error:
            return str(error)

    def _execution(self, name: str) -> Answer:
        found = self.results[name]
        status: dict[str, Any] = {"State": "SUCCEEDED" if isinstance(found, Table) else "FAILED"}
        if isinstance(found, str):
            status["StateChangeReason"] = found
        return Result(
            {
                "QueryExecution": {
                    "QueryExecutionId": name,
                    "Query": "as started",
                    "StatementType": "DML",
                    "ResultConfiguration": {"OutputLocation": f"s3://results/{name}.csv"},
                    "Status": status,
                    "WorkGroup": "primary",
                }
            }
        )

    def _page(self, params: Any) -> Answer:
        found = self.results[str(params["QueryExecutionId"])]
        assert isinstance(found, Table)
        start = int(params.get("NextToken") or 0)
        rows: list[tuple[Any, ...]] = [found.names, *found.rows][start : start + 1000]
        data = [
            {"Data": [{} if cell is None else {"VarCharValue": str(cell)} for cell in row]}
            for row in rows
        ]
        info = [
            {"Name": c.name, "Type": c.type.partition("(")[0], "Precision": 38, "Scale": 10}
            for c in found.columns
        ]
        fields: dict[str, Any] = {
            "ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": info}}
        }
        if start + 1000 <= len(found.rows):
            fields["NextToken"] = str(start + 1000)
        return Result(fields)

    def _events(self, call: Call) -> Iterator[dict[str, Any]]:
        if call.region != "us-east-1":
            return
        (wanted,) = call.params["LookupAttributes"]
        for number, (at, name, account, group, size) in enumerate(self._trail()):
            if wanted["AttributeValue"] not in (name, group):
                continue
            if not call.params["StartTime"] <= at <= call.params["EndTime"]:
                continue
            detail = {
                "eventName": name,
                "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "eventID": f"event-{number}",
                "recipientAccountId": account,
                "userIdentity": {"arn": f"arn:aws:iam::{account}:user/deploy"},
                "requestParameters": {"autoScalingGroupName": group, **size},
            }
            yield {
                "EventId": detail["eventID"],
                "EventName": name,
                "EventTime": at,
                "CloudTrailEvent": json.dumps(detail),
            }

    def _trail(self) -> Iterator[tuple[datetime, str, str, str, dict[str, int]]]:
        """The cause first, then an hour before and after it its like in every other account and
        group, and deployments that write sizes again which are there already."""
        if self.incident is None:
            return
        day, cause = self.incident.day, self.incident.event
        at = datetime(day.year, day.month, day.day, 2, 5, tzinfo=UTC)
        here = (self.incident.account, self.incident.group)
        lifted = {"maxSize": 40, "desiredCapacity": USUAL * 4}
        yield at, cause, *here, lifted
        hour, week = timedelta(hours=1), timedelta(days=7)
        usual = {"minSize": 1, "maxSize": 10, "desiredCapacity": USUAL}
        for account in ACCOUNTS:
            for group in GROUPS:
                yield at - week, "UpdateAutoScalingGroup", account, group, usual
                yield at - hour, "UpdateAutoScalingGroup", account, group, usual
                if (account, group) != here:
                    yield at + hour, cause, account, group, {"maxSize": 90}
        yield at + 2 * hour, cause, *here, lifted
