"""What renews credentials, by the place of the AWS command line's settings that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["renewal_of"]

SETTINGS_OF_SSO: Final = frozenset({"sso_session", "sso_start_url"})
NOBODY: Final = (
    "name a profile with --profile (aws configure sso makes one), or put keys into the environment"
)


def renewal_of(profile: str, *, by_environment: bool = False) -> str:
    """What renews a profile's credentials (empty: those that botocore comes upon by itself).

    `by_environment` says that keys of the environment sign.
    """
    if by_environment:
        return (
            "export keys that are valid: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, of a"
            " session, AWS_SESSION_TOKEN"
        )
    profiles = _profiles()
    name = _source(profile or "default", profiles)
    told = profiles.get(name, {})
    if SETTINGS_OF_SSO & told.keys():
        return "sign in: aws sso login" + (f" --profile {name}" if profile else "")
    if "credential_process" in told:
        return f"see why the credential_process of the AWS profile {name!r} gives none that last"
    if {"aws_access_key_id", "aws_secret_access_key"} & told.keys():
        whole = "aws_access_key_id, aws_secret_access_key and, of a session, aws_session_token"
        return f"put keys that are valid into the AWS profile {name!r}: {whole}"
    if profile:
        return f"give the AWS profile {name!r} keys, or SSO settings: aws configure sso"
    return NOBODY


def _profiles() -> Mapping[str, Mapping[str, Any]]:
    """The profiles of settings and credentials; none where those cannot be read."""
    import botocore.session
    from botocore.exceptions import ConfigParseError

    try:
        found: Mapping[str, Mapping[str, Any]] = botocore.session.Session().full_config["profiles"]
    except ConfigParseError:
        return {}
    return found


def _source(name: str, profiles: Mapping[str, Mapping[str, Any]]) -> str:
    """The profile whose credentials assume the role of this one, if it has a role."""
    passed: set[str] = set()
    while name not in passed and (further := profiles.get(name, {}).get("source_profile")):
        passed.add(name)
        name = str(further)
    return name
