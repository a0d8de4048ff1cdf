"""Signs of a real AWS account on this machine: programs must then say which account they mean."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from finops_repl.base.aws_settings import PROFILE_VARIABLES, PROVIDER_VARIABLES
from finops_repl.base.config import Origin
from finops_repl.base.env_file import env_file
from finops_repl.base.setting_keys import own_env

__all__ = ["aws_settings_found"]

NO_IDENTITY = frozenset({"aws.region", "aws.bill_region", "aws.endpoint_url"})
"""Settings of AWS that say nothing about whose account it is."""
NOT_KEPT: tuple[Origin, ...] = ("default", "flag")


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
        if name.startswith("aws.") and name not in NO_IDENTITY and origin not in NOT_KEPT:
            return f"{name} by {origin}"
    for variable, fallback in (
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        ("AWS_CONFIG_FILE", "~/.aws/config"),
    ):
        path = Path(env.get(variable) or fallback).expanduser()
        if path.is_file():
            return str(path)
    return ""
