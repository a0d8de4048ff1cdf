"""A machine made of stubs: the set-up scripts see only these commands and note what they call."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from finops_repl.base.places import bundled

ORDINARY = ("sh", "cat", "date", "dirname", "mktemp", "rm", "seq", "sleep", "tail", "timeout")


@dataclass(frozen=True, slots=True)
class StubMachine:
    """A PATH with the ordinary commands, and stubs that are added one by one."""

    folder: Path

    @classmethod
    def bare(cls, folder: Path) -> StubMachine:
        """A user who is not root, Python, and no engine."""
        for name in ORDINARY:
            real = shutil.which(name)
            assert real is not None
            (folder / name).symlink_to(real)
        (folder / "python3").symlink_to(sys.executable)
        machine = cls(folder)
        machine.add("id", "echo 1000")
        return machine

    def add(self, name: str, script: str) -> None:
        """A command that notes its call and then does what `script` says."""
        stub = self.folder / name
        stub.unlink(missing_ok=True)
        stub.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self._calls}"\n{script}\n')
        stub.chmod(0o755)

    def become_root(self) -> None:
        self.add("id", "echo 0")

    def run(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        """A script of the product's set-up, run on this machine."""
        return subprocess.run(
            ["sh", bundled("sandbox") / "host" / script],
            env={"PATH": str(self.folder), "HOME": str(self.folder), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls_of(self, name: str) -> list[str]:
        """The arguments of each call of a stub."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]

    @property
    def _calls(self) -> Path:
        return self.folder / "calls.log"
