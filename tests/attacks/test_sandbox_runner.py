"""Attacks on the runner: it has the script's user, and still cannot be spoken for or stopped."""

from __future__ import annotations

import json

from tests.sandbox.running import Runs

FORGE = """
import ctypes, errno, json, os, signal, struct, sys, time

def frame(kind, payload):
    return struct.pack("!BI", kind, len(payload)) + payload

forged = frame(39, json.dumps({"exit_code": 0}).encode()) + frame(41, b"")
written = []

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
for name in ("mem", "environ", "maps", "cwd", "root", "exe", "io", "stack", "syscall"):
    try:
        open(f"/proc/1/{name}", "rb").read(1)
        print("read", name)
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
for name, request in (("attach", 16), ("seize", 0x4206)):
    if libc.ptrace(request, 1, 0, 0) != -1:
        print("traced", name)
room = ctypes.create_string_buffer(8)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine, theirs = Vector(ctypes.addressof(room), 8), Vector(0x400000, 8)
if libc.process_vm_readv(1, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) != -1:
    print("read memory")
pidfd = libc.syscall(434, 1, 0)
if pidfd >= 0:
    for number in range(16):
        if libc.syscall(438, pidfd, number, 0) >= 0:
            print("took descriptor", number)
print(json.dumps([name for name in written if not str(name).startswith(("self/1", "self/2"))]))
sys.stdout.flush()
sys.exit(9)
"""


def test_frames_cannot_be_forged_on_any_descriptor(run: Runs) -> None:
    result = run(FORGE)
    assert (result.reason, result.exit_code) == ("exit", 9), result.stderr
    *others, written = result.stdout.splitlines()
    # It could write to its own /dev/null and its figure pipe: its word, no frame.
    assert set(json.loads(written.rpartition("\0")[2])) <= {"self/0", 3, "self/3"}
    assert not [line for line in others if line.startswith(("read", "traced", "took"))]
    assert result.declared == ()


def test_node_script_cannot_forge_frames_either(run: Runs) -> None:
    result = run(
        """
const body = Buffer.from(JSON.stringify({exit_code: 0}));
const head = Buffer.alloc(5); head[0] = 39; head.writeUInt32BE(body.length, 1);
const forged = Buffer.concat([head, body, Buffer.from([41, 0, 0, 0, 0])]);
for (const pid of ['1', process.ppid]) for (let number = 0; number < 64; number += 1) {
  try {
    fs.writeSync(fs.openSync(`/proc/${pid}/fd/${number}`, 'w'), forged);
    console.log(pid, number);
  } catch {}
}
process.exit(9);
""",
        "javascript",
    )
    assert (result.exit_code, result.stdout) == (9, ""), result.stderr


def test_signals_do_not_stop_the_runner(run: Runs) -> None:
    result = run(
        "import os, signal, time\n"
        "for number in range(1, 65):\n"
        "    for target in (1, -1) if number == signal.SIGINT else (1,):\n"
        "        try:\n"
        "            signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "            os.kill(target, number)\n"
        "        except OSError:\n"
        "            pass\n"
        "time.sleep(0.2)\n"
        "print('both here')\n"
        "raise SystemExit(6)"
    )
    assert (result.reason, result.exit_code, result.stdout) == ("exit", 6, "both here\n")


def test_limits_set_on_the_runner_from_inside_cannot_forge_an_end(run: Runs) -> None:
    result = run(
        "import resource, time\n"
        "for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS):\n"
        "    try:\n"
        "        resource.prlimit(1, limit, (0, 0))\n"
        "    except (OSError, ValueError):\n"
        "        pass\n"
        "print('set')\n"
        "raise SystemExit(5)"
    )
    # It may break its own box, which is then said; it may not make a failure a success.
    assert (result.reason, result.exit_code) in (("exit", 5), ("sandbox died", None))


def test_runners_modules_are_not_in_a_scripts_way(run: Runs) -> None:
    result = run(
        "import sys\n"
        "print([name for name in ('frames', 'wire', 'runner', 'place') if name in sys.modules])\n"
        "print([path for path in sys.path if 'finops' in path])\n"
        "import __main__; print(__main__.params)"
    )
    assert result.stdout == "[]\n[]\n{}\n"
