"""The queries that were started through this gateway: whose they are, and what they did.

It says whose results may be read, in Athena and as objects of S3; the meter counts on it what each
query scanned, and the watch finds there what still runs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.base.spend import Reservation
from finops_repl.gateway.decision import Deny
from finops_repl.gateway.prices import ATHENA_SCAN, LOGS_SCAN, Price
from finops_repl.gateway.result_objects import ResultObjects

__all__ = [
    "KINDS",
    "QUOTA_CODE",
    "Progress",
    "QueryKind",
    "StartedQueries",
    "StartedQuery",
    "kind_started_by",
]

QUERIES_KEPT = 10_000
QUOTA_CODE: Final = "ServiceQuotaExceededException"
"""A code that SDKs do not try again, as they do what sounds like throttling."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a query is: bytes that it scanned, and whether it ended."""

    scanned: int
    ended: bool


@dataclass(frozen=True, slots=True)
class QueryKind:
    """A service's queries: the operations that start, look at and stop one, and what a scan costs.

    `key` names the query in the parameters of the others.
    """

    service: str
    start: str
    look: str
    stop: str
    key: str
    scan: Price

    def call(self, operation: str, query: StartedQuery) -> Call:
        """An operation on one query."""
        return Call(self.service, operation, query.region, {self.key: query.id})

    def progress(self, told: Result) -> Progress:
        """What the answer of the looking operation tells."""
        if self.service == "athena":
            about: Any = told.fields.get("QueryExecution") or {}
            scanned = (about.get("Statistics") or {}).get("DataScannedInBytes")
            state = (about.get("Status") or {}).get("State")
        else:
            scanned = (told.fields.get("statistics") or {}).get("bytesScanned")
            state = str(told.fields.get("status", "")).upper()
        return Progress(int(scanned or 0), state in _ENDED)


_ENDED = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "COMPLETE", "TIMEOUT"})

ATHENA: Final = QueryKind(
    "athena",
    "StartQueryExecution",
    "GetQueryExecution",
    "StopQueryExecution",
    "QueryExecutionId",
    ATHENA_SCAN,
)
LOGS: Final = QueryKind("logs", "StartQuery", "GetQueryResults", "StopQuery", "queryId", LOGS_SCAN)
KINDS: Final = {kind.service: kind for kind in (ATHENA, LOGS)}


def kind_started_by(call: Call) -> QueryKind | None:
    """The kind of query that a call starts, if it starts one."""
    kind = KINDS.get(call.service)
    return kind if kind and call.operation == kind.start else None


@dataclass(slots=True)
class StartedQuery:
    """A query of this session as it was last looked at.

    `held` is what is set aside for it, `price` what it has cost by now. `ending` says why it is to
    be ended, `stopped` why it was, where that was done here.
    """

    kind: QueryKind
    id: str
    region: str
    caller: Caller
    held: Reservation = field(default_factory=lambda: Reservation("aws", Decimal(0)))
    price: Decimal = Decimal(0)
    runs: bool = True
    ending: str = ""
    stopped: str = ""


class StartedQueries:
    """The latest queries by id; any number of threads may use it.

    `results` knows the objects that queries leave; without it none is closed.
    """

    def __init__(self, results: ResultObjects | None = None) -> None:
        self._results = results
        self._known: OrderedDict[tuple[str, str], StartedQuery] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, call: Call, answer: Answer, caller: Caller) -> StartedQuery | None:
        """Remember the query that a call started; None where it started none, or none anew."""
        kind = kind_started_by(call)
        if kind is None or not isinstance(answer, Result):
            return None
        name = str(answer.fields.get(kind.key, ""))
        query = StartedQuery(kind, name, call.region, caller)
        with self._lock:
            # The same token starts a query once: what is known of it stays.
            if self._known.setdefault((kind.service, name), query) is not query:
                return None
            while len(self._known) > QUERIES_KEPT:
                self._known.popitem(last=False)
        return query

    def named_by(self, call: Call) -> StartedQuery | None:
        """The query of this session that a call is about."""
        kind = KINDS.get(call.service)
        name = str(call.params.get(kind.key, "")) if kind else ""
        with self._lock:
            return self._known.get((call.service, name))

    def running(self, run: str | None = None) -> list[StartedQuery]:
        """The queries that have not been seen to end, of one run or of all."""
        with self._lock:
            return [
                query
                for query in self._known.values()
                if query.runs and (run is None or query.caller.run == run)
            ]

    def objection(self, call: Call) -> Deny | Refusal | None:
        """Why a call may not pass: it is about somebody else's results, or a stopped query."""
        if call.service == "s3":
            return None if self._may_be_seen(call) else _OTHERS_RESULT
        if call.service not in KINDS:
            return None
        query = self.named_by(call)
        if query is None:
            return _NOT_STARTED_HERE if call.service == "athena" and _is_owned(call) else None
        if query.stopped and call.operation in (query.kind.look, "GetQueryResults"):
            return Refusal(QUOTA_CODE, query.stopped)
        return None

    def _may_be_seen(self, call: Call) -> bool:
        if self._results is None or not self._results.holds(call):
            return True
        with self._lock:
            return ("athena", self._results.query_of(call)) in self._known


def _is_owned(call: Call) -> bool:
    return call.operation in ("GetQueryResults", "StopQueryExecution")


_NOT_STARTED_HERE = Deny(
    "the query was not started from here", "start the query again and read that"
)
_OTHERS_RESULT = Deny(
    "the place holds results of queries that were not started from here",
    "read the results of your own by the id of the query, or name the place in aws.exports",
)
