"""The organisation's buckets: where they are, their tags, what their lifecycle moves.

Their objects are not simulated, only what the bill and the metrics say of them; the buckets of the
bill's exports and of Athena's results, which hold objects, are `S3Service`'s.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.standing import key_values, standing
from finops_repl.simulator.handlers.s3.objects import CREATED
from finops_repl.simulator.view import View, invalid
from finops_repl.simulator.world import Tags

__all__ = ["S3Buckets", "bucket_names"]

PAGE = 10_000
NO_NAME = "us-east-1"
"""The region that S3 tells by telling none."""
_CLASSES = (
    # what follows TimedStorage- in the usage type, storage class, days before it is moved there
    ("SIA-ByteHrs", "STANDARD_IA", 30),
    ("GIR-ByteHrs", "GLACIER_IR", 30),
    ("GlacierByteHrs", "GLACIER", 30),
    ("GDA-ByteHrs", "DEEP_ARCHIVE", 120),
)
"""The classes of cold storage; in GLACIER_IR an object is charged for 90 days at least."""


def bucket_names(view: View) -> frozenset[str]:
    """The names of the organisation's buckets."""
    return frozenset(each.id for each in standing(view, "bucket"))


@dataclass(frozen=True, slots=True)
class _Bucket:
    region: str
    created: datetime
    tags: Tags
    lifecycle: bool = False


class S3Buckets:
    """Answers for every bucket; `own` are the names of those that hold objects."""

    def __init__(self, view: View, own: Sequence[str]) -> None:
        self._view, self._own = view, own
        self._handlers: Mapping[str, Callable[[str, _Bucket], Answer]] = {
            "HeadBucket": self._head,
            "GetBucketLocation": self._location,
            "GetBucketTagging": self._tagging,
            "GetBucketLifecycleConfiguration": self._lifecycle,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset({"ListBuckets", *self._handlers})

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        if call.operation == "ListBuckets":
            return self._list(call.params)
        name = str(call.params.get("Bucket"))
        bucket = self._buckets().get(name)
        if bucket is None:
            return Refusal("NoSuchBucket", f"The specified bucket does not exist: {name}", 404)
        return self._handlers[call.operation](name, bucket)

    def _buckets(self) -> dict[str, _Bucket]:
        """Every bucket by its name, in S3's order."""
        found = {name: _Bucket(NO_NAME, CREATED, {}) for name in self._own}
        for each in standing(self._view, "bucket"):
            moves = bool(each.text("lifecycle"))
            found[each.id] = _Bucket(each.region, each.created, each.tags, moves)
        return dict(sorted(found.items()))

    def _list(self, params: Mapping[str, Any]) -> Answer:
        prefix, region = params.get("Prefix") or "", params.get("BucketRegion")
        listed = [
            {"Name": name, "CreationDate": bucket.created, "BucketRegion": bucket.region,
             "BucketArn": f"arn:aws:s3:::{name}"}
            for name, bucket in self._buckets().items()
            if name.startswith(prefix) and region in (None, bucket.region)
        ]  # fmt: skip
        page = cut(listed, params, "MaxBuckets", PAGE, PAGE, "ContinuationToken")
        if page is None:
            return invalid("The continuation token provided is incorrect", "InvalidArgument")
        shown, token = page
        payer = self._view.world.payer
        owner = {"ID": self._view.world.chance.hex(64, "canonical id", payer.id)}
        fields: dict[str, Any] = {"Buckets": list(shown), "Owner": owner}
        fields |= {"Prefix": prefix} if prefix else {}
        return Result(fields | ({"ContinuationToken": token} if token else {}))

    def _head(self, name: str, bucket: _Bucket) -> Answer:
        return Result({"BucketRegion": bucket.region, "AccessPointAlias": False})

    def _location(self, name: str, bucket: _Bucket) -> Answer:
        elsewhere = bucket.region != NO_NAME
        return Result({"LocationConstraint": bucket.region} if elsewhere else {})

    def _tagging(self, name: str, bucket: _Bucket) -> Answer:
        if not bucket.tags:
            return Refusal("NoSuchTagSet", "The TagSet does not exist", 404)
        return Result({"TagSet": key_values(bucket.tags)})

    def _lifecycle(self, name: str, bucket: _Bucket) -> Answer:
        if not bucket.lifecycle:
            text = "The lifecycle configuration does not exist"
            return Refusal("NoSuchLifecycleConfiguration", text, 404)
        kept = self._classes(name)
        moves = [
            {"Days": days, "StorageClass": class_} for usage, class_, days in _CLASSES
            if usage in kept
        ]  # fmt: skip
        rule = {"ID": "archive", "Status": "Enabled", "Filter": {"Prefix": ""}}
        return Result({"Rules": [{**rule, "Transitions": moves}]})

    def _classes(self, name: str) -> set[str]:
        """What a bucket's storage is billed as, by the ends of the usage types."""
        rows = self._view.rows(
            "SELECT DISTINCT regexp_extract(g.usage_type, 'TimedStorage-(.*)$', 1) FROM meter m"
            " JOIN charge g ON g.charge = m.charge WHERE m.resource_id = ?",
            [name],
        )
        return {usage for (usage,) in rows}
