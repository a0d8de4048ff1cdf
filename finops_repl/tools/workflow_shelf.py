"""Tools over saved workflows: save, list, load and tag. What is read from one is data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from finops_repl.base.errors import InputError
from finops_repl.sandbox.port import Language
from finops_repl.tools.encoding import LEFT_OUT
from finops_repl.tools.redaction import REDACTED
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult
from finops_repl.tools.workflow_pages import described, listed, page_of, page_of_code
from finops_repl.workflows.parameters import Parameter
from finops_repl.workflows.store import WorkflowExists, WorkflowStore
from finops_repl.workflows.workflow import Draft, Need, slug_of

__all__ = ["ListWorkflows", "LoadWorkflow", "SaveWorkflow", "TagWorkflow"]

ROOM_FOR_LIST = 5_000
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
    first: Annotated[int, Field(ge=1, description="Where to go on reading a long list.")] = 1


class ListWorkflows(Tool[ListWorkflowsInput]):
    """What there is to run."""

    name = "list_workflows"
    description = "List saved workflows: name, description, language, tags, parameters."
    input_model = ListWorkflowsInput

    def __init__(self, store: WorkflowStore) -> None:
        self._store = store

    def run(self, context: ToolContext, given: ListWorkflowsInput) -> ToolResult:
        listings = self._store.list(given.tag or None)
        rest = [listed(listing) for listing in listings[given.first - 1 :]]
        count = page_of([json.dumps(each) for each in rest], ROOM_FOR_LIST)
        content: dict[str, Any] = {"count": len(listings), "workflows": rest[:count]}
        if count < len(rest):
            content["more_from"] = given.first + count
        return ToolResult(content, rest="first goes on in the list, tag narrows it")


class LoadWorkflowInput(ToolInput):
    name: Name
    first_line: Annotated[int, Field(ge=1, description="Where to go on reading its code.")] = 1
    first_character: Annotated[
        int, Field(ge=1, description="Where in that line, of one that is too long for a page.")
    ] = 1


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
        workflow = self._store.load(given.name)
        code = page_of_code(workflow.code, given.first_line, given.first_character)
        return ToolResult(described(workflow) | code, rest="first_line goes on in the code")


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
        _check_whole(given.code)
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


def _check_whole(code: str) -> None:
    """Code that was read from a cut result would be saved without what was cut."""
    if LEFT_OUT.search(code) or REDACTED in code:
        raise InputError(
            "this code holds the mark of something cut or redacted from a result",
            hint="save it by its run, or read the missing part first",
        )
