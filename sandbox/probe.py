"""Tries each limit of the box that it runs in, and prints what happened: a JSON object a line.

It runs as process 1, alone, in a box that is otherwise like that of a script; the host judges.
Whatever is not limited is used a little beyond the limit and no further. Memory comes last: where
an engine ends the whole box for it, all else has been said.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sys
import time
from typing import Any

MB = 1024 * 1024
PATIENCE_S = 30
BEYOND_BYTES = 64 * MB
BEYOND_PIDS = 16
BURN_S = 0.25
ELSEWHERE = (("192.0.2.1", 9), ("169.254.169.254", 80))
WITNESSES = (
    "/proc/self/cgroup",
    "/sys/fs/cgroup/cgroup.controllers",
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory.swap.max",
    "/sys/fs/cgroup/pids.max",
    "/sys/fs/cgroup/cpu.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes",
    "/sys/fs/cgroup/pids/pids.max",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
)
AF_VSOCK, AF_ALG = 40, 38
IO_URING_SETUP, CLONE3 = 425, 435
BPF = {"x86_64": 321, "aarch64": 280}
CLONE_NEWUSER = 0x10000000


def witnesses() -> dict[str, str]:
    """What the kernel's own files say of this box's limits, as they are."""
    said = {}
    for path in WITNESSES:
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
            said[path] = file.read()
    return said


def host() -> dict[str, Any]:
    """What identifies this start of the engine's host, and what it has."""
    with open("/proc/meminfo", encoding="utf-8") as file:
        amounts = dict(line.split(":", 1) for line in file)
    with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        boot = file.read().strip()
    swap = int(amounts["SwapTotal"].split()[0]) * 1024
    return {"boot": boot, "swap_bytes": swap, "processors": os.cpu_count()}


def privileges() -> dict[str, Any]:
    """The user, and the kernel's word on what it may and may come to."""
    with open("/proc/self/status", encoding="utf-8") as file:
        status = dict(line.split(":", 1) for line in file)
    sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    return {
        "user": os.getuid(),
        "capabilities": [name for name in sets if int(status[name], 16)],
        "no_new_privileges": status["NoNewPrivs"].strip() == "1",
    }


def calls() -> dict[str, str]:
    """How the kernel answers system calls that no script needs."""
    libc = ctypes.CDLL(None, use_errno=True)

    def answer(result: int) -> str:
        return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]

    said = {}
    for name, family in (("AF_VSOCK", AF_VSOCK), ("AF_ALG", AF_ALG), ("AF_NETLINK", 16)):
        said[name] = answer(libc.socket(family, socket.SOCK_DGRAM, 0))
    said["io_uring"] = answer(libc.syscall(IO_URING_SETUP, 0, 0))
    said["clone3"] = answer(libc.syscall(CLONE3, 0, 0))
    said["bpf"] = answer(libc.syscall(BPF.get(os.uname().machine, -1), -1, 0, 0))
    said["unshare"] = answer(libc.unshare(0))
    said["user namespace"] = answer(libc.unshare(CLONE_NEWUSER))
    limit = (ctypes.c_uint64 * 2)(1, 1)
    said["prlimit of process 1"] = answer(libc.prlimit(1, resource.RLIMIT_CORE, None, limit))
    return said


def network() -> dict[str, Any]:
    """The interfaces there are, and how the way to addresses elsewhere ends."""
    with open("/proc/net/dev", encoding="utf-8") as file:
        interfaces = [line.split(":")[0].strip() for line in file if ":" in line]
    said = {}
    for address in ELSEWHERE:
        with socket.socket() as client:
            client.setblocking(False)
            said[address[0]] = name_of(client.connect_ex(address))
    return {"interfaces": interfaces, "connects": said}


def writes(folders: list[str]) -> dict[str, str]:
    """How writing into folders of the image ends."""
    said = {}
    for folder in folders:
        try:
            os.close(os.open(f"{folder}/probe", os.O_WRONLY | os.O_CREAT, 0o600))
            said[folder] = "written"
        except OSError as error:
            said[folder] = name_of(error.errno)
    return said


def folders(sizes: dict[str, int]) -> dict[str, dict[str, Any]]:
    """How filling each folder beyond its size ends, and starting a program from it."""
    said: dict[str, dict[str, Any]] = {}
    for folder, size in sizes.items():
        program = f"{folder}/probe"
        with open(program, "wb") as file:
            file.write(b"#!/bin/sh\n")
            os.fchmod(file.fileno(), 0o700)
            try:
                os.posix_fallocate(file.fileno(), 0, size + MB)
                filled = "more fits"
            except OSError as error:
                filled = name_of(error.errno)
            file.truncate(10)
        try:
            os.waitpid(os.posix_spawn(program, [program], {}), 0)
            started = "started"
        except OSError as error:
            started = name_of(error.errno)
        os.unlink(program)
        said[folder] = {
            "filled": filled,
            "started": started,
            "inodes": os.statvfs(folder).f_files,
        }
    return said


def descriptors(limit: int) -> dict[str, Any]:
    """How many descriptors can be open, and how one more ends."""
    opened: list[int] = []
    ended = ""
    try:
        while len(opened) <= limit:
            opened.append(os.dup(0))
    except OSError as error:
        ended = name_of(error.errno)
    count = max([2, *opened]) + 1
    for descriptor in opened:
        os.close(descriptor)
    return {"opened": count, "ended": ended}


def processes(limit: int) -> dict[str, Any]:
    """How many processes there can be, and how one more ends."""
    count, ended = 1, ""
    try:
        while count < limit + BEYOND_PIDS:
            if os.fork() == 0:
                while True:
                    signal.pause()
            count += 1
    except OSError as error:
        ended = name_of(error.errno)
    end_others()
    return {"started": count, "ended": ended}


def processor(limit: float) -> dict[str, float]:
    """How many processors' time a box uses that wants more than it may have."""
    before = os.times()
    began = time.monotonic()
    for _ in range(int(limit) + 1):
        if os.fork() == 0:
            while time.monotonic() - began < BURN_S:
                pass
            os._exit(0)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    wall = time.monotonic() - began
    after = os.times()
    used = after.children_user + after.children_system
    return {"used": (used - before.children_user - before.children_system) / wall}


def memory(limit: int) -> dict[str, Any]:
    """How much memory a process can use, and how more of it ends."""
    touched = mmap.mmap(-1, 8)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "wb") as score:
            score.write(b"1000")
        kept = []
        while int.from_bytes(touched[:], "big") < limit + BEYOND_BYTES:
            kept.append(mmap.mmap(-1, 8 * MB, flags=mmap.MAP_PRIVATE | mmap.MAP_POPULATE))
            touched[:] = (len(kept) * 8 * MB).to_bytes(8, "big")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"touched": int.from_bytes(touched[:], "big"), "killed": killed}


def end_others() -> None:
    """End every process of the box but this one."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def name_of(number: int | None) -> str:
    """An error's name; "done" for none."""
    return errno.errorcode.get(number or 0, "done")


def say(subject: str, seen: Any) -> None:
    print(json.dumps({"subject": subject, "seen": seen}), flush=True)


def main(limits: dict[str, Any]) -> None:
    """Try everything, the cheap first; `limits` are those that the host asked the engine for."""
    signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(70))
    signal.alarm(PATIENCE_S)
    say("host", host())
    say("witnesses", witnesses())
    say("privileges", privileges())
    say("calls", calls())
    say("network", network())
    say("root", writes(["", "/opt/finops", "/usr/bin", "/etc"]))
    say("folders", folders(limits["folders"]))
    say("descriptors", descriptors(limits["descriptors"]))
    say("processes", processes(limits["processes"]))
    if (os.cpu_count() or 1) > limits["processors"]:
        say("processor", processor(limits["processors"]))
    say("memory", memory(limits["memory"]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
