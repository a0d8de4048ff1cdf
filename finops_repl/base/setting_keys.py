"""Every setting by its dotted name: its variable, and whether a shared workspace may set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.caps import Caps
from finops_repl.base.env_file import read_env_file
from finops_repl.base.errors import ConfigError, nearest
from finops_repl.base.setting_values import APPROVAL_KINDS

__all__ = ["KEYS", "Key", "own_env", "refuse_unknown", "variable_of"]


@dataclass(frozen=True, slots=True)
class Key:
    """Where a setting may come from beside its flag and the user's own file."""

    variable: str
    workspace_may_set: bool


KEYS = {
    "account": Key("FINOPS_ACCOUNT", False),
    "model": Key("FINOPS_MODEL", False),
    "approve": Key("FINOPS_APPROVE", False),
    **{
        f"approval.{kind}": Key(f"FINOPS_APPROVAL_{kind.upper()}", False) for kind in APPROVAL_KINDS
    },
    "timeout_s": Key("FINOPS_TIMEOUT_S", True),
    "limits.call_usd": Key("FINOPS_LIMITS_CALL_USD", False),
    **{
        f"limits.{of}_{cap}": Key(f"FINOPS_LIMITS_{of.upper()}_{cap.upper()}", False)
        for of in ("session", "turn")
        for cap in Caps.__slots__
    },
    "athena.full_scan": Key("FINOPS_ATHENA_FULL_SCAN", False),
    "gateway.allow": Key("FINOPS_GATEWAY_ALLOW", False),
    "sandbox.pool": Key("FINOPS_SANDBOX_POOL", False),
    "sandbox.unproven": Key("FINOPS_SANDBOX_UNPROVEN", False),
    "cache.enabled": Key("FINOPS_CACHE_ENABLED", False),
    "cache.fresh": Key("FINOPS_CACHE_FRESH", False),
    **{f"aws.{name}": Key(f"FINOPS_AWS_{name.upper()}", False) for name in AwsSettings.__slots__},
}

PREFIX = "FINOPS_"
OTHER_VARIABLES = ("FINOPS_WORKSPACE", "FINOPS_PEERS_HOME")
"""What is read elsewhere: the workspace, and where the tests keep the programs of a contest."""


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return KEYS[name].variable


def own_env() -> Mapping[str, str]:
    """The variables of the user's own `.env`; raises `ConfigError` as `read_env_file` does."""
    return read_env_file([key.variable for key in KEYS.values()])


def refuse_unknown(env: Mapping[str, str]) -> None:
    """Raise `ConfigError` for a misspelt variable: it would be no setting, and nobody notice."""
    known = {*OTHER_VARIABLES, *(key.variable for key in KEYS.values())}
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in known:
            # What all begin with makes none of them nearer.
            close = nearest(
                name.removeprefix(PREFIX), (each.removeprefix(PREFIX) for each in known)
            )
            meant = (
                f"did you mean {PREFIX}{close[0]}?"
                if close
                else f"valid: {', '.join(sorted(known))}"
            )
            raise ConfigError(
                f"the environment has {name}, which is no setting", hint=f"{meant} Else unset it"
            )
