"""The story of a turn in plain lines, the same words on the screen and on stderr."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_repl.base.errors import FinopsError
from finops_repl.base.events import (
    BudgetRaised,
    BudgetWarned,
    CodeFinished,
    CodeStarted,
    ConversationCompacted,
    MendAsked,
    MendEnded,
    ModelFailed,
    ModelReplaced,
    ModelRetried,
    RetryAwaited,
    ToolFinished,
)
from finops_repl.base.money import price_text
from finops_repl.faces.cells import clip
from finops_repl.faces.escapes import plain
from finops_repl.sandbox.limits import MB, Limits

__all__ = [
    "awaited_line",
    "compacted_line",
    "error_line",
    "failed_line",
    "file_lines",
    "finished_line",
    "mend_line",
    "pictures",
    "raised_line",
    "replaced_line",
    "retried_line",
    "started_line",
    "tool_failed_line",
    "warned_line",
    "warning_lines",
]

LONGEST_LINE = 300
ENDS: Mapping[str, str] = {
    "timeout": "stopped at its time limit",
    "memory": f"stopped at its memory limit of {Limits().process_bytes // MB} MB",
    "cancelled": "cancelled",
    "sandbox died": "the sandbox died",
}


def started_line(fact: CodeStarted) -> str:
    """`python, run ab12, at most 30 s`."""
    return plain(f"{fact.language}, run {fact.run}, at most {fact.timeout_s:g} s")


def finished_line(fact: CodeFinished) -> str:
    """How a run ended: its reason, exit code, seconds, AWS calls and, if any, their price."""
    if fact.reason == "exit":
        end = "finished" if fact.exit_code == 0 else f"failed with exit code {fact.exit_code}"
    else:
        end = ENDS.get(fact.reason, plain(fact.reason))
    calls = _counted(fact.aws_calls, "AWS call")
    if fact.aws_calls_cached:
        calls += f", {fact.aws_calls_cached:,} from the cache"
    parts = [end, f"{fact.elapsed_s:.1f} s", calls]
    price = Decimal(fact.aws_usd)
    parts += [price_text(price)] if price else []
    return " · ".join(parts)


def warning_lines(fact: CodeFinished) -> list[str]:
    """One line for each limit that the sandbox did not hold the run to."""
    return [f"WARNING: {plain(warning)}" for warning in fact.warnings]


def file_lines(fact: CodeFinished) -> list[str]:
    """One line for each file a run left, with what is known of it, and for each one refused."""
    folder = _data_folder(fact.script)
    lines = [_file_line(file, folder) for file in fact.files]
    return lines + [f"not collected: {plain(reason)}" for reason in fact.rejected]


def pictures(fact: CodeFinished) -> list[tuple[Path, str]]:
    """The pictures that a run left: where each lies, and its size in pixels (`640 x 480`)."""
    folder = _workspace_of(fact.script) / "data"
    return [
        (folder / Path(str(file["name"])).name, str(file["picture"]))
        for file in fact.files
        if file.get("picture") and file.get("name")
    ]


def _workspace_of(script: str) -> Path:
    """The folder above that of a run's script."""
    return Path(script).absolute().parent.parent


def _data_folder(script: str) -> str:
    """How the data of a run's workspace is called here: by its whole path where it is elsewhere."""
    workspace = _workspace_of(script)
    if not script or workspace.is_relative_to(Path.cwd()):
        return "data"
    return str(workspace / "data")


def _file_line(file: Mapping[str, Any], folder: str) -> str:
    details = []
    if (rows := file.get("rows")) is not None:
        details.append(_counted(int(rows), "row"))
    if columns := file.get("columns"):
        details.append("columns " + ", ".join(map(str, columns)))
    if picture := file.get("picture"):
        details.append(f"picture, {picture}")
    if not details:
        details.append(_counted(int(file.get("bytes", 0)), "byte"))
    if kept := file.get("instead_of"):
        details.append(f"the run failed, so {folder}/{kept} stays as it was")
    return plain(f"{folder}/{file.get('name', '?')}  {' · '.join(details)}").replace("\n", " ")


def retried_line(fact: ModelRetried) -> str:
    """Why the model is asked again, and when."""
    again = "; the answer begins again" if fact.restarts_answer else ""
    attempt = f"{fact.attempt + 1} of {fact.attempts}" if fact.attempts else str(fact.attempt)
    return plain(f"{fact.why}; attempt {attempt} in {fact.wait_s:g} s{again}")


def mend_line(fact: MendAsked | MendEnded) -> str:
    """That a correction comes, or that none came; nothing where it has come."""
    if isinstance(fact, MendEnded):
        return "" if fact.mended else "no correction came; the answer before stands with its marks"
    what = _counted(fact.figures, "figure")
    verb = "does" if fact.figures == 1 else "do"
    return f"{what} {verb} not hold; a correction follows, in the place of the answer above"


def awaited_line(fact: RetryAwaited) -> str:
    """How long it still is until the model is asked again."""
    return f"asking again in {fact.left_s:.0f} s"


def replaced_line(fact: ModelReplaced) -> str:
    """Who goes on in whose place, why, and what to do about it."""
    hint = f" ({fact.hint})" if fact.hint else ""
    return plain(f"{fact.model} stays away: {fact.why}{hint}; {fact.by} goes on")


def compacted_line(fact: ConversationCompacted) -> str:
    """From what size the conversation came to what size, and by whose summary."""
    sizes = f"{fact.before / 1000:,.0f} KB are {fact.after / 1000:,.0f} KB now"
    return plain(f"conversation compacted ({fact.why}): {sizes}, summary by {fact.summary_by}")


def warned_line(fact: BudgetWarned) -> str:
    """How much of a cap is used, and where it is raised."""
    unit = {"dollars": "usd"}.get(fact.what, fact.what.replace(" ", "_"))
    of = {"turn": "a question", "session": "a session"}[fact.of]
    used = f"{fact.used} of {fact.cap} {fact.what} for {of} are used"
    return plain(f"{used} (limits.{fact.of}_{unit})")


def raised_line(fact: BudgetRaised) -> str:
    """From what to what a cap is raised, and for how long it is."""
    of = {"turn": "this question", "session": "the session, until you leave"}[fact.of]
    return f"the cap of {fact.cap} {fact.what} is raised to {fact.raised} for {of}"


def failed_line(fact: ModelFailed) -> str:
    """Why the model gave no answer, and what to do."""
    return plain(f"{fact.why} ({fact.hint})" if fact.hint else fact.why)


def tool_failed_line(fact: ToolFinished) -> str:
    """Why a tool did not do what it was asked: the error and hint of its result."""
    try:
        result = json.loads(fact.content)
    except ValueError:
        result = None
    if not isinstance(result, dict) or "error" not in result:
        return clip(plain(f"{fact.tool}: {fact.content.strip()}").partition("\n")[0], LONGEST_LINE)
    hint = f" ({result['hint']})" if result.get("hint") else ""
    return plain(f"{fact.tool}: {result['error']}{hint}")


def error_line(error: FinopsError) -> str:
    """An error of ours: what happened and, on a line of its own, what to do."""
    return plain(f"{error.message}\n  {error.hint}" if error.hint else error.message)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
