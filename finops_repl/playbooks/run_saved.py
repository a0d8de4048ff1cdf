"""Run, list and save workflows by words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.base.money import money
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import Outcome, PastCall, Playbook, PlaybookStopped, Step, ToolCall
from finops_repl.tools.figures import amount
from finops_repl.tools.units import CURRENCIES

__all__ = ["list_saved", "offer", "report", "run_saved", "save_last", "then_save"]


OFFERED = re.compile(r' To keep this analysis as a workflow, say "save that as [\w-]+"\.')
TOP_IMPORT = re.compile(r"^(?:from|import) pyathena\b", re.MULTILINE)
"""How a script reaches the bill that cannot do without it; others import it where there is one."""


def offer(name: str) -> str:
    """How an answer offers to save its script; left out where the question has asked for it."""
    return f' To keep this analysis as a workflow, say "save that as {name}".'


def list_saved() -> Playbook:
    """What there is to run."""
    (listed,) = yield Step("I look what is saved.", (ToolCall("list_workflows"),))
    workflows = listed.checked()["workflows"]
    if not workflows:
        return "There are no workflows yet. Ask a question, then say `save that as NAME`."
    lines = [_line(workflow) for workflow in workflows if "name" in workflow]
    return "\n".join([f"There are {len(lines)} workflows:", "", *lines])


def run_saved(name: str, params: Mapping[str, str]) -> Playbook:
    """Runs a workflow with these parameters, the others as its defaults."""
    order = {"name": name, "params": dict(params)}
    (ran,) = yield Step(f"I run {name}.", (ToolCall("run_workflow", order),))
    return report(name, ran)


def save_last(name: str, past: Sequence[PastCall], *, overwrite: bool) -> Playbook:
    """Saves the script that the last answer ran, its parameters with it."""
    scripts = [p for p in past if p.call.tool == "execute_code" and not p.outcome.is_error]
    if not scripts:
        raise PlaybookStopped(
            "there is no script to save in this session yet",
            hint="ask why EC2 costs went up, for example, and then save that",
        )
    return (yield from _save(name, scripts[-1].call.input, overwrite=overwrite))


def then_save(investigation: Playbook, name: str, *, overwrite: bool) -> Playbook:
    """The investigation's own answer, and its script saved as a workflow."""
    past: list[PastCall] = []
    try:
        step = next(investigation)
        while True:
            outcomes = yield step
            past += map(PastCall, step.calls, outcomes)
            step = investigation.send(outcomes)
    except StopIteration as end:
        answer = str(end.value)
    saved = yield from save_last(name, past, overwrite=overwrite)
    return f"{OFFERED.sub('', answer)}\n\n{saved}"


def _save(name: str, made: Mapping[str, Any], *, overwrite: bool) -> Playbook:
    draft = {
        "name": name,
        "description": _first_line(str(made["code"])),
        "language": made["language"],
        "code": made["code"],
        "parameters": [_parameter(k, v) for k, v in dict(made.get("params", {})).items()],
        "needs": ["bill"] if TOP_IMPORT.search(str(made["code"])) else [],
        "timeout_s": made.get("timeout_s", 30),
        "overwrite": overwrite,
    }
    (saved,) = yield Step(f"I save the last script as {name}.", (ToolCall("save_workflow", draft),))
    if saved.is_error and saved.content.get("exists"):
        raise PlaybookStopped(
            str(saved.content["error"]),
            hint=f'to replace it say "save that as {plain(name)}, overwrite it", or say '
            '"save that as" and another name',
        )
    slug = plain(saved.checked()["saved"])
    return f"Saved as `{slug}`. Run it with `/run {slug}` or `finops-repl run-workflow {slug}`."


def report(name: str, ran: Outcome) -> str:
    """What a workflow's run brought: its figures and its files; `PlaybookStopped` if it failed."""
    if ran.is_error and "exit_code" not in ran.content:
        ran.checked()
    content = ran.content
    if ran.is_error:
        code = content["exit_code"]
        ended = content["ended"] if code is None else f"exit code {code}"
        last = (str(content.get("stderr", "")).strip().splitlines() or [""])[-1]
        raise PlaybookStopped(
            f"the workflow {plain(name)} failed ({ended}) after {content['seconds']} s",
            hint=f"its last words: {plain(last)}" if last else plain(content.get("what_to_do", "")),
        )
    parts = [f"The workflow {plain(name)} ran in {content['seconds']} s."]
    figures = [_figure(figure) for figure in content.get("figures", ()) if "id" in figure]
    if figures:
        parts.append("\n".join(figures))
    files = [plain(file["name"]) for file in content.get("files", ()) if "name" in file]
    if files:
        parts.append(f"Files: {', '.join(f'data/{file}' for file in files)}.")
    return "\n\n".join(parts)


def _figure(figure: Mapping[str, Any]) -> str:
    value = amount(figure["value"])
    match figure["unit"]:
        case unit if unit in CURRENCIES:
            text = money(value, unit)
        case "percent" | "%":
            text = f"{value:,.1f} %"
        case unit:
            text = f"{value.normalize():,f} {plain(unit)}".strip()
    return f"- {plain(figure['label'])}: {text} [{figure['id']}]"


def _line(workflow: Mapping[str, Any]) -> str:
    if problem := workflow.get("problem"):
        return f"- {plain(workflow['name'])}: cannot be read ({plain(problem)})"
    tags = ", ".join(plain(tag) for tag in workflow.get("tags", ()))
    described = plain(workflow.get("description", ""))
    slug = workflow.get("slug", workflow["name"])
    return f"- `{plain(slug)}` {described}" + (f" ({tags})" if tags else "")


def _parameter(name: str, value: object) -> dict[str, object]:
    kind = "integer" if isinstance(value, int) and not isinstance(value, bool) else "string"
    return {"name": name, "type": kind, "default": value if kind == "integer" else str(value)}


def _first_line(code: str) -> str:
    found = re.search(r'"""(.+?)(?:\n|""")', code)
    return found[1].strip()[:300] if found else ""
