"""The two files of settings: the user's own, and the one that a workspace shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from finops_repl.base.errors import ConfigError, nearest
from finops_repl.base.places import settings_dir
from finops_repl.base.setting_keys import KEYS, variable_of

__all__ = ["USER_FILE", "WORKSPACE_FILE", "read_settings_file", "where_set"]

USER_FILE = "settings.toml"
WORKSPACE_FILE = "finops-repl.toml"


def where_set(name: str) -> str:
    """Where a user sets it, for whoever says that it is in the way."""
    return f"{variable_of(name)} or {name} in {settings_dir() / USER_FILE}"


def read_settings_file(path: Path, *, by_user: bool) -> Mapping[str, object]:
    """Its settings by dotted name; none where there is no such file.

    Raises `ConfigError` for a file that cannot be read, a name that is none, and one that a
    workspace's file may not set.
    """
    try:
        text = path.read_text("utf-8")
        import tomllib  # most have no such file

        values = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint="mend or remove it") from error
    values = dict(_flat(values))
    for name in values:
        if name not in KEYS:
            close = nearest(name, KEYS)
            valid = f"did you mean {close[0]}?" if close else f"valid: {', '.join(KEYS)}"
            raise ConfigError(f"{path}: unknown setting {name!r}", hint=valid)
        if not by_user and not KEYS[name].workspace_may_set:
            own = settings_dir() / USER_FILE
            raise ConfigError(
                f"{path}: a workspace may not set {name!r}",
                hint=f"set it by flag, by {KEYS[name].variable} or in {own}",
            )
    return values


def _flat(values: Mapping[str, object], table: str = "") -> Iterator[tuple[str, object]]:
    """Each value under its dotted name: `pool` of the table [sandbox] is sandbox.pool."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{table}{name}.")
        else:
            yield f"{table}{name}", value
