"""The bill's exports as objects in S3: each month one Parquet file and its manifest.

A file is written when somebody first lists it, looks it up or reads it, and kept beside the world
that it is of. Where it lies is as AWS lays out what it delivers. Sources: "Understanding export
delivery", AWS Data Exports; "Querying Cost and Usage Reports using Amazon Athena", AWS CUR.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from pathlib import Path
from typing import Literal

from finops_repl.simulator.bill import FOCUS, LEGACY, TABLE
from finops_repl.simulator.handlers.s3 import StoredObject
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.store import exports_folder
from finops_repl.simulator.view import View

__all__ = ["EXPORTS", "KEYS_PER_PAGE", "BillExport", "BillObjects", "export_bucket"]

KEYS_PER_PAGE = 10
"""A listing tells sizes, for which it writes files: a page of it takes seconds, not a minute."""


@dataclass(frozen=True, slots=True)
class BillExport:
    """One delivery of the bill: its name, the table that holds the same rows, its prefix in S3."""

    name: str
    table: str
    prefix: str
    layout: Literal["report", "data export"]

    @property
    def folder(self) -> str:
        """What holds the months' rows."""
        return f"{self.prefix}/{self.name}/{self.name if self.layout == 'report' else 'data'}"

    def data_key(self, month: Month) -> str:
        """Where a month's rows lie."""
        file = f"{self.name}-00001.snappy.parquet"
        if self.layout == "report":
            year, number = month.starts.year, month.starts.month
            return f"{self.folder}/year={year}/month={number}/{file}"
        return f"{self.folder}/BILLING_PERIOD={month.period}/{file}"

    def manifest_key(self, month: Month) -> str:
        """Where it is said what a month's rows hold."""
        file = f"{self.name}-Manifest.json"
        if self.layout == "report":
            days = f"{month.starts:%Y%m%d}-{month.ends:%Y%m%d}"
            return f"{self.prefix}/{self.name}/{days}/{file}"
        return f"{self.prefix}/{self.name}/metadata/BILLING_PERIOD={month.period}/{file}"

    def partition(self, month: Month) -> Mapping[str, str]:
        """The columns that a folder stands for, with their values: a file does not repeat them."""
        if self.layout == "report":
            return {"year": str(month.starts.year), "month": str(month.starts.month)}
        return {"billing_period": month.period}


EXPORTS = (
    BillExport("sim-cur2", TABLE, "cur2", "data export"),
    BillExport("sim-legacy", LEGACY, "legacy", "report"),
    BillExport("sim-focus", FOCUS, "focus", "data export"),
)


def export_bucket(account_id: str) -> str:
    """The payer's bucket that the exports are delivered to."""
    return f"sim-billing-exports-{account_id}"


class BillObjects(Mapping[str, StoredObject]):
    """The objects of the bucket by key."""

    def __init__(self, view: View) -> None:
        self._view, self._folder = view, exports_folder(view.path)
        self._writing = threading.Lock()
        self._makers: dict[str, Callable[[], StoredObject]] = dict(self._laid_out(view.calendar))

    def __getitem__(self, key: str) -> StoredObject:
        return self._makers[key]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def _laid_out(self, calendar: Calendar) -> Iterator[tuple[str, Callable[[], StoredObject]]]:
        for export in EXPORTS:
            for month in calendar.months():
                yield export.data_key(month), lambda e=export, m=month: self._data(e, m)  # type: ignore[misc]
                yield export.manifest_key(month), lambda e=export, m=month: self._manifest(e, m)  # type: ignore[misc]

    def _data(self, export: BillExport, month: Month) -> StoredObject:
        path = self._folder / f"{export.name}-{month.period}.parquet"
        with self._writing:
            if not path.exists():
                self._write(export, month, path)
        stated = path.with_suffix(".md5")
        return StoredObject(
            path.stat().st_size, stated.read_text("ascii"), self._delivered(month), _reader(path)
        )

    def _write(self, export: BillExport, month: Month, path: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        partition = export.partition(month)
        left_out = ", ".join(partition)
        inside = " AND ".join(f"{name} = ?" for name in partition)
        try:
            self._view.rows(
                f"COPY (SELECT * EXCLUDE ({left_out}) FROM {export.table} WHERE {inside})"  # noqa: S608
                f" TO '{unfinished}' (FORMAT parquet, COMPRESSION snappy)",
                list(partition.values()),
            )
            digest = md5(unfinished.read_bytes(), usedforsecurity=False).hexdigest()
            path.with_suffix(".md5").write_text(digest, "ascii")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _manifest(self, export: BillExport, month: Month) -> StoredObject:
        columns = self._view.rows(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?"
            " ORDER BY column_index",
            [export.table],
        )
        partition = export.partition(month)
        told = {
            "name": export.name,
            "billingPeriod": {
                "start": f"{month.starts:%Y%m%d}T000000.000Z",
                "end": f"{month.ends:%Y%m%d}T000000.000Z",
            },
            "columns": [
                {"name": name, "type": kind} for name, kind in columns if name not in partition
            ],
            "compression": "Parquet",
            "contentType": "Parquet",
            "bucket": export_bucket(self._view.world.payer.id),
            "dataFiles": [export.data_key(month)],
        }
        content = json.dumps(told, indent=2).encode()
        digest = md5(content, usedforsecurity=False).hexdigest()
        return StoredObject(
            len(content), digest, self._delivered(month), lambda start, stop: content[start:stop]
        )

    def _delivered(self, month: Month) -> datetime:
        """A closed month's last delivery came three days after it, the open one's this morning."""
        calendar = self._view.calendar
        if month.open:
            return calendar.moment(calendar.length, 6 * 3600)
        return min(calendar.moment(month.last + 4, 6 * 3600), calendar.now)


def _reader(path: Path) -> Callable[[int, int], bytes]:
    def read(start: int, stop: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(stop - start)

    return read
