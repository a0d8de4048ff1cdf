"""The bill in Athena, through pyathena: the simulated account's and a real one alike.

Money stays exact as far as Athena is: its cost columns are doubles and travel as text, whose
digits become a `Decimal` without passing through a float again. The simulated account sums
DECIMALs and writes the nearest double, so that its text agrees with the ledger to the cent (and
to 15 significant digits).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import (
    ConnectionFailed,
    FinopsError,
    InputError,
    LimitReached,
    UnknownName,
)
from finops_repl.base.table import Column, Table
from finops_repl.billing.kind import kind_of, partition_of
from finops_repl.billing.port import BillTable
from finops_repl.gateway.explanations import DENIED, IDENTITY_CODES, told_apart
from finops_repl.trino.cells import as_decimal
from finops_repl.trino.check import statement_problem

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from pyathena.connection import Connection
    from pyathena.cursor import Cursor

__all__ = ["AthenaBill"]

MAX_CELLS = 5_000_000
"""Cells that a result may hold in memory, as for bills in files."""

REACH_HINT = "check the network, the profile and the region"


class AthenaBill:
    """Trino SQL on tables of one Athena account.

    `open_session` says whose; it is called with the first request, for many a run makes none.
    """

    def __init__(
        self,
        open_session: Callable[[], boto3.Session],
        tables: Sequence[BillTable],
        *,
        poll_s: float = 0.1,
        columns: Mapping[str, tuple[Column, ...]] | None = None,
        told_by_columns: bool = False,
    ) -> None:
        """`tables` with the one to ask by default first; `poll_s` between looks at a query.

        `columns` are those of tables that are known already; Athena is asked for the others. With
        `told_by_columns` their kind and month are read off their columns, when somebody asks for
        `tables` or `primary`: that asks Athena, and raises what it refuses.
        """
        if not tables:
            raise InputError("the account has no table with a bill", hint="name one in Athena")
        self._open_session = open_session
        self._tables = {table.table: table for table in tables}
        self._primary = tables[0]
        self._poll_s = poll_s
        self._to_be_told = told_by_columns
        self._columns: dict[str, tuple[Column, ...]] = dict(columns or {})
        self._lock = threading.Lock()
        self._opened: Connection[Any] | None = None

    @property
    def tables(self) -> Mapping[str, BillTable]:
        if self._to_be_told:
            self._tables = {name: self._told(table) for name, table in self._tables.items()}
            self._to_be_told = False
        return self._tables

    @property
    def primary(self) -> BillTable:
        return self.tables[self._primary.table]

    def _told(self, table: BillTable) -> BillTable:
        names = [column.name for column in self.columns(table.table)]
        return replace(table, kind=kind_of(names), partition=partition_of(names))

    def columns(self, table: str) -> tuple[Column, ...]:
        """The columns as the table declares them, partition keys last; raises `UnknownName`."""
        found = self._tables.get(table)
        if found is None:
            raise UnknownName("table", table, self._tables)
        if table not in self._columns:
            client: Any = self._connection().client
            with _spoken():
                answer = client.get_table_metadata(
                    CatalogName=found.catalog, DatabaseName=found.database, TableName=table
                )
            listed = answer["TableMetadata"]
            declared = listed.get("Columns", []) + listed.get("PartitionKeys", [])
            self._columns[table] = tuple(Column(c["Name"], c.get("Type", "")) for c in declared)
        return self._columns[table]

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
        patience = _Patience(timeout_s, cancelled)
        with _spoken(patience):
            cursor = self._connection().cursor(on_poll=patience.look)
            patience.watch(cursor)
            cursor.execute(sql)
            columns = tuple(_column(each) for each in cursor.description or ())
            most = MAX_CELLS // max(1, len(columns))
            wanted = most if max_rows is None else min(max_rows, most)
            rows: list[tuple[Any, ...]] = []
            while len(rows) <= wanted and (batch := cursor.fetchmany(1000)):
                patience.look()
                rows.extend(batch)
        if len(rows) > wanted and max_rows is None:
            raise LimitReached(
                f"the result has more than {wanted} rows", hint="add a LIMIT, or aggregate"
            )
        return Table(columns, tuple(rows[:wanted]), truncated=len(rows) > wanted)

    def _connection(self) -> Connection[Any]:
        import logging

        from pyathena import connect
        from pyathena.converter import DefaultTypeConverter

        table = self._primary
        with self._lock:
            if self._opened is None:
                # It logs the trace of every refused query; our error says what happened.
                logging.getLogger("pyathena").addHandler(logging.NullHandler())
                converter = DefaultTypeConverter()
                for name in ("double", "real", "float"):
                    converter.set(name, _number)
                converter.set("timestamp with time zone", _moment)
                for name in ("json", "varbinary"):
                    converter.set(name, str)
                session = self._open_session()
                self._opened = connect(
                    session=session,
                    region_name=session.region_name,
                    work_group=table.workgroup or None,
                    catalog_name=table.catalog,
                    schema_name=table.database,
                    poll_interval=self._poll_s,
                    converter=converter,
                )
            return self._opened


class _Patience:
    """Looks at clock and cancellation while Athena works, and gives the query up."""

    def __init__(self, timeout_s: float, cancelled: threading.Event | None) -> None:
        self._timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s
        self._cancelled = cancelled
        self._cursor: Cursor | None = None

    def watch(self, cursor: Cursor) -> None:
        """Remember whose query to stop."""
        self._cursor = cursor

    def look(self, *_: object) -> None:
        """Raise `LimitReached` when it is time to stop."""
        if self._cancelled is not None and self._cancelled.is_set():
            raise LimitReached("the query was cancelled")
        if time.monotonic() > self._end:
            raise LimitReached(
                f"the query ran longer than {self._timeout_s:g} s",
                hint="ask for a shorter period or fewer columns, or raise the timeout",
            )

    def give_up(self) -> None:
        """Stop the query in Athena, if it was started."""
        if self._cursor is not None and self._cursor.query_id:
            self._cursor.cancel()


@contextmanager
def _spoken(patience: _Patience | None = None) -> Iterator[None]:
    """Errors of Athena, pyathena and botocore as ours; a query given up is stopped first."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pyathena.error import Error

    try:
        yield
    except LimitReached:
        if patience is not None:
            patience.give_up()
        raise
    except ClientError as error:
        raise _refused(error) from error
    except BotoCoreError as error:
        raise ConnectionFailed(f"Athena cannot be reached: {error}", hint=REACH_HINT) from error
    except Error as error:
        cause = error.__cause__
        if isinstance(cause, ClientError):
            raise _refused(cause) from error
        raise InputError(str(error)) from error


def _refused(error: ClientError) -> FinopsError:
    details = error.response.get("Error", {})
    code, message = details.get("Code", ""), details.get("Message", str(error))
    message, hint = told_apart(message)
    if code in IDENTITY_CODES or (hint and code in DENIED):
        return ConnectionFailed(f"{code}: {message}", hint=hint or REACH_HINT)
    if code == "ServiceQuotaExceededException":  # as the gateway has it of its caps
        return LimitReached(message)
    said = message if code == "InvalidRequestException" else f"{code}: {message}"
    return InputError(said, hint=hint)


def _column(described: Sequence[Any]) -> Column:
    name, kind, _, _, precision, scale = described[:6]
    return Column(name, f"decimal({precision},{scale})" if kind == "decimal" else kind)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else as_decimal(text)


def _moment(text: str | None) -> datetime | None:
    """`2026-01-31 10:00:00.000 UTC` as an aware moment."""
    from zoneinfo import ZoneInfo

    if not text:
        return None
    local, _, zone = text.rpartition(" ")
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
