"""`finops-repl run`: one's own script in the sandbox, as a shell, cron or CI meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pexpect
import pytest

from finops_repl.sandbox.docker_connect import connect
from tests.acceptance.conftest import ACCOUNT, COMMAND, Finops
from tests.sandbox.running import containers_of, soon

CALLING = """\
import boto3, csv, sys
sts = boto3.client("sts")
for _ in range(params["times"]): sts.get_caller_identity()
try: boto3.client("ec2").terminate_instances(InstanceIds=["i-0123456789abcdef0"])
except Exception as error: print(type(error).__name__, file=sys.stderr)
with open("data/out.csv", "w") as file: csv.writer(file).writerows([("day", "usd"), ("1", "2.5")])
figure("2.5", "USD", "Total")
print(bill["table"], sorted(params))
"""


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


def boxes_left(client: docker.DockerClient, workspace: Path) -> list[str]:
    """Containers of the runs that left a script in this workspace."""
    runs = [path.stem.rpartition("_")[2] for path in (workspace / "scripts").glob("*.log")]
    return [container for run in runs for container in containers_of(client, run)]


def test_script_of_ones_own_leaves_output_story_file_and_log(
    finops: Finops, workspace: Path, tmp_path: Path
) -> None:
    script = tmp_path / "mine.py"
    script.write_text(CALLING)
    ended = finops("run", str(script), "--param", "times=3", "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (0, "cur2 ['times']\n"), ended.stderr
    assert "called sts:GetCallerIdentity ×3" in ended.stderr
    assert "refused ec2:TerminateInstances ×1" in ended.stderr
    assert "data/out.csv  1 row · columns day, usd" in ended.stderr
    assert "Total: $2.50" in ended.stderr
    assert (workspace / "data" / "out.csv").read_text().startswith("day,usd")
    kept = next((workspace / "scripts").glob("*.py"))
    assert kept.read_text() == CALLING
    assert str(kept.with_suffix(".log")) in ended.stderr


def test_json_is_one_object_with_all_that_is_known(finops: Finops, tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(CALLING + "open('data/.hidden', 'w').close(); sys.exit(3)\n")
    ended = finops("run", str(script), "--param", "times=2", "--json", "--account", ACCOUNT)
    assert ended.code == 1
    told = ended.json()
    assert (told["ok"], told["reason"], told["exit_code"]) == (False, "exit", 3)
    assert (told["file"], told["language"]) == (str(script), "python")
    assert (told["stdout"], told["stderr"]) == ("cur2 ['times']\n", "ClientError\n")
    assert told["files"] == [{"name": "out.csv", "bytes": 16, "rows": 1, "columns": ["day", "usd"]}]
    assert [".hidden" in reason for reason in told["rejected"]] == [True]
    assert told["figures_declared"][0]["value"] == "2.5"
    assert told["aws_calls"] == {"sts:GetCallerIdentity": 2}
    assert told["aws_calls_refused"] == {"ec2:TerminateInstances": 1}
    assert told["run"] in told["script"]
    assert told["run"] in told["log"]
    assert told["duration_s"] > 0


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mine.js", "console.log(params.n + 1, typeof require);"),
        (
            "mine.cjs",
            "console.log(require('node:path').posix.sep === '/' ? params.n + 1 : 0, 'function');",
        ),
        (
            "mine.mjs",
            "import { posix } from 'node:path'; console.log(params.n + 1, typeof posix.join);",
        ),
    ],
)
def test_javascript_is_known_by_its_suffix(
    finops: Finops, tmp_path: Path, name: str, code: str
) -> None:
    (tmp_path / name).write_text(code)
    ended = finops("run", name, "--param", "n=41", "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (0, "42 function\n"), ended.stderr


def test_stdin_is_python_unless_told_otherwise(finops: Finops) -> None:
    ended = finops("run", "-", "--account", ACCOUNT, stdin="print('from stdin')")
    assert (ended.code, ended.stdout) == (0, "from stdin\n")
    ended = finops(
        "run", "-", "--language", "javascript", "--account", ACCOUNT, stdin="console.log(6 * 7)"
    )
    assert (ended.code, ended.stdout) == (0, "42\n")


def test_language_overrides_the_suffix(finops: Finops, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("console.log(6 * 7)")
    ended = finops("run", "mine.txt", "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (2, "")
    assert "--language" in ended.stderr
    ended = finops("run", "mine.txt", "--language", "javascript", "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (0, "42\n")


def test_values_are_json_or_text_and_an_account_id_stays_text(finops: Finops) -> None:
    values = {
        "top": "5", "rate": "1.5", "all": "true", "names": '["a", "b"]', "month": "2026-09",
        "payer": "111122223333", "other": "012345678901", "word": "plain", "odd": "NaN", "none": "",
    }  # fmt: skip
    flags = [flag for name, value in values.items() for flag in ("--param", f"{name}={value}")]
    code = "import json; print(json.dumps(params))"
    ended = finops("run", "-", *flags, "--account", ACCOUNT, stdin=code)
    assert json.loads(ended.stdout) == {
        "top": 5, "rate": 1.5, "all": True, "names": ["a", "b"], "month": "2026-09",
        "payer": "111122223333", "other": "012345678901", "word": "plain", "odd": "NaN", "none": "",
    }  # fmt: skip


def test_inputs_are_handed_in_by_name_and_glob(finops: Finops, workspace: Path) -> None:
    (workspace / "data").mkdir()
    for name in ("a.csv", "b.csv", "c.txt"):
        (workspace / "data" / name).write_text(name)
    code = "import os; print(sorted(os.listdir(DATA_DIR)))"
    inputs = ("--input", "*.csv", "--input", "c.txt")
    ended = finops("run", "-", *inputs, "--account", ACCOUNT, stdin=code)
    assert ended.stdout == "['a.csv', 'b.csv', 'c.txt']\n"
    ended = finops("run", "-", "--input", "d.csv", "--account", ACCOUNT, stdin=code)
    assert (ended.code, ended.stdout) == (2, "")
    assert "a.csv" in ended.stderr


def test_script_over_its_time_keeps_what_it_printed(finops: Finops) -> None:
    code = "import time\nprint('partial')\ntime.sleep(60)"
    ended = finops("run", "-", "--timeout", "1", "--account", ACCOUNT, stdin=code)
    assert (ended.code, ended.stdout) == (5, "partial\n")
    assert "time limit" in ended.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"print('\xff')", "not UTF-8 text: byte 8 is 0xff"),
        (b"print(1)\0", "NUL"),
        (b" \n", "empty"),
        (b"#" * (9 << 20), "larger than a script may be"),
    ],
)
def test_what_is_no_script_is_named(
    finops: Finops, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "odd.py").write_bytes(content)
    ended = finops("run", "odd.py", "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert "odd.py" in ended.stderr


def test_missing_file_and_folder_are_named(finops: Finops, tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    for name, says in (("nowhere.py", "No such file"), ("folder.py", "is a folder")):
        ended = finops("run", name, "--json", "--account", ACCOUNT)
        assert ended.code == 2
        assert says in ended.json()["error"]
        assert name in ended.json()["error"]


def test_empty_and_closed_stdin_are_errors_and_no_wait(finops: Finops, workspace: Path) -> None:
    ended = finops("run", "-", "--account", ACCOUNT)
    assert ended.code == 2
    assert "the script on stdin is empty" in ended.stderr
    closed = subprocess.run(
        ["sh", "-c", '"$0" run - <&-', COMMAND],
        capture_output=True, text=True, timeout=60, cwd=workspace.parent,
    )  # fmt: skip
    assert closed.returncode == 2
    assert "stdin is closed" in closed.stderr


def test_reader_that_leaves_early_ends_the_run_quietly(
    workspace: Path, client: docker.DockerClient
) -> None:
    code = "import time\nwhile True: print('line'); time.sleep(0.01)"
    piped = subprocess.run(
        ["sh", "-c", f'printf %s "$1" | "$0" run - --account {ACCOUNT} | head -n 1', COMMAND, code],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "FINOPS_WORKSPACE": str(workspace)},
    )  # fmt: skip
    assert (piped.stdout, piped.stderr) == ("line\n", "")
    assert soon(lambda: not boxes_left(client, workspace))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_the_script_and_its_container(
    workspace: Path, client: docker.DockerClient, number: signal.Signals
) -> None:
    (workspace / "endless.py").write_text("import time\nprint('begun')\ntime.sleep(60)")
    with subprocess.Popen(
        [COMMAND, "run", "endless.py", "--account", ACCOUNT],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=workspace,
        env={**os.environ, "FINOPS_WORKSPACE": str(workspace)},
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        assert boxes_left(client, workspace)
        running.send_signal(number)
        _, story = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "cancelled" in story
    assert soon(lambda: not boxes_left(client, workspace))


def test_escape_sequences_of_a_script_do_not_reach_a_terminal(workspace: Path) -> None:
    (workspace / "rude.py").write_text("print('\\x1b]0;owned\\x07name \\x1b[2Jend', end='')")
    terminal = pexpect.spawn(
        COMMAND, ["run", "rude.py", "--account", ACCOUNT],
        cwd=str(workspace), timeout=60, encoding="utf-8", dimensions=(24, 200),
        env={**os.environ, "FINOPS_WORKSPACE": str(workspace)},
    )  # fmt: skip
    terminal.expect(pexpect.EOF)
    terminal.close()
    shown = terminal.before or ""
    assert terminal.exitstatus == 0
    assert "name end\r\nfinished" in shown
    assert "\x1b" not in shown


def test_files_account_runs_ones_own_script_without_asking(finops: Finops, tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("BilledCost,ServiceName\n1.5,Compute\n")
    account = f"files:{tmp_path / 'costs.csv'}"
    ended = finops("run", "-", "--account", account, stdin="print('mine')")
    assert (ended.code, ended.stdout) == (0, "mine\n"), ended.stderr


def test_a_failed_run_leaves_the_export_of_a_good_one(finops: Finops, workspace: Path) -> None:
    script = "open('data/costs.csv', 'w').write('cost\\n1\\n')\n"
    assert finops("run", "-", "--account", ACCOUNT, stdin=script).code == 0
    half = "open('data/costs.csv', 'w').write('cost\\n')\nraise SystemExit(3)\n"
    ended = finops("run", "-", "--account", ACCOUNT, stdin=half)
    assert ended.code == 1
    assert "the run failed, so data/costs.csv stays as it was" in ended.stderr
    assert (workspace / "data" / "costs.csv").read_text() == "cost\n1\n"
    [beside] = (workspace / "data").glob("costs.failed-*.csv")
    assert beside.read_text() == "cost\n"
