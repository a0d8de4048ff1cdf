"""What is kept of a call: enough to answer for it, never a credential or a body."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from finops_repl.aws.call import Call
from finops_repl.base.money import plain_amount

__all__ = ["CallRecord", "Outcome", "audit_fields", "detail_of"]

DETAIL_LIMIT = 2_000
_LEFT_OUT = frozenset({"ClientRequestToken", "NextPageToken", "NextToken", "nextToken"})

Outcome = Literal["allow", "deny", "malformed"]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call as the gateway saw it; `service` and `operation` are empty when it named none.

    `at` is when it came (UTC), `ms` how long it took, `bytes` the size of the answer's body (0
    where none was written), `account` the 12 digits. `detail` says what was asked of an allowed
    call (an Athena statement, a Cost Explorer period and filter); it is kept in memory alone.
    `price_usd` is AWS's list price of the call; one that was `cached` never reached AWS, and one
    that was `capped` was refused because a cap in dollars is reached.
    """

    at: datetime
    user: str
    session: str
    run: str
    script_sha256: str
    service: str
    operation: str
    region: str
    account: str
    decision: Outcome
    reason: str
    status: int
    ms: float
    bytes: int
    detail: str = ""
    price_usd: Decimal = Decimal(0)
    cached: bool = False
    capped: bool = False


_NOT_AUDITED = ("detail", "capped")
"""What is kept in memory alone; a reason in the audit names the cap."""
_AUDITED = tuple(known.name for known in fields(CallRecord) if known.name not in _NOT_AUDITED)


def audit_fields(record: CallRecord) -> dict[str, Any]:
    """The record as it goes to the audit file: without the detail."""
    audited = {name: getattr(record, name) for name in _AUDITED}
    at = record.at.isoformat(timespec="milliseconds")
    price = plain_amount(record.price_usd)
    return {**audited, "at": at, "ms": round(record.ms, 3), "price_usd": price}


def detail_of(call: Call) -> str:
    """What an allowed call asked for, in one line of at most 2,000 characters."""
    if (call.service, call.operation) == ("athena", "StartQueryExecution"):
        text = str(call.params.get("QueryString", ""))
    else:
        asked = {name: value for name, value in call.params.items() if name not in _LEFT_OUT}
        text = json.dumps(asked, separators=(",", ":"), ensure_ascii=False, default=str)
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"
