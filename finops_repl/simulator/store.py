"""Worlds on disk: each ledger once as a DuckDB file, opened by every later start."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.base.places import cache_dir
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.trino.store import connect

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["exports_folder", "world_file"]

KEPT = 8
"""Worlds that stay on disk; the ones unused for longest are removed."""


READERS = ("handlers", "metrics", "advice", "__pycache__")
"""What no world changes with."""


def world_file(spec: SimulatedSpec) -> Path:
    """The database file of this specification's ledger, made where there is none.

    A file appears under its name only when it is whole: two processes that make the same world at
    once both succeed, and either result is right, for they are the same.
    """
    folder = cache_dir("worlds")
    name = sha256(f"{spec.ledger}\n{_generator()}".encode()).hexdigest()[:32]
    path = folder / f"{name}.duckdb"
    if path.exists():
        os.utime(path)
        return path
    from finops_repl.simulator.ledger import Ledger  # numpy: only a new world pays for it
    from finops_repl.simulator.tables import fill

    unfinished = folder / f".{name}.{secrets.token_hex(4)}.tmp"
    try:
        store = connect(unfinished)
        try:
            fill(store, Ledger(spec))
        finally:
            store.close()
        unfinished.replace(path)
    finally:
        for leftover in folder.glob(f"{unfinished.name}*"):
            with contextlib.suppress(FileNotFoundError):
                leftover.unlink()
    _prune(folder)
    return path


def exports_folder(world: Path) -> Path:
    """Where files that were made of a world's database are kept; they go when it goes."""
    return world.with_suffix(".exports")


@cache
def _generator() -> str:
    """What made a world: this package's sources and the library that wrote the file."""
    from importlib import metadata, resources  # 10 ms that opening an account need not wait

    digest = sha256(metadata.version("duckdb").encode())
    room = resources.files("finops_repl.simulator")
    for name, source in sorted(_sources(room)):
        digest.update(name.encode() + b"\0" + source)
    return digest.hexdigest()


def _sources(folder: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    """The modules of a package and of those in it, but for those that only read."""
    for each in folder.iterdir():
        name = f"{path}/{each.name}"
        if each.is_dir() and each.name not in READERS:
            yield from _sources(each, name)
        elif each.name.endswith(".py"):
            yield name, each.read_bytes()


def _prune(folder: Path) -> None:
    def used(path: Path) -> float:
        with contextlib.suppress(FileNotFoundError):
            return path.stat().st_mtime
        return 0.0

    for old in sorted(folder.glob("*.duckdb"), key=used, reverse=True)[KEPT:]:
        shutil.rmtree(exports_folder(old), ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            old.unlink()
