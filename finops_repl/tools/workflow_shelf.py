"""Tools over saved workflows: save, list, load and tag. What is read from one is data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from finops_repl.base.errors import InputError
from finops_repl.sandbox.port import Language
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult
from finops_repl.workflows.parameters import Parameter
from finops_repl.workflows.store import Listing, WorkflowExists, WorkflowStore
from finops_repl.workflows.workflow import Draft, Need, Workflow, slug_of

__all__ = ["ListWorkflows", "LoadWorkflow", "SaveWorkflow", "TagWorkflow"]

ROOM_FOR_CODE = 4_000
SUFFIXES: Mapping[str, Language] = {".py": "python", ".cjs": "javascript", ".mjs": "javascript"}

Name = Annotated[str, Field(min_length=1, max_length=80)]


class SaveWorkflowInput(ToolInput):
    """A workflow to save: its code, or the run whose script it was."""

    name: Name
    description: Annotated[str, Field(max_length=500)] = ""
    language: Language | None = None
    code: Annotated[str, Field(max_length=200_000)] = ""
    run: Annotated[
        str, Field(description="Id of an execute_code run: saves that script, whole.")
    ] = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[str, ...] = ()
    needs: Annotated[
        tuple[Need, ...], Field(description="`bill` for code that asks Athena for the bill.")
    ] = ()
    timeout_s: Annotated[float, Field(gt=0, le=900)] = 30.0
    overwrite: bool = False


class SaveWorkflow(Tool[SaveWorkflowInput]):
    """Keeps useful code under a name."""

    name = "save_workflow"
    description = (
        "Save code as a workflow that runs again by name, from the chat, cron or CI. Prefer `run` "
        "(the id that execute_code returned) to repeating the code; else give code and language. "
        "Parameters (name, type, default, description) arrive in the script as `params`. An "
        "existing workflow is replaced only with overwrite: true, and the user is asked."
    )
    input_model = SaveWorkflowInput

    def __init__(self, store: WorkflowStore) -> None:
        self._store = store

    def approval(self, given: SaveWorkflowInput) -> ApprovalNeed | None:
        if not given.overwrite:
            return None
        slug = slug_of(given.name)
        own = (listing for listing in self._store.list() if not listing.example)
        if not any(listing.slug == slug for listing in own):
            return None
        detail = given.code or f"the script of run {given.run}"
        return ApprovalNeed("workflow_overwrite", f"Replace the workflow {slug}", detail)

    def run(self, context: ToolContext, given: SaveWorkflowInput) -> ToolResult:
        language, code = _code_of(given, context.scope.workspace / "scripts")
        fields = given.model_dump(exclude={"run", "overwrite", "language", "code"})
        try:
            draft = Draft(language=language, code=code, **fields)
        except ValidationError as error:
            problem = error.errors()[0]
            field = ".".join(str(part) for part in problem["loc"])
            raise InputError(f"field {field}: {problem['msg']}") from error
        try:
            saved = self._store.save(draft, overwrite=given.overwrite)
        except WorkflowExists as error:
            taken = {
                "error": error.message,
                "exists": draft.slug,
                "hint": "give overwrite: true (the user is asked), or another name",
            }
            return ToolResult(taken, is_error=True, failure=type(error).__name__)
        return ToolResult({"saved": saved.slug, "name": saved.name, "tags": list(saved.tags)})


class ListWorkflowsInput(ToolInput):
    tag: Annotated[str, Field(description="Only workflows with this tag.")] = ""


class ListWorkflows(Tool[ListWorkflowsInput]):
    """What there is to run."""

    name = "list_workflows"
    description = "List saved workflows: name, description, language, tags, parameters."
    input_model = ListWorkflowsInput

    def __init__(self, store: WorkflowStore) -> None:
        self._store = store

    def run(self, context: ToolContext, given: ListWorkflowsInput) -> ToolResult:
        listings = self._store.list(given.tag or None)
        return ToolResult(
            {"count": len(listings), "workflows": [_listed(listing) for listing in listings]}
        )


class LoadWorkflowInput(ToolInput):
    name: Name
    first_line: Annotated[int, Field(ge=1, description="Where to go on reading its code.")] = 1


class LoadWorkflow(Tool[LoadWorkflowInput]):
    """A workflow with its code, page by page."""

    name = "load_workflow"
    description = (
        "Read a workflow: description, parameters, and its code from first_line on, as much as "
        "fits. To run it as it is, use run_workflow: there is no need to read it first."
    )
    input_model = LoadWorkflowInput

    def __init__(self, store: WorkflowStore) -> None:
        self._store = store

    def run(self, context: ToolContext, given: LoadWorkflowInput) -> ToolResult:
        return ToolResult(_described(self._store.load(given.name), given.first_line))


class TagWorkflowInput(ToolInput):
    name: Name
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class TagWorkflow(Tool[TagWorkflowInput]):
    """Adds and removes tags."""

    name = "tag_workflow"
    description = "Add tags to a workflow and remove tags from it, such as monthly or ec2."
    input_model = TagWorkflowInput

    def __init__(self, store: WorkflowStore) -> None:
        self._store = store

    def run(self, context: ToolContext, given: TagWorkflowInput) -> ToolResult:
        tagged = self._store.tag(given.name, given.add, given.remove)
        return ToolResult({"workflow": tagged.slug, "tags": list(tagged.tags)})


def _code_of(given: SaveWorkflowInput, scripts: Path) -> tuple[Language, str]:
    """The code to save: as given, or the script that was kept of a run, never a cut copy."""
    if bool(given.code) == bool(given.run):
        raise InputError("give either code (with language) or run", hint="run is the shorter way")
    if given.code:
        if given.language is None:
            raise InputError("code needs its language", hint="python or javascript")
        return given.language, given.code
    if not re.fullmatch(r"[0-9a-f]{4,32}", given.run):
        raise InputError(f"{given.run!r} is no run id", hint="execute_code returns it as run")
    found = [
        path
        for path in scripts.glob(f"script_*_{given.run}.*")
        if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink()
    ]
    if not found:
        raise InputError(f"no script of run {given.run} is kept", hint="give code and language")
    return SUFFIXES[found[0].suffix], found[0].read_text("utf-8")


def _listed(listing: Listing) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": listing.name,
        "slug": listing.slug,
        "description": listing.description,
        "language": listing.language,
        "tags": list(listing.tags),
        "parameters": list(listing.parameters),
        "needs": list(listing.needs),
        "problem": listing.problem,
    }
    return {name: value for name, value in fields.items() if value}


def _described(workflow: Workflow, first_line: int) -> dict[str, Any]:
    lines = workflow.code.splitlines()
    page: list[str] = []
    room = ROOM_FOR_CODE
    for line in lines[first_line - 1 :]:
        room -= len(line.encode()) + 4
        if room < 0 and page:
            break
        page.append(line)
    described: dict[str, Any] = {
        "name": workflow.name,
        "slug": workflow.slug,
        "description": workflow.description,
        "language": workflow.language,
        "tags": list(workflow.tags),
        "parameters": [
            parameter.model_dump(exclude_defaults=True) for parameter in workflow.parameters
        ],
        "updated": workflow.updated,
        "lines": len(lines),
        "first_line": first_line,
        "code": "\n".join(page),
    }
    beyond = first_line + len(page)
    if beyond <= len(lines):
        described["more_from_line"] = beyond
    return described
