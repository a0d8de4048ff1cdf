"""A copy of the tree to break things in; the tree itself is never changed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.prove.defence import Change

__all__ = ["TREE", "scratch_copy", "without"]

TREE = Path(__file__).resolve().parents[2]
COPIED = ("finops_repl", "sandbox", "tests", "workspace/workflows", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", ".hypothesis")


@contextlib.contextmanager
def scratch_copy() -> Iterator[Path]:
    """The tree's files in a temporary folder, as they are now."""
    with tempfile.TemporaryDirectory(prefix="finops-repl-prove-") as folder:
        copy = Path(folder)
        for name in COPIED:
            target = copy / name
            if (TREE / name).is_dir():
                shutil.copytree(TREE / name, target, ignore=LEFT_OUT)
            else:
                shutil.copy2(TREE / name, target)
        yield copy


@contextlib.contextmanager
def without(copy: Path, changes: Iterable[Change]) -> Iterator[None]:
    """The copy with these changes; afterwards its files are as before, to the time stamp.

    Compiled files are kept by a source's time: what was compiled of the original stays valid, and
    is not taken for the changed one.
    """
    originals: dict[Path, tuple[bytes, os.stat_result]] = {}
    try:
        for change in changes:
            path = copy / change.file
            originals.setdefault(path, (path.read_bytes(), path.stat()))
            path.write_text(path.read_text("utf-8").replace(change.old, change.new), "utf-8")
        yield
    finally:
        for path, (content, status) in originals.items():
            path.write_bytes(content)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
