"""Attacks on the end of a run: what will not stop, what stays behind, what is told wrongly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import docker
import pytest

from finops_repl.base.scope import new_id
from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs, containers_of, soon


@attack(1, 2)
@both(
    python="""
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            open('data/alive.txt', 'w').write('x')
            time.sleep(0.05)
    os._exit(0)
print('begun')
time.sleep(60)
""",
    javascript="""
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, () => {});
require('child_process').spawn(
  '/bin/sh', ['-c', "trap '' TERM INT HUP; while true; do echo x > data/alive.txt; done"],
  { detached: true, stdio: 'ignore' },
).unref();
console.log('begun');
while (true) {}
""",
)
def test_what_ignores_signals_and_what_left_its_session_ends_with_the_time(
    run: Runs, engine_client: docker.DockerClient, language: Language, code: str
) -> None:
    name = new_id()
    result = run(code, language, run=name, timeout_s=1)
    assert (result.reason, result.exit_code, result.stdout) == ("timeout", None, "begun\n")
    assert soon(lambda: not containers_of(engine_client, name))


@attack(3)
@both(
    python="""
import time
open('data/part.csv', 'w').write('a,b\\n1,2\\n')
print('half way', end='')
time.sleep(60)
""",
    javascript="""
fs.writeFileSync('data/part.csv', 'a,b\\n1,2\\n');
process.stdout.write('half way');
while (true) {}
""",
)
def test_what_was_printed_and_written_before_the_time_was_up_is_kept(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language, timeout_s=1)
    assert (result.reason, result.exit_code, result.stdout) == ("timeout", None, "half way")
    assert [(file.name, file.rows) for file in result.files] == [("part.csv", 1)]


@attack(7, 8)
@both(
    python="""
for n in range(20_000):
    print(n)
print('last words', end='')
raise ValueError('no ratio')
""",
    javascript="""
for (let n = 0; n < 20_000; n += 1) console.log(n);
process.stdout.write('last words');
throw new Error('no ratio');
""",
)
def test_output_before_an_exception_is_whole_and_the_exit_code_is_the_scripts(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code) == ("exit", 1)
    shown = "".join(text for stream, text in run.printed if stream == "stdout")
    assert shown == "".join(f"{n}\n" for n in range(20_000)) + "last words"
    assert "no ratio" in result.stderr


@attack(8)
@both(
    python="import os, sys\nprint('x' * 300_000, flush=True); os._exit(3)",
    javascript="process.stdout.write('x'.repeat(300_000) + '\\n'); process.exit(3);",
)
def test_exit_code_comes_with_all_that_was_printed(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert result.exit_code == 3
    assert sum(len(text) for _, text in run.printed) == 300_001


@attack(31)
@both(
    python="""
import os, sys, time
os.close(1)
time.sleep(0.3)
print('still here', file=sys.stderr)
open('data/late.txt', 'w').write('x')
os._exit(4)
""",
    javascript="""
fs.closeSync(1);
setTimeout(() => {
  fs.writeSync(2, 'still here\\n');
  fs.writeFileSync('data/late.txt', 'x');
  process.exit(4);
}, 300);
""",
)
def test_stdout_closed_early_does_not_end_the_run(run: Runs, language: Language, code: str) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code, result.stderr) == ("exit", 4, "still here\n")
    assert [file.name for file in result.files] == ["late.txt"]


COUNT_IN_EVERY_FILE = """
import itertools, os
files = [os.open(f'data/count{n}.txt', os.O_RDWR | os.O_CREAT) for n in range(30)]
for file in files:
    os.write(file, b' ' * 1_000_000)
print('counting', flush=True)
for count in itertools.count(100_000_000):
    for file in files:
        os.pwrite(file, b'%d' % count, 0)
"""


@attack(1, 32)
@both(
    python="""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, '-c', params['child']], start_new_session=True)
time.sleep(1)
import os; os._exit(3)
""",
    javascript="""
require('child_process').spawn(
  '/usr/bin/python3', ['-c', params.child], { detached: true, stdio: 'inherit' },
);
setTimeout(() => process.exit(3), 1000);
""",
)
def test_child_left_behind_with_the_pipes_is_ended_before_files_are_taken(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language, params={"child": COUNT_IN_EVERY_FILE})
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 3, "counting\n")
    counts = [int((run.data / file.name).read_text()) for file in result.files]
    assert len(counts) == 30
    assert max(counts) - min(counts) <= 1  # all were taken in one and the same state


SLEEP: dict[Language, str] = {
    "python": "import time; print('begun'); time.sleep(60)",
    "javascript": "console.log('begun'); setTimeout(() => {}, 60_000);",
}


def host_of(run: Runs, image: str, name: str, language: Language) -> subprocess.Popen[str]:
    """A process of its own that runs a script for a minute; returned when the script has begun."""
    host = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                from pathlib import Path
                from finops_repl.sandbox.container import ContainerSandbox
                from finops_repl.sandbox.docker_engine import DockerEngine
                from tests.sandbox.running import Runs

                run = Runs(ContainerSandbox(DockerEngine(image={image!r})), Path({str(run.data)!r}))
                run({SLEEP[language]!r}, {language!r}, run={name!r}, timeout_s=60,
                    on_output=lambda stream, text: print(text, flush=True))
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert host.stdout is not None
    assert host.stdout.readline() == "begun\n"
    return host


@attack(34)
@pytest.mark.parametrize("language", ["python", "javascript"])
def test_host_killed_at_once_leaves_no_container(
    run: Runs, engine_client: docker.DockerClient, sandbox_image: str, language: Language
) -> None:
    name = new_id()
    with host_of(run, sandbox_image, name, language) as host:
        assert len(containers_of(engine_client, name)) == 1
        os.kill(host.pid, signal.SIGKILL)
        assert soon(lambda: not containers_of(engine_client, name))


@attack(34)
def test_host_that_falls_silent_leaves_no_container(
    run: Runs, engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    name = new_id()
    with host_of(run, sandbox_image, name, "python") as host:
        try:
            os.kill(host.pid, signal.SIGSTOP)  # its connection stays open, nobody is behind it
            assert soon(lambda: not containers_of(engine_client, name), within_s=20)
        finally:
            os.kill(host.pid, signal.SIGKILL)
