"""A locked box is in nobody's way: what scripts do on an ordinary day works in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.sandbox.port import Language
from tests.sandbox.running import Runs

SCRIPTS = Path(__file__).parent / "ordinary"


@pytest.mark.parametrize(
    ("language", "script"), [("python", "script.py"), ("javascript", "script.cjs")]
)
def test_what_scripts_do_on_an_ordinary_day_works(
    run: Runs, language: Language, script: str
) -> None:
    result = run((SCRIPTS / script).read_text("utf-8"), language, timeout_s=120)
    assert (result.reason, result.exit_code) == ("exit", 0), result.stderr
    assert json.loads(result.stdout) == {}
    assert result.stderr == ""
