"""The log of one run: what was run, all that it printed up to a cap, and how it ended."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from types import TracebackType

from finops_repl.base.scope import Scope
from finops_repl.sandbox.limits import MB
from finops_repl.sandbox.port import Job, RunResult, Stream

__all__ = ["ScriptLog"]

MAX_BYTES = 16 * MB


class ScriptLog:
    """A text file that is written while the script runs; stderr is set apart by a mark."""

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(path, flags, 0o644), "wb", buffering=0)
        self._left = MAX_BYTES
        self._stream: Stream = "stdout"
        self._in_line = False

    def __enter__(self) -> ScriptLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._note(f"not finished: {error or type(error).__name__}")
        self._file.close()

    def head(self, scope: Scope, job: Job, script: str, digest: str, began: datetime) -> None:
        """What is run, for whom and on which account."""
        facts = {
            "script": script,
            "sha256": digest,
            "run": job.run,
            "session": scope.session,
            "user": scope.user,
            "account": scope.account,
            "language": job.language,
            "began": began.isoformat(timespec="seconds"),
            "timeout": f"{job.timeout_s:g} s",
            "params": json.dumps(dict(job.params), ensure_ascii=False, default=str),
        }
        self._file.write("".join(f"# {name}: {said}\n" for name, said in facts.items()).encode())

    def add(self, stream: Stream, text: str) -> None:
        """What the script printed; where the streams change within a line, a line is begun."""
        if self._left <= 0:
            return
        if stream != self._stream:
            self._note(f"[{stream}]")
            self._stream = stream
        data = text.encode(errors="replace")[: self._left]
        self._file.write(data)
        self._in_line = not data.endswith(b"\n")
        self._left -= len(data)
        if self._left <= 0:
            self._note(f"[the output goes on; a log keeps {MAX_BYTES // MB} MB]")

    def tail(self, result: RunResult, aws_calls: int, cached: int) -> None:
        """How the run ended, what it left and how often it called AWS."""
        self._note(f"ended: {result.reason}, exit code {result.exit_code}")
        self._note(f"seconds: {result.duration_s:.2f}")
        self._note(f"AWS calls: {aws_calls}, from the cache: {cached}")
        for file in result.files:
            self._note(f"file: {file.name}, {file.size} bytes")
        for warning in result.warnings:
            self._note(f"warning: {warning}")
        for rejected in result.rejected:
            self._note(f"not collected: {rejected}")

    def _note(self, text: str) -> None:
        begin = "\n" if self._in_line else ""
        self._in_line = False
        self._file.write(f"{begin}# {text}\n".encode(errors="replace"))
