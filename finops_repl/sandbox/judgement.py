"""Whether each limit of a box holds, judged by what a probe in it saw.

What counts is what happened. The kernel's cgroup files are a second witness: where they name a
wider limit than was asked for, a limit that seemed to hold did so by chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from finops_repl.sandbox.cgroup import CgroupLimits, CgroupVersion, read_cgroup
from finops_repl.sandbox.limits import MB, Limits
from finops_repl.sandbox.verdict import Proof

__all__ = ["Asked", "judge"]

MISSING = "ENOSYS"
"""What the C library wants to hear of clone3 before it starts threads by an older call."""
REFUSED = frozenset({"EPERM", "EACCES", "ENOSYS", "EAFNOSUPPORT"})
NO_WAY = frozenset({"ENETUNREACH", "EHOSTUNREACH"})
BURST = 1.25
"""How far beyond its share a box may get in a quarter of a second: quota comes in slices."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The limits that an engine was asked to hold: bytes and numbers."""

    memory: int
    processes: int
    processors: float
    descriptors: int
    inodes: int
    folders: Mapping[str, int]

    @classmethod
    def of(cls, limits: Limits, work_bytes: int) -> Asked:
        """Those of a box whose work folder holds `work_bytes`."""
        return cls(
            limits.memory_bytes(work_bytes),
            limits.pids,
            limits.cpus,
            limits.open_files,
            limits.inodes,
            {"/tmp": limits.tmp_bytes, "/work": work_bytes, "/dev/shm": limits.shared_bytes},  # noqa: S108
        )


def judge(
    seen: Mapping[str, Any], asked: Asked, *, out_of_memory: bool = False
) -> tuple[tuple[Proof, ...], CgroupVersion]:
    """A proof for each limit, and the layout of the cgroup files that were its second witness.

    What the probe did not come to does not hold. Raises `KeyError`, `TypeError` or `ValueError`
    where it said what no probe says.
    """
    told = read_cgroup(seen["witnesses"])
    memory = seen.get("memory")
    if memory is None and out_of_memory:
        memory = {"killed": True, "touched": 0}  # the engine ended the whole box for it
    proofs = (
        _memory(memory, asked, told, seen["host"]),
        _processes(seen.get("processes"), asked, told),
        _processors(seen.get("processor"), asked, told, seen["host"]),
        _network(seen.get("network")),
        _root(seen.get("root")),
        *_folders(seen.get("folders"), asked),
        _descriptors(seen.get("descriptors"), asked),
        _calls(seen.get("calls")),
        _privileges(seen.get("privileges")),
    )
    return proofs, told.version


def _memory(
    seen: Mapping[str, Any] | None, asked: Asked, told: CgroupLimits, host: Mapping[str, Any]
) -> Proof:
    tried = f"one process uses more than the {asked.memory // MB} MB of its box, swap included"
    if seen is None:
        return _unended("memory", tried)
    touched = int(seen["touched"])
    happened = f"{'killed' if seen['killed'] else 'went on'} at {touched // MB} MB"
    proof = Proof("memory", tried, happened, bool(seen["killed"]) and touched <= asked.memory)
    says = told.memory_and_swap if host["swap_bytes"] else told.memory
    in_mb = None if says is None else says / MB
    return _seconded(proof, told.version, in_mb, asked.memory / MB, " MB")


def _processes(seen: Mapping[str, Any] | None, asked: Asked, told: CgroupLimits) -> Proof:
    tried = f"more than {asked.processes} processes at a time"
    if seen is None:
        return _unended("processes", tried)
    started = int(seen["started"])
    held = seen["ended"] == "EAGAIN" and started <= asked.processes
    proof = Proof("processes", tried, f"{seen['ended'] or 'no end'} after {started}", held)
    return _seconded(proof, told.version, told.pids, asked.processes)


def _processors(
    seen: Mapping[str, Any] | None, asked: Asked, told: CgroupLimits, host: Mapping[str, Any]
) -> Proof:
    tried = f"more work than {asked.processors:g} processors can do"
    if seen is None:
        held = host["processors"] <= asked.processors
        happened = f"the host has {host['processors']}"
    else:
        held = seen["used"] <= asked.processors * BURST
        happened = f"{seen['used']:.1f} processors' time was used"
    proof = Proof("processors", tried, happened, held)
    return _seconded(proof, told.version, told.cpus, asked.processors)


def _network(seen: Mapping[str, Any] | None) -> Proof:
    tried = "look for interfaces and connect elsewhere"
    if seen is None:
        return _unended("the network", tried)
    interfaces, connects = list(seen["interfaces"]), dict(seen["connects"])
    happened = f"interfaces {', '.join(interfaces)}; {_each(connects)}"
    held = interfaces == ["lo"] and set(connects.values()) <= NO_WAY
    return Proof("the network", tried, happened, held)


def _root(seen: Mapping[str, str] | None) -> Proof:
    tried = "write into folders of the image"
    if seen is None:
        return _unended("the root file system", tried)
    happened = _each({folder or "/": end for folder, end in seen.items()})
    return Proof("the root file system", tried, happened, set(seen.values()) == {"EROFS"})


def _folders(seen: Mapping[str, Mapping[str, Any]] | None, asked: Asked) -> tuple[Proof, Proof]:
    fill, start = "fill each folder beyond its size", "start a program out of each folder"
    if seen is None:
        return _unended("folders", fill), _unended("programs", start)
    filled = {folder: str(said["filled"]) for folder, said in seen.items()}
    started = {folder: str(said["started"]) for folder, said in seen.items()}
    crowded = [
        folder
        for folder in ("/tmp", "/work")  # noqa: S108
        if not 0 < seen[folder]["inodes"] <= asked.inodes
    ]
    happened = _each(filled) + (f"; no limit of files in {', '.join(crowded)}" if crowded else "")
    return (
        Proof("folders", fill, happened, set(filled.values()) == {"ENOSPC"} and not crowded),
        Proof("programs", start, _each(started), set(started.values()) == {"EACCES"}),
    )


def _descriptors(seen: Mapping[str, Any] | None, asked: Asked) -> Proof:
    tried = f"more than {asked.descriptors} open files in a process"
    if seen is None:
        return _unended("open files", tried)
    held = seen["ended"] == "EMFILE" and seen["opened"] <= asked.descriptors
    return Proof("open files", tried, f"{seen['ended'] or 'no end'} after {seen['opened']}", held)


def _calls(seen: Mapping[str, str] | None) -> Proof:
    tried = "system calls that no script needs"
    if seen is None:
        return _unended("system calls", tried)
    answered = {name: said for name, said in seen.items() if said not in REFUSED}
    if answered:
        return Proof("system calls", tried, _each(answered), False)
    if seen["clone3"] != MISSING:
        happened = f"clone3 ended with {seen['clone3']}: an engine this old lets no thread start"
        return Proof("system calls", tried, happened, False)
    return Proof("system calls", tried, f"refused: {', '.join(seen)}", True)


def _privileges(seen: Mapping[str, Any] | None) -> Proof:
    tried = "look for root, capabilities and a way to get them"
    if seen is None:
        return _unended("privileges", tried)
    found = []
    if seen["user"] == 0:
        found.append("it is root")
    if seen["capabilities"]:
        found.append(f"capabilities in {', '.join(seen['capabilities'])}")
    if not seen["no_new_privileges"]:
        found.append("setuid programs work")
    return Proof("privileges", tried, "; ".join(found) or "none", not found)


def _unended(limit: str, tried: str) -> Proof:
    return Proof(limit, tried, "the test of it did not end", False)


def _seconded(
    proof: Proof, version: CgroupVersion, says: float | None, asked: float, unit: str = ""
) -> Proof:
    """The proof with what the cgroup files say to it, which can but speak against it."""
    if says is None:
        return replace(proof, happened=f"{proof.happened}; cgroup files do not say")
    word = "no limit" if says == math.inf else f"{says:g}{unit}"
    happened = f"{proof.happened}; cgroup {version} says {word}"
    return replace(proof, happened=happened, holds=proof.holds and says <= asked)


def _each(said: Mapping[str, str]) -> str:
    """`/tmp ENOSPC, /work more fits`; the word alone where it is the same for all."""
    words = set(said.values())
    if len(words) == 1:
        return words.pop()
    return ", ".join(f"{name} {word}" for name, word in said.items())
