"""A script is one text that runs by itself, whatever parts it was written in."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources

import pytest

from finops_repl.playbooks.scripts_shelf import script

FOLDER = resources.files("finops_repl.playbooks") / "scripts"
NAMES = sorted(each.name[:-3] for each in FOLDER.iterdir() if each.name.endswith(".py"))
GIVEN = '["params", "bill", "DATA_DIR", "figure"]'


@pytest.mark.parametrize("name", NAMES)
def test_a_script_has_every_name_that_it_uses_and_no_import_twice(name: str) -> None:
    code = script(name)
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9,E402",
         "--config", f"builtins = {GIVEN}", "-"],
        input=code, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert code.startswith('"""')
    imports = [line for line in code.splitlines() if line.startswith(("import ", "from "))]
    assert len(imports) == len(set(imports))
    assert "# parts:" not in code
    assert "# ruff:" not in code


def test_parts_that_nobody_names_are_not_there() -> None:
    texts = [(FOLDER / f"{name}.py").read_text("utf-8") for name in NAMES]
    named = {
        part
        for text in texts
        for line in text.splitlines()
        if line.startswith("# parts: ")
        for part in line.split()[2:]
    }
    there = {each.name[:-3] for each in (FOLDER / "parts").iterdir() if each.name.endswith(".py")}
    assert named == there
