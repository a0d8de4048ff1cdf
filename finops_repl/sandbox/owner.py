"""Who started a box, written on it, so that a later sweep takes the dead owner's boxes alone.

An engine may be shared or remote: what a colleague, another host or another installation
started carries other marks and is never touched. A process id alone is reused; with the boot of
the host and its own start time it is not.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finops_repl.base.files import write_atomic
from finops_repl.base.places import state_dir
from finops_repl.base.scope import new_id

__all__ = ["LABEL", "Owner"]

LABEL = "finops-repl"


@dataclass(frozen=True, slots=True)
class Owner:
    """A process of one user of one installation on one boot of one host."""

    installation: str
    boot: str
    user: str
    pid: int
    pid_start: str

    @classmethod
    def this_process(cls) -> Owner:
        """The owner of what is started here and now."""
        pid = os.getpid()
        return cls(_installation(), _boot(), str(os.getuid()), pid, _start_of(pid))

    def labels(self, box: str) -> dict[str, str]:
        """The labels of this owner's box of that name."""
        return {
            f"{LABEL}.box": box,
            f"{LABEL}.installation": self.installation,
            f"{LABEL}.boot": self.boot,
            f"{LABEL}.user": self.user,
            f"{LABEL}.pid": str(self.pid),
            f"{LABEL}.pid_start": self.pid_start,
        }

    def has_left(self, labels: Mapping[str, str]) -> bool:
        """Whether a box with these labels is of this installation and user, its process gone."""
        ours = {"installation": self.installation, "user": self.user}
        if any(labels.get(f"{LABEL}.{name}") != value for name, value in ours.items()):
            return False
        if labels.get(f"{LABEL}.boot") != self.boot:
            return True
        pid = labels.get(f"{LABEL}.pid", "")
        return not pid.isdecimal() or _start_of(int(pid)) != labels.get(f"{LABEL}.pid_start")


def _installation() -> str:
    """This user's installation on this host; a home shared by two hosts gives two."""
    kept = state_dir() / "installation"
    if not kept.exists():
        write_atomic(kept, new_id(16).encode(), mode=0o600)
    host = _first_line(Path("/etc/machine-id")) or platform.node()
    return hashlib.sha256(kept.read_bytes() + host.encode()).hexdigest()[:16]


def _boot() -> str:
    """What changes with each start of the host; empty where the system does not say."""
    return _first_line(Path("/proc/sys/kernel/random/boot_id"))


def _start_of(pid: int) -> str:
    """When a process began, in the system's own words; empty when there is no such process."""
    if Path("/proc/self/stat").exists():
        stat = _first_line(Path(f"/proc/{pid}/stat"))
        # The command's name, in brackets, may hold blanks: count from its end.
        return stat.rpartition(")")[2].split()[19] if stat else ""
    told = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def _first_line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").partition("\n")[0]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
