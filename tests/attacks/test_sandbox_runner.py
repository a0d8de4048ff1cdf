"""Attacks on the runner: it has the script's user, and still cannot be spoken for or stopped."""

from __future__ import annotations

import json

from finops_repl.sandbox.port import Language, RunResult
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs

FORGE_PYTHON = """
import ctypes, json, os, struct, sys

def frame(kind, payload):
    return struct.pack("!BI", kind, len(payload)) + payload

forged = frame(39, json.dumps({"exit_code": 0}).encode()) + frame(41, b"")
written, read = [], []

def attempt(name, path):
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        os.write(descriptor, forged)
        written.append(name)
    except OSError:
        pass
    finally:
        os.close(descriptor)

for pid in ("1", "self", str(os.getppid())):
    for number in range(64):
        attempt(f"{pid}/{number}", f"/proc/{pid}/fd/{number}")
        attempt(f"{pid}/task/{number}", f"/proc/{pid}/task/1/fd/{number}")
for number in range(3, 256):  # whatever was left open in this process
    try:
        os.write(number, forged)
        written.append(number)
    except OSError:
        pass
for name in ("mem", "environ", "maps", "cwd", "root", "exe", "io", "stack", "syscall", "auxv"):
    try:
        open(f"/proc/1/{name}", "rb").read(1)
        read.append(name)
    except OSError:
        pass
try:
    read += os.listdir("/proc/1/fd")
except OSError:
    pass
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = libc.syscall.restype = ctypes.c_long
for name, request in (("attach", 16), ("seize", 0x4206)):
    if libc.ptrace(request, 1, 0, 0) != -1:
        read.append(name)
pidfd = libc.syscall(434, 1, 0)
if pidfd >= 0:
    for number in range(16):
        if libc.syscall(438, pidfd, number, 0) >= 0:
            read.append(f"took descriptor {number}")
sys.stderr.write(json.dumps({
    "written": [name for name in written if not str(name).startswith(("self/1", "self/2"))],
    "read": read,
}))
sys.stderr.flush()
os._exit(9)
"""

FORGE_NODE = """
const body = Buffer.from(JSON.stringify({ exit_code: 0 }));
const head = Buffer.alloc(5);
head[0] = 39;
head.writeUInt32BE(body.length, 1);
const forged = Buffer.concat([head, body, Buffer.from([41, 0, 0, 0, 0])]);
const written = [], read = [];
for (const pid of ['1', 'self', process.ppid]) for (let number = 0; number < 64; number += 1) {
  // Node's own event loop is behind the higher numbers of `self`.
  if (pid === 'self' && number > 5) continue;
  let descriptor;
  try {
    const { O_WRONLY, O_NONBLOCK } = fs.constants;
    descriptor = fs.openSync(`/proc/${pid}/fd/${number}`, O_WRONLY | O_NONBLOCK);
    fs.writeSync(descriptor, forged);
    written.push(`${pid}/${number}`);
  } catch {}
  if (descriptor !== undefined) fs.closeSync(descriptor);
}
for (const name of ['mem', 'environ', 'maps', 'cwd', 'root', 'exe', 'io', 'stack', 'auxv']) {
  try {
    fs.readFileSync(`/proc/1/${name}`);
    read.push(name);
  } catch {}
}
try { read.push(...fs.readdirSync('/proc/1/fd')); } catch {}
fs.writeSync(2, JSON.stringify({
  written: written.filter((name) => !['self/1', 'self/2'].includes(name)), read,
}));
process.exit(9);
"""


FORGE: dict[Language, str] = {"python": FORGE_PYTHON, "javascript": FORGE_NODE}


def forged(result: RunResult) -> tuple[set[str | int], list[str]]:
    """Where a forger could write that is not its own, and what it could read of the runner."""
    found = json.loads(result.stderr[result.stderr.index('{"written"') :])
    # It can write to its own /dev/null and its figure pipe: its word, no frame.
    return set(found["written"]) - {"self/0", 3, "self/3"}, found["read"]


@attack(22, 24)
@both(python=FORGE_PYTHON, javascript=FORGE_NODE)
def test_frames_cannot_be_forged_and_the_runner_cannot_be_read(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code) == ("exit", 9), result.stderr
    assert forged(result) == (set(), [])
    assert result.declared == ()


@attack(23)
@both(
    python="""
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
for number in range(1, 65):
    for target in (1, -1) if number == signal.SIGINT else (1,):
        try:
            os.kill(target, number)
        except OSError:
            pass
time.sleep(0.2)
print('both here')
raise SystemExit(6)
""",
    javascript="""
for (let number = 1; number < 65; number += 1) {
  try { process.kill(1, number); } catch {}
}
setTimeout(() => { console.log('both here'); process.exit(6); }, 200);
""",
)
def test_signals_do_not_stop_the_runner(run: Runs, language: Language, code: str) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 6, "both here\n")


SET_LIMITS = """
import resource
for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_STACK"):
    try:
        resource.prlimit(1, getattr(resource, name), (0, 0))
        print(name)
    except OSError:
        pass
print("tried")
raise SystemExit(5)
"""


@attack(23)
@both(
    python=SET_LIMITS,
    javascript="""
const { spawnSync } = require('child_process');
const child = spawnSync('/usr/bin/python3', ['-c', params.code], { encoding: 'utf8' });
process.stdout.write(child.stdout);
process.exit(child.status);
""",
)
def test_limits_of_the_runner_cannot_be_set_from_inside(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language, params={"code": SET_LIMITS})
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 5, "tried\n")


@attack(24)
@both(
    python="""
import os
os.write(3, b'not json\\n' * 2 + b'x' * 9000 + b'\\n')
for n in range(400):
    os.write(3, b'{"value": "%d", "unit": "USD", "label": "x"}\\n' % n)
""",
    javascript="""
fs.writeSync(3, 'not json\\n'.repeat(2) + 'x'.repeat(9000) + '\\n');
for (let n = 0; n < 400; n += 1) {
  fs.writeSync(3, `{"value": "${n}", "unit": "USD", "label": "x"}\\n`);
}
""",
)
def test_figure_pipe_takes_so_many_figures_and_nothing_else(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code) == ("exit", 0)
    # Two of the 200 places went to what was no figure; what was too long took none.
    assert [figure["value"] for figure in result.declared] == [str(n) for n in range(198)]


@attack(23)
@both(
    python="print(open('/proc/self/oom_score_adj').read(), end='')",
    javascript="process.stdout.write(fs.readFileSync('/proc/self/oom_score_adj'));",
)
def test_memory_takes_the_job_before_the_runner(run: Runs, language: Language, code: str) -> None:
    assert run(code, language).stdout == "1000\n"


@attack(24)
def test_runners_modules_are_not_in_a_scripts_way(run: Runs) -> None:
    result = run(
        "import sys\n"
        "print([name for name in ('frames', 'wire', 'runner', 'place') if name in sys.modules])\n"
        "print([path for path in sys.path if 'finops' in path])\n"
        "import __main__; print(__main__.params)"
    )
    assert result.stdout == "[]\n[]\n{}\n"
