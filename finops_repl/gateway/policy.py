"""Read-only by operation: reviewed reads of cost and inventory services pass, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from finops_repl.aws.call import Call
from finops_repl.gateway.decision import Allow, Decision, Deny
from finops_repl.gateway.operations import REVIEWED, WITHHELD_BECAUSE
from finops_repl.gateway.queries import ANYWHERE, QueryPlaces, ReadStatement, decide_query

__all__ = ["ReadOnlyPolicy", "reads"]

# Right for 7,294 of the 7,327 operations of AWS that it matches; the table knows the others that
# belong to a reviewed service.
_READ_VERB = re.compile(
    r"(BatchGet|Describe|Get|Head|List|Lookup|Query|Scan|Search|Select|View)(?=[A-Z0-9]|$)"
)

_OF_CONTENT = frozenset({"GetObject", "SelectObjectContent"})

_OUTSIDE = "to do it, use your own credentials outside finops-repl"


def reads(operation: str) -> bool:
    """Whether an operation's verb says that it only reads."""
    return _READ_VERB.match(operation) is not None


@dataclass(frozen=True, slots=True)
class ReadOnlyPolicy:
    """Lets the reviewed reads through, and the Athena queries that `read_statement` accepts.

    `objects` are the places (`s3://bucket/prefix`) whose bytes may be read: exports of the bill
    and results of queries; None lets every object pass, for an account that has no others.
    """

    read_statement: ReadStatement
    places: QueryPlaces = ANYWHERE
    objects: tuple[str, ...] | None = None

    def decide(self, call: Call) -> Decision:
        """Allow, or deny with a reason that quotes nothing of the call's parameters."""
        if (call.service, call.operation) == ("athena", "StartQueryExecution"):
            return decide_query(call, self.read_statement, self.places)
        if (call.service, call.operation) == ("athena", "StopQueryExecution"):
            return Allow("it ends a query")
        if not reads(call.operation):
            return Deny("it may change things, and only reads pass", _OUTSIDE)
        rule = REVIEWED.get(call.service)
        if rule is None:
            return Deny(
                f"{call.service} is not among the reviewed cost and inventory services",
                f"services that pass: {', '.join(REVIEWED)}",
            )
        withheld = rule.withheld.get(call.operation)
        if withheld is not None:
            return Deny(WITHHELD_BECAUSE[withheld], _OUTSIDE)
        if rule.only and call.operation not in rule.only:
            return Deny(
                f"it is not among the reviewed reads of {call.service}",
                f"reads that pass: {', '.join(sorted(rule.only))}",
            )
        if call.service == "s3" and call.operation in _OF_CONTENT and not self._may_be_read(call):
            return Deny(
                "the object is neither of the bill's exports nor of a query's results",
                f"places that are read: {', '.join(self.objects or ()) or 'none'}",
            )
        return Allow("a reviewed read")

    def _may_be_read(self, call: Call) -> bool:
        if self.objects is None:
            return True
        key = str(call.params.get("Key", ""))
        if {".", ".."} & set(key.split("/")):
            return False  # a name to AWS, a way out to a server that walks paths
        asked = f"s3://{call.params.get('Bucket', '')}/{key}"
        places = [place.rstrip("/") + "/" for place in self.objects]
        return any(asked.startswith(place) for place in places)
