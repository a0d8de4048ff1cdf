"""The [aws] table of the user's settings, edited in place: the rest, comments too, stays."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finops_repl.base.errors import ConfigError
from finops_repl.base.files import private_dir, write_atomic
from finops_repl.base.places import settings_dir
from finops_repl.base.settings_files import USER_FILE

__all__ = ["Edit", "Value", "edit_of"]

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to the file, not made yet; `overwritten` are the names whose values it replaces."""

    path: Path
    before: str
    after: str
    overwritten: tuple[str, ...]

    @property
    def diff(self) -> str:
        """What would change, line by line; empty for nothing."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), "before", "after", lineterm="", n=1
        )
        return "\n".join(list(lines)[2:])

    def make(self) -> None:
        """Write the file in one step, for this user's eyes alone; a link to it is followed."""
        private_dir(self.path.parent)
        write_atomic(self.path.resolve(), self.after.encode(), mode=0o600)


def edit_of(values: Mapping[str, Value]) -> Edit:
    """The edit that sets these of `aws.*` in the user's settings file; it may yet have to be made.

    Raises `ConfigError` for a file that cannot be read.
    """
    import tomlkit  # keeps comments and order, which tomllib does not write at all
    from tomlkit.exceptions import TOMLKitError

    path = settings_dir() / USER_FILE
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        document = tomlkit.parse(before)
    except (OSError, ValueError, TOMLKitError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint="mend or remove it") from error
    if "aws" not in document:
        document["aws"] = tomlkit.table()
    table = document["aws"]
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: aws is no table", hint="write [aws] and its settings below")
    overwritten = []
    for name, value in values.items():
        new = list(value) if isinstance(value, tuple) else value
        if table.get(name) == new:
            continue
        if name in table:
            overwritten.append(f"aws.{name}")
        table[name] = new
    return Edit(path, before, tomlkit.dumps(document), tuple(overwritten))
