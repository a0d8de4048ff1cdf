"""A trusted DuckDB connection for our own code; SQL written by anybody else goes to `room.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from finops_repl.base.errors import DamagedFile

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Store", "connect"]

Store: TypeAlias = "DuckDBPyConnection"
"""An open connection: `execute(sql, parameters).fetchall()`, `cursor()`, `close()`."""

SETTINGS = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,
}


def connect(path: Path | None, *, read_only: bool = False) -> Store:
    """Open the database file at `path`, or one in memory where it is None.

    A file may be open for reading any number of times, also by an `SqlRoom`; one open for
    writing is closed before anything else reads it. A connection serves one thread at a time:
    give each thread its own `connection.cursor()`. Raises `DamagedFile` where the file cannot be
    opened, which includes another process writing to it.
    """
    import duckdb  # about 0.1 s: only what reads or writes a bill pays for it

    try:
        return duckdb.connect(str(path or ":memory:"), read_only=read_only, config=dict(SETTINGS))
    except duckdb.Error as error:
        raise DamagedFile(
            f"{path} cannot be opened as a database: {error}",
            hint="another process may be writing it; else remove it and it is made again",
        ) from error
