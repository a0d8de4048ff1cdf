"""The bill in Athena, through pyathena, which knows how the real one answers and fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import (
    ConnectionFailed,
    FinopsError,
    InputError,
    LimitReached,
    UnknownName,
)
from finops_repl.base.table import Cell, Column, Table
from finops_repl.billing.athena_results import (
    REACH_HINT,
    SCALARS,
    described_column,
    read_table,
    refused,
    with_near_names,
)
from finops_repl.billing.kind import kind_of, partition_of
from finops_repl.billing.patience import Patience
from finops_repl.billing.port import BillTable
from finops_repl.trino.check import statement_problem

if TYPE_CHECKING:
    import boto3
    from botocore.exceptions import ClientError
    from pyathena.connection import Connection
    from pyathena.cursor import Cursor

__all__ = ["AthenaBill"]


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
        patience = Patience(timeout_s, cancelled)
        with _spoken():
            cursor = self._connection().cursor(on_poll=patience.look)
        try:
            with _spoken(cursor):
                cursor.execute(sql)
                columns = tuple(_column(each) for each in cursor.description or ())
        except InputError as error:
            raise with_near_names(error, self._tables, self._known_names) from error.__cause__
        return read_table(columns, _batches(cursor, patience), max_rows)

    def _known_names(self) -> list[str]:
        """The columns of the table to ask by default; none where Athena does not tell them."""
        with suppress(FinopsError):
            return [column.name for column in self.columns(self._primary.table)]
        return []

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
                for name, read in SCALARS.items():
                    converter.set(name, _or_null(read))
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


def _batches(cursor: Cursor, patience: Patience) -> Iterator[Sequence[tuple[Any, ...]]]:
    while True:
        with _spoken(cursor):
            patience.look()
            batch = cursor.fetchmany(1000)
        if not batch:
            return
        yield [tuple(row) for row in batch]


@contextmanager
def _spoken(cursor: Cursor | None = None) -> Iterator[None]:
    """Errors of Athena, pyathena and botocore as ours; a query given up is stopped first."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pyathena.error import Error

    try:
        yield
    except LimitReached:
        if cursor is not None and cursor.query_id:
            cursor.cancel()
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
    return refused(details.get("Code", ""), details.get("Message", str(error)))


def _or_null(read: Callable[[str], Cell]) -> Callable[[str | None], Cell]:
    return lambda text: None if text is None else read(text)


def _column(described: Sequence[Any]) -> Column:
    name, kind, _, _, precision, scale = described[:6]
    return described_column(name, kind, precision, scale)
