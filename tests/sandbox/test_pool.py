"""Boxes made ready ahead of need: one run each, and none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox import frames
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.frames import frame
from finops_repl.sandbox.pool import BoxPool
from finops_repl.sandbox.port import BoxExit, Language
from tests.sandbox.running import Runs, soon
from tests.sandbox.test_hostile_box import ScriptedBox, ScriptedEngine

READY_S = 60.0


def boxes_of(client: docker.DockerClient, pid: int) -> set[str]:
    """The containers that a process started, by id."""
    found = client.api.containers(all=True, filters={"label": f"finops-repl.pid={pid}"})
    return {container["Id"] for container in found}


@pytest.fixture
def pooled(engine: DockerEngine, tmp_path: Path) -> Iterator[Runs]:
    """Runs each job in a box that was ready before."""
    with ContainerSandbox(engine, pool=1) as sandbox:
        sandbox.prepare()
        yield Runs(sandbox, tmp_path)


def ready(runs: Runs) -> Runs:
    assert runs.sandbox.wait_ready(READY_S)
    return runs


@pytest.mark.parametrize(
    ("language", "leave", "look"),
    [
        (
            "python",
            "open('/tmp/left', 'w').write('x'); open('left.py', 'w').write('x')",
            "import os; print(os.path.exists('/tmp/left'), os.path.exists('left.py'))",
        ),
        (
            "javascript",
            "fs.writeFileSync('/tmp/left', 'x'); fs.writeFileSync('left.js', 'x')",
            "console.log(fs.existsSync('/tmp/left'), fs.existsSync('left.js'))",
        ),
    ],
)
def test_a_ready_box_runs_one_script_and_never_another(
    pooled: Runs, engine_client: docker.DockerClient, language: Language, leave: str, look: str
) -> None:
    ready(pooled)
    [first] = boxes_of(engine_client, os.getpid())
    assert pooled(leave, language).ok
    assert soon(lambda: first not in boxes_of(engine_client, os.getpid()))
    ready(pooled)
    assert first not in boxes_of(engine_client, os.getpid())
    assert pooled(look, language).stdout.split() in (["False", "False"], ["false", "false"])


def test_a_run_takes_the_ready_box_and_the_next_is_made_when_it_has_ended(
    pooled: Runs, engine_client: docker.DockerClient
) -> None:
    ready(pooled)
    before = boxes_of(engine_client, os.getpid())
    during: list[set[str]] = []
    slow = "import time\nprint('begun')\ntime.sleep(1.5)\nprint('over')"
    result = pooled(slow, on_output=lambda *_: during.append(boxes_of(engine_client, os.getpid())))
    assert result.ok
    assert during[0] == during[-1] == before
    ready(pooled)
    assert soon(lambda: len(boxes_of(engine_client, os.getpid()) - before) == 1)


def test_more_runs_than_ready_boxes_get_boxes_of_their_own(pooled: Runs) -> None:
    ready(pooled)
    results: list[str] = []
    together = threading.Barrier(3)

    def run(number: int) -> None:
        together.wait()
        results.append(pooled(f"print({number})", run=f"run-{number}").stdout)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["0\n", "1\n", "2\n"]


def test_a_ready_box_that_died_is_not_taken(
    pooled: Runs, engine_client: docker.DockerClient
) -> None:
    ready(pooled)
    [box] = boxes_of(engine_client, os.getpid())
    engine_client.api.kill(box)
    assert soon(lambda: box not in boxes_of(engine_client, os.getpid()))
    assert pooled("print('still works')").stdout == "still works\n"


def test_closing_ends_every_ready_box(
    engine: DockerEngine, engine_client: docker.DockerClient
) -> None:
    with ContainerSandbox(engine, pool=2) as sandbox:
        sandbox.prepare()
        assert sandbox.wait_ready(READY_S)
        ours = boxes_of(engine_client, os.getpid())
        assert len(ours) >= 2
    assert soon(lambda: not boxes_of(engine_client, os.getpid()) & ours)


def test_host_killed_at_once_leaves_no_ready_box(
    engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    program = f"""
        import time
        from finops_repl.sandbox.container import ContainerSandbox
        from finops_repl.sandbox.docker_engine import DockerEngine

        sandbox = ContainerSandbox(DockerEngine(image={sandbox_image!r}), pool=2)
        sandbox.prepare()
        print(sandbox.wait_ready({READY_S}), flush=True)
        time.sleep(60)
    """
    host = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert host.stdout is not None
    assert host.stdout.readline() == "True\n"
    assert len(boxes_of(engine_client, host.pid)) == 2
    os.kill(host.pid, signal.SIGKILL)
    host.wait()
    host.stdout.close()
    assert soon(lambda: not boxes_of(engine_client, host.pid))


def test_a_box_that_speaks_before_it_has_an_order_is_never_ready() -> None:
    for said in (
        frame(frames.READY) + frame(frames.STARTED) + frame(frames.PREPARED),
        frame(frames.OPEN, frames.STREAM.pack(1)) + frame(frames.PREPARED),
    ):
        engine = ScriptedEngine(said, BoxExit(137, False), silent=True)
        pool = BoxPool(engine, 1)
        pool.prepare()
        assert not pool.wait_ready(0.5)
        pool.close()
        assert engine.box.killed


def test_python_leaves_a_ready_box_as_python_leaves(pooled: Runs) -> None:
    code = """
import atexit, sys, threading, time
unclosed = open("data/unclosed.txt", "w")
unclosed.write("flushed when the script ends")
class Goes:
    def __del__(self):
        print("finalised")
cycle = Goes()
cycle.itself = cycle
atexit.register(lambda: print("atexit"))
threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
print("script")
sys.exit(3)
"""
    result = ready(pooled)(code)
    assert (result.exit_code, result.stderr) == (3, "")
    assert result.stdout == "script\nthread\natexit\nfinalised\n"
    assert (pooled.data / "unclosed.txt").read_text() == "flushed when the script ends"


def test_errors_in_a_ready_box_name_the_scripts_lines_alone(pooled: Runs) -> None:
    result = ready(pooled)("import pandas as pd\npd.DataFrame({'a': [1]})['b']\n")
    assert result.exit_code == 1
    assert 'File "script.py", line 2, in <module>' in result.stderr
    assert "job_python" not in result.stderr
    result = ready(pooled)("const rows = null;\nrows.length;\n", "javascript")
    assert result.exit_code == 1
    assert "script.js:2" in result.stderr
    assert "node_preload" not in result.stderr


def test_a_script_in_a_ready_box_sees_no_sign_of_the_preparation(pooled: Runs) -> None:
    looks = """
import os
print(sorted(name for name in os.environ if name.startswith("FINOPS")))
print(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1])
import gc; print(gc.isenabled())
"""
    result = ready(pooled)(looks)
    assert result.stdout == "[]\n[0, 1, 2, 3]\nTrue\n"


def test_a_pool_that_lost_its_engine_fills_again_after_a_run_that_found_it() -> None:
    engine = FailingOnce()
    pool = BoxPool(engine, 1)
    pool.prepare()
    assert soon(lambda: engine.asked == 1)
    assert not pool.wait_ready(0.2)
    with pool.borrow("run", "python"):
        pass
    assert pool.wait_ready(5)
    pool.close()


class FailingOnce:
    """An engine that is away when it is first asked."""

    warnings: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.asked = 0

    def start(self, name: str, *, data_bytes: int) -> ScriptedBox:
        self.asked += 1
        if self.asked == 1:
            raise SandboxUnavailable("the engine is away")
        said = frame(frames.READY) + frame(frames.PREPARED)
        return ScriptedBox(said, BoxExit(137, False), silent=True)
