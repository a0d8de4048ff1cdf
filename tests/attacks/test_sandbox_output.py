"""Attacks by what a script prints: too much, too long, no text, and what a terminal would obey."""

from __future__ import annotations

import contextlib
import io
import resource

import docker
import docker.errors

from finops_repl.base.scope import new_id
from finops_repl.faces.runs import LiveOutput
from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs, containers_of

MB = 1024 * 1024


def peak_memory() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@attack(4)
@both(
    python="import os\nwhile True: os.write(1, b'endless ' * 8000)",
    javascript="const line = 'endless '.repeat(8000); while (true) fs.writeSync(1, line);",
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


@attack(5, 6)
@both(
    python="""
import os, sys
sys.stdout.write('x' * 50_000_000 + 'end\\n')
sys.stdout.flush()
os.write(2, bytes(range(256)) * 4)
""",
    javascript="""
process.stdout.write('x'.repeat(50_000_000) + 'end\\n');
fs.writeSync(2, Buffer.alloc(1024, Buffer.from(Array.from({ length: 256 }, (_, n) => n))));
""",
)
def test_one_line_of_50_mb_and_bytes_that_are_no_text_are_taken(
    run: Runs, language: Language, code: str
) -> None:
    shown = 0

    def count(stream: str, text: str) -> None:
        nonlocal shown
        shown += len(text) if stream == "stdout" else 0

    result = run(code, language, on_output=count)
    assert (result.reason, result.exit_code) == ("exit", 0)
    assert result.stdout.endswith("xend\n")
    assert result.stdout_cut > 49_000_000
    assert shown < 17 * MB
    assert "\N{REPLACEMENT CHARACTER}" in result.stderr
    assert len(result.stderr) == 1024


@attack(13)
@both(
    python="import time\nprint('logged?', flush=True)\ntime.sleep(60)",
    javascript="console.log('logged?'); setTimeout(() => {}, 60_000);",
)
def test_engine_writes_nothing_of_the_output_to_the_hosts_disk(
    run: Runs, engine_client: docker.DockerClient, language: Language, code: str
) -> None:
    name = new_id()
    logged: list[bytes] = []

    def look(_stream: str, text: str) -> None:
        if "logged?" in text:
            for container in containers_of(engine_client, name):
                with contextlib.suppress(docker.errors.APIError):  # no log to read
                    logged.append(engine_client.api.logs(container))

    assert run(code, language, run=name, timeout_s=1, on_output=look).stdout == "logged?\n"
    assert logged == []


class Screen(io.StringIO):
    """A terminal, which would obey what is written to it."""

    def isatty(self) -> bool:
        return True


@attack(39)
@both(
    python=r"""
import os, time
for piece in (b'\x1b[2J\x1b]0;title\x07', b'\x1b', b'[31mred\x1b]52;c;', b'c2VjcmV0\x07 clip\x9b',
              b'2J\rover\x08 \xe2\x80\xae back\n'):
    os.write(1, piece)
    time.sleep(0.1)
""",
    javascript=r"""
const pieces = ['\x1b[2J\x1b]0;title\x07', '\x1b', '[31mred\x1b]52;c;', 'c2VjcmV0\x07 clip\x9b',
  '2J\rover\x08 \u202e back\n'];
for (const piece of pieces) {
  fs.writeSync(1, piece);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}
""",
)
def test_terminal_obeys_nothing_of_what_a_script_prints(
    run: Runs, language: Language, code: str
) -> None:
    screen = Screen()
    with contextlib.redirect_stdout(screen):
        result = run(code, language, on_output=LiveOutput(silent=False))
    assert result.exit_code == 0, result.stderr
    assert "\x1b" in result.stdout  # the record is what was printed
    assert "red" in screen.getvalue()
    assert not set(screen.getvalue()) & set("\x1b\x9b\x9d\x07\x08\r\u202e")
