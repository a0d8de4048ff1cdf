"""Settings: each value with where it came from; flag, then environment, then file, then default.

Three files are read: the user's own (`.env` and `settings.toml` in the XDG config folder) and the
workspace's (`finops-repl.toml`), which colleagues share. What decides over money, credentials,
approval or the sandbox may be set by the user alone: a workspace file that names it is an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, get_args

from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.caps import NO_CAPS, TURN_CAPS, Caps
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace, settings_dir
from finops_repl.base.setting_keys import KEYS, own_env, refuse_unknown
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
from finops_repl.base.settings_files import USER_FILE, WORKSPACE_FILE, read_settings_file

__all__ = ["Origin", "Settings", "read_settings"]

Origin = Literal["flag", "environment", "user .env", "user file", "workspace file", "default"]
NEAREST_FIRST: tuple[Origin, ...] = get_args(Origin)


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen; `account` and `model` are empty when nothing was.

    `approve` are the kinds of action that need no question any more, `approval` what was decided
    for single kinds beside it. `gateway_allow` are reads of AWS (`service:Operation`) that pass
    beyond the reviewed ones. `sandbox_pool` boxes are kept ready in a chat; `sandbox_unproven` says
    what happens where an engine's limits do not hold.
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
    refuse_unknown(env)
    filed = own_env()
    user = read_settings_file(settings_dir() / USER_FILE, by_user=True)
    shared = read_settings_file(workspace.root / WORKSPACE_FILE, by_user=False)
    values: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    for name, key in KEYS.items():
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


def _typed(value: object) -> object:
    """The value of a flag, None for one that was not typed; a typed 0 is a value."""
    return None if value in (None, "", ()) else value
