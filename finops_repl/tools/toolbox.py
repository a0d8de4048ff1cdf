"""The tools of a session: what the model may ask for, checked before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from finops_repl.base.errors import FinopsError, UnknownName, nearest
from finops_repl.tools.tool import ApprovalNeed, Tool, ToolContext, ToolInput, ToolResult

__all__ = ["PreparedCall", "ToolBox", "failed", "schema_of"]

EDITED = "the user edited the code before it ran"


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call whose input is valid; `approval` is what must be agreed to before `run`.

    `edited_code` is what the user made of its code; the result tells the model that this ran.
    """

    tool: Tool[Any]
    given: ToolInput
    approval: ApprovalNeed | None
    edited_code: str | None = None

    def run(self, context: ToolContext) -> ToolResult:
        """Do it; an error of ours becomes a result that says what to do about it."""
        try:
            result = self.tool.run(context, self.given)
        except FinopsError as error:
            result = failed(error)
        if self.edited_code is None:
            return result
        told = {"note": EDITED, "code_that_ran": self.edited_code}
        return replace(result, content={**told, **result.content})

    def with_code(self, code: str) -> PreparedCall | ToolResult:
        """The call with the user's own code; the result that says why it cannot be run so."""
        try:
            given = self.tool.with_code(self.given, code)
        except ValidationError as error:
            return _invalid(self.tool, error)
        return replace(self, given=given, edited_code=code)


class ToolBox:
    """A fixed set of tools; their order and schemas never change within a session."""

    def __init__(self, tools: Iterable[Tool[Any]]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    @property
    def tools(self) -> tuple[Tool[Any], ...]:
        return tuple(self._tools.values())

    def prepare(self, name: str, given: Mapping[str, Any]) -> PreparedCall | ToolResult:
        """The call, ready to run; or the result that teaches how to make it."""
        tool = self._tools.get(name)
        if tool is None:
            return failed(UnknownName("tool", name, self._tools))
        try:
            checked = tool.input_model.model_validate(dict(given))
        except ValidationError as error:
            return _invalid(tool, error)
        try:
            return PreparedCall(tool, checked, tool.approval(checked))
        except FinopsError as error:
            return failed(error)


def schema_of(tool: Tool[Any]) -> dict[str, Any]:
    """The JSON schema of a tool's input, without the titles that only cost tokens."""
    schema = tool.input_model.model_json_schema()
    return {key: _untitled(value) for key, value in schema.items() if key != "title"}


def failed(error: FinopsError) -> ToolResult:
    """An error as a result: what happened, and what to do."""
    content = {"error": error.message}
    if error.hint:
        content["hint"] = error.hint
    return ToolResult(content, is_error=True, failure=type(error).__name__)


def _invalid(tool: Tool[Any], error: ValidationError) -> ToolResult:
    fields = list(tool.input_model.model_fields)
    problems = []
    for problem in error.errors(include_url=False, include_context=False)[:5]:
        name = ".".join(str(part) for part in problem["loc"]) or "(input)"
        line = f"{name}: {problem['msg']}"
        if problem["type"] == "extra_forbidden":
            close = nearest(name, fields)
            line = f"{name}: no such field" + (f"; did you mean {close[0]}?" if close else "")
        problems.append(line)
    content = {"error": f"the input of {tool.name} is not valid", "problems": problems}
    required = [
        name for name, field in tool.input_model.model_fields.items() if field.is_required()
    ]
    return ToolResult(
        {**content, "fields": fields, "required": required}, is_error=True, failure="InputError"
    )


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _untitled(item)
            for key, item in value.items()
            if not (key == "title" and isinstance(item, str))
        }
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    return value
