"""Every setting with its value and what set it; of a secret only that it is there is told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from finops_repl.base.config import Settings
from finops_repl.base.env_file import AWS_NAMES, env_file
from finops_repl.base.money import plain_amount
from finops_repl.base.places import Workspace, settings_dir
from finops_repl.base.setting_keys import own_env, variable_of
from finops_repl.base.settings_files import USER_FILE, WORKSPACE_FILE

__all__ = ["NOT_SHOWN", "ShownSetting", "Value", "shown_settings"]

Value = str | int | float | bool | list[str] | None

NOT_SHOWN = "set, not shown"
SECRET_NAMES = frozenset(
    {
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
)
READ_BESIDES = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL")
"""Variables of the model's own client, which no file of ours may set."""


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """One setting: `value` is JSON-safe, None where nothing was chosen.

    `set_by` names the flag, the variable or the file that set it; `instead` says what is done where
    nothing was chosen.
    """

    name: str
    value: Value
    origin: str
    set_by: str = ""
    instead: str = ""


def shown_settings(
    settings: Settings,
    workspace: Workspace,
    flags: Mapping[str, object],
    *,
    env: Mapping[str, str] | None = None,
    instead: Mapping[str, str] | None = None,
) -> tuple[ShownSetting, ...]:
    """The workspace, each setting in its own order, then the variables of AWS and of the model.

    `instead` says by a setting's name what is done where it was not chosen.
    """
    env = os.environ if env is None else env
    shown = [_workspace(workspace, flags, env)]
    for name, origin in settings.origins.items():
        set_by = {
            "flag": f"--{_flag(name)}",
            "environment": variable_of(name),
            "user .env": str(env_file()),
            "user file": str(settings_dir() / USER_FILE),
            "workspace file": str(workspace.root / WORKSPACE_FILE),
            "default": "",
        }[origin]
        value = _plain(_value(settings, name))
        taken = (instead or {}).get(name, "") if value is None else ""
        shown.append(ShownSetting(name, value, origin, set_by, taken))
    return (*shown, *_variables(env))


def _workspace(
    workspace: Workspace, flags: Mapping[str, object], env: Mapping[str, str]
) -> ShownSetting:
    root = str(workspace.root)
    if flags.get("workspace"):
        return ShownSetting("workspace", root, "flag", "--workspace")
    if env.get("FINOPS_WORKSPACE"):
        return ShownSetting("workspace", root, "environment", "FINOPS_WORKSPACE")
    return ShownSetting("workspace", root, "default")


def _flag(name: str) -> str:
    """`session-usd` of limits.session_usd: a flag bears the setting's last name, without units."""
    return name.rpartition(".")[2].removesuffix("_s").replace("_", "-")


def _value(settings: Settings, name: str) -> object:
    """The value as it is used, its default included."""
    table, _, leaf = name.rpartition(".")
    if table == "aws":
        return getattr(settings.aws, leaf)
    if table == "approval":
        return {str(kind): mode for kind, mode in settings.approval.items()}.get(leaf)
    if table == "limits" and leaf != "call_usd":
        of, _, cap = leaf.partition("_")
        return getattr(settings.turn_caps if of == "turn" else settings.session_caps, cap)
    joined = name.replace(".", "_")
    return getattr(settings, joined if hasattr(settings, joined) else leaf)


def _plain(value: object) -> Value:
    if isinstance(value, Decimal):
        return plain_amount(value)
    if isinstance(value, tuple | frozenset):
        return sorted(map(str, value)) or None
    if isinstance(value, bool | int | float):
        return value
    return str(value) if value else None


def _variables(env: Mapping[str, str]) -> Iterator[ShownSetting]:
    """What else is read, where it is set: who signs for AWS, and how the model is reached."""
    filed = own_env()
    for name in (*sorted(AWS_NAMES), *READ_BESIDES):
        if env.get(name):
            yield ShownSetting(name, _told(name, env[name]), "environment", name)
        elif filed.get(name):
            yield ShownSetting(name, _told(name, filed[name]), "user .env", str(env_file()))


def _told(name: str, value: str) -> str:
    if name in SECRET_NAMES:
        return NOT_SHOWN
    # An address may carry a password.
    parts = urlsplit(value)
    return (
        value.replace(f"{parts.netloc.rpartition('@')[0]}@", "") if "@" in parts.netloc else value
    )
