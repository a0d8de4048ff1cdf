"""`.env` in the user's own settings folder: variables that finops-repl alone is to find.

They never enter the environment of this process, so that no child, container or library sees
them. A workspace's `.env` is not read: workspaces are shared.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path

from finops_repl.base.errors import ConfigError, nearest
from finops_repl.base.places import settings_dir

__all__ = ["AWS_NAMES", "env_file", "read_env_file"]

AWS_NAMES = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
)
"""What of AWS may stand there: who signs, and where. No endpoint may."""


def env_file() -> Path:
    """Where it lies; it need not be there."""
    return settings_dir() / ".env"


def read_env_file(others: Collection[str] = ()) -> Mapping[str, str]:
    """Its variables by name: those of AWS, and of finops-repl's own the names in `others`.

    Raises `ConfigError` for a file that others may read, a line that is no NAME=VALUE and a name
    that would have no effect; no message quotes a value.
    """
    path = env_file()
    try:
        with path.open(encoding="utf-8") as file:
            _require_private(path, os.fstat(file.fileno()))
            from dotenv.parser import parse_stream  # only who has such a file pays for it

            lines = list(parse_stream(file))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read: {type(error).__name__}", hint="mend or remove it"
        ) from error
    values: dict[str, str] = {}
    known = AWS_NAMES.union(others)
    for line in lines:
        where = f"{path}, line {line.original.line}"
        if line.error or (line.key is not None and line.value is None):
            raise ConfigError(f"{where}: it is no NAME=VALUE", hint="mend or remove the line")
        if line.key is None or line.value is None:
            continue  # a comment
        if line.key not in known:
            close = nearest(line.key, known)
            valid = f"did you mean {close[0]}?" if close else f"valid: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: {line.key!r} is not read from there", hint=valid)
        values[line.key] = line.value
    return values


def _require_private(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.getuid():
        raise ConfigError(f"{path} belongs to another user", hint="make one of your own")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise ConfigError(
            f"{path} is open to other users, and may hold keys", hint=f"run: chmod 600 {path}"
        )
