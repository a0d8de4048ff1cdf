"""The least that IAM must allow for what the gateway lets through: the second line behind it.

Every action is named in full, none by a wildcard: a wildcard would let through what AWS adds later.
Bytes in S3 are limited to the places of the settings, Athena's queries to their workgroup.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.s3_place import S3Place
from finops_repl.gateway.operations import reviewed

__all__ = [
    "LONGEST_POLICY",
    "SCOPED",
    "WRITES_RESULTS",
    "Statement",
    "documents",
    "statements",
    "unknown_to_iam",
]

LONGEST_POLICY: Final = 6_144
"""Characters of a managed policy, white space not counted. Source: IAM and STS quotas."""

SCOPED: Final[Mapping[str, frozenset[str]]] = {
    "bucket": frozenset(
        {"s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"}
    ),
    "object": frozenset(
        {
            "s3:GetObject",
            "s3:GetObjectAttributes",
            "s3:GetObjectTagging",
            "s3:ListMultipartUploadParts",
        }
    ),
    "workgroup": frozenset(
        {
            "athena:BatchGetNamedQuery",
            "athena:BatchGetQueryExecution",
            "athena:GetNamedQuery",
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetQueryRuntimeStatistics",
            "athena:GetWorkGroup",
            "athena:ListNamedQueries",
            "athena:ListQueryExecutions",
            "athena:StartQueryExecution",
            "athena:StopQueryExecution",
        }
    ),
}
"""Actions that are limited to what the settings name, by the kind of resource that they take."""

WRITES_RESULTS: Final = (
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
"""Athena writes what a query found in its caller's name."""

_ROOM_FOR_THE_REST = 60
"""Characters of a document around its statements."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Actions that are allowed on resources, both by IAM's names."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)

    def as_json(self) -> dict[str, Any]:
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }

    @property
    def size(self) -> int:
        return len(json.dumps(self.as_json(), separators=(",", ":"))) + 1

    def parts(self) -> list[Statement]:
        """The statement, or equal parts of it where it is longer than a policy may be."""
        count = math.ceil(self.size / (LONGEST_POLICY - 2 * _ROOM_FOR_THE_REST - len(self.sid)))
        if count == 1:
            return [self]
        each = math.ceil(len(self.actions) / count)
        return [
            replace(self, sid=f"{self.sid}{n + 1}", actions=self.actions[n * each : (n + 1) * each])
            for n in range(count)
        ]


def statements(aws: AwsSettings, widened: Iterable[str] = ()) -> list[Statement]:
    """What the gateway lets through for these settings, a statement or more for each service.

    Without places (`aws.output`, `aws.exports`) no object's bytes and no list of objects is in it.
    """
    passing = [row for rows in reviewed().values() for row in rows.values() if row.passes]
    every = {action for row in passing for action in row.actions}
    in_places = SCOPED["bucket"] | SCOPED["object"]
    in_workgroup = SCOPED["workgroup"] if aws.workgroup else frozenset()
    by_service: dict[str, list[str]] = {}
    for action in sorted(every - in_places - in_workgroup):
        by_service.setdefault(action.partition(":")[0], []).append(action)
    found = [Statement(_sid(prefix), tuple(actions)) for prefix, actions in by_service.items()]
    found += _of_places(aws)
    if aws.workgroup:
        region = aws.bill_region or aws.region
        group = f"arn:{_partition(region)}:athena:{region or '*'}:*:workgroup/{aws.workgroup}"
        found.append(Statement("AthenaWorkgroup", tuple(sorted(in_workgroup)), (group,)))
    more = {action for name in widened for action in _actions(name)} - every
    if more:
        found.append(Statement("AllowedBySettings", tuple(sorted(more))))
    return found


def documents(found: Iterable[Statement]) -> list[dict[str, Any]]:
    """The statements in as few managed policies as they fit into, the largest first."""
    filled: list[list[Statement]] = []
    pieces = [piece for statement in found for piece in statement.parts()]
    for piece in sorted(pieces, key=lambda piece: -piece.size):
        for policy in filled:
            if sum(each.size for each in policy) + piece.size + _ROOM_FOR_THE_REST < LONGEST_POLICY:
                policy.append(piece)
                break
        else:
            filled.append([piece])
    return [
        {
            "Version": "2012-10-17",
            "Statement": [piece.as_json() for piece in sorted(policy, key=lambda each: each.sid)],
        }
        for policy in filled
    ]


def unknown_to_iam(widened: Iterable[str]) -> list[str]:
    """The operations allowed by the settings whose action is not known here."""
    return sorted(name for name in widened if not _actions(name))


def _actions(name: str) -> tuple[str, ...]:
    service, _, operation = name.partition(":")
    row = reviewed().get(service, {}).get(operation)
    return row.actions if row is not None else ()


def _of_places(aws: AwsSettings) -> Iterator[Statement]:
    read = [S3Place.of(place) for place in aws.readable_places]
    partition = _partition(aws.bill_region or aws.region)
    if read:
        buckets = {f"arn:{partition}:s3:::{place.bucket}": None for place in read}
        yield Statement("S3BucketsOfTheBill", tuple(sorted(SCOPED["bucket"])), tuple(buckets))
        objects = tuple({_objects(place, partition): None for place in read})
        yield Statement("S3ObjectsOfTheBill", tuple(sorted(SCOPED["object"])), objects)
    if aws.output:
        written = _objects(S3Place.of(aws.output), partition)
        yield Statement("S3ResultsOfAthena", WRITES_RESULTS, (written,))


def _objects(place: S3Place, partition: str) -> str:
    return f"arn:{partition}:s3:::{place.bucket}/{place.prefix.translate(_LITERAL)}*"


_LITERAL: Mapping[int, str] = {ord(sign): f"${{{sign}}}" for sign in "*?$"}
"""Signs that IAM reads as patterns, as it writes them for themselves."""


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _sid(prefix: str) -> str:
    return "".join(word.capitalize() for word in prefix.split("-")) + "Reads"
