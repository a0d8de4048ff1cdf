"""Attacks on the kernel: system calls that no script needs are refused before they look around."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import pytest

from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack
from tests.sandbox.running import Runs

ATTEMPTS = """
import ctypes, errno, json, os, socket

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = libc.ptrace.restype = ctypes.c_long
NOWHERE = ctypes.c_void_p(8)  # no address: who looks there before it refuses says EFAULT
NUMBERS = {  # x86-64 and arm64
    "bpf": (321, 280), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "mount_setattr": (442, 442),
    "unshare": (272, 97), "setns": (308, 268), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
}
column = 0 if os.uname().machine == "x86_64" else 1
said = {}

def attempt(name, call):
    ctypes.set_errno(0)
    try:
        result = call()
    except OSError as error:
        said[name] = errno.errorcode[error.errno]
    else:
        failed = result == -1
        said[name] = errno.errorcode.get(ctypes.get_errno(), "?") if failed else "ALLOWED"

def syscall(name, *arguments):
    attempt(name, lambda: libc.syscall(NUMBERS[name][column], *arguments))

attempt("raw IPv4", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt("raw IPv6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58))
attempt("packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("packets, cooked", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM))
attempt("vsock", lambda: socket.socket(40, socket.SOCK_STREAM))
attempt("vsock datagrams", lambda: socket.socket(40, socket.SOCK_DGRAM))
syscall("io_uring_setup", 8, NOWHERE)
syscall("io_uring_enter", -1, 0, 0, 0, None, 0)
syscall("io_uring_register", -1, 0, None, 0)
syscall("bpf", 0, NOWHERE, 16)
syscall("keyctl", 0, -3, 0)
syscall("add_key", NOWHERE, NOWHERE, None, 0, -3)
syscall("request_key", NOWHERE, NOWHERE, None, -3)
syscall("perf_event_open", NOWHERE, 0, -1, -1, 0)
syscall("userfaultfd", 1)  # for its own memory alone, which the kernel grants to anybody
syscall("mount", NOWHERE, NOWHERE, NOWHERE, 0, None)
syscall("umount2", NOWHERE, 0x4000)  # no such flag
syscall("pivot_root", NOWHERE, NOWHERE)
syscall("open_tree", -1, NOWHERE, 0)
syscall("move_mount", -1, NOWHERE, -1, NOWHERE, 0x4000)
syscall("fsopen", NOWHERE, 2)
syscall("mount_setattr", -1, NOWHERE, 0, NOWHERE, 32)
syscall("unshare", 0x10000000)  # a user namespace, in which one would be root
syscall("setns", -1, 0)
attempt("ptrace", lambda: libc.ptrace(0, 0, 0, 0))  # only to be traced by its own parent
syscall("process_vm_readv", os.getpid(), None, 0, None, 0, 0)
syscall("process_vm_writev", os.getpid(), None, 0, None, 0, 0)
syscall("pidfd_getfd", -1, 0, 0)
syscall("kcmp", os.getpid(), os.getpid(), 0, 0, 0)
syscall("name_to_handle_at", -1, NOWHERE, NOWHERE, NOWHERE, 0)
syscall("open_by_handle_at", -1, NOWHERE, 0)
print(json.dumps(said))
"""

BY_NODE = """
const { spawnSync } = require('child_process');
const child = spawnSync('/usr/bin/python3', ['-c', params.attempts], { encoding: 'utf8' });
process.stdout.write(child.stdout);
process.stderr.write(child.stderr);
"""

REFUSED = {"EPERM", "EACCES", "ENOSYS", "EAFNOSUPPORT"}
"""How a call ends that was refused before its arguments were looked at."""

Refusals = Mapping[str, str]


@pytest.fixture(scope="module")
def heard() -> dict[str, Refusals]:
    """What the box of each language said, so that one box answers for all."""
    return {}


@pytest.fixture(params=["python", "javascript"])
def language(request: pytest.FixtureRequest) -> Language:
    return cast(Language, request.param)


@pytest.fixture
def refusals(run: Runs, language: Language, heard: dict[str, Refusals]) -> Refusals:
    """How each call ended; Node has none of its own, so its script starts a Python process."""
    if language not in heard:
        code = ATTEMPTS if language == "python" else BY_NODE
        params = {} if language == "python" else {"attempts": ATTEMPTS}
        result = run(code, language, params=params)
        assert result.exit_code == 0, result.stderr
        heard[language] = json.loads(result.stdout)
    return heard[language]


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param(
            ("raw IPv4", "raw IPv6", "packets", "packets, cooked"), marks=attack(17), id="raw"
        ),
        pytest.param(("vsock", "vsock datagrams"), marks=attack(18), id="vsock"),
        pytest.param(
            ("io_uring_setup", "io_uring_enter", "io_uring_register"),
            marks=attack(19),
            id="io_uring",
        ),
        pytest.param(("bpf",), marks=attack(20), id="bpf"),
        pytest.param(("keyctl", "add_key", "request_key"), marks=attack(20), id="keys"),
        pytest.param(("perf_event_open",), marks=attack(20), id="perf"),
        pytest.param(("userfaultfd",), marks=attack(20), id="userfaultfd"),
        pytest.param(
            (
                "mount",
                "umount2",
                "pivot_root",
                "open_tree",
                "move_mount",
                "fsopen",
                "mount_setattr",
            ),
            marks=attack(21),
            id="mount",
        ),
        pytest.param(("unshare", "setns"), marks=attack(21), id="unshare"),
        pytest.param(
            ("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp"),
            marks=attack(22),
            id="ptrace",
        ),
        pytest.param(("name_to_handle_at", "open_by_handle_at"), marks=attack(29), id="handles"),
    ],
)
def test_system_calls_that_no_script_needs_are_refused(
    refusals: Refusals, calls: tuple[str, ...]
) -> None:
    assert {name: refusals[name] for name in calls if refusals[name] not in REFUSED} == {}
