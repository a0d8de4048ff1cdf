"""Read-only by operation: reviewed reads of cost and inventory services pass, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from finops_repl.aws.call import Call
from finops_repl.base.s3_place import S3Place
from finops_repl.gateway.decision import Allow, Decision, Deny
from finops_repl.gateway.operations import WITHHELD_BECAUSE, reads, reviewed
from finops_repl.gateway.queries import ANYWHERE, QueryPlaces, ReadStatement, decide_query
from finops_repl.gateway.widening import how_to_allow, never_allowed

__all__ = ["ReadOnlyPolicy"]

_OF_OBJECTS = frozenset(
    {
        "GetObject",
        "GetObjectAttributes",
        "GetObjectTagging",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
    }
)
"""What names a key or the beginning of one: whoever owns the bucket reads it in their access log,
so that a mere look into a foreign bucket would carry data out."""
_OUTSIDE = "to do it, use your own credentials outside finops-repl"


@dataclass(frozen=True, slots=True)
class ReadOnlyPolicy:
    """Lets the reviewed reads through, and the Athena queries that `read_statement` accepts.

    `objects` are the places (`s3://bucket/prefix`) whose objects may be read and listed: exports of
    the bill and results of queries; None lets all pass, for an account that has no others.
    `widened` are the reads (`service:Operation`) that the user's settings let through besides.
    """

    read_statement: ReadStatement
    places: QueryPlaces = ANYWHERE
    objects: tuple[str, ...] | None = None
    widened: frozenset[str] = frozenset()

    def decide(self, call: Call) -> Decision:
        """Allow, or deny with a reason that quotes nothing of the call's parameters."""
        if (call.service, call.operation) == ("athena", "StartQueryExecution"):
            return decide_query(call, self.read_statement, self.places)
        if (call.service, call.operation) == ("athena", "StopQueryExecution"):
            return Allow("it ends a query")
        if call.service == "s3" and call.operation in _OF_OBJECTS and not self._may_be_read(call):
            return Deny(
                "the place holds neither the bill's exports nor a query's results",
                f"places that are read: {', '.join(self.objects or ()) or 'none'};"
                " the user adds others to aws.exports",
            )
        row = reviewed().get(call.service, {}).get(call.operation)
        if row is not None and row.passes:
            return Allow("a reviewed read")
        if f"{call.service}:{call.operation}" in self.widened:
            return Allow("a read that the user's settings allow (gateway.allow)")
        return _refused(call)

    def _may_be_read(self, call: Call) -> bool:
        if self.objects is None:
            return True
        key = str(call.params.get("Key") or call.params.get("Prefix") or "")
        if {".", ".."} & set(key.split("/")):
            return False  # a name to AWS, a way out to a server that walks paths
        bucket = str(call.params.get("Bucket", ""))
        return any(S3Place.of(place).holds(bucket, key) for place in self.objects)


def _refused(call: Call) -> Deny:
    """Why an operation does not pass, and how the user allows it where that can be."""
    service = reviewed().get(call.service)
    row = service.get(call.operation) if service is not None else None
    if row is not None and row.verdict != "passes":
        reason = WITHHELD_BECAUSE[row.verdict]
    elif not reads(call.operation):
        reason = WITHHELD_BECAUSE["write"]
    elif service is not None:
        reason = f"it is newer than the review of {call.service}"
    else:
        reason = f"{call.service} is not among the reviewed cost and inventory services"
    if never_allowed(call.service, call.operation):
        return Deny(reason, _OUTSIDE)
    return Deny(reason, how_to_allow(call.service, call.operation))
