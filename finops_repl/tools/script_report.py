"""A script's report as a tool result: how it ended, what it printed, left, called and declared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import InputError
from finops_repl.base.events import CodeFinished
from finops_repl.base.money import plain_amount
from finops_repl.sandbox.limits import MEMORY_ADVICE
from finops_repl.sandbox.port import OutputFile, RunResult
from finops_repl.tools.encoding import head_and_tail
from finops_repl.tools.figures import Figure, amount
from finops_repl.tools.tool import ToolContext, ToolResult

if TYPE_CHECKING:
    from finops_repl.sandbox.scripts import ScriptReport

__all__ = ["as_result", "finished", "whole_order"]

STDOUT_SHOWN, STDERR_SHOWN = 2_000, 1_200
MOST_FIGURES, MOST_FILES = 50, 20
LONGEST_WORDS = 300

ADVICE = {
    "timeout": "give a longer timeout_s (at most 900), or do less in one run",
    "memory": MEMORY_ADVICE,
    "cancelled": "the user stopped it",
    "sandbox died": "run it again; query_bill works without the sandbox",
}


def whole_order(
    code: str, params: Mapping[str, object], inputs: Sequence[str], timeout_s: float
) -> str:
    """Everything that an approval of a script covers: its code, and what is given to it."""
    given = [f"params: {json.dumps(dict(params), default=str)}"] if params else []
    given += [f"inputs: {', '.join(inputs)}"] if inputs else []
    return "\n\n".join([code.rstrip(), "\n".join([*given, f"time limit: {timeout_s:g} s"])])


def finished(report: ScriptReport, call_id: str = "") -> CodeFinished:
    """The run's end as a fact; a run that no model asked for has no call."""
    result = report.result
    return CodeFinished(
        call_id,
        result.run,
        result.reason,
        result.exit_code,
        result.duration_s,
        tuple(_file(file) for file in result.files),
        result.rejected,
        len(report.calls),
        str(report.script),
        result.warnings,
        sum(call.cached for call in report.calls),
        plain_amount(report.aws_usd),
        report.was_capped,
    )


def as_result(context: ToolContext, report: ScriptReport) -> ToolResult:
    """The report, compact; the figures that the script declared are registered with their run."""
    result = report.result
    figures, not_figures = _declared(context, report)
    content: dict[str, Any] = {
        "run": result.run,
        "ended": result.reason,
        "exit_code": result.exit_code,
        "seconds": round(result.duration_s, 2),
        "stdout": head_and_tail(result.stdout, STDOUT_SHOWN),
    }
    optional: dict[str, Any] = {
        "stderr": head_and_tail(result.stderr, STDERR_SHOWN),
        "files": [_file(file) for file in result.files[:MOST_FILES]],
        "files_left_out": max(0, len(result.files) - MOST_FILES),
        "not_collected": list(result.rejected[:10]),
        "figures": [_shown(figure) for figure in figures],
        "not_figures": not_figures,
        "aws_calls": _calls(report),
        "aws_calls_cached": sum(call.cached for call in report.calls),
        "aws_usd": plain_amount(report.aws_usd) if report.aws_usd else "",
        "what_to_do": ADVICE.get(result.reason, ""),
        "script": report.script.name,
        "log": report.log.name if _is_cut(result) else "",
    }
    content |= {name: value for name, value in optional.items() if value}
    return ToolResult(content, is_error=not result.ok, figures=figures)


def _declared(
    context: ToolContext, report: ScriptReport
) -> tuple[tuple[Figure, ...], Sequence[str]]:
    """The script's own figures: its word for the value, the host's for the run and its calls."""
    figures: list[Figure] = []
    wrong: list[str] = []
    observed = {
        "run": report.result.run,
        "script": report.script.name,
        "aws_calls": [_counted(report, name, n) for name, n in _operations(report).items()],
        "account": context.scope.account,
    }
    for fields in report.result.declared[:MOST_FIGURES]:
        try:
            value = amount(fields.get("value"))
        except InputError as error:
            wrong.append(f"{_words(fields.get('label'))}: {error.message}")
            continue
        said = {
            str(name)[:40]: _words(item)
            for name, item in fields.items()
            if name not in ("value", "unit", "label")
        }
        figures.append(
            context.figures.register(
                value,
                _words(fields.get("unit"))[:20],
                _words(fields.get("label"))[:120],
                "declared",
                {**said, **observed},
            )
        )
    return tuple(figures), wrong


def _operations(report: ScriptReport) -> Mapping[str, int]:
    calls = (call for call in report.calls if call.decision == "allow")
    return Counter(f"{call.service}:{call.operation}" for call in calls)


def _counted(report: ScriptReport, name: str, count: int) -> str:
    cached = sum(call.cached for call in report.calls if f"{call.service}:{call.operation}" == name)
    return f"{name} ×{count}" + (f" ({cached} from the cache)" if cached else "")


def _calls(report: ScriptReport) -> dict[str, Any]:
    """What the gateway saw, whatever the script says it did."""
    refused = {
        f"{call.service}:{call.operation} {call.reason}"
        for call in report.calls
        if call.decision != "allow"
    }
    summary: dict[str, Any] = dict(_operations(report))
    return summary | ({"refused": sorted(refused)[:5]} if refused else {})


def _shown(figure: Figure) -> dict[str, str]:
    value = f"{figure.value:.4f}".rstrip("0").rstrip(".")
    return {"id": figure.id, "value": value, "unit": figure.unit, "label": figure.label}


def _file(file: OutputFile) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": file.name, "bytes": file.size}
    if file.rows is not None:
        fields |= {"rows": file.rows, "columns": list(file.columns[:30])}
    if file.picture is not None:
        fields["picture"] = "{} x {}".format(*file.picture)
    if file.instead_of:
        fields["instead_of"] = file.instead_of
    return fields


def _words(value: object) -> str:
    return "" if value is None else str(value)[:LONGEST_WORDS]


def _is_cut(result: RunResult) -> bool:
    cut = result.stdout_cut or result.stderr_cut
    return bool(cut or len(result.stdout) > STDOUT_SHOWN or len(result.stderr) > STDERR_SHOWN)
