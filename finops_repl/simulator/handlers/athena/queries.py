"""Athena of the simulated account: queries run in the locked SQL room and leave a CSV in S3."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.base.errors import FinopsError, LimitReached
from finops_repl.simulator.handlers.athena.catalog import WORKGROUP, CatalogAnswers, invalid
from finops_repl.simulator.handlers.athena.execution import Execution, described
from finops_repl.simulator.handlers.athena.results import ResultFile, column_info
from finops_repl.simulator.handlers.s3.objects import StoredObject
from finops_repl.trino.check import metadata_statement, statement_problem, with_parameters
from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.room import Running, SqlRoom
from finops_repl.trino.types import parse_type

__all__ = ["AthenaService"]

AT_ONCE = 2
KEPT = 100
"""Executions that are remembered; the oldest finished ones are forgotten with their files."""

QUERY_TIMEOUT_S = 300.0
"""Athena allows 1800 s; here a query that nobody waits for any more must not last as long."""

STARTING_S = 0.02
"""How long StartQueryExecution waits for the end, so that who asks for little asks only once."""

MAX_PAGE = 1000
WIDTHS = {"boolean": 1, "integer": 4, "bigint": 8, "double": 8, "date": 4, "timestamp": 8}
TEXT_WIDTH, MAP_WIDTH = 12, 60
"""Bytes a column takes in Parquet, compressed: what `DataScannedInBytes` is estimated from."""


class AthenaService:
    """Answers Athena's operations on one room; `objects` are the result files by S3 key.

    `close()` stops what runs and forgets the results.
    """

    def __init__(self, room: SqlRoom, output_bucket: str) -> None:
        self._room = room
        self._bucket = output_bucket
        self._executions: dict[str, Execution] = {}
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        # Runs at the end of the program too: a query left behind must not keep it from ending.
        self.close = weakref.finalize(self, _stop, self._executions, self._threads)
        catalog = CatalogAnswers(room.catalog, f"s3://{output_bucket}/")
        self._handlers: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": self._get,
            "BatchGetQueryExecution": self._get_batch,
            "GetQueryResults": self._results,
            "StopQueryExecution": self._stop,
            "ListQueryExecutions": self._list,
            **catalog.handlers,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._handlers)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call; queries run on after it."""
        handler = self._handlers.get(call.operation)
        if handler is None:
            return Refusal(
                "InvalidRequestException", f"{call.operation} is not offered by this account"
            )
        return handler(call.params)

    def objects(self) -> dict[str, StoredObject]:
        """The files of finished queries by key."""
        with self._lock:
            finished = [each for each in self._executions.values() if each.state == "SUCCEEDED"]
        return {
            each.location.split("/", 3)[3]: StoredObject(
                each.result.size,
                each.id.replace("-", ""),
                each.completed or each.submitted,
                each.result.read,
            )
            for each in finished
            if each.result
        }

    def _start(self, params: Mapping[str, Any]) -> Answer:
        workgroup = params.get("WorkGroup") or WORKGROUP
        if workgroup != WORKGROUP:
            return invalid(f"WorkGroup {workgroup} is not found.")
        try:
            sql = with_parameters(params["QueryString"], params.get("ExecutionParameters") or ())
        except SqlProblem as problem:
            return invalid(str(problem))
        refused = statement_problem(sql)
        if refused:
            return invalid(refused)
        location = (params.get("ResultConfiguration") or {}).get("OutputLocation") or ""
        location = (location or f"s3://{self._bucket}/").rstrip("/")
        if location.split("/")[:3] != ["s3:", "", self._bucket]:
            return invalid(
                f"Unable to verify/create output bucket {location}. The simulated account writes "
                f"to s3://{self._bucket}/ only."
            )
        with self._lock:
            known = self._tokens.get(params.get("ClientRequestToken") or "")
            if known:
                return Result({"QueryExecutionId": known})
            found = str(uuid.uuid4())
            suffix = "csv" if metadata_statement(sql) is None else "txt"
            execution = Execution(
                found,
                sql,
                params.get("QueryExecutionContext") or {},
                f"{location}/{found}.{suffix}",
                datetime.now(UTC),
            )
            self._executions[found] = execution
            if params.get("ClientRequestToken"):
                self._tokens[params["ClientRequestToken"]] = found
            self._forget_oldest()
        worker = threading.Thread(
            target=self._run_in_turn, args=(execution,), name="athena", daemon=True
        )
        self._threads.add(worker)
        worker.start()
        execution.finished.wait(STARTING_S)
        return Result({"QueryExecutionId": found})

    def _run_in_turn(self, execution: Execution) -> None:
        with self._places:
            self._run(execution)

    def _run(self, execution: Execution) -> None:
        if execution.cancelled.is_set():
            self._finish(execution, "CANCELLED", "Query cancelled by user")
            return
        execution.state, execution.started = "RUNNING", datetime.now(UTC)
        try:
            with self._room.run(
                execution.sql, timeout_s=QUERY_TIMEOUT_S, cancelled=execution.cancelled
            ) as running:
                result = ResultFile(running.columns)
                execution.result = result
                result.write(running.batches)
                execution.scanned = self._scanned(running)
        except LimitReached as limit:
            if execution.cancelled.is_set():
                self._finish(execution, "CANCELLED", "Query cancelled by user")
            else:
                self._finish(execution, "FAILED", f"EXCEEDED_LIMIT: {limit.message}")
        except FinopsError as error:
            self._finish(execution, "FAILED", str(error))
        else:
            self._finish(execution, "SUCCEEDED", "")
        finally:
            if not execution.is_over:
                self._finish(execution, "FAILED", "GENERIC_INTERNAL_ERROR: internal error")

    def _finish(self, execution: Execution, state: str, reason: str) -> None:
        execution.completed, execution.reason = datetime.now(UTC), reason
        execution.state = state
        execution.finished.set()

    def _scanned(self, running: Running) -> int:
        """Bytes by the columns that are read; partition columns are no bytes of the files."""
        total = 0
        for scan in running.scans:
            table = self._room.catalog.tables[scan.table]
            known = {column.name: column for column in table.columns}
            names = running.reads.get(scan.table, frozenset()) - set(table.partition_keys)
            types = [parse_type(known[name].type) for name in names]
            width = sum(MAP_WIDTH if of.args else WIDTHS.get(of.name, TEXT_WIDTH) for of in types)
            total += width * self._room.rows(scan)
        return total

    def _forget_oldest(self) -> None:
        over = [each for each in self._executions.values() if each.is_over]
        for each in over[: max(0, len(self._executions) - KEPT)]:
            del self._executions[each.id]
            if each.result:
                each.result.close()

    def _find(self, params: Mapping[str, Any]) -> Execution | Refusal:
        with self._lock:
            found = self._executions.get(params["QueryExecutionId"])
        return found or invalid(f"QueryExecution {params['QueryExecutionId']} was not found")

    def _get(self, params: Mapping[str, Any]) -> Answer:
        found = self._find(params)
        if isinstance(found, Refusal):
            return found
        return Result({"QueryExecution": described(found)})

    def _get_batch(self, params: Mapping[str, Any]) -> Answer:
        known, unknown = [], []
        for each in params["QueryExecutionIds"]:
            found = self._find({"QueryExecutionId": each})
            if isinstance(found, Refusal):
                unknown.append({"QueryExecutionId": each, "ErrorMessage": found.message})
            else:
                known.append(described(found))
        return Result({"QueryExecutions": known, "UnprocessedQueryExecutionIds": unknown})

    def _list(self, params: Mapping[str, Any]) -> Answer:
        with self._lock:
            ids = [each.id for each in reversed(self._executions.values())]
        return Result({"QueryExecutionIds": ids[: params.get("MaxResults") or 50]})

    def _stop(self, params: Mapping[str, Any]) -> Answer:
        found = self._find(params)
        if isinstance(found, Refusal):
            return found
        found.cancelled.set()
        return Result({})

    def _results(self, params: Mapping[str, Any]) -> Answer:
        found = self._find(params)
        if isinstance(found, Refusal):
            return found
        if found.state != "SUCCEEDED" or found.result is None:
            if found.is_over:
                return invalid(
                    f"Query did not finish successfully. Final query state: {found.state}"
                )
            return invalid(f"Query has not yet finished. Current state: {found.state}")
        token, most = params.get("NextToken"), params.get("MaxResults") or MAX_PAGE
        if token is not None and not token.isdigit():
            return invalid("Invalid NextToken")
        first = int(token or 0)
        header = (
            [[column.name for column in found.result.columns]]
            if found.is_select and token is None
            else []
        )
        page = found.result.page(first, most - len(header))
        fields: dict[str, Any] = {
            "UpdateCount": 0,
            "ResultSet": {
                "Rows": [{"Data": [_datum(cell) for cell in row]} for row in header + page.rows],
                "ResultSetMetadata": {
                    "ColumnInfo": [column_info(column) for column in found.result.columns]
                },
            },
        }
        if page.following is not None:
            fields["NextToken"] = str(page.following)
        return Result(fields)


def _datum(cell: str | None) -> dict[str, str]:
    return {} if cell is None else {"VarCharValue": cell}


def _stop(executions: Mapping[str, Execution], threads: Iterable[threading.Thread]) -> None:
    """End what runs, wait for it, and let go of the results."""
    for execution in list(executions.values()):
        execution.cancelled.set()
    for thread in list(threads):
        thread.join()
    for execution in list(executions.values()):
        if execution.result:
            execution.result.close()
