"""Scripts are kept with their logs, and call AWS in the name of their run."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.base.errors import InputError
from finops_repl.base.places import Workspace
from finops_repl.base.scope import Scope
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.port import Language, Order
from finops_repl.sandbox.scripts import ScriptReport, ScriptRunner
from finops_repl.tools.clean_output import CleanOutput
from tests.sandbox.running import identity


class Aws:
    """A gateway's side of a run: who called, and which run was given up."""

    def __init__(self) -> None:
        self.callers: list[Caller] = []
        self.given_up: list[str] = []

    def handle(self, request: WireRequest, caller: Caller) -> WireResponse:
        self.callers.append(caller)
        return identity(request)


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def scripts(engine: DockerEngine, aws: Aws, workspace: Workspace) -> ScriptRunner:
    return ScriptRunner(
        ContainerSandbox(engine),
        workspace,
        aws.handle,
        lambda run: (),
        cleaned=CleanOutput,
        cancel_calls=aws.given_up.append,
    )


def run(
    scripts: ScriptRunner,
    workspace: Workspace,
    code: str,
    language: Language = "python",
    **rest: float,
) -> ScriptReport:
    scope = Scope(account="sim-acme", workspace=workspace.root, user="ada", session="s1", run="r42")
    timeout_s = rest.get("timeout_s", 20.0)
    order = Order(code, language, {"top": 3}, timeout_s=timeout_s, bill={"table": "cur2"})
    return scripts.run(
        scope,
        order,
        on_output=lambda stream, text: None,
        cancelled=threading.Event(),
    )


def test_no_log_keeps_a_secret_or_an_escape(scripts: ScriptRunner, workspace: Workspace) -> None:
    code = (
        "import sys\n"
        "print('AKIA', end='', flush=True)\n"
        "print('ABCDEFGHIJKLMNOP and \\x1b[31mred\\x1b[0m')\n"
        "print('no line end', end='')\n"
    )
    log = run(scripts, workspace, code).log.read_text("utf-8")
    assert "AKIA" not in log
    assert "\x1b" not in log
    assert "\n[redacted] and red\nno line end\n# ended: " in log


def test_script_and_log_are_kept_under_the_run(scripts: ScriptRunner, workspace: Workspace) -> None:
    code = (
        "import sys\nprint('out', params['top'], end='')\nprint('err', file=sys.stderr)\n"
        "print('again')\nopen('data/a.csv', 'w').write('a\\n1\\n')\nsys.exit(2)"
    )
    report = run(scripts, workspace, code)
    assert report.script.parent == workspace.scripts
    assert report.script.read_text() == code
    assert report.script.name.startswith("script_")
    assert report.script.name.endswith("_r42.py")
    assert report.log == report.script.with_suffix(".log")
    log = report.log.read_text()
    assert "# run: r42\n" in log
    assert "# account: sim-acme\n" in log
    assert "out 3" in log
    assert "# [stderr]\nerr\n" in log
    assert "again\n" in log
    assert "# ended: exit, exit code 2\n" in log
    assert "# file: a.csv, 4 bytes\n" in log
    assert (workspace.data / "a.csv").read_text() == "a\n1\n"
    assert report.result.run == "r42"


def test_calls_are_made_in_the_name_of_run_and_script(
    scripts: ScriptRunner, workspace: Workspace, aws: Aws
) -> None:
    code = "import boto3; boto3.client('sts').get_caller_identity()"
    run(scripts, workspace, code)
    digest = hashlib.sha256(code.encode()).hexdigest()
    assert aws.callers == [Caller("s1", "r42", "ada", digest)]
    assert aws.given_up == ["r42"]


@pytest.mark.parametrize(
    ("code", "suffix"),
    [
        ("const os = require('os');", ".cjs"),
        ("import os from 'os';", ".mjs"),
        ("import { a } from 'x';", ".mjs"),
        ("// import cost data\nconsole.log(1)", ".cjs"),
    ],
)
def test_javascript_is_kept_under_the_name_of_its_kind(
    scripts: ScriptRunner, workspace: Workspace, code: str, suffix: str
) -> None:
    assert run(scripts, workspace, code, "javascript").script.suffix == suffix


def test_run_that_could_not_begin_leaves_a_log_that_says_so(
    scripts: ScriptRunner, workspace: Workspace, aws: Aws
) -> None:
    with pytest.raises(InputError):
        run(scripts, workspace, "print(1)", timeout_s=1000.0)
    (log,) = workspace.scripts.glob("*.log")
    assert "# not finished: timeout_s is 1000" in log.read_text()
    assert aws.given_up == ["r42"]


def test_endless_output_does_not_fill_the_disk_with_its_log(
    scripts: ScriptRunner, workspace: Workspace
) -> None:
    report = run(
        scripts,
        workspace,
        "import os\nwhile True: os.write(1, b'endless\\n' * 8000)",
        timeout_s=1.0,
    )
    assert 10_000_000 < report.log.stat().st_size < 17_000_000
    assert "# ended: timeout" in report.log.read_text()[-200:]
