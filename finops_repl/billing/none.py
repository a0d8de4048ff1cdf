"""An account whose bill is not in SQL, or not yet: Cost Explorer answers, a query does not."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Never

from finops_repl.base.errors import ConfigError
from finops_repl.base.table import Column, Table
from finops_repl.billing.port import BillTable

__all__ = ["NoBill"]


class NoBill:
    """Says what is missing when it is asked; `hint` says what to do about it."""

    def __init__(self, hint: str) -> None:
        self._hint = hint

    @property
    def tables(self) -> Mapping[str, BillTable]:
        return {}

    @property
    def primary(self) -> BillTable:
        return BillTable("", "", "", "other")

    def columns(self, table: str) -> tuple[Column, ...]:
        """Raises `ConfigError`."""
        self._missing()

    def query(
        self,
        sql: str,
        *,
        timeout_s: float = 60,
        max_rows: int | None = None,
        cancelled: threading.Event | None = None,
    ) -> Table:
        """Raises `ConfigError`."""
        self._missing()

    def _missing(self) -> Never:
        raise ConfigError("this account has no bill to query", hint=self._hint)
