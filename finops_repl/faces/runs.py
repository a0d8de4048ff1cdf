"""A script run for people and programs: live output, one closing line, or one JSON object."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

from finops_repl.base.money import plain_amount
from finops_repl.faces.escapes import plain
from finops_repl.faces.figures import shown_value
from finops_repl.faces.story import file_lines, finished_line, warning_lines
from finops_repl.sandbox.port import Stream
from finops_repl.sandbox.scripts import ScriptReport
from finops_repl.tools.script_report import finished

__all__ = ["LiveOutput", "report_json", "report_story"]


class LiveOutput:
    """A script's stdout on stdout, its stderr on stderr, as they come; nothing when `silent`.

    On a terminal its escape sequences are taken out; in a pipe its bytes are the user's data.
    """

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._in_line = False

    def __call__(self, stream: Stream, text: str) -> None:
        """Write a piece of text, which is not empty."""
        if self._silent:
            return
        out = sys.stdout if stream == "stdout" else sys.stderr
        out.write(plain(text) if out.isatty() else text)
        out.flush()
        if out.isatty():
            self._in_line = not text.endswith("\n")

    def close(self) -> None:
        """End the line that the script left unfinished on a terminal."""
        if self._in_line:
            sys.stderr.write("\n")


def report_story(report: ScriptReport) -> str:
    """What happened, in lines for stderr: the end, the calls, files and figures, the log."""
    fact = finished(report)
    lines = [finished_line(fact)]
    lines += [f"called {name} ×{count}" for name, count in _calls(report, "allow").items()]
    lines += [f"refused {name} ×{count}" for name, count in _calls(report, "deny").items()]
    lines += warning_lines(fact)
    lines += file_lines(fact)
    for figure in report.result.declared:
        value = shown_value(str(figure["value"]), str(figure["unit"]))
        lines.append(plain(f"{figure['label']}: {value}"))
    lines.append(f"script {report.script}")
    lines.append(f"log {report.log}")
    return "\n".join(lines)


def report_json(ran: Mapping[str, str], account: str, report: ScriptReport) -> str:
    """One object with everything that is known of the run; `ran` says what was run."""
    result = report.result
    fields: dict[str, Any] = {
        **ran,
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
        "warnings": list(result.warnings),
        "figures_declared": [dict(figure) for figure in result.declared],
        "aws_calls": _calls(report, "allow"),
        "aws_calls_refused": _calls(report, "deny"),
        "aws_calls_cached": finished(report).aws_calls_cached,
        "aws_usd": plain_amount(report.aws_usd),
        "script": str(report.script),
        "log": str(report.log),
    }
    return json.dumps(fields, indent=2, ensure_ascii=False)


def _calls(report: ScriptReport, decision: Literal["allow", "deny"]) -> dict[str, int]:
    """How often each operation was called and let through, or refused, in order of first call."""
    names = (
        f"{call.service}:{call.operation}" if call.operation else "a request of no known operation"
        for call in report.calls
        if (call.decision == "allow") == (decision == "allow")
    )
    return dict(Counter(names))
