"""A virtual environment for each peer, made once and kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from finops_repl.base.places import cache_dir
from tests.peers.pins import KERNEL, PEERS

__all__ = ["home", "kernel_packages", "python_of"]

DONE = ".installed"
IMAGE_PYTHON = "3.13"


def home() -> Path:
    """FINOPS_PEERS_HOME, else a folder of the user's cache; nothing lands in the checkout."""
    chosen = os.environ.get("FINOPS_PEERS_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return cache_dir("peers")


def python_of(peer: str) -> str:
    """The interpreter of an environment that holds the peer, at the version that is pinned."""
    folder = home() / f"{peer}-{_digest(PEERS[peer])}"
    python = folder / "bin" / "python"
    if not (folder / DONE).exists():
        print(f"installing {PEERS[peer]}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", PEERS[peer])
        (folder / DONE).touch()
    return str(python)


def kernel_packages() -> Path:
    """A folder with a Jupyter kernel and its gateway for the image's Python, as wheels have it."""
    folder = home() / f"kernel-{_digest(*KERNEL)}"
    if not (folder / DONE).exists():
        print(f"fetching {' and '.join(KERNEL)} for the image", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-compile")
        for_image = ("--only-binary=:all:", f"--python-version={IMAGE_PYTHON}")
        platforms = [f"--platform={name}" for name in _platforms()]
        _run(*pip, *for_image, *platforms, f"--target={folder}", *KERNEL)
        (folder / DONE).touch()
    return folder


def _platforms() -> tuple[str, ...]:
    machine = os.uname().machine
    machine = "aarch64" if machine == "arm64" else machine
    return tuple(f"{kind}_{machine}" for kind in ("manylinux2014", "manylinux_2_28"))


def _digest(*pins: str) -> str:
    return hashlib.sha256("\0".join(pins).encode()).hexdigest()[:8]


def _run(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(command[:6])}:\n{ended.stderr[-2000:]}")
