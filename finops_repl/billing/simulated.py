"""The simulated account's bill: Athena's own calls, asked of the gateway as they are.

boto3 and pyathena take a third of a second to load, and a simulated account has no wire that
they would be needed for. What is asked, decided, recorded and answered is the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Call, Caller, Refusal
from finops_repl.base.errors import InputError, LimitReached, UnknownName
from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.athena_results import SCALARS, described_column, read_table, refused
from finops_repl.billing.patience import Patience
from finops_repl.billing.port import BillTable
from finops_repl.gateway.explanations import THROTTLED
from finops_repl.gateway.gateway import Gateway
from finops_repl.trino.check import statement_problem

__all__ = ["SimulatedBill"]

POLL_S = 0.002
"""Looking at a query of the simulated account is free, and most take milliseconds."""

ATTEMPTS = 5
"""How often a call is made that is refused for being one too many, as botocore makes it."""

PAGE_ROWS = 1000


class SimulatedBill:
    """Trino SQL on the one table of a simulated account, whose `columns` are known."""

    def __init__(
        self,
        gateway: Gateway,
        caller: Caller,
        table: BillTable,
        columns: Sequence[Column],
        *,
        region: str = "us-east-1",
    ) -> None:
        self._gateway = gateway
        self._caller = caller
        self._table = table
        self._columns = tuple(columns)
        self._region = region

    @property
    def tables(self) -> Mapping[str, BillTable]:
        return {self._table.table: self._table}

    @property
    def primary(self) -> BillTable:
        return self._table

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns as the table declares them, partition keys last; raises `UnknownName`."""
        if table != self._table.table:
            raise UnknownName("table", table, self.tables)
        return self._columns

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        """Run one SELECT; see `Bill.query`. A query that is given up is stopped in Athena too."""
        if problem := statement_problem(sql):
            raise InputError(problem, hint="write one SELECT in Trino's SQL")
        patience = Patience(timeout_s, cancelled)
        started = self._ask(
            "StartQueryExecution",
            QueryString=sql,
            QueryExecutionContext={
                "Database": self._table.database,
                "Catalog": self._table.catalog,
            },
            WorkGroup=self._table.workgroup,
        )
        query = started["QueryExecutionId"]
        try:
            is_titled = self._wait(query, patience)
            pages = self._pages(query, patience)
            first = next(pages)
            described = first["ResultSetMetadata"]["ColumnInfo"]
            columns = tuple(
                described_column(each["Name"], each["Type"], each["Precision"], each["Scale"])
                for each in described
            )
            readers = [_reader(each["Type"]) for each in described]
            batches = _batches(first, pages, readers, is_titled=is_titled)
            return read_table(columns, batches, max_rows)
        except (LimitReached, KeyboardInterrupt):
            self._ask("StopQueryExecution", QueryExecutionId=query)
            raise

    def _wait(self, query: str, patience: Patience) -> bool:
        """Wait for the end; whether the first row of the result holds the columns' names."""
        while True:
            told = self._ask("GetQueryExecution", QueryExecutionId=query)["QueryExecution"]
            patience.look()
            match told["Status"]["State"]:
                case "SUCCEEDED":
                    return bool(told["StatementType"] == "DML")
                case "FAILED" | "CANCELLED":
                    raise InputError(told["Status"]["StateChangeReason"])
                case _:
                    time.sleep(POLL_S)

    def _pages(self, query: str, patience: Patience) -> Iterator[Mapping[str, Any]]:
        token: dict[str, str] = {}
        while True:
            patience.look()
            page = self._ask(
                "GetQueryResults", QueryExecutionId=query, MaxResults=PAGE_ROWS, **token
            )
            yield page["ResultSet"]
            if "NextToken" not in page:
                return
            token = {"NextToken": page["NextToken"]}

    def _ask(self, operation: str, **params: Any) -> Mapping[str, Any]:
        """One call of Athena's through the gateway; raises what it refuses as our error."""
        call = Call("athena", operation, self._region, params)
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._gateway.perform(call, self._caller)
            if not isinstance(answer, Refusal):
                return answer.fields
            if answer.code not in THROTTLED or attempt == ATTEMPTS:
                break
            time.sleep(POLL_S)
        raise refused(answer.code, answer.message)


def _batches(
    first: Mapping[str, Any],
    following: Iterator[Mapping[str, Any]],
    readers: Sequence[Callable[[str], Cell]],
    *,
    is_titled: bool,
) -> Iterator[Sequence[tuple[Cell, ...]]]:
    yield [_row(each, readers) for each in first["Rows"][is_titled:]]
    for page in following:
        yield [_row(each, readers) for each in page["Rows"]]


def _row(row: Mapping[str, Any], readers: Sequence[Callable[[str], Cell]]) -> tuple[Cell, ...]:
    texts = (each.get("VarCharValue") for each in row["Data"])
    return tuple(
        None if text is None else read(text) for read, text in zip(readers, texts, strict=True)
    )


def _reader(kind: str) -> Callable[[str], Cell]:
    """What reads a value of a type; pyathena reads the nested ones."""
    if kind in SCALARS:
        return SCALARS[kind]
    from pyathena.converter import DefaultTypeConverter  # 40 ms: few results hold such values

    converter = DefaultTypeConverter()
    return lambda text: converter.convert(kind, text)  # type: ignore[no-any-return]
