"""Verdicts on engines, kept between processes: what was proven once need not be proven again."""

from __future__ import annotations

import contextlib
from pathlib import Path

from finops_repl.base.errors import DamagedFile
from finops_repl.base.files import read_versioned, write_versioned
from finops_repl.base.places import cache_dir
from finops_repl.sandbox.verdict import Verdict

__all__ = ["keep_verdict", "kept_verdict"]

SCHEMA = 1
MOST = 16
"""Engines, images and options change: of so many the verdicts are kept, the newest."""


def kept_verdict(key: str) -> Verdict | None:
    """The verdict kept under this key; None where there is none, or none that can be read."""
    try:
        return Verdict.from_fields(read_versioned(_file(key), SCHEMA)["verdict"])
    except (FileNotFoundError, DamagedFile, KeyError, TypeError, ValueError):
        return None  # it is found anew and written over: nothing of a user's is in it


def keep_verdict(key: str, verdict: Verdict) -> None:
    """Keep a verdict under its key, for this user alone."""
    kept = _file(key)
    write_versioned(kept, SCHEMA, {"verdict": verdict.fields()}, mode=0o600)
    by_age = sorted(kept.parent.glob("*.json"), key=_age, reverse=True)
    for old in by_age[MOST:]:
        with contextlib.suppress(FileNotFoundError):
            old.unlink()


def _file(key: str) -> Path:
    return cache_dir("verdicts") / f"{key}.json"


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process took it away
        return 0.0
