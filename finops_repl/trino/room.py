"""The locked room: Trino SQL on DuckDB that can reach nothing but the tables of its catalog.

Two lines hold independently. The statement is rebuilt from a checked tree, so that only known
constructs, listed functions and the catalog's tables reach DuckDB; and DuckDB itself is started
without access to files, network, extensions and Python variables, with limits of memory, threads
and temporary space, and with its configuration locked.
"""

from __future__ import annotations

import shutil
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import DamagedFile, LimitReached
from finops_repl.base.places import cache_dir
from finops_repl.base.scope import new_id
from finops_repl.base.table import Column, Table
from finops_repl.trino.cells import cell_reader
from finops_repl.trino.check import explained, metadata_statement
from finops_repl.trino.failures import failure
from finops_repl.trino.metadata import answer_metadata, partitions_query
from finops_repl.trino.problem import SqlProblem
from finops_repl.trino.store import Store
from finops_repl.trino.types import parse_type, quoted, text_literal
from finops_repl.trino.watch import Watch

if TYPE_CHECKING:
    from finops_repl.trino.catalog import Catalog
    from finops_repl.trino.rewrite.scope import Scan
    from finops_repl.trino.rewrite.translate import Held, Translation

__all__ = ["Limits", "Running", "SqlRoom", "locked"]

MAX_CELLS = 5_000_000
"""Cells that a result may hold in memory; larger ones are streamed or cut."""

BATCH_ROWS = 2048
ATTACHED = "bill"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one room may take of the machine."""

    memory: str = "2GB"
    threads: int = 2
    temporary: str = "4GB"


@dataclass(frozen=True, slots=True)
class Running:
    """A started query: its columns, what it reads of which tables, and its rows in batches."""

    columns: tuple[Column, ...]
    reads: Mapping[str, frozenset[str]]
    scans: tuple[Scan, ...]
    batches: Iterator[Sequence[tuple[Any, ...]]]


def locked(connection: Store) -> None:
    """Take from a connection what it does not need; nothing can give it back."""
    for setting in (
        "enable_external_access = false",
        "allow_community_extensions = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def fresh_store(limits: Limits, temporary: Path) -> Store:
    """An empty database in memory within `limits`, not yet locked."""
    import duckdb  # about 0.2 s: only what reads a bill pays for it

    store = duckdb.connect(":memory:", config={"python_enable_replacements": False})
    # One by one: given in `config`, DuckDB 2.0 does not hold the limit of temporary files.
    for name, value in (
        ("memory_limit", limits.memory),
        ("threads", limits.threads),
        ("temp_directory", str(temporary)),
        ("max_temp_directory_size", limits.temporary),
        ("allow_persistent_secrets", False),
    ):
        store.execute(f"SET {name} = {_setting(value)}")
    return store


def _setting(value: str | int) -> str:
    return text_literal(value) if isinstance(value, str) else str(value).lower()


class SqlRoom:
    """Trino SQL on a catalog of tables; safe to use from several threads at once."""

    def __init__(
        self,
        catalog: Catalog,
        fill: Callable[[Store], str],
        *,
        limits: Limits | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`fill` puts tables into the store, or attaches them, and names their schema.

        `now` is the moment that SQL takes for the present (UTC), by default the clock's.
        """
        self.catalog = catalog
        self._now = now or (lambda: datetime.now(UTC))
        self._temporary = cache_dir("sql") / new_id()
        self._store = fresh_store(limits or Limits(), self._temporary)
        self._cursors = threading.Lock()
        self._partitions: dict[str, list[tuple[Any, ...]]] = {}
        schema = fill(self._store)
        self._held = {name: self._hold(schema, name) for name in catalog.tables}
        locked(self._store)
        self._close = weakref.finalize(self, _close, self._store, self._temporary)

    @classmethod
    def over_database(
        cls,
        path: Path,
        catalog: Catalog,
        *,
        schema: str = "main",
        limits: Limits | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> SqlRoom:
        """A room over a database file of ours, opened for reading only."""

        def attach(store: Store) -> str:
            import duckdb

            try:
                store.execute(f"ATTACH {text_literal(str(path))} AS {ATTACHED} (READ_ONLY)")
            except duckdb.Error as error:
                raise DamagedFile(
                    f"{path} cannot be read: {error}", hint="close what writes it, or make it again"
                ) from error
            return f"{ATTACHED}.{quoted(schema)}"

        return cls(catalog, attach, limits=limits, now=now)

    def translate(self, sql: str) -> Translation:
        """The statement as DuckDB's; raises `SqlProblem`."""
        from finops_repl.trino.rewrite.translate import translate

        return translate(sql, self.catalog, self._held, now=self._now())

    def rows(self, scan: Scan) -> int:
        """How many rows a scan reads: those of the partitions that its conditions leave."""
        keys = self.catalog.tables[scan.table].partition_keys
        with self._cursors:
            cursor = self._store.cursor()
        if scan.table not in self._partitions:
            listed = "".join(f"{quoted(key)}, " for key in keys)
            sql = f"SELECT {listed}count(*) FROM {self._held[scan.table].relation} GROUP BY ALL"  # noqa: S608
            self._partitions[scan.table] = cursor.execute(sql).fetchall()
        counted = self._partitions[scan.table]
        if not scan.conditions or not counted:
            return sum(row[-1] for row in counted)
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in counted)
        names = ", ".join(map(quoted, (*keys, "rows")))
        sql = (
            f"SELECT sum({scan.alias}.rows) FROM (VALUES {values}) AS {scan.alias}({names})"  # noqa: S608
            f" WHERE {' AND '.join(scan.conditions)}"
        )
        found = cursor.execute(sql).fetchone()
        return int(found[0] or 0) if found else 0

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        """Run one SELECT, SHOW or DESCRIBE; see `billing.port.Bill.query`."""
        with self.run(sql, timeout_s=timeout_s, cancelled=cancelled) as running:
            most = MAX_CELLS // max(1, len(running.columns))
            wanted = most if max_rows is None else min(max_rows, most)
            readers = [cell_reader(parse_type(column.type)) for column in running.columns]
            rows: list[tuple[Any, ...]] = []
            for batch in running.batches:
                for row in batch[: wanted + 1 - len(rows)]:
                    rows.append(tuple(read(cell) for read, cell in zip(readers, row, strict=True)))
                if len(rows) > wanted:
                    break
        if len(rows) > wanted and max_rows is None:
            raise LimitReached(
                f"the result has more than {wanted} rows", hint="add a LIMIT, or aggregate"
            )
        return Table(running.columns, tuple(rows[:wanted]), truncated=len(rows) > wanted)

    @contextmanager
    def run(
        self, sql: str, *, timeout_s: float, cancelled: threading.Event | None = None
    ) -> Iterator[Running]:
        """Start one statement; its rows come while the context is open, as DuckDB's values."""
        asked = metadata_statement(sql)
        if asked and asked["partitions"]:
            sql = partitions_query(asked, self.catalog)
        elif asked:
            table = answer_metadata(asked, self.catalog)
            yield Running(table.columns, {}, (), iter([table.rows]))
            return
        if explained(sql):
            raise SqlProblem(
                "NOT_SUPPORTED", "EXPLAIN is answered by Athena alone", hint="run the SELECT itself"
            )
        translation = self.translate(sql)
        with self._cursors:
            cursor = self._store.cursor()
        # Closed only when nobody watches any more: a closed cursor cannot be interrupted.
        with closing(cursor), Watch(cursor, timeout_s, cancelled) as watch:
            try:
                cursor.execute(translation.sql)
                batches = _batches(cursor, watch)
                yield Running(translation.columns, translation.reads, translation.scans, batches)
            except _duckdb_error() as error:
                raise watch.limit or failure(error) from None

    def close(self) -> None:
        """Free the store and its temporary files; running queries end."""
        self._close()

    def _hold(self, schema: str, name: str) -> Held:
        from finops_repl.trino.rewrite.translate import Held

        table = self.catalog.tables[name]
        relation = f"{schema}.{quoted(table.relation or name)}"
        described = self._store.execute(f"DESCRIBE {relation}").fetchall()
        narrowed = partial(table.narrowed, schema=schema) if table.narrowed else None
        return Held(relation, {str(row[0]).lower(): str(row[1]) for row in described}, narrowed)


def _literal(cell: object) -> str:
    if cell is None:
        return "NULL"
    return str(cell) if isinstance(cell, int) else text_literal(str(cell))


def _close(store: Store, temporary: Path) -> None:
    store.close()
    shutil.rmtree(temporary, ignore_errors=True)


def _duckdb_error() -> type[Exception]:
    import duckdb

    return duckdb.Error


def _batches(cursor: Store, watch: Watch) -> Iterator[Sequence[tuple[Any, ...]]]:
    while batch := cursor.fetchmany(BATCH_ROWS):
        yield batch
        if watch.limit:
            raise watch.limit
