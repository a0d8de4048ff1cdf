"""Athena queries as they may pass: one reading statement, run and written where the user says.

A SELECT is a copy: its workgroup and output place decide into whose bucket. They are never a
script's choice, nor are the catalog, the access list and the encryption of what is written.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.base.errors import InputError
from finops_repl.gateway.decision import Allow, Decision, Deny

__all__ = ["ANYWHERE", "QueryPlaces", "ReadStatement", "StartedQueries", "decide_query"]

ReadStatement = Callable[[str, Sequence[str]], str]
"""The text to run for a statement and its parameters; raises `InputError` where none may."""

QUERIES_KEPT = 10_000
_OF_STARTED = frozenset({"GetQueryResults", "StopQueryExecution"})
_PASSED_ON = ("ClientRequestToken", "ResultReuseConfiguration")


@dataclass(frozen=True, slots=True)
class QueryPlaces:
    """Where queries run and write; what is empty is left to Athena, never to a script."""

    workgroup: str = ""
    output_location: str = ""
    catalog: str = "AwsDataCatalog"


class StartedQueries:
    """The queries that came through this gateway: their results may be read, and they stopped."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, call: Call, answer: Answer) -> None:
        """Remember the query that a call started."""
        if (call.service, call.operation) == ("athena", "StartQueryExecution") and isinstance(
            answer, Result
        ):
            with self._lock:
                self._known[str(answer.fields["QueryExecutionId"])] = None
                while len(self._known) > QUERIES_KEPT:
                    self._known.popitem(last=False)

    def objection(self, call: Call) -> Deny | None:
        """Why a call that reads results or stops a query may not pass, if it may not."""
        if call.service != "athena" or call.operation not in _OF_STARTED:
            return None
        with self._lock:
            if str(call.params.get("QueryExecutionId", "")) in self._known:
                return None
        return Deny("the query was not started from here", "start the query again and read that")


ANYWHERE = QueryPlaces()
"""What an account without settings has: Athena's own choices."""


def decide_query(call: Call, read_statement: ReadStatement, places: QueryPlaces) -> Decision:
    """Allow StartQueryExecution in the form in which it may be sent, or say what is wrong."""
    params = call.params
    try:
        statement = read_statement(
            str(params.get("QueryString", "")),
            [str(each) for each in params.get("ExecutionParameters") or ()],
        )
    except InputError as problem:
        # It quotes the statement, which the audit is not to hold: the remedy is not kept there.
        return Deny("its statement is refused", f"send exactly one SELECT: {problem}")
    database = (params.get("QueryExecutionContext") or {}).get("Database")
    context = {"Catalog": places.catalog}
    if database:
        context["Database"] = str(database)
    sent: dict[str, Any] = {name: params[name] for name in _PASSED_ON if name in params}
    sent |= {"QueryString": statement, "QueryExecutionContext": context}
    if places.workgroup:
        sent["WorkGroup"] = places.workgroup
    if places.output_location:
        sent["ResultConfiguration"] = {"OutputLocation": places.output_location}
    return Allow("one reading statement", replace(call, params=sent))
