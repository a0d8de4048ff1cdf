"""Read-only by operation: reviewed reads of cost and inventory services pass, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from finops_repl.aws.call import Call
from finops_repl.gateway.decision import Allow, Decision, Deny
from finops_repl.gateway.operations import REVIEWED, WITHHELD_BECAUSE

__all__ = ["CheckStatement", "ReadOnlyPolicy", "reads"]

CheckStatement = Callable[[str], str | None]
"""Why an Athena statement may not run (not one SELECT, ...); None when it may."""

# Right for 7,294 of the 7,327 operations of AWS that it matches; the table knows the others that
# belong to a reviewed service.
_READ_VERB = re.compile(
    r"(BatchGet|Describe|Get|Head|List|Lookup|Query|Scan|Search|Select|View)(?=[A-Z0-9]|$)"
)

_OUTSIDE = "to do it, use your own credentials outside finops-repl"


def reads(operation: str) -> bool:
    """Whether an operation's verb says that it only reads."""
    return _READ_VERB.match(operation) is not None


@dataclass(frozen=True, slots=True)
class ReadOnlyPolicy:
    """Lets the reviewed reads through, and Athena queries that `check_statement` accepts."""

    check_statement: CheckStatement

    def decide(self, call: Call) -> Decision:
        """Allow, or deny with a reason that quotes nothing of the call's parameters."""
        if (call.service, call.operation) == ("athena", "StartQueryExecution"):
            return self._statement(str(call.params.get("QueryString", "")))
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
        return Allow("a reviewed read")

    def _statement(self, sql: str) -> Decision:
        objection = self.check_statement(sql)
        if objection is not None:
            # The objection quotes the statement, which the audit is not to hold.
            return Deny("its statement is refused", f"send exactly one SELECT: {objection}")
        return Allow("one reading statement")
