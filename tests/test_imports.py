"""What starting costs: heavy libraries are imported by those who need them, and nothing prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("anthropic", "docker", "boto3", "botocore", "duckdb", "prompt_toolkit", "rich", "asyncio"),
    *("dotenv", "numpy", "pyathena", "pydantic", "sqlglot", "tomlkit", "tomllib"),
)

NOT_ON_THE_WAY_TO_A_CONTAINER = (
    *("anthropic", "prompt_toolkit", "rich", "boto3", "botocore", "duckdb", "numpy", "pyathena"),
    *("sqlglot", "asyncio", "pandas", "dotenv"),
)
"""What a saved workflow must not wait for, although its account and its bill are opened."""

NOT_BEFORE_THE_LAUNCH = (
    *(*NOT_ON_THE_WAY_TO_A_CONTAINER, "pydantic", "finops_repl.simulator"),
    *("finops_repl.assembly.house", "finops_repl.sandbox.collect", "finops_repl.sandbox.inputs"),
    "finops_repl.sandbox.followed_run",
)
"""What is loaded while the container starts."""

NOT_FOR_SQL = (
    *("anthropic", "asyncio", "boto3", "botocore", "docker", "pandas", "prompt_toolkit"),
    *("pyathena", "pydantic", "requests", "rich", "urllib3"),
)
"""What SQL on the simulated account does without; its world is made with numpy, once."""

OTHER_COMMANDS = (
    *("finops_repl.cli.audit", "finops_repl.cli.bill", "finops_repl.cli.config"),
    *("finops_repl.cli.connect", "finops_repl.cli.doctor", "finops_repl.cli.gateway"),
    *("finops_repl.cli.iam_policy", "finops_repl.cli.sandbox", "finops_repl.cli.sessions"),
)

NOT_BEFORE_THE_PROMPT = (
    *("anthropic", "rich", "boto3", "botocore", "docker", "duckdb", "numpy", "pandas", "pydantic"),
    *("pyathena", "sqlglot", "dotenv", "requests"),
    *OTHER_COMMANDS,
)

NO_ENGINE = {"DOCKER_HOST": "tcp://127.0.0.1:9"}
ACCOUNT = "simulated:seed=7,as_of=2026-10-20"

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


def imported_by(
    *arguments: str, heavy: tuple[str, ...] = HEAVY, **env: str
) -> tuple[int, list[str], str]:
    program = RUN_MAIN.format(arguments=list(arguments), heavy=heavy)
    return _told(program, **env)


def _told(program: str, **env: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **env},
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


def test_a_command_loads_no_other() -> None:
    assert imported_by("run-workflow", "--help", heavy=OTHER_COMMANDS)[:2] == (0, [])
    assert imported_by("--help", heavy=OTHER_COMMANDS)[:2] == (0, sorted(OTHER_COMMANDS))


def test_a_wrong_command_line_imports_nothing_heavy() -> None:
    code, imported, stderr = imported_by("-p", "  ")
    assert (code, imported) == (2, [])
    assert "the question is empty" in stderr


def loaded_after(program: str, heavy: tuple[str, ...], **env: str) -> list[str]:
    """Which of `heavy` are there once `program` has run."""
    last = f"import sys\nprint('imported:', *(n for n in {heavy!r} if n in sys.modules))\n"
    code, imported, stderr = _told(program + last, **env)
    assert code == 0, stderr
    return imported


def test_a_workflow_goes_to_its_container_without_model_terminal_or_aws_client() -> None:
    code, imported, stderr = imported_by(
        *("run-workflow", "--account", ACCOUNT, "export-costs-to-csv"),
        heavy=NOT_ON_THE_WAY_TO_A_CONTAINER,
        **NO_ENGINE,
    )
    assert (code, imported) == (4, []), stderr


def test_the_container_of_a_workflow_is_launched_before_anything_else_is_loaded() -> None:
    program = (
        "import finops_repl.cli.root\n"
        "from finops_repl.assembly.launching import launched_sandbox\n"
        "assert launched_sandbox({}, 'export-costs-to-csv') is None  # for want of an engine\n"
    )
    assert loaded_after(program, NOT_BEFORE_THE_LAUNCH, **NO_ENGINE) == []


def test_sql_on_the_simulated_account_loads_no_aws_client() -> None:
    sql = "SELECT count(*) FROM cur2 WHERE billing_period = '2026-10'"
    code, imported, stderr = imported_by("sql", "--account", ACCOUNT, sql, heavy=NOT_FOR_SQL)
    assert (code, imported) == (0, []), stderr


def test_the_first_prompt_waits_for_no_model_sandbox_or_renderer() -> None:
    program = (
        "import finops_repl.cli.root, finops_repl.cli.chat\n"
        "from finops_repl.assembly.house import House\n"
        f"house = House.open({{'account': {ACCOUNT!r}}}, headless=False)\n"
        "from finops_repl.assembly.engine import image_was_seen\n"
        "image_was_seen()\n"
        "from finops_repl.faces.house_commands import HouseCommands\n"
        "from finops_repl.faces.terminal.chat import chat\n"
        "commands = HouseCommands(house, sandbox='starting')\n"
        "commands.banner(), commands.status()\n"
    )
    env = {"ANTHROPIC_API_KEY": "sk-test"}
    assert loaded_after(program, NOT_BEFORE_THE_PROMPT, **env) == []


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


def test_a_world_that_is_there_is_asked_without_what_made_it() -> None:
    opened = (
        "from datetime import date\n"
        "from finops_repl.simulator.handlers.registry import MAKERS\n"
        "from finops_repl.simulator.organisation import SimulatedOrganisation\n"
        "from finops_repl.simulator.spec import SimulatedSpec\n"
        f"spec = SimulatedSpec.parse('{ACCOUNT},rows=20000', yesterday=date(2026, 10, 20))\n"
        "organisation = SimulatedOrganisation(spec)\n"
        "organisation.store_path\n"
    )
    assert loaded_after(opened, ("numpy",)) == ["numpy"]
    asked = opened + "for service in MAKERS: organisation.handlers(service)\n"
    assert loaded_after(asked, ("numpy",)) == []
