"""The code of a session as one shell script: every SQL statement and script again, no model."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finops_repl.agent.resume import turns_of
from finops_repl.agent.sessions import SessionHead
from finops_repl.base.events import (
    CodeFinished,
    CodeStarted,
    Fact,
    QuestionAsked,
    ToolFinished,
    ToolRequested,
)
from finops_repl.faces.escapes import plain

__all__ = ["session_script"]

FLAGS = {
    "account": "--account",
    "aws_profile": "--profile",
    "aws_role": "--role",
}
HEAD = """\
#!/bin/sh
# The code of session {session}, on {account}, in the order in which it ran.
# sh THIS_FILE [finops-repl]: the command, where it is not on the PATH.
set -eu
finops=${{1:-finops-repl}}
"""


def session_script(head: SessionHead, facts: Sequence[Fact]) -> str:
    """A script for `sh`; what failed or was undone is left out. Empty where nothing ran.

    Each part goes through the command line: into a sandbox of its own, with the parameters,
    files and time limit it had.
    """
    parts = [part for turn in turns_of(facts) for part in _turn(turn, _flags(head))]
    if not any(part[0] != "#" for part in parts):
        return ""
    opening = HEAD.format(session=head.session, account=_comment(head.account))
    return "\n".join([opening, *parts])


def _turn(turn: Sequence[Fact], flags: str) -> Iterator[str]:
    requests = {fact.call_id: fact for fact in turn if isinstance(fact, ToolRequested)}
    failed = {fact.call_id for fact in turn if isinstance(fact, ToolFinished) and fact.is_error}
    ended = {fact.run: fact for fact in turn if isinstance(fact, CodeFinished)}
    for fact in turn:
        match fact:
            case QuestionAsked(text=text):
                yield f"# {_comment(text)}"
            case ToolRequested(call_id, "query_bill", {"sql": str(sql)}):
                if sql.strip() and call_id not in failed:
                    yield f'"$finops" sql {flags} -- {shlex.quote(sql.strip())}\n'
            case CodeStarted(run=run) if _went_well(ended.get(run)):
                yield _run(fact, requests.get(fact.call_id), flags)
            case _:
                pass


def _run(started: CodeStarted, request: ToolRequested | None, flags: str) -> str:
    given: Mapping[str, Any] = request.input if request is not None else {}
    params: Mapping[str, Any] = given.get("params") or {}
    limit = f"--timeout {started.timeout_s:g}"
    if request is not None and request.tool == "run_workflow":
        texts = (f"{name}={_plain_value(value)}" for name, value in params.items())
        words = [*(f"--param {shlex.quote(text)}" for text in texts), limit]
        return f'"$finops" run-workflow {flags} {" ".join(words)} -- {shlex.quote(given["name"])}\n'
    texts = (f"{name}={_json_value(value)}" for name, value in params.items())
    words = [f"--param {shlex.quote(text)}" for text in texts]
    words += [f"--input {shlex.quote(str(name))}" for name in given.get("inputs") or ()]
    end = _closing_line(started)
    code = started.code if started.code.endswith("\n") else f"{started.code}\n"
    command = f'"$finops" run {flags} --language {shlex.quote(started.language)}'
    return f"{command} {' '.join([*words, limit])} - <<'{end}'\n{code}{end}\n"


def _closing_line(started: CodeStarted) -> str:
    """A line that the code does not have, so that nothing in it ends it early."""
    end = f"END_{''.join(c for c in started.run if c.isalnum())}"
    while end in started.code.splitlines():
        end += "_"
    return end


def _went_well(end: CodeFinished | None) -> bool:
    return end is not None and end.reason == "exit" and end.exit_code == 0


def _plain_value(value: object) -> str:
    """As `run-workflow` reads it: a text is itself, whatever the parameter's type is JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _json_value(value: object) -> str:
    """As `run` reads it: JSON. A text that JSON would not read as itself goes in quotes."""
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        json.loads(value)
    except ValueError:
        return value if value == value.strip() else json.dumps(value)
    return json.dumps(value)


def _flags(head: SessionHead) -> str:
    named = {FLAGS[name]: value for name, value in head.reopen.items() if name in FLAGS and value}
    if head.workspace:
        named["--workspace"] = head.workspace
    return " ".join(f"{flag} {shlex.quote(value)}" for flag, value in named.items())


def _comment(text: str) -> str:
    """One line, so that nothing of it is a command."""
    return " ".join(plain(text).split())
