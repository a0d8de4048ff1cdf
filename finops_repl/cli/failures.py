"""What went wrong, in a line for people, an object for programs and an exit code for both."""

from __future__ import annotations

import json

import click

from finops_repl.base.errors import (
    ApprovalRequired,
    ConnectionFailed,
    FinopsError,
    LimitReached,
    SandboxUnavailable,
)
from finops_repl.cli.options import print_json, say

__all__ = ["EXIT_CODES", "tell"]

EXIT_CODES = """
\b
Exit codes:
  0    done
  1    a workflow or an answer failed
  2    usage or configuration
  3    credentials or connection
  4    sandbox unavailable
  5    a budget, limit or timeout was reached
  6    approval required
  130  interrupted
"""

USAGE = 2


def tell(error: click.ClickException | FinopsError | OSError, *, as_json: bool) -> int:
    """Say what happened and what to do, on stderr and as the object that `--json` promises.

    Returns the exit code.
    """
    from finops_repl.faces.escapes import plain
    from finops_repl.faces.story import error_line

    message, hint, code = str(error), "", USAGE
    match error:
        case click.ClickException():
            error.show()
            message, code = error.format_message(), error.exit_code
        case FinopsError():
            say(f"finops-repl: {error_line(error)}")
            message, hint, code = error.message, error.hint, exit_code_of(error)
        case OSError():
            hint = "is the place writable, and is there room on the disk?"
            say(f"finops-repl: {plain(message)}\n  {hint}")
    if as_json:
        failure = {"ok": False, "error": message, "hint": hint}
        print_json(json.dumps(failure, ensure_ascii=False))
    return code


def exit_code_of(error: FinopsError) -> int:
    """The exit code that tells a script what kind of failure this was."""
    match error:
        case ConnectionFailed():
            return 3
        case SandboxUnavailable():
            return 4
        case LimitReached():
            return 5
        case ApprovalRequired():
            return 6
        case _:
            return 2
