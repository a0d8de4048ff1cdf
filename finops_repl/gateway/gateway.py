"""The one function behind every door: identify, decide, hand on, record, answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from finops_repl.aws.call import CANCELLED, Answer, Call, Caller, Refusal, Result, Upstream
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.aws.wire.parse import parse
from finops_repl.aws.wire.refusals import serialise_refusal
from finops_repl.aws.wire.route import Route, route
from finops_repl.aws.wire.serialise import serialise
from finops_repl.base.errors import FinopsError, InputError, LimitReached
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.bill_place import BILL_SERVICES, BillPlace
from finops_repl.gateway.cache import AnswerCache
from finops_repl.gateway.decision import Deny, Policy
from finops_repl.gateway.identify import refuse_ambiguity, refuse_contradiction
from finops_repl.gateway.meter import Meter, Tab
from finops_repl.gateway.passage import Passage
from finops_repl.gateway.record import CallRecord, detail_of
from finops_repl.gateway.runs import Runs
from finops_repl.gateway.started import (
    QUOTA_CODE,
    StartedQueries,
    StartedQuery,
    kind_started_by,
)
from finops_repl.gateway.watch import LOOK_EVERY_S, PATIENCE_S, QueryWatch

__all__ = ["Gateway"]


class Gateway:
    """Stands before an upstream; any number of threads may call it at once.

    Without a meter its calls cost nothing, as a simulated account's do, and no query is watched;
    without a cache each is asked anew. `bill` is the place of a bill that another account or region
    has. `queries` remembers what was started through it, and says whose results may be read; what
    runs of them is looked at every `look_every_s`.
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
        queries: StartedQueries | None = None,
        models: ServiceModels | None = None,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self.upstream = upstream
        self.models = models or ServiceModels()
        self._policy = policy
        self._audit = audit
        self._meter = meter
        self._cache = cache
        self._bill = bill
        self._runs = Runs()
        self._queries = queries or StartedQueries()
        self._watch = (
            QueryWatch(
                meter,
                self._queries,
                self._ask_upstream,
                self._runs,
                self._record_look,
                every_s=look_every_s,
            )
            if meter
            else None
        )

    def handle(self, request: WireRequest, caller: Caller) -> WireResponse:
        """Answer an HTTP request; whatever is wrong with it becomes an AWS-shaped 4xx.

        Every response bears exactly one Content-Length.
        """
        with self._runs.under_way(caller.run):
            passage = Passage(caller)
            try:
                response = self._respond(request, passage)
                passage.status, passage.size = response.status, len(response.body)
                return response
            finally:
                self._record(passage)

    def perform(self, call: Call, caller: Caller) -> Answer:
        """Answer a call that is parsed already, by the same policy and into the same record."""
        with self._runs.under_way(caller.run):
            passage = Passage(caller)
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
        passage = Passage(caller)
        passage.reason = refusal.message
        response = serialise_refusal(refusal, request=request)
        passage.status, passage.size = response.status, len(response.body)
        self._record(passage)
        return response

    def calls(self, run: str) -> tuple[CallRecord, ...]:
        """The calls of one run in the order in which they ended, the latest 10,000."""
        return self._runs.calls(run)

    def price(self, run: str) -> Decimal:
        """Dollars that a run has cost by now, at AWS's list prices."""
        return self._runs.price(run)

    def cancel(self, run: str) -> None:
        """Stop what the run has under way, its queries too, and refuse what it still asks for.

        What that cost is known afterwards, unless AWS takes longer than some seconds.
        """
        self._runs.cancelled(run).set()
        if self._watch is not None:
            self._runs.wait_for_calls(run, PATIENCE_S)
            self._watch.end(run, _RUN_ENDED)
            self._runs.wait_for_calls(run, PATIENCE_S)

    def close(self) -> None:
        """Stop every query that runs."""
        if self._watch is not None:
            self._watch.close()

    def _respond(self, request: WireRequest, passage: Passage) -> WireResponse:
        found: Route | None = None
        try:
            refuse_ambiguity(request)
            found = route(request, self.models)
            passage.names(found)
            refuse_contradiction(request, found)
            params = parse(request, found)
        except MalformedRequest as error:
            return serialise_refusal(passage.unreadable(error), route=found, request=request)
        answer = self._answer(Call(found.service, found.operation, found.region, params), passage)
        if isinstance(answer, Result):
            return _told(serialise(found, answer.fields), passage.age)
        return serialise_refusal(answer, route=found, request=request)

    def _upstream_of(self, service: str) -> Upstream:
        """Who answers for a service, and whose account its calls are recorded under."""
        return self._bill.upstream if self._bill and service in BILL_SERVICES else self.upstream

    def _ask_upstream(self, call: Call, cancelled: threading.Event) -> Answer:
        return self._upstream_of(call.service).answer(call, cancelled=cancelled)

    def _answer(self, call: Call, passage: Passage) -> Answer:
        call = self._bill.placed(call) if self._bill else call
        passage.names(call)
        decision = self._queries.objection(call) or self._policy.decide(call)
        if isinstance(decision, Refusal):
            return passage.refused(decision)
        passage.reason = decision.reason
        if isinstance(decision, Deny):
            passage.decision = "deny"
            return self._denial(call, decision)
        passage.decision = "allow"
        call = decision.call or call
        passage.detail = detail_of(call)
        cancelled = self._runs.cancelled(passage.caller.run)
        if cancelled.is_set():
            return passage.refused(CANCELLED)
        try:
            answer = self._ask(call, passage, cancelled)
        except FinopsError as error:
            # A sentence for the script's author; the SDKs would retry a 5xx.
            passage.capped = isinstance(error, LimitReached)
            code = QUOTA_CODE if isinstance(error, LimitReached) else "RequestFailed"
            return Refusal(code, str(error))
        self._queries.note(call, answer, passage.caller)
        return answer

    def _ask(self, call: Call, passage: Passage, cancelled: threading.Event) -> Answer:
        if self._cache is None:
            return self._ask_anew(call, passage, cancelled)
        answer, passage.age = self._cache.answer(
            call, lambda: self._ask_anew(call, passage, cancelled), cancelled=cancelled
        )
        return answer

    def _ask_anew(self, call: Call, passage: Passage, cancelled: threading.Event) -> Answer:
        if self._meter is None or self._watch is None:
            return self._ask_upstream(call, cancelled)
        if kind_started_by(call) is None:
            return self._metered(self._meter, call, passage, cancelled)
        self._watch.look_at_all()
        # An answer that nobody waited for would leave a query that nobody knows of.
        answer = self._metered(self._meter, call, passage, threading.Event())
        self._watch.attend()
        if cancelled.is_set():
            self._watch.stop_soon(passage.caller.run, _RUN_ENDED)
        return answer

    def _metered(
        self, meter: Meter, call: Call, passage: Passage, cancelled: threading.Event
    ) -> Answer:
        tab = Tab(passage.caller)
        try:
            return meter.ask(
                call,
                lambda asked: self._ask_upstream(asked, cancelled),
                self._queries,
                tab,
            )
        except (InputError, LimitReached) as error:
            code = QUOTA_CODE if isinstance(error, LimitReached) else "InvalidRequestException"
            passage.decision, passage.reason = "deny", error.message
            passage.capped = isinstance(error, LimitReached)
            return Refusal(code, str(error))
        finally:
            passage.price = tab.price
            if tab.foreseen and passage.decision == "allow":
                passage.reason += f"; {tab.foreseen}"

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

    def _record_look(
        self, query: StartedQuery, operation: str, price: Decimal, reason: str
    ) -> None:
        """Record what the watch asked for on its own; it belongs to the run of the query."""
        passage = Passage(query.caller)
        passage.names(query.kind.call(operation, query))
        passage.price, passage.status = price, 200
        passage.decision, passage.reason = "allow", reason
        self._record(passage)

    def _record(self, passage: Passage) -> None:
        record = passage.record(self._upstream_of(passage.service).account_id)
        self._runs.add(record)
        self._audit.append(record)


_RUN_ENDED = "the run that started the query ended"


def _told(response: WireResponse, age: timedelta | None) -> WireResponse:
    """The response, which says so where its answer was kept, and since how many seconds."""
    if age is None:
        return response
    told = ("x-finops-cache", f"hit; age={int(age.total_seconds())}")
    return replace(response, headers=(*response.headers, told))
