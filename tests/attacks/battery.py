"""The forty attacks that the sandbox must survive, and how a test says which of them it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import pytest

__all__ = ["ATTACKS", "COLLECTED", "ONE_LANGUAGE", "attack", "both"]

ATTACKS: Final = {
    1: "a daemonised child outlives the timeout",
    2: "SIGTERM is ignored",
    3: "partial output on a timeout",
    4: "endless output",
    5: "one line of 50 MB",
    6: "binary output",
    7: "output before an exception",
    8: "the exit code while output streams",
    9: "600 processes",
    10: "a fork bomb",
    11: "a memory bomb of 3 GB",
    12: "2 GB written to disk",
    13: "the host's disk filled through the log driver",
    14: "TCP to services of the host",
    15: "the metadata address 169.254.169.254",
    16: "DNS",
    17: "raw sockets",
    18: "AF_VSOCK",
    19: "io_uring",
    20: "bpf, keyctl, perf_event_open, userfaultfd",
    21: "mount and unshare",
    22: "ptrace of the runner, and its /proc",
    23: "signals to process 1",
    24: "forged frames on every descriptor",
    25: "setuid(0) and setuid programs",
    26: "mknod, /proc/sys, sysrq",
    27: "the clock",
    28: "writes to the root file system",
    29: "docker.sock and files of the host",
    30: "credentials in the environment or in files",
    31: "stdout closed early",
    32: "a child left behind that holds the pipes",
    33: "900 connections that are never read",
    34: "the host killed with -9",
    35: "a link among the outputs",
    36: "outputs by hostile names, kinds, sizes and numbers",
    37: "writing into workflows/, and a tampered workflow file",
    38: "abuse of the gateway",
    39: "terminal escapes in output",
    40: "one run reads another's files",
}

ONE_LANGUAGE: Final[dict[int, str]] = {}
"""Attacks that are tried in one language alone, with the reason. Node has no system calls of its
own: what needs one is tried by a Python process that the Node script starts, in its own box."""

COLLECTED: Final = "ATTACKS_COLLECTED"
"""Names the file that gets what a collection found, where this module is a plugin of it."""


def attack(*numbers: int) -> pytest.MarkDecorator:
    """Marks a test as these attacks, in the language of its `language` parameter.

    A test without one attacks from the host's side, whatever language a script is in.
    """
    return pytest.mark.attack(*numbers)


def both(*, python: str, javascript: str) -> pytest.MarkDecorator:
    """Gives a test the same attack twice, as `language` and `code`."""
    return pytest.mark.parametrize(
        ("language", "code"),
        [("python", python), ("javascript", javascript)],
        ids=["python", "javascript"],
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down which attack is tried in which language."""
    found = [
        [number, _language(item)]
        for item in session.items
        for mark in item.iter_markers("attack")
        for number in mark.args
    ]
    Path(os.environ[COLLECTED]).write_text(json.dumps(found))


def _language(item: pytest.Item) -> str:
    called = getattr(item, "callspec", None)
    return str(called.params.get("language", "host")) if called else "host"
