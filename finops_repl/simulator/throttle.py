"""Throttling on request, as scripts meet it on AWS: too many calls of an operation are refused.

It counts calls and looks at no clock, so that a test meets it at the same place each time: after so
many answers the next call of that operation is refused, and the one after it is answered again.
What SDKs do by themselves, wait and try again, gets through.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

from finops_repl.aws.call import Call, Refusal

__all__ = ["Throttle"]

CODES: Mapping[str, str] = {
    "athena": "TooManyRequestsException",
    "autoscaling": "Throttling",
    "ce": "LimitExceededException",
    "cloudwatch": "Throttling",
    "ec2": "RequestLimitExceeded",
    "elasticache": "Throttling",
    "elb": "Throttling",
    "elbv2": "Throttling",
    "iam": "Throttling",
    "lambda": "TooManyRequestsException",
    "organizations": "TooManyRequestsException",
    "rds": "Throttling",
    "s3": "SlowDown",
    "sts": "Throttling",
}
"""How services say that there were too many calls; the others say `ThrottlingException`."""


class Throttle:
    """Refuses one call of an operation after every `answered`; none where that is 0."""

    def __init__(self, answered: int) -> None:
        self._answered = answered
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def refusal(self, call: Call) -> Refusal | None:
        """The refusal of this call, None where it is answered."""
        if not self._answered:
            return None
        with self._lock:
            self._counts[call.service, call.operation] += 1
            count = self._counts[call.service, call.operation]
        if count % (self._answered + 1):
            return None
        code = CODES.get(call.service, "ThrottlingException")
        return Refusal(code, f"Rate exceeded: too many calls of {call.operation}, try again later")
