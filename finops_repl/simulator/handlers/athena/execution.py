"""One query of Athena's: how far it has come, and how GetQueryExecution tells it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from finops_repl.simulator.handlers.athena.catalog import WORKGROUP
from finops_repl.simulator.handlers.athena.results import ResultFile
from finops_repl.trino.check import metadata_statement

__all__ = ["Execution", "described"]


@dataclass(slots=True)
class Execution:
    """One query and how far it has come."""

    id: str
    sql: str
    context: Mapping[str, str]
    location: str
    submitted: datetime
    state: str = "QUEUED"
    reason: str = ""
    started: datetime | None = None
    completed: datetime | None = None
    scanned: int = 0
    result: ResultFile | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def is_select(self) -> bool:
        return metadata_statement(self.sql) is None

    @property
    def is_over(self) -> bool:
        return self.state in ("SUCCEEDED", "FAILED", "CANCELLED")


def described(execution: Execution) -> dict[str, Any]:
    """An execution as GetQueryExecution shows it."""
    now = execution.completed or datetime.now(UTC)
    started = execution.started or now
    status: dict[str, Any] = {
        "State": execution.state,
        "SubmissionDateTime": execution.submitted,
    }
    if execution.completed:
        status["CompletionDateTime"] = execution.completed
    if execution.reason:
        status["StateChangeReason"] = execution.reason
    if execution.state == "FAILED":
        status["AthenaError"] = {
            "ErrorCategory": 2,
            "ErrorType": 1,
            "Retryable": False,
            "ErrorMessage": execution.reason,
        }
    return {
        "QueryExecutionId": execution.id,
        "Query": execution.sql,
        "StatementType": "DML" if execution.is_select else "UTILITY",
        "ResultConfiguration": {"OutputLocation": execution.location},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": dict(execution.context),
        "Status": status,
        "Statistics": {
            "EngineExecutionTimeInMillis": _milliseconds(started, now),
            "DataScannedInBytes": execution.scanned,
            "TotalExecutionTimeInMillis": _milliseconds(execution.submitted, now),
            "QueryQueueTimeInMillis": _milliseconds(execution.submitted, started),
            "ServiceProcessingTimeInMillis": 0,
        },
        "WorkGroup": WORKGROUP,
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
        "SubstatementType": "SELECT" if execution.is_select else "SHOW",
    }


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() * 1000))
