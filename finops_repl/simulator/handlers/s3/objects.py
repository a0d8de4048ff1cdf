"""S3 of the simulated account: its buckets' objects can be listed, looked up and read."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result

__all__ = ["Objects", "S3Service", "StoredObject"]

MAX_KEYS = 1000
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
CREATED = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object: its size in bytes, its ETag without quotes, and what reads a span of it."""

    size: int
    etag: str
    modified: datetime
    read: Callable[[int, int], bytes]

    @property
    def stamp(self) -> datetime:
        """The time of change in whole seconds, as S3 states it."""
        return self.modified.replace(microsecond=0)


Objects = Callable[[], Mapping[str, StoredObject]]
"""The objects of a bucket by key, as they are now."""


class S3Service:
    """Answers what reads objects; `buckets` are the simulated account's own, by name.

    `closed` tells the names of further buckets, whose objects nobody here may see. `pages` holds
    how many keys a listing of a bucket gives at once, where those are not 1,000.
    """

    def __init__(
        self,
        buckets: Mapping[str, Objects],
        pages: Mapping[str, int] | None = None,
        closed: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._buckets, self._pages, self._closed = buckets, pages or {}, closed
        self._handlers: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "ListObjectsV2": self._list,
            "HeadObject": self._head,
            "GetObject": self._get,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._handlers)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        handler = self._handlers.get(call.operation)
        if handler is None:
            return Refusal("NotImplemented", f"{call.operation} is not offered by this account")
        bucket = call.params.get("Bucket")
        if bucket is not None and bucket not in self._buckets:
            if bucket in self._closed():
                return Refusal("AccessDenied", "Access Denied", 403)
            return Refusal("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)
        return handler(call.params)

    def _list(self, params: Mapping[str, Any]) -> Answer:
        prefix, delimiter = params.get("Prefix") or "", params.get("Delimiter") or ""
        after = params.get("ContinuationToken") or params.get("StartAfter") or ""
        requested = params.get("MaxKeys")
        page = self._pages.get(params["Bucket"], MAX_KEYS)
        most = page if requested is None else min(requested, page)
        objects = self._buckets[params["Bucket"]]()
        contents: list[dict[str, Any]] = []
        folders: list[str] = []
        last, more = after, False
        for key in sorted(key for key in objects if key.startswith(prefix)):
            folder = _folder(key, prefix, delimiter)
            if (folder or key) <= after or folder in folders:
                continue
            if len(contents) + len(folders) >= most:
                more = most > 0
                break
            last = folder or key
            if folder:
                folders.append(folder)
            else:
                contents.append(_listed(key, objects[key]))
        fields: dict[str, Any] = {
            "Name": params["Bucket"],
            "Prefix": prefix,
            "KeyCount": len(contents) + len(folders),
            "MaxKeys": MAX_KEYS if requested is None else min(requested, MAX_KEYS),
            "IsTruncated": more,
            "Contents": contents,
            "CommonPrefixes": [{"Prefix": each} for each in folders],
        }
        if delimiter:
            fields["Delimiter"] = delimiter
        if more:
            fields["NextContinuationToken"] = last
        return Result(fields)

    def _head(self, params: Mapping[str, Any]) -> Answer:
        found = self._buckets[params["Bucket"]]().get(params["Key"])
        if found is None:
            return Refusal("404", "Not Found", 404)
        return Result({**_about(found), "ContentLength": found.size})

    def _get(self, params: Mapping[str, Any]) -> Answer:
        found = self._buckets[params["Bucket"]]().get(params["Key"])
        if found is None:
            return Refusal("NoSuchKey", "The specified key does not exist.", 404)
        wanted = params.get("IfMatch")
        if wanted is not None and wanted.strip('"') != found.etag:
            text = "At least one of the pre-conditions you specified did not hold"
            return Refusal("PreconditionFailed", text, 412)
        span = _span(params.get("Range"), found.size)
        if span is None:
            return Refusal("InvalidRange", "The requested range is not satisfiable", 416)
        start, stop = span
        fields = {**_about(found), "Body": found.read(start, stop), "ContentLength": stop - start}
        if params.get("Range"):
            fields["ContentRange"] = f"bytes {start}-{stop - 1}/{found.size}"
        return Result(fields)


def _folder(key: str, prefix: str, delimiter: str) -> str:
    """The common prefix that `key` falls under, or nothing."""
    if not delimiter or delimiter not in key[len(prefix) :]:
        return ""
    return key[: key.index(delimiter, len(prefix)) + len(delimiter)]


def _listed(key: str, found: StoredObject) -> dict[str, Any]:
    return {
        "Key": key,
        "LastModified": found.stamp,
        "ETag": f'"{found.etag}"',
        "Size": found.size,
        "StorageClass": "STANDARD",
    }


def _about(found: StoredObject) -> dict[str, Any]:
    return {
        "AcceptRanges": "bytes",
        "LastModified": found.stamp,
        "ETag": f'"{found.etag}"',
        "ContentType": "binary/octet-stream",
        "Metadata": {},
    }


def _span(text: str | None, size: int) -> tuple[int, int] | None:
    """The bytes that a Range header asks for, the end exclusive; None where there are none."""
    found = RANGE.fullmatch(text or "")
    if found is None or found.group(0) == "bytes=-":
        return 0, size
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    start, stop = int(first), min(size, int(last) + 1) if last else size
    return (start, stop) if start < size and start < stop else None
