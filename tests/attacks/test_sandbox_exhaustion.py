"""Attacks that exhaust: processes, output, files, connections. The box ends, the host does not."""

from __future__ import annotations

import resource

import pytest

from finops_repl.sandbox.port import Language
from tests.sandbox.running import Runs

MB = 1024 * 1024


def peak_memory() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_fork_bomb_stays_within_the_boxs_processes_and_ends(run: Runs) -> None:
    result = run(
        "import os, sys, time\n"
        "print('begun')\n"
        "while True:\n"
        "    try:\n"
        "        os.fork()\n"
        "    except OSError:\n"
        "        time.sleep(0.01)\n",
        timeout_s=2,
    )
    assert (result.reason, result.stdout) == ("timeout", "begun\n")


def test_six_hundred_processes_are_refused(run: Runs) -> None:
    result = run(
        "import os, time\n"
        "started = 0\n"
        "try:\n"
        "    for _ in range(600):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60)\n"
        "            os._exit(0)\n"
        "        started += 1\n"
        "except OSError:\n"
        "    pass\n"
        "print(started)"
    )
    assert 50 < int(result.stdout) < 128


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "import os\nwhile True: os.write(1, b'endless ' * 8000)"),
        (
            "javascript",
            "const line = 'endless '.repeat(8000); while (true) fs.writeSync(1, line);",
        ),
    ],
)
def test_endless_output_is_cut_and_counted_and_costs_the_host_little(
    run: Runs, language: Language, code: str
) -> None:
    shown = 0
    before = peak_memory()

    def count(_stream: str, text: str) -> None:
        nonlocal shown
        shown += len(text)

    result = run(code, language, timeout_s=2, on_output=count)
    assert result.reason == "timeout"
    assert result.stdout.startswith("endless endless")
    assert result.stdout.endswith("endless ")
    assert result.stdout_cut > 16 * MB
    assert len(result.stdout) < 70_000
    assert shown < 18 * MB
    assert peak_memory() - before < 100 * MB


def test_one_line_of_50_mb_and_bytes_that_are_no_text_are_taken(run: Runs) -> None:
    result = run(
        "import os, sys\n"
        "sys.stdout.write('x' * 50_000_000 + 'end\\n')\n"
        "os.write(2, bytes(range(256)) * 4)\n"
    )
    assert result.exit_code == 0
    assert result.stdout.endswith("xend\n")
    assert result.stdout_cut > 49_000_000
    assert "\N{REPLACEMENT CHARACTER}" in result.stderr


def test_hundred_thousand_files_are_not_all_taken(run: Runs) -> None:
    result = run(
        "made = 0\n"
        "try:\n"
        "    for n in range(100_000):\n"
        "        open(f'data/file{n:06}', 'w').close()\n"
        "        made += 1\n"
        "except OSError as error:\n"
        "    print(made, error.strerror)\n",
        timeout_s=60,
    )
    assert len(result.files) == 200
    assert "200 files" in result.rejected[0]
    assert len(result.rejected) < 60
    assert len(list(run.data.iterdir())) == 200


def test_sparse_file_of_a_terabyte_is_left_where_it_is(run: Runs) -> None:
    result = run("open('data/huge.csv', 'wb').truncate(1 << 40)")
    assert (result.files, result.rejected) == ((), ("huge.csv: larger than 64 MB",))


def test_nine_hundred_connections_that_are_never_read_hold_nothing_up(run: Runs) -> None:
    result = run(
        "import socket\n"
        "request = b'POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n'\n"
        "held = []\n"
        "for _ in range(900):\n"
        "    client = socket.socket()\n"
        "    client.setblocking(False)\n"
        "    client.connect_ex(('127.0.0.1', 8765))\n"
        "    held.append(client)\n"
        "import time; time.sleep(0.5)\n"
        "for client in held:\n"
        "    try:\n"
        "        client.send(request)\n"
        "    except OSError:\n"
        "        pass\n"
        "time.sleep(0.5)\n"
        "print(len(held))\n"
    )
    assert (result.reason, result.stdout) == ("exit", "900\n")
