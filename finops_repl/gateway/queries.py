"""Athena queries as they may pass: one reading statement, run and written where the user says.

A SELECT is a copy: its workgroup and output place decide into whose bucket. They are never a
script's choice, nor are the catalog, the access list and the encryption of what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from finops_repl.aws.call import Call
from finops_repl.base.errors import InputError
from finops_repl.gateway.decision import Allow, Decision, Deny

__all__ = ["ANYWHERE", "QueryPlaces", "ReadStatement", "decide_query"]

ReadStatement = Callable[[str, Sequence[str]], str]
"""The text to run for a statement and its parameters; raises `InputError` where none may."""

_PASSED_ON = ("ClientRequestToken", "ResultReuseConfiguration")


@dataclass(frozen=True, slots=True)
class QueryPlaces:
    """Where queries run and write; what is empty is left to Athena, never to a script."""

    workgroup: str = ""
    output_location: str = ""
    catalog: str = "AwsDataCatalog"


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
