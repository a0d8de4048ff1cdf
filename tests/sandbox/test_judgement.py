"""What a probe saw is judged by what happened; a limit that held by chance does not count."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.judgement import Asked, judge
from finops_repl.sandbox.limits import MB, Limits
from finops_repl.sandbox.port import BoxExit, Bytes
from finops_repl.sandbox.self_test import WORK_BYTES, prove
from finops_repl.sandbox.verdict import Verdict
from tests.sandbox.test_cgroup import VERSION_1, VERSION_2

LIMITS = Limits()
ASKED = Asked.of(LIMITS, WORK_BYTES)
ROOT = "/sys/fs/cgroup"
FOLDER = {"filled": "ENOSPC", "started": "EACCES", "inodes": 20_000}

SEEN: dict[str, Any] = {
    "host": {"boot": "61908f95", "swap_bytes": 0, "processors": 4},
    "witnesses": VERSION_1,
    "privileges": {"user": 10001, "capabilities": [], "no_new_privileges": True},
    "calls": {"AF_VSOCK": "EPERM", "io_uring": "ENOSYS", "clone3": "ENOSYS"},
    "network": {"interfaces": ["lo"], "connects": {"192.0.2.1": "ENETUNREACH"}},
    "root": {"": "EROFS", "/etc": "EROFS"},
    "folders": {"/tmp": FOLDER, "/work": FOLDER, "/dev/shm": FOLDER | {"inodes": 3_000_000}},
    "descriptors": {"opened": 1024, "ended": "EMFILE"},
    "processes": {"started": 128, "ended": "EAGAIN"},
    "processor": {"used": 1.97},
    "memory": {"touched": 336 * MB, "killed": True},
}


def broken(seen: Mapping[str, Any], *, out_of_memory: bool = False) -> dict[str, str]:
    """What gives way, and what happened there."""
    proofs, _ = judge(seen, ASKED, out_of_memory=out_of_memory)
    return {proof.limit: proof.happened for proof in proofs if not proof.holds}


def without(subject: str) -> dict[str, Any]:
    return {name: said for name, said in SEEN.items() if name != subject}


def test_box_that_holds_everything_has_nothing_broken() -> None:
    assert broken(SEEN) == {}
    assert broken(SEEN | {"witnesses": VERSION_2}) == {}
    assert broken(SEEN | {"witnesses": {}}) == {}  # what happened counts by itself
    assert judge(SEEN, ASKED)[1] == "v1"
    assert judge(SEEN | {"witnesses": VERSION_2}, ASKED)[1] == "v2"


@pytest.mark.parametrize(
    ("subject", "limits"),
    [
        ("privileges", {"privileges"}),
        ("calls", {"system calls"}),
        ("network", {"the network"}),
        ("root", {"the root file system"}),
        ("folders", {"folders", "programs"}),
        ("descriptors", {"open files"}),
        ("processes", {"processes"}),
        ("memory", {"memory"}),
    ],
)
def test_what_a_probe_did_not_come_to_does_not_hold(subject: str, limits: set[str]) -> None:
    assert broken(without(subject)) == dict.fromkeys(limits, "the test of it did not end")


def test_engine_that_ends_the_whole_box_for_memory_holds_it() -> None:
    assert broken(without("memory"), out_of_memory=True) == {}


def test_processors_of_a_small_host_need_no_holding_back_but_a_limit() -> None:
    small = without("processor") | {"host": SEEN["host"] | {"processors": 2}}
    assert broken(small) == {}
    unlimited = VERSION_1 | {f"{ROOT}/cpu/cpu.cfs_quota_us": "-1\n"}
    assert broken(small | {"witnesses": unlimited}) == {
        "processors": "the host has 2; cgroup v1 says no limit"
    }
    assert set(broken(without("processor"))) == {"processors"}  # of 4 it was to be tried


def test_limit_that_held_by_chance_is_told_by_the_second_witness() -> None:
    # A host short of memory kills, and a user's own limit of processes ends a fork, as well.
    by_chance = {
        f"{ROOT}/memory/memory.limit_in_bytes": "9223372036854771712\n",
        f"{ROOT}/pids/pids.max": "max\n",
    }
    assert broken(SEEN | {"witnesses": VERSION_1 | by_chance}) == {
        "memory": "killed at 336 MB; cgroup v1 says no limit",
        "processes": "EAGAIN after 128; cgroup v1 says no limit",
    }
    by_chance = {f"{ROOT}/memory.max": "max\n", f"{ROOT}/pids.max": "4915\n"}
    assert broken(SEEN | {"witnesses": VERSION_2 | by_chance}) == {
        "memory": "killed at 336 MB; cgroup v2 says no limit",
        "processes": "EAGAIN after 128; cgroup v2 says 4915",
    }


def test_swap_counts_where_the_host_has_some() -> None:
    swaps = {f"{ROOT}/memory.swap.max": "max\n"}
    seen = SEEN | {"witnesses": VERSION_2 | swaps}
    assert broken(seen) == {}
    with_swap = {"host": SEEN["host"] | {"swap_bytes": 4096 * MB}}
    assert set(broken(seen | with_swap)) == {"memory"}


def test_engine_that_cannot_say_of_a_call_that_it_is_missing_is_too_old() -> None:
    deaf = SEEN | {"calls": {"AF_VSOCK": "EPERM", "io_uring": "EPERM", "clone3": "EPERM"}}
    assert "no thread" in broken(deaf)["system calls"]


def test_verdict_against_names_what_and_why_and_what_to_do() -> None:
    rootless = SEEN | {
        "witnesses": {},
        "memory": {"touched": 408 * MB, "killed": False},
        "processes": {"started": 144, "ended": ""},
    }
    proofs, cgroup = judge(rootless, ASKED)
    with pytest.raises(SandboxUnavailable) as refused:
        Verdict(proofs, cgroup, "", 0.5).require()
    assert "memory (one process uses more than the 344 MB" in refused.value.message
    assert "went on at 408 MB" in refused.value.message
    assert "no end after 144" in refused.value.message
    assert "network" not in refused.value.message
    assert "rootless" in refused.value.hint


class SayingBox:
    """A box that says what it is told to, and ends."""

    def __init__(self, said: bytes, end: BoxExit, *, hangs: bool = False) -> None:
        self._said = [said, b""]
        self._end = end
        self.killed = threading.Event()
        if not hangs:
            self.killed.set()

    def send(self, data: Bytes) -> None: ...

    def receive(self) -> bytes:
        said = self._said.pop(0)
        if not said:
            assert self.killed.wait(10)
        return said

    def kill(self) -> None:
        self.killed.set()

    def wait(self) -> BoxExit:
        return self._end


def lines(seen: Mapping[str, Any]) -> bytes:
    said = ({"subject": name, "seen": what} for name, what in seen.items())
    return b"".join(json.dumps(line).encode() + b"\n" for line in said)


def test_probe_that_was_ended_in_the_middle_of_a_line_is_judged_by_the_lines_before() -> None:
    box = SayingBox(lines(without("memory")) + b'{"subject": "mem', BoxExit(137, False))
    verdict = prove(lambda command: box, LIMITS)
    assert [proof.limit for proof in verdict.broken] == ["memory"]


def test_probe_that_hangs_is_ended_and_what_it_left_out_does_not_hold() -> None:
    box = SayingBox(lines(without("memory")), BoxExit(137, False), hangs=True)
    verdict = prove(lambda command: box, LIMITS, patience_s=0.05)
    assert [proof.limit for proof in verdict.broken] == ["memory"]


@pytest.mark.parametrize("said", [b"hello\n", b"[]\n", b'{"subject": "host", "seen": 1}\n'])
def test_what_is_no_probes_word_is_no_verdict(said: bytes) -> None:
    with pytest.raises(SandboxUnavailable, match="not understood"):
        prove(lambda command: SayingBox(said, BoxExit(0, False)), LIMITS)


def test_probe_that_says_nothing_gives_its_last_words() -> None:
    box = SayingBox(b"", BoxExit(2, False, "can't open file '/opt/finops/probe.py'"))
    with pytest.raises(SandboxUnavailable, match="said nothing: can't open") as refused:
        prove(lambda command: box, LIMITS)
    assert "sandbox build" in refused.value.hint
