"""The one function behind every door: identify, decide, hand on, record, answer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result, Upstream
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.parse import parse
from finops_repl.aws.wire.refusals import serialise_refusal
from finops_repl.aws.wire.route import Route, route
from finops_repl.aws.wire.serialise import serialise
from finops_repl.base.errors import FinopsError, LimitReached
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.bill_place import BILL_SERVICES, BillPlace
from finops_repl.gateway.cache import AnswerCache
from finops_repl.gateway.decision import Deny, Policy
from finops_repl.gateway.identify import refuse_ambiguity, refuse_contradiction
from finops_repl.gateway.meter import Meter
from finops_repl.gateway.queries import StartedQueries
from finops_repl.gateway.record import CallRecord, Verdict, detail_of
from finops_repl.gateway.runs import Runs

__all__ = ["Gateway"]


@dataclass(slots=True)
class _Passage:
    """A call on its way through; becomes its record."""

    caller: Caller
    at: datetime
    started: float
    service: str = ""
    operation: str = ""
    region: str = ""
    decision: Verdict = "malformed"
    reason: str = ""
    status: int = 0
    size: int = 0
    detail: str = ""
    price: Decimal = Decimal(0)
    age: timedelta | None = None
    """How old the answer is, where it was kept."""


class Gateway:
    """Stands before an upstream; any number of threads may call it at once.

    Without a meter its calls cost nothing, as a simulated account's do; without a cache each is
    asked anew. `bill` is the place of a bill that another account or region has.
    """

    def __init__(
        self,
        upstream: Upstream,
        policy: Policy,
        audit: AuditLog,
        *,
        meter: Meter | None = None,
        cache: AnswerCache | None = None,
        bill: BillPlace | None = None,
        models: ServiceModels | None = None,
    ) -> None:
        self.upstream = upstream
        self.models = models or ServiceModels()
        self._policy = policy
        self._audit = audit
        self._meter = meter
        self._cache = cache
        self._bill = bill
        self._runs = Runs()
        self._queries = StartedQueries()

    def handle(self, request: WireRequest, caller: Caller) -> WireResponse:
        """Answer an HTTP request; whatever is wrong with it becomes an AWS-shaped 4xx.

        Every response bears exactly one Content-Length.
        """
        passage = _begin(caller)
        try:
            response = self._respond(request, passage)
            passage.status, passage.size = response.status, len(response.body)
            return response
        finally:
            self._record(passage)

    def perform(self, call: Call, caller: Caller) -> Answer:
        """Answer a call that is parsed already, by the same policy and into the same record."""
        passage = _begin(caller)
        try:
            answer = self._answer(call, passage)
            passage.status = answer.status if isinstance(answer, Refusal) else 200
            return answer
        finally:
            self._record(passage)

    def turn_away(
        self, refusal: Refusal, caller: Caller, *, request: WireRequest | None = None
    ) -> WireResponse:
        """Refuse and record what a door itself did not accept: no key, no readable request."""
        passage = _begin(caller)
        passage.reason = refusal.message
        response = serialise_refusal(refusal, request=request)
        passage.status, passage.size = response.status, len(response.body)
        self._record(passage)
        return response

    def calls(self, run: str) -> tuple[CallRecord, ...]:
        """The calls of one run in the order in which they ended, the latest 10,000."""
        return self._runs.calls(run)

    def cancel(self, run: str) -> None:
        """Stop what the run has under way and refuse what it still asks for."""
        self._runs.cancelled(run).set()

    def _respond(self, request: WireRequest, passage: _Passage) -> WireResponse:
        found: Route | None = None
        try:
            refuse_ambiguity(request)
            found = route(request, self.models)
            passage.service, passage.operation = found.service, found.operation
            passage.region = found.region
            refuse_contradiction(request, found)
            params = parse(request, found)
        except MalformedRequest as error:
            passage.reason = _audited_reason(error)
            return serialise_refusal(error.refusal, route=found, request=request)
        answer = self._answer(Call(found.service, found.operation, found.region, params), passage)
        if isinstance(answer, Result):
            return _told(serialise(found, answer.fields), passage.age)
        return serialise_refusal(answer, route=found, request=request)

    def _upstream_of(self, service: str) -> Upstream:
        """Who answers for a service, and whose account its calls are recorded under."""
        return self._bill.upstream if self._bill and service in BILL_SERVICES else self.upstream

    def _answer(self, call: Call, passage: _Passage) -> Answer:
        call = self._bill.placed(call) if self._bill else call
        passage.service, passage.operation = call.service, call.operation
        passage.region = call.region
        decision = self._queries.objection(call) or self._policy.decide(call)
        passage.reason = decision.reason
        if isinstance(decision, Deny):
            passage.decision = "deny"
            return self._denial(call, decision)
        passage.decision = "allow"
        call = decision.call or call
        passage.detail = detail_of(call)
        cancelled = self._runs.cancelled(passage.caller.run)
        if cancelled.is_set():
            passage.decision, passage.reason = "deny", _CANCELLED.message
            return _CANCELLED
        try:
            answer = self._ask(call, passage, cancelled)
        except FinopsError as error:
            # A sentence for the script's author; the SDKs would retry a 5xx.
            code = "LimitExceededException" if isinstance(error, LimitReached) else "RequestFailed"
            return Refusal(code, str(error))
        self._queries.note(call, answer)
        return answer

    def _ask(self, call: Call, passage: _Passage, cancelled: threading.Event) -> Answer:
        if self._cache is None:
            return self._ask_upstream(call, passage, cancelled)
        answer, passage.age = self._cache.answer(
            call, lambda: self._ask_upstream(call, passage, cancelled), cancelled=cancelled
        )
        return answer

    def _ask_upstream(self, call: Call, passage: _Passage, cancelled: threading.Event) -> Answer:
        upstream = self._upstream_of(call.service)
        if self._meter is None:
            return upstream.answer(call, cancelled=cancelled)
        answer, passage.price = self._meter.ask(
            call, lambda asked: upstream.answer(asked, cancelled=cancelled)
        )
        return answer

    def _denial(self, call: Call, decision: Deny) -> Refusal:
        entry = self.models.index.entries.get(call.service)
        protocols = entry.protocols if entry else ()
        code = "AccessDeniedException"
        if "ec2" in protocols:
            code = "UnauthorizedOperation"
        elif {"query", "rest-xml"} & set(protocols):
            code = "AccessDenied"
        message = (
            f"{call.service}:{call.operation} does not pass finops-repl's gateway:"
            f" {decision.reason}; {decision.remedy}"
        )
        return Refusal(code, message, 403)

    def _record(self, passage: _Passage) -> None:
        caller = passage.caller
        record = CallRecord(
            at=passage.at,
            user=caller.user,
            session=caller.session,
            run=caller.run,
            script_sha256=caller.script_sha256,
            service=passage.service,
            operation=passage.operation,
            region=passage.region,
            account=self._upstream_of(passage.service).account_id,
            decision=passage.decision,
            reason=passage.reason,
            status=passage.status,
            ms=(time.perf_counter() - passage.started) * 1_000,
            bytes=passage.size,
            detail=passage.detail,
            price_usd=passage.price,
            cached=passage.age is not None,
        )
        self._runs.add(record)
        self._audit.append(record)


# Their messages quote what was sent, which the audit is not to hold.
_QUOTING = frozenset({"SerializationException", "ValidationException", "InvalidQueryParameter"})
_CANCELLED = Refusal("RequestAborted", "the run was cancelled")


def _audited_reason(error: MalformedRequest) -> str:
    code = error.refusal.code
    return code if code in _QUOTING else error.message[:300]


def _told(response: WireResponse, age: timedelta | None) -> WireResponse:
    """The response, which says so where its answer was kept, and since how many seconds."""
    if age is None:
        return response
    told = ("x-finops-cache", f"hit; age={int(age.total_seconds())}")
    return replace(response, headers=(*response.headers, told))


def _begin(caller: Caller) -> _Passage:
    return _Passage(caller, datetime.now(UTC), time.perf_counter())
