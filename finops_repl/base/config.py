"""Settings: each value with where it came from; flag, then environment, then file, then default.

Three files are read: the user's own (`.env` and `settings.toml` in the XDG config folder) and the
workspace's (`finops-repl.toml`), which colleagues share. What decides over money, credentials,
approval or the sandbox may be set by the user alone: a workspace file that names it is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

from finops_repl.base.aws_settings import PROFILE_VARIABLES, PROVIDER_VARIABLES, AwsSettings
from finops_repl.base.caps import NO_CAPS, TURN_CAPS, Caps
from finops_repl.base.env_file import env_file, read_env_file
from finops_repl.base.errors import ConfigError, nearest
from finops_repl.base.places import Workspace, settings_dir
from finops_repl.base.setting_values import (
    APPROVAL_KINDS,
    ApprovalKind,
    ApprovalMode,
    WhenUnproven,
    approval_mode,
    approvals,
    boxes,
    caps,
    dollars,
    names_listed,
    timeout,
    when_unproven,
    yes_or_no,
)

__all__ = [
    "USER_FILE",
    "WORKSPACE_FILE",
    "Origin",
    "Settings",
    "aws_settings_found",
    "own_env",
    "read_settings",
    "variable_of",
    "where_set",
]

Origin = Literal["flag", "environment", "user .env", "user file", "workspace file", "default"]
NEAREST_FIRST: tuple[Origin, ...] = get_args(Origin)

USER_FILE = "settings.toml"
WORKSPACE_FILE = "finops-repl.toml"


@dataclass(frozen=True, slots=True)
class _Key:
    variable: str
    workspace_may_set: bool


_KEYS = {
    "account": _Key("FINOPS_ACCOUNT", False),
    "model": _Key("FINOPS_MODEL", False),
    "approve": _Key("FINOPS_APPROVE", False),
    **{
        f"approval.{kind}": _Key(f"FINOPS_APPROVAL_{kind.upper()}", False)
        for kind in APPROVAL_KINDS
    },
    "timeout_s": _Key("FINOPS_TIMEOUT_S", True),
    "limits.call_usd": _Key("FINOPS_LIMITS_CALL_USD", False),
    **{
        f"limits.{of}_{cap}": _Key(f"FINOPS_LIMITS_{of.upper()}_{cap.upper()}", False)
        for of in ("session", "turn")
        for cap in Caps.__slots__
    },
    "athena.full_scan": _Key("FINOPS_ATHENA_FULL_SCAN", False),
    "gateway.allow": _Key("FINOPS_GATEWAY_ALLOW", False),
    "sandbox.pool": _Key("FINOPS_SANDBOX_POOL", False),
    "sandbox.unproven": _Key("FINOPS_SANDBOX_UNPROVEN", False),
    "cache.enabled": _Key("FINOPS_CACHE_ENABLED", False),
    "cache.fresh": _Key("FINOPS_CACHE_FRESH", False),
    **{f"aws.{name}": _Key(f"FINOPS_AWS_{name.upper()}", False) for name in AwsSettings.__slots__},
}


_NO_IDENTITY = frozenset({"aws.region", "aws.bill_region", "aws.endpoint_url"})
"""Settings of AWS that say nothing about whose account it is."""
_NOT_KEPT: tuple[Origin, ...] = ("default", "flag")
_PREFIX = "FINOPS_"
_OTHER_VARIABLES = ("FINOPS_WORKSPACE", "FINOPS_PEERS_HOME")
"""What is read elsewhere: the workspace, and where the tests keep the programs of a contest."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen; `account` and `model` are empty when nothing was.

    `approve` are the kinds of action that need no question any more, `approval` what was decided
    for single kinds beside it. `gateway_allow` are reads of
    AWS (`service:Operation`) that pass beyond the reviewed ones. `sandbox_pool` boxes are
    kept ready in a chat; `sandbox_unproven` says what happens where an engine's limits do not hold.
    `cache_enabled` keeps AWS's answers on disk, `cache_fresh` asks AWS although they are there.
    `session_caps` hold what a session may use, in dollars model and AWS together, `turn_caps` what
    a question may; `call_usd` caps a single call of AWS. `athena_full_scan` lets queries read the
    whole bill.
    """

    account: str
    model: str
    approve: frozenset[ApprovalKind]
    approval: Mapping[ApprovalKind, ApprovalMode]
    timeout_s: float
    session_caps: Caps
    turn_caps: Caps
    call_usd: Decimal | None
    athena_full_scan: bool
    gateway_allow: tuple[str, ...]
    sandbox_pool: int
    sandbox_unproven: WhenUnproven
    cache_enabled: bool
    cache_fresh: bool
    aws: AwsSettings
    origins: Mapping[str, Origin]

    @property
    def session_usd(self) -> Decimal | None:
        """Dollars that the session may cause."""
        return self.session_caps.usd


def read_settings(
    flags: Mapping[str, object], workspace: Workspace, *, env: Mapping[str, str] | None = None
) -> Settings:
    """Gather the settings; a flag that is None was not typed, `aws_role` is that of aws.role.

    Raises `ConfigError` for a file that cannot be read, a name that is none, and a wrong value.
    """
    env = os.environ if env is None else env
    _refuse_unknown(env)
    filed = own_env()
    user = _read_file(settings_dir() / USER_FILE, by_user=True)
    shared = _read_file(workspace.root / WORKSPACE_FILE, by_user=False)
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for name, key in _KEYS.items():
        sources: tuple[tuple[Origin, object], ...] = (
            ("flag", _typed(flags.get(name.replace(".", "_")))),
            ("environment", env.get(key.variable) or None),
            ("user .env", filed.get(key.variable) or None),
            ("user file", user.get(name)),
            ("workspace file", shared.get(name)),
        )
        origin, value = next(
            ((where, found) for where, found in sources if found is not None), ("default", None)
        )
        values[name], origins[name] = value, origin
    session_caps = caps("limits.session", values, default=NO_CAPS)
    # Who says what the session may cost has said enough: one question may take all of it.
    turn_default = TURN_CAPS if session_caps.usd is None else replace(TURN_CAPS, usd=None)
    approve, approval = _approvals_settled(values, origins)
    return Settings(
        account=str(values["account"] or ""),
        model=str(values["model"] or ""),
        approve=approve,
        approval=approval,
        timeout_s=timeout("timeout_s", values),
        session_caps=session_caps,
        turn_caps=caps("limits.turn", values, default=turn_default),
        call_usd=dollars("limits.call_usd", values),
        athena_full_scan=yes_or_no("athena.full_scan", values, default=False),
        gateway_allow=names_listed("gateway.allow", values, such_as="lambda:GetFunction"),
        sandbox_pool=boxes("sandbox.pool", values),
        sandbox_unproven=when_unproven("sandbox.unproven", values),
        cache_enabled=yes_or_no("cache.enabled", values, default=True),
        cache_fresh=yes_or_no("cache.fresh", values, default=False),
        aws=AwsSettings.of(values),
        origins=origins,
    )


def _approvals_settled(
    values: Mapping[str, object], origins: Mapping[str, Origin]
) -> tuple[frozenset[ApprovalKind], Mapping[ApprovalKind, ApprovalMode]]:
    """The kinds that `approve` lists, and the modes of single kinds; what was said nearer wins.

    Raises `ConfigError` where one and the same source says both.
    """
    approve = approvals("approve", values)
    modes: dict[ApprovalKind, ApprovalMode] = {}
    for kind in APPROVAL_KINDS:
        name = f"approval.{kind}"
        mode = approval_mode(name, values)
        if mode is None:
            continue
        if kind not in approve or mode == "auto":
            modes[kind] = mode
            continue
        listed, single = NEAREST_FIRST.index(origins["approve"]), NEAREST_FIRST.index(origins[name])
        if listed == single:
            raise ConfigError(
                f"approve lists {kind}, and {name} is {mode!r}, both by {origins[name]}",
                hint="keep one of them",
            )
        if single < listed:
            approve -= {kind}
            modes[kind] = mode
    return approve, modes


def _refuse_unknown(env: Mapping[str, str]) -> None:
    """A misspelt variable would be no setting at all, and nobody would notice."""
    known = {*_OTHER_VARIABLES, *(key.variable for key in _KEYS.values())}
    for name in sorted(env):
        if name.startswith(_PREFIX) and name not in known:
            # What all begin with makes none of them nearer.
            close = nearest(
                name.removeprefix(_PREFIX), (each.removeprefix(_PREFIX) for each in known)
            )
            meant = (
                f"did you mean {_PREFIX}{close[0]}?"
                if close
                else f"valid: {', '.join(sorted(known))}"
            )
            raise ConfigError(
                f"the environment has {name}, which is no setting", hint=f"{meant} Else unset it"
            )


def where_set(name: str) -> str:
    """Where a user sets it, for whoever says that it is in the way."""
    return f"{_KEYS[name].variable} or {name} in {settings_dir() / USER_FILE}"


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return _KEYS[name].variable


def _typed(value: object) -> object:
    """The value of a flag, None for one that was not typed; a typed 0 is a value."""
    return None if value in (None, "", ()) else value


def aws_settings_found(
    env: Mapping[str, str] | None = None, *, origins: Mapping[str, Origin] | None = None
) -> str:
    """Which sign of a real AWS account this machine shows, or the settings of these origins do.

    Empty for none. A region alone is no sign: it says nothing about an identity.
    """
    env = os.environ if env is None else env
    for variable in (*PROVIDER_VARIABLES, *PROFILE_VARIABLES, "AWS_ROLE_ARN"):
        if env.get(variable):
            return variable
    if {"AWS_ACCESS_KEY_ID", "AWS_PROFILE"} & own_env().keys():
        return str(env_file())
    for name, origin in (origins or {}).items():
        if name.startswith("aws.") and name not in _NO_IDENTITY and origin not in _NOT_KEPT:
            return f"{name} by {origin}"
    for variable, fallback in (
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        ("AWS_CONFIG_FILE", "~/.aws/config"),
    ):
        path = Path(env.get(variable) or fallback).expanduser()
        if path.is_file():
            return str(path)
    return ""


def own_env() -> Mapping[str, str]:
    """The variables of the user's own `.env`; raises `ConfigError` as `read_env_file` does."""
    return read_env_file([key.variable for key in _KEYS.values()])


def _read_file(path: Path, *, by_user: bool) -> Mapping[str, object]:
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
        if name not in _KEYS:
            close = nearest(name, _KEYS)
            valid = f"did you mean {close[0]}?" if close else f"valid: {', '.join(_KEYS)}"
            raise ConfigError(f"{path}: unknown setting {name!r}", hint=valid)
        if not by_user and not _KEYS[name].workspace_may_set:
            own = settings_dir() / USER_FILE
            raise ConfigError(
                f"{path}: a workspace may not set {name!r}",
                hint=f"set it by flag, by {_KEYS[name].variable} or in {own}",
            )
    return values


def _flat(values: Mapping[str, object], table: str = "") -> Iterator[tuple[str, object]]:
    """Each value under its dotted name: `pool` of the table [sandbox] is sandbox.pool."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{table}{name}.")
        else:
            yield f"{table}{name}", value
