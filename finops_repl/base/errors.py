"""Every error the product raises on purpose, each with what to do about it.

    FinopsError                    exit code
    ├── InputError                 2  a flag, field, name or SQL statement is wrong
    │   └── UnknownName            2  no such workflow, table, ...: carries the nearest names
    ├── ConfigError                2  settings contradict each other or cannot be read
    ├── DamagedFile                2  a file of ours cannot be read; it was left untouched
    ├── ConnectionFailed           3  AWS or the model cannot be reached or refuses the identity
    ├── SandboxUnavailable         4  no engine, no image, or the sandbox itself broke
    ├── LimitReached               5  a time, size or spend limit stopped the work
    └── ApprovalRequired           6  nobody is there to approve and no policy was given

A script that fails is no error of ours: it is data (`RunResult.exit_code`). Exit code 1 means
that a workflow or an answer failed. Only `cli.py` turns errors into exit codes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from finops_repl.base.caps import CapReached

__all__ = [
    "ApprovalRequired",
    "ConfigError",
    "ConnectionFailed",
    "DamagedFile",
    "FinopsError",
    "InputError",
    "LimitReached",
    "SandboxUnavailable",
    "UnknownName",
    "nearest",
]


class FinopsError(Exception):
    """A failure to show to the user: what happened, and in `hint` what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InputError(FinopsError):
    """What the user or the model gave cannot be used as it is."""


class UnknownName(InputError):
    """A name that nothing answers to; the hint lists the nearest ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        known = sorted(set(known))
        close = nearest(name, known)
        if close:
            hint = f"did you mean {', '.join(close)}?"
        elif known:
            hint = f"there are: {', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"
        else:
            hint = f"there are no {kind}s yet"
        super().__init__(f"no {kind} named {name!r}", hint=hint)
        self.kind, self.name, self.nearest = kind, name, close


class ConfigError(FinopsError):
    """Settings that contradict each other, or that come from where they may not come from."""


class DamagedFile(FinopsError):
    """A file of ours that cannot be read as what it should be; it is never rewritten."""


class ConnectionFailed(FinopsError):
    """AWS or the model does not answer, or does not accept who we are."""


class SandboxUnavailable(FinopsError):
    """There is no engine or no image, or the sandbox broke under a run."""


class LimitReached(FinopsError):
    """A limit of time, size, calls or dollars stopped the work.

    `cap` is the one of a question or a session that its user could raise, where it was one.
    """

    def __init__(self, message: str, *, hint: str = "", cap: CapReached | None = None) -> None:
        super().__init__(message, hint=hint)
        self.cap = cap


class ApprovalRequired(FinopsError):
    """Something needs a yes, and nobody is there to give it."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like `name`, best first; ignores case."""
    by_lower = {item.lower(): item for item in known}
    return [by_lower[hit] for hit in difflib.get_close_matches(name.lower(), by_lower, count, 0.5)]
