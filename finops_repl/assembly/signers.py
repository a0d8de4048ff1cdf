"""Who signs: of flags, environment, the user's `.env` and settings, the first that names anybody.

A profile and keys are one choice, made in one place: keys of `.env` are passed over where the
environment names a profile, and so is a profile of the settings where `.env` holds keys.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from finops_repl.base.aws_settings import PROFILE_VARIABLES, PROVIDER_VARIABLES
from finops_repl.base.config import Settings
from finops_repl.base.env_file import env_file
from finops_repl.base.errors import ConfigError
from finops_repl.base.setting_keys import own_env
from finops_repl.gateway.identity import AccessKeys, Identity

__all__ = ["bill_signer", "signer"]

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def signer(settings: Settings, *, env: Mapping[str, str] | None = None) -> Identity:
    """Who signs for everything, but for the bill where `bill_signer` names another.

    Raises `ConfigError` for keys of `.env` that are not whole.
    """
    env = os.environ if env is None else env
    filed = own_env()
    chosen, origin = settings.aws.profile, settings.origins["aws.profile"]
    region, asked_by = settings.aws.region, settings.origins["aws.region"]
    if asked_by not in ("flag", "environment"):
        region = _first(env, REGIONS) or (region if asked_by == "user .env" else "")
        region = region or _first(filed, REGIONS) or settings.aws.region
    identity = Identity(role=settings.aws.role, region=region)
    if origin in ("flag", "environment"):
        by = "--profile" if origin == "flag" else "FINOPS_AWS_PROFILE"
        return replace(identity, profile=chosen, origin=by)
    if provider := _named(env, PROVIDER_VARIABLES):
        return replace(identity, origin=f"{provider} of the environment")
    if variable := _named(env, PROFILE_VARIABLES):
        return replace(identity, profile=env[variable], origin=f"{variable} of the environment")
    if origin == "user .env":
        return replace(identity, profile=chosen, origin=f"FINOPS_AWS_PROFILE of {env_file()}")
    if keys := _keys(filed):
        return replace(identity, keys=keys, origin=f"AWS_ACCESS_KEY_ID of {env_file()}")
    if profile := filed.get("AWS_PROFILE"):
        return replace(identity, profile=profile, origin=f"AWS_PROFILE of {env_file()}")
    if chosen:
        return replace(identity, profile=chosen, origin="aws.profile of your settings")
    return identity


def bill_signer(settings: Settings, main: Identity) -> Identity | None:
    """Who asks for the bill, where that is somebody else.

    A role without a profile is assumed by whoever signs for the rest, not by the role of theirs.
    """
    aws = settings.aws
    if aws.bill_profile:
        origin = f"aws.bill_profile by {settings.origins['aws.bill_profile']}"
        return Identity(aws.bill_profile, aws.bill_role, aws.bill_region, origin=origin)
    if aws.bill_role:
        return replace(main, role=aws.bill_role, region=aws.bill_region or main.region)
    return None


def _keys(filed: Mapping[str, str]) -> AccessKeys | None:
    given = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    key_id, secret, token = (filed.get(name, "") for name in given)
    if bool(key_id) != bool(secret) or (token and not key_id):
        raise ConfigError(
            f"{env_file()} holds a part of an access key",
            hint="give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with a session its token too",
        )
    return AccessKeys(key_id, secret, token, str(env_file())) if key_id else None


def _named(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((name for name in names if values.get(name)), "")


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return values.get(_named(values, names), "")
