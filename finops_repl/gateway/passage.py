"""A call on its way through the gateway: what becomes known of it, until it is its record."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from finops_repl.aws.call import Call, Caller, Refusal
from finops_repl.aws.wire.malformed import MalformedRequest
from finops_repl.aws.wire.route import Route
from finops_repl.gateway.record import CallRecord, Outcome
from finops_repl.gateway.started import QUOTA_CODE

__all__ = ["Passage"]

# Their messages quote what was sent, which the audit is not to hold.
_QUOTING = frozenset({"SerializationException", "ValidationException", "InvalidQueryParameter"})
LONGEST_REASON = 300


@dataclass(slots=True)
class Passage:
    """Begins when the call comes, as one that nobody can read; `price` is in dollars.

    `age` is how old its answer is, where it was kept; `size` the bytes of the response's body.
    `capped` says that a cap refused it.
    """

    caller: Caller
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    service: str = ""
    operation: str = ""
    region: str = ""
    decision: Outcome = "malformed"
    reason: str = ""
    status: int = 0
    size: int = 0
    detail: str = ""
    price: Decimal = Decimal(0)
    capped: bool = False
    age: timedelta | None = None
    _started: float = field(default_factory=time.perf_counter)

    def names(self, call: Call | Route) -> None:
        """What is asked, and where."""
        self.service, self.operation, self.region = call.service, call.operation, call.region

    def refused(self, refusal: Refusal) -> Refusal:
        """The call does not pass, for the reason that the refusal tells."""
        self.decision, self.reason = "deny", refusal.message
        self.capped = refusal.code == QUOTA_CODE
        return refusal

    def unreadable(self, error: MalformedRequest) -> Refusal:
        """The request was none; its reason quotes nothing that was sent."""
        self.reason = _audited_reason(error)
        return error.refusal

    def record(self, account_id: str) -> CallRecord:
        """What is kept of the call now that it ends; `account_id` says whose account was asked."""
        return CallRecord(
            at=self.at,
            user=self.caller.user,
            session=self.caller.session,
            run=self.caller.run,
            script_sha256=self.caller.script_sha256,
            service=self.service,
            operation=self.operation,
            region=self.region,
            account=account_id,
            decision=self.decision,
            reason=self.reason,
            status=self.status,
            ms=(time.perf_counter() - self._started) * 1_000,
            bytes=self.size,
            detail=self.detail,
            price_usd=self.price,
            cached=self.age is not None,
            capped=self.capped,
        )


def _audited_reason(error: MalformedRequest) -> str:
    code = error.refusal.code
    return code if code in _QUOTING else error.message[:LONGEST_REASON]
