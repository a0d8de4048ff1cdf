"""What starting costs: heavy libraries are imported by those who need them, and nothing prints."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("anthropic", "docker", "boto3", "botocore", "duckdb", "prompt_toolkit", "rich", "asyncio"),
    *("dotenv", "numpy", "pyathena", "pydantic", "sqlglot", "tomlkit", "tomllib"),
)

RUN_MAIN = """
import sys
sys.argv = ["finops-repl", *{arguments!r}]
from finops_repl.cli import main
try:
    main()
except SystemExit as end:
    code = end.code
print("imported:", *sorted(name for name in {heavy!r} if name in sys.modules))
sys.exit(code)
"""


def imported_by(*arguments: str, heavy: tuple[str, ...] = HEAVY) -> tuple[int, list[str], str]:
    program = RUN_MAIN.format(arguments=list(arguments), heavy=heavy)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("imported:"), done.stdout + done.stderr
    return done.returncode, last.split()[1:], done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run-workflow", "--help"],
        ["sql", "--help"],
        ["account", "connect", "--help"],
        ["iam-policy", "--help"],
        ["gateway", "--help"],
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert imported_by(*arguments)[:2] == (0, [])


def test_a_wrong_command_line_imports_nothing_heavy() -> None:
    code, imported, stderr = imported_by("-p", "  ")
    assert (code, imported) == (2, [])
    assert "the question is empty" in stderr


def test_importing_the_package_has_no_effects(tmp_path: Path) -> None:
    program = (
        "import importlib, pkgutil, finops_repl\n"
        "for m in pkgutil.walk_packages(finops_repl.__path__, 'finops_repl.'):\n"
        "    importlib.import_module(m.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
