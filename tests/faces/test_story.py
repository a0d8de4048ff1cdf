"""The lines of the story say what happened, in the same words everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from finops_repl.base.events import CodeFinished
from finops_repl.faces.story import file_lines, finished_line


@pytest.mark.parametrize(
    ("aws_usd", "line"),
    [
        ("0.12", "finished · 1.2 s · 12 AWS calls · $0.12"),
        ("1.5", "finished · 1.2 s · 12 AWS calls · $1.50"),
        ("0.0000104", "finished · 1.2 s · 12 AWS calls · $0.00001"),
        ("0", "finished · 1.2 s · 12 AWS calls"),
    ],
)
def test_a_run_that_cost_something_says_so(aws_usd: str, line: str) -> None:
    fact = CodeFinished("t1", "ab12cd34", "exit", 0, 1.2, aws_calls=12, aws_usd=aws_usd)
    assert finished_line(fact) == line


def test_files_of_a_workspace_elsewhere_are_named_by_their_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def line(workspace: Path) -> str:
        script = str(workspace / "scripts" / "script_1.py")
        left = ({"name": "a.csv", "bytes": 7},)
        fact = CodeFinished("t1", "ab12cd34", "exit", 0, 1.2, left, script=script)
        return file_lines(fact)[0]

    assert line(tmp_path / "workspace") == "data/a.csv  7 bytes"
    assert line(Path("/elsewhere/workspace")) == "/elsewhere/workspace/data/a.csv  7 bytes"


def test_a_file_that_a_failed_run_left_beside_another_says_so() -> None:
    left = ({"name": "a.failed-ab12cd34.csv", "bytes": 7, "instead_of": "a.csv"},)
    [line] = file_lines(CodeFinished("t1", "ab12cd34", "exit", 1, 1.2, left))
    assert line.endswith("7 bytes · the run failed, so data/a.csv stays as it was")
