"""The objects of S3 that Athena leaves of queries: where they lie, and whose each is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from finops_repl.aws.call import Call
from finops_repl.base.s3_place import S3Place

__all__ = ["ResultObjects"]

_QUERY_ID = r"(?:.*/)?([0-9A-Za-z-]{1,128}?)"
_FILE = re.compile(rf"{_QUERY_ID}(?:\.csv|\.txt|\.csv\.metadata|\.txt\.metadata|-manifest\.csv)\Z")
"""Source: Athena User Guide, Work with query results and recent queries."""
_BEGINNING = re.compile(rf"{_QUERY_ID}(?:\.[\w.]*|-manifest[\w.]*)?\Z")


class ResultObjects:
    """The objects below `output`, where Athena writes, but for those in `open_places`."""

    def __init__(self, output: str, open_places: Iterable[str] = ()) -> None:
        self._output = S3Place.of(output)
        self._open = tuple(map(S3Place.of, open_places))

    def holds(self, call: Call) -> bool:
        """Whether a call of S3 is about such objects, or lists names of some."""
        bucket, name = str(call.params.get("Bucket", "")), _name(call)
        if not (name or _lists(call)):
            return False  # it is about the bucket
        if any(place.holds(bucket, name) for place in self._open):
            return False
        if bucket != self._output.bucket:
            return _is_access_point(bucket)
        if self._output.holds(bucket, name):
            return True
        return _lists(call) and self._output.prefix.startswith(name)

    def query_of(self, call: Call) -> str:
        """The id of the query whose objects alone a call is about; empty where it names none."""
        found = (_BEGINNING if _lists(call) else _FILE).match(_name(call))
        return found[1] if found else ""


def _lists(call: Call) -> bool:
    return (
        call.operation.startswith("List") and "Bucket" in call.params and "Key" not in call.params
    )


def _name(call: Call) -> str:
    return str(call.params.get("Prefix" if _lists(call) else "Key") or "")


def _is_access_point(bucket: str) -> bool:
    """Another name of a bucket, which does not say of which."""
    return bucket.startswith("arn:") or bucket.endswith(("-s3alias", "--op-s3"))
