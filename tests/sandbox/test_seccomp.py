"""The profile refuses by itself: to root with capabilities too, and not by a kernel's luck."""

from __future__ import annotations

import json
from collections.abc import Mapping

import docker
import pytest

from finops_repl.sandbox.seccomp import seccomp_profile
from tests.sandbox.running import Runs
from tests.sandbox.system_calls import CALLS, FAMILIES, MISSING, TRIES

CAPABILITIES = (
    "SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_TIME SYS_TTY_CONFIG"
    " SYSLOG NET_ADMIN NET_RAW"
)


def answers(client: docker.DockerClient, image: str, profile: str) -> Mapping[str, str]:
    """How the calls end for root with capabilities for them, under a profile."""
    asked = json.dumps({"calls": CALLS, "families": FAMILIES})
    said = client.containers.run(
        image,
        entrypoint=[
            "python3",
            "-c",
            f"import io, sys\nsys.stdin = io.StringIO({asked!r})\n{TRIES}",
        ],
        user="0:0",
        cap_add=CAPABILITIES.split(),
        network_mode="none",
        pids_limit=64,
        mem_limit="128m",
        security_opt=["no-new-privileges", f"seccomp={profile}"],
        remove=True,
    )
    ends: dict[str, str] = {}
    for line in said.splitlines():
        ends |= json.loads(line)
    return ends


@pytest.fixture(scope="module")
def confined(engine_client: docker.DockerClient, sandbox_image: str) -> Mapping[str, str]:
    return answers(engine_client, sandbox_image, seccomp_profile())


@pytest.fixture(scope="module")
def unconfined(engine_client: docker.DockerClient, sandbox_image: str) -> Mapping[str, str]:
    return answers(engine_client, sandbox_image, "unconfined")


def test_no_call_is_let_through_whoever_asks(confined: Mapping[str, str]) -> None:
    assert len(confined) > 90
    assert confined == {name: "ENOSYS" if name in MISSING else "EPERM" for name in confined}


def test_each_call_is_answered_otherwise_without_the_profile(
    confined: Mapping[str, str], unconfined: Mapping[str, str]
) -> None:
    assert set(unconfined) == set(confined)
    assert {name for name, end in unconfined.items() if end == confined[name]} == set()


def test_entries_for_other_word_lengths_end_the_process(run: Runs) -> None:
    result = run(
        "import ctypes, mmap, os\n"
        "def end_of(attempt):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        attempt()\n"
        "        os._exit(0)\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
        "def by_32_bit_entry():\n"
        "    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "    code.write(bytes.fromhex('b814000000cd80c3'))  # mov eax, 20 (getpid); int 0x80; ret\n"
        "    entry = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
        "    ctypes.CFUNCTYPE(ctypes.c_int)(entry)()\n"
        "def by_x32():\n"
        "    ctypes.CDLL(None).syscall(0x40000000 | 39)\n"
        "if os.uname().machine == 'x86_64':\n"
        "    print(end_of(by_32_bit_entry), end_of(by_x32))\n"
        "else:\n"
        "    print('-31 -31')\n"
    )
    assert result.stdout == "-31 -31\n", result.stderr  # SIGSYS


def test_script_cannot_hold_the_runner_back(run: Runs) -> None:
    result = run(
        "import os, resource\n"
        "def refused(attempt):\n"
        "    try:\n"
        "        attempt()\n"
        "    except PermissionError:\n"
        "        return True\n"
        "print(\n"
        "    refused(lambda: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))),\n"
        "    refused(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3))),\n"
        "    refused(lambda: os.sched_setaffinity(1, {0})),\n"
        "    refused(lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))),\n"
        "    refused(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19)),\n"
        "    refused(lambda: os.setpriority(os.PRIO_USER, 0, 19)),\n"
        ")\n"
        "resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))\n"
        "os.sched_setaffinity(0, os.sched_getaffinity(0))\n"
        "os.nice(1)\n"
    )
    assert (result.reason, result.exit_code) == ("exit", 0), result.stderr
    assert result.stdout == "True True True True True True\n"


def test_node_cannot_hold_the_runner_back(run: Runs) -> None:
    result = run(
        "const os = require('os');\n"
        "try { os.setPriority(1, 19); console.log('done'); }\n"
        "catch (error) { console.log(error.info.code); }\n"
        "os.setPriority(0, 1);\n",
        "javascript",
    )
    assert (result.stdout, result.exit_code) == ("EPERM\n", 0), result.stderr


def test_calls_that_this_kernel_does_not_know_do_no_harm_to_a_profile(
    engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    profile = json.loads(seccomp_profile())
    profile["syscalls"][0]["names"].append("a_call_of_tomorrow")
    said = engine_client.containers.run(
        sandbox_image,
        entrypoint=["python3", "-c", "print('started')"],
        network_mode="none",
        security_opt=["no-new-privileges", f"seccomp={json.dumps(profile)}"],
        remove=True,
    )
    assert said == b"started\n"


def test_profile_names_each_rules_purpose_and_nothing_twice() -> None:
    profile = json.loads(seccomp_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert all(not arch["subArchitectures"] for arch in profile["archMap"])
    rules = profile["syscalls"]
    assert all(rule["comment"] for rule in rules)
    unconditional = [name for rule in rules if "args" not in rule for name in rule["names"]]
    assert len(unconditional) == len(set(unconditional))
    conditional = {name for rule in rules if "args" in rule for name in rule["names"]}
    assert conditional.isdisjoint(unconditional)  # else the condition would say nothing
