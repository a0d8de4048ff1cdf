"""The audit file: one JSON line for every call, the refused and the unreadable ones too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from finops_repl.base.files import append_line
from finops_repl.base.places import state_dir
from finops_repl.gateway.record import CallRecord, audit_fields

__all__ = ["AuditLog", "open_audit"]


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Appends to `<folder>/<year>-<month>.jsonl`; each line is one write, so threads may share."""

    folder: Path

    def append(self, record: CallRecord) -> None:
        """Write the record; a call that cannot be recorded is not answered either."""
        path = self.folder / f"{record.at:%Y-%m}.jsonl"
        append_line(path, json.dumps(audit_fields(record), ensure_ascii=False))


def open_audit() -> AuditLog:
    """The audit in the user's private state folder."""
    return AuditLog(state_dir("audit"))
