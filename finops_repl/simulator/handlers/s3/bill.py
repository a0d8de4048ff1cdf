"""The bill's exports as objects in S3: each month one Parquet file and its manifest.

A file is written when somebody first lists it, looks it up or reads it, and kept beside the world
that it is of.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import md5
from pathlib import Path

from finops_repl.simulator.exports import EXPORTS, BillExport, export_bucket
from finops_repl.simulator.handlers.s3.objects import StoredObject
from finops_repl.simulator.months import Calendar, Month
from finops_repl.simulator.store import exports_folder
from finops_repl.simulator.view import View

__all__ = ["KEYS_PER_PAGE", "BillObjects"]

KEYS_PER_PAGE = 10
"""A listing tells sizes, for which it writes files: a page of it takes seconds, not a minute."""


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
