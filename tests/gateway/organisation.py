"""A small upstream of known answers: enough of an account to put real SDK clients before it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result

ACCOUNT_ID = "123456789012"
BUCKET = "sim-results"
RESULT_CSV = b'"service","cost"\n"AmazonEC2","12.50"\n"AmazonS3","3.25"\n'
LAUNCHED = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


@dataclass
class SmallOrganisation:
    """Answers a handful of operations; keeps what it was asked in `asked`."""

    asked: list[Call] = field(default_factory=list)
    account: str = "sim-small"
    account_id: str = ACCOUNT_ID

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        self.asked.append(call)
        known = _ANSWERS.get((call.service, call.operation))
        if known is None:
            return Refusal("NotImplemented", f"this organisation has no {call.operation}")
        return known(call.params)


def _identity(_: Mapping[str, Any]) -> Answer:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:user/analyst"
    return Result({"Account": ACCOUNT_ID, "UserId": "AIDAEXAMPLE", "Arn": arn})


def _cost(params: Mapping[str, Any]) -> Answer:
    if params["TimePeriod"]["Start"] >= params["TimePeriod"]["End"]:
        return Refusal("ValidationException", "Start date should be before end date")
    total = {name: {"Amount": "12.5000000000", "Unit": "USD"} for name in params["Metrics"]}
    return Result(
        {
            "ResultsByTime": [
                {
                    "TimePeriod": params["TimePeriod"],
                    "Total": total,
                    "Groups": [],
                    "Estimated": False,
                }
            ]
        }
    )


def _instances(params: Mapping[str, Any]) -> Answer:
    wanted = params.get("InstanceIds") or ["i-0aaaaaaaaaaaaaaaa"]
    instances = [
        {
            "InstanceId": instance,
            "InstanceType": "m5.large",
            "LaunchTime": LAUNCHED,
            "State": {"Code": 16, "Name": "running"},
            "Tags": [{"Key": "team", "Value": "R&D <core>"}],
        }
        for instance in wanted
    ]
    return Result({"Reservations": [{"OwnerId": ACCOUNT_ID, "Instances": instances}]})


def _metrics(params: Mapping[str, Any]) -> Answer:
    results = [
        {"Id": query["Id"], "Timestamps": [params["StartTime"]], "Values": [42.5]}
        for query in params["MetricDataQueries"]
    ]
    return Result({"MetricDataResults": results})


def _execution(params: Mapping[str, Any]) -> Answer:
    return Result(
        {
            "QueryExecution": {
                "QueryExecutionId": params["QueryExecutionId"],
                "Query": "select 1",
                "StatementType": "DML",
                "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/out/q.csv"},
                "Status": {"State": "SUCCEEDED", "SubmissionDateTime": LAUNCHED},
                "Statistics": {"DataScannedInBytes": 10},
                "WorkGroup": "primary",
            }
        }
    )


def _rows(_: Mapping[str, Any]) -> Answer:
    common = {"Nullable": "UNKNOWN", "CaseSensitive": True, "Precision": 18, "Scale": 2}
    columns = [
        {"Name": "service", "Type": "varchar", **common},
        {"Name": "cost", "Type": "decimal", **common},
    ]
    rows = [["service", "cost"], ["AmazonEC2", "12.50"], ["AmazonS3", "3.25"]]
    data = [{"Data": [{"VarCharValue": cell} for cell in row]} for row in rows]
    return Result({"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": columns}}})


def _object(params: Mapping[str, Any]) -> Answer:
    if params["Bucket"] != BUCKET:
        return Refusal("AccessDenied", "no such bucket here", 403)
    body, part = RESULT_CSV, params.get("Range")
    fields: dict[str, Any] = {"ETag": '"e"', "LastModified": LAUNCHED, "ContentType": "text/csv"}
    if part:
        asked = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", part)
        if asked is None:
            return Refusal("InvalidRange", "the range cannot be satisfied", 416)
        first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
        fields["ContentRange"] = f"bytes {first}-{last}/{len(body)}"
        body = body[first : last + 1]
    return Result({**fields, "Body": body, "ContentLength": len(body)})


def _head(params: Mapping[str, Any]) -> Answer:
    if params["Bucket"] != BUCKET:
        return Refusal("NotFound", "Not Found", 404)
    return Result({"ContentLength": len(RESULT_CSV), "ETag": '"e"', "LastModified": LAUNCHED})


def _objects(params: Mapping[str, Any]) -> Answer:
    keys = ["out/a b+c.csv", "out/ü&<x>.csv"]
    contents = [{"Key": key, "Size": 7, "LastModified": LAUNCHED, "ETag": '"e"'} for key in keys]
    return Result(
        {"Name": params["Bucket"], "Contents": contents, "KeyCount": 2, "IsTruncated": False}
    )


_ANSWERS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Answer]] = {
    ("sts", "GetCallerIdentity"): _identity,
    ("ce", "GetCostAndUsage"): _cost,
    ("ec2", "DescribeInstances"): _instances,
    ("cloudwatch", "GetMetricData"): _metrics,
    ("athena", "StartQueryExecution"): lambda _: Result({"QueryExecutionId": "q"}),
    ("athena", "StopQueryExecution"): lambda _: Result({}),
    ("athena", "GetQueryExecution"): _execution,
    ("athena", "GetQueryResults"): _rows,
    ("s3", "GetObject"): _object,
    ("s3", "HeadObject"): _head,
    ("s3", "ListObjectsV2"): _objects,
    ("s3", "GetBucketLocation"): lambda _: Result({"LocationConstraint": "eu-west-1"}),
}
