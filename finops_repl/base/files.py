"""Files of ours: written whole or not at all, private where they hold what was asked and found."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from finops_repl.base.errors import DamagedFile

__all__ = ["private_dir", "read_versioned", "write_atomic", "write_new", "write_versioned"]


def private_dir(path: Path) -> Path:
    """Make `path` (and its parents) a folder that only this user can enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise DamagedFile(f"{path} belongs to another user", hint="remove it or choose another")
    path.chmod(0o700)
    return path


def write_atomic(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace `path` by `content` in one step; a reader sees the old file or the new one.

    The temporary file is made beside it with O_EXCL and O_NOFOLLOW, so that a planted link is
    never written through; a link at `path` itself is replaced, not followed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, mode)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is not there yet; raises `FileExistsError` where anything is, a dangling
    link too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)


def write_versioned(path: Path, schema: int, fields: dict[str, Any], *, mode: int = 0o644) -> None:
    """Write `fields` as JSON with its schema number first, atomically."""
    text = json.dumps({"schema": schema, **fields}, indent=2, ensure_ascii=False)
    write_atomic(path, text.encode() + b"\n", mode=mode)


def read_versioned(path: Path, schema: int) -> dict[str, Any]:
    """Read a JSON object of ours; anything else is a `DamagedFile` that names the file."""
    try:
        fields = json.loads(path.read_bytes())
    except ValueError as error:
        raise DamagedFile(
            f"{path} is not valid JSON: {error}", hint="it was left untouched; mend or remove it"
        ) from error
    if not isinstance(fields, dict):
        raise DamagedFile(f"{path} holds no JSON object", hint="it was left untouched")
    found = fields.get("schema")
    if found != schema:
        raise DamagedFile(
            f"{path} has schema {found!r}, this version reads {schema}",
            hint="it was left untouched; it may come from a newer finops-repl",
        )
    return fields
