"""A script runs as its author expects it to: exit codes, tracebacks, what is at hand."""

from __future__ import annotations

import pytest

from finops_repl.base.errors import InputError
from finops_repl.sandbox.port import Language
from tests.sandbox.running import Runs


@pytest.mark.parametrize(
    ("language", "code", "exit_code"),
    [
        ("python", "print('done')", 0),
        ("python", "import sys; sys.exit(7)", 7),
        ("python", "raise SystemExit('sorry')", 1),
        ("python", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", 139),
        ("python", "def broken(:\n    pass", 1),
        ("javascript", "console.log('done')", 0),
        ("javascript", "process.exit(7)", 7),
        ("javascript", "Promise.reject(new Error('nobody listens'))", 1),
        ("javascript", "function (", 1),
    ],
)
def test_exit_code_is_the_scripts_own(
    run: Runs, language: Language, code: str, exit_code: int
) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code) == ("exit", exit_code)
    assert result.ok == (exit_code == 0)


def test_python_traceback_shows_the_scripts_lines_and_no_others(run: Runs) -> None:
    result = run(
        "def divide(a, b):\n"
        "    return a / b\n"
        "try:\n"
        "    divide(1, 0)\n"
        "except ZeroDivisionError as error:\n"
        "    raise ValueError('no ratio') from error\n"
    )
    assert result.stderr == (
        "Traceback (most recent call last):\n"
        '  File "script.py", line 4, in <module>\n'
        "    divide(1, 0)\n"
        "    ~~~~~~^^^^^^\n"
        '  File "script.py", line 2, in divide\n'
        "    return a / b\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
        "\n"
        "The above exception was the direct cause of the following exception:\n"
        "\n"
        "Traceback (most recent call last):\n"
        '  File "script.py", line 6, in <module>\n'
        "    raise ValueError('no ratio') from error\n"
        "ValueError: no ratio\n"
    )


def test_node_stack_shows_the_scripts_line_and_no_runner_file(run: Runs) -> None:
    result = run("const costs = [];\nthrow new Error(`no ${'costs'}`);", "javascript")
    assert result.exit_code == 1
    assert "script.js:2" in result.stderr
    assert "Error: no costs" in result.stderr
    assert "/opt/finops" not in result.stderr


def test_python_script_has_params_bill_and_its_folder_at_hand(run: Runs) -> None:
    result = run(
        "print(params['top'], bill['table'], DATA_DIR, __name__)\n"
        "open(DATA_DIR / 'a.txt', 'w').write('x')\n"
        "print(open('data/a.txt').read(), open('workspace/data/a.txt').read())\n"
        "import sys; print(sys.argv)",
        params={"top": 5},
        bill={"table": "cur2"},
    )
    assert result.stdout == "5 cur2 /work/data __main__\nx x\n['script.py']\n"


@pytest.mark.parametrize(
    "code",
    [
        "const os = require('os'); fs.writeFileSync(path.join(DATA_DIR, 'a.txt'), 'x');"
        "console.log(params.top, bill.table, typeof os.cpus)",
        "import os from 'os';\nfs.writeFileSync('data/a.txt', 'x');\n"
        "console.log(params.top, bill.table, typeof os.cpus)",
        "const os = require('os');\nawait fs.promises.writeFile('workspace/data/a.txt', 'x');\n"
        "console.log(params.top, bill.table, typeof os.cpus)",
    ],
    ids=["CommonJS", "ES module", "require with a top-level await"],
)
def test_javascript_in_every_dialect_has_the_same_at_hand(run: Runs, code: str) -> None:
    result = run(code, "javascript", params={"top": 5}, bill={"table": "cur2"})
    assert result.stdout == "5 cur2 function\n"
    assert [file.name for file in result.files] == ["a.txt"]


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (
            "python",
            "from decimal import Decimal\n"
            "figure(Decimal('12.50'), 'USD', 'EC2 excess', metric='unblended', period=None)\n"
            "figure(3, 'rows', 'Rows')",
        ),
        (
            "javascript",
            "figure('12.50', 'USD', 'EC2 excess', {metric: 'unblended', period: null});\n"
            "figure(3, 'rows', 'Rows');",
        ),
    ],
)
def test_declared_figures_arrive_with_their_pedigree(
    run: Runs, language: Language, code: str
) -> None:
    assert run(code, language).declared == (
        {"value": "12.50", "unit": "USD", "label": "EC2 excess", "metric": "unblended"},
        {"value": "3", "unit": "rows", "label": "Rows"},
    )


def test_figures_that_are_none_are_refused_in_the_script_or_dropped(run: Runs) -> None:
    result = run(
        "import os\n"
        "for attempt in (lambda: figure('a lot', 'USD', 'x'),\n"
        "                lambda: figure(1, 'USD', 'x' * 5000)):\n"
        "    try:\n"
        "        attempt()\n"
        "    except ValueError as error:\n"
        "        print(error)\n"
        'os.write(3, b\'not json\\n[]\\n{"value": "NaN", "unit": "", "label": ""}\\n\')\n'
        "os.write(3, b'x' * 9000 + b'\\n')\n"
        "for n in range(200):\n"
        "    figure(n, 'rows', 'x')\n"
        "figure(200, 'rows', 'x')\n"
    )
    assert "takes a number" in result.stdout
    assert "at most 4096 bytes" in result.stdout
    assert "at most 200 figures" in result.stderr
    assert len(result.declared) < 200  # three of the 200 places went to what was no figure


def test_input_fails_at_once_and_points_to_params(run: Runs) -> None:
    result = run("name = input('Which account? ')")
    assert result.exit_code == 1
    assert "EOFError: input() has nobody to ask" in result.stderr
    assert "params" in result.stderr
    assert "job_python" not in result.stderr


def test_output_of_both_streams_stays_apart_and_comes_while_the_script_runs(run: Runs) -> None:
    result = run(
        "import sys, time\n"
        "print('figures')\n"
        "print('warnings', file=sys.stderr)\n"
        "print('half', end='')\n"
        "time.sleep(0.3)\n"
    )
    assert (result.stdout, result.stderr) == ("figures\nhalf", "warnings\n")
    assert "".join(text for stream, text in run.printed if stream == "stdout") == "figures\nhalf"


def test_node_output_is_whole_when_the_script_exits_at_once(run: Runs) -> None:
    result = run(
        "process.stdout.write('x'.repeat(1_000_000) + 'end\\n'); process.exit(3)", "javascript"
    )
    assert result.exit_code == 3
    assert sum(len(text) for _, text in run.printed) == 1_000_004
    assert result.stdout.endswith("xend\n")


def test_boto3_and_the_javascript_sdk_reach_the_door(run: Runs) -> None:
    python = run("import boto3; print(boto3.client('sts').get_caller_identity()['Account'])")
    javascript = run(
        "import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';\n"
        "const answer = await new STSClient({}).send(new GetCallerIdentityCommand({}));\n"
        "console.log(answer.Account);",
        "javascript",
    )
    assert (python.stdout, python.stderr) == ("111122223333\n", "")
    assert (javascript.stdout, javascript.stderr) == ("111122223333\n", "")


def test_plots_and_tables_work_without_a_warning(run: Runs) -> None:
    result = run(
        "import pandas, matplotlib.pyplot as plt\n"
        "frame = pandas.DataFrame({'service': ['EC2', 'S3'], 'usd': [3.5, 1.25]})\n"
        "frame.to_csv('data/costs.csv', index=False)\n"
        "frame.plot.bar(x='service', y='usd')\n"
        "plt.savefig('data/costs.png')\n"
    )
    assert (result.stderr, result.exit_code) == ("", 0)
    table = next(file for file in result.files if file.name == "costs.csv")
    assert (table.rows, table.columns) == (2, ("service", "usd"))
    assert (run.data / "costs.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, 901.0, float("nan")])
def test_timeout_beyond_its_bounds_is_refused_by_name(run: Runs, timeout_s: float) -> None:
    with pytest.raises(InputError, match="timeout_s"):
        run("print(1)", timeout_s=timeout_s)


def test_large_script_and_params_arrive_whole(run: Runs) -> None:
    result = run(
        "print(len(params['text']))\n" + "# padding\n" * 20_000, params={"text": "é" * 300_000}
    )
    assert result.stdout == "300000\n"


def test_a_daemon_thread_of_a_script_that_ended_is_silent(run: Runs) -> None:
    result = run(
        "import threading, time\n"
        "def tick(): pass\n"
        "def forever():\n"
        "    while True:\n"
        "        time.sleep(0.0005)\n"
        "        tick()\n"
        "threading.Thread(target=forever, daemon=True).start()\n"
        "time.sleep(0.1)\n"
        "print('done')\n"
    )
    assert (result.exit_code, result.stdout, result.stderr) == (0, "done\n", "")


def test_a_file_that_another_module_holds_open_is_whole(run: Runs) -> None:
    result = run(
        "import sys, types\n"
        "sys.modules['config'] = config = types.ModuleType('config')\n"
        "config.out = open('data/out.txt', 'w')\n"
        "config.out.write('kept')\n"
    )
    assert result.exit_code == 0, result.stderr
    assert (run.data / "out.txt").read_text() == "kept"
