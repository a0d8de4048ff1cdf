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
from finops_repl.tools.encoding import cleaned, head_and_tail
from finops_repl.tools.figures import Figure, amount, shown_number
from finops_repl.tools.tool import ToolContext, ToolResult

if TYPE_CHECKING:
    from finops_repl.sandbox.scripts import ScriptReport

__all__ = ["as_result", "finished", "whole_order"]

ROOM = 5_200
"""Bytes of a result that what a script left, declared and printed may take together."""

ROOM_FOR_FIGURES, ROOM_FOR_FILES, ROOM_FOR_ERRORS = 3_400, 900, 1_200
MOST_FIGURES, MOST_FILES = 50, 20
REST = (
    "print less; declare what the answer needs by figure(); write the rest to a file in DATA_DIR "
    "and read parts of it in a next script by inputs"
)
LONGEST_WORDS, MOST_OPERATIONS, LEAST_OUTPUT = 300, 12, 800

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
        tuple(cleaned(_file(file)) for file in result.files),
        tuple(cleaned(result.rejected)),
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
        "stdout": "",
    }
    shown_figures = _fitting([_shown(figure) for figure in figures], ROOM_FOR_FIGURES)
    shown_files = _fitting([_file(file) for file in result.files[:MOST_FILES]], ROOM_FOR_FILES)
    optional: dict[str, Any] = {
        "stderr": head_and_tail(result.stderr, ROOM_FOR_ERRORS),
        "files": shown_files,
        "files_left_out": len(result.files) - len(shown_files),
        "not_collected": [reason[:LONGEST_WORDS] for reason in result.rejected[:5]],
        "figures": shown_figures,
        "figures_left_out": _left_out(figures, len(shown_figures)),
        "not_figures": list(not_figures[:5]),
        "aws_calls": _calls(report),
        "aws_calls_cached": sum(call.cached for call in report.calls),
        "aws_usd": plain_amount(report.aws_usd) if report.aws_usd else "",
        "what_to_do": ADVICE.get(result.reason, ""),
        "script": report.script.name,
    }
    content |= {name: value for name, value in optional.items() if value}
    room = ROOM - len(json.dumps(content, default=str).encode())
    content["stdout"] = head_and_tail(result.stdout, max(room, LEAST_OUTPUT) * 3 // 4)
    context.figures.note_printed(result.run, result.stdout)
    if _is_cut(result, content):
        content |= {"log": report.log.name, "to_get_the_rest": REST}
    return ToolResult(content, is_error=not result.ok, figures=figures, rest=REST)


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
    if len(summary) > MOST_OPERATIONS:
        others = len(summary) - MOST_OPERATIONS
        summary = dict(list(summary.items())[:MOST_OPERATIONS]) | {"other operations": others}
    refusals = [reason[:LONGEST_WORDS] for reason in sorted(refused)[:3]]
    return summary | ({"refused": refusals} if refusals else {})


def _fitting(items: Sequence[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    """As many of the items, from the first on, as have room."""
    shown = []
    for item in items:
        room -= len(json.dumps(item, ensure_ascii=False).encode()) + 1
        if room < 0:
            break
        shown.append(item)
    return shown


def _left_out(figures: Sequence[Figure], shown: int) -> str:
    """Which figures have ids that the result has no room to show."""
    if shown == len(figures):
        return ""
    return f"{figures[shown].id} to {figures[-1].id}: declare fewer, or shorter labels"


def _shown(figure: Figure) -> dict[str, str]:
    shown = shown_number(figure.value)
    return {"id": figure.id, "value": shown, "unit": figure.unit, "label": figure.label}


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


def _is_cut(result: RunResult, content: Mapping[str, Any]) -> bool:
    cut = result.stdout_cut or result.stderr_cut
    shown = (content["stdout"], content.get("stderr", ""))
    return bool(cut or shown != (result.stdout, result.stderr))
