"""What a process, its folders and its engine hold now; Linux counts by /proc.

Only what is ours is counted where that can be told: containers by this installation's label,
temporary files in a folder of our own. Volumes and networks bear no owner: on an engine that
others use at the same time, theirs show as well.
"""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import docker

__all__ = ["Census", "resident_kb", "take_census"]

NUMBER = re.compile(r"\b[0-9a-f]{6,}\b|(?<=\[)\d+(?=\])")
"""What tells one thread or descriptor from the next of its kind: ids of boxes, of sockets."""


@dataclass(frozen=True, slots=True)
class Census:
    """Each field is what there is of one kind, by name, sorted."""

    containers: tuple[str, ...]
    child_processes: tuple[str, ...]
    descriptors: tuple[str, ...]
    threads: tuple[str, ...]
    temporary_files: tuple[str, ...]
    unexpected_files: tuple[str, ...]
    volumes: tuple[str, ...]
    networks: tuple[str, ...]

    def __str__(self) -> str:
        counts = (
            f"{field.name.replace('_', ' ')} {len(getattr(self, field.name))}"
            for field in fields(self)
        )
        return ", ".join(counts)


def take_census(
    client: docker.DockerClient, label: str, temporary: Path, unexpected: Iterable[Path]
) -> Census:
    """Count now; `label` marks our containers."""
    client.close()  # what it kept idle of the last census
    gc.collect()
    ours = {"label": label}
    api = client.api
    return Census(
        containers=_sorted(found["Id"][:12] for found in api.containers(all=True, filters=ours)),
        child_processes=_sorted(_children()),
        descriptors=_sorted(_descriptors()),
        threads=_sorted(_kind(thread.name) for thread in threading.enumerate()),
        temporary_files=_sorted(str(path) for path in temporary.rglob("*")),
        unexpected_files=_sorted(str(path) for path in unexpected),
        volumes=_sorted(volume["Name"] for volume in api.volumes()["Volumes"] or ()),
        networks=_sorted(network["Name"] for network in api.networks()),
    )


def resident_kb(pid: int | str = "self") -> int:
    """Resident memory of a process in kB; 0 where it cannot be seen."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return 0
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


def _children() -> Iterable[str]:
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline")
            yield f"{pid} {command.read_bytes().replace(bytes(1), b' ').decode(errors='replace')}"


def _descriptors() -> Iterable[str]:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            yield _kind(str(entry.readlink()))
        except FileNotFoundError:
            continue  # the listing's own


def _kind(name: str) -> str:
    return NUMBER.sub("*", name)


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
