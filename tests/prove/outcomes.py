"""A plugin of pytest that writes down how each test ended and by what, a JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import pytest

__all__ = ["OUTCOMES", "How", "Outcome"]

OUTCOMES: Final = "PROVE_OUTCOMES"
"""The variable that names the file."""

How = Literal["passed", "assertion", "other"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a test ended; `why` is the error's first line."""

    test: str
    how: How
    why: str = ""


def pytest_configure(config: pytest.Config) -> None:
    """What is tested has to be the copy, not what is installed."""
    import finops_repl

    found = Path(str(finops_repl.__file__)).resolve()
    if not found.is_relative_to(config.rootpath.resolve()):
        raise pytest.UsageError(f"the tests would import {found}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the end of the test itself, and what went wrong before or after it."""
    report = yield
    error = call.excinfo
    if error is None:
        if call.when == "call":
            _note(Outcome(item.nodeid, "passed"))
        return report
    why = error.exconly(tryshort=True).partition("\n")[0]
    asserted = error.errisinstance((AssertionError, pytest.fail.Exception))
    fair = call.when == "call" and asserted and not why.startswith("Failed: Timeout")
    _note(Outcome(item.nodeid, "assertion" if fair else "other", why[:300]))
    return report


def _note(outcome: Outcome) -> None:
    with Path(os.environ[OUTCOMES]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")
