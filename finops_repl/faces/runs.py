"""A script run for people and programs: live output, one closing line, or one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from finops_repl.faces.escapes import plain
from finops_repl.faces.figures import shown_value
from finops_repl.faces.story import file_lines, finished_line
from finops_repl.sandbox.port import Stream
from finops_repl.sandbox.scripts import ScriptReport
from finops_repl.tools.script_report import finished

__all__ = ["live_output", "report_json", "report_story"]


def live_output() -> Callable[[Stream, str], None]:
    """A script's stdout on stdout, its stderr on stderr, as they come.

    On a terminal its escape sequences are taken out; in a pipe its bytes are the user's data.
    """
    streams = {"stdout": sys.stdout, "stderr": sys.stderr}

    def write(stream: Stream, text: str) -> None:
        out = streams[stream]
        out.write(plain(text) if out.isatty() else text)
        out.flush()

    return write


def report_story(report: ScriptReport) -> str:
    """What happened, in lines for stderr: the end, the files, the figures declared, the log."""
    fact = finished(report)
    lines = [finished_line(fact), *file_lines(fact)]
    for figure in report.result.declared:
        value = shown_value(str(figure["value"]), str(figure["unit"]))
        lines.append(plain(f"{figure['label']}: {value}"))
    lines.append(f"script {report.script}")
    lines.append(f"log {report.log}")
    return "\n".join(lines)


def report_json(name: str, account: str, report: ScriptReport) -> str:
    """One object with everything that is known of the run."""
    result = report.result
    fields: dict[str, Any] = {
        "workflow": name,
        "account": account,
        "ok": result.ok,
        "run": result.run,
        "reason": result.reason,
        "exit_code": result.exit_code,
        "duration_s": round(result.duration_s, 3),
        "stdout": result.stdout,
        "stderr": result.stderr,
        "stdout_cut_bytes": result.stdout_cut,
        "stderr_cut_bytes": result.stderr_cut,
        "files": list(finished(report).files),
        "rejected": list(result.rejected),
        "figures_declared": [dict(figure) for figure in result.declared],
        "aws_calls": [f"{call.service}:{call.operation}" for call in report.calls],
        "script": str(report.script),
        "log": str(report.log),
    }
    return json.dumps(fields, indent=2, ensure_ascii=False)
