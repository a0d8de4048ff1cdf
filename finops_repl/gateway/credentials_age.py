"""How old the keys are that sign, or until when they last, as far as this machine can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finops_repl.base.errors import ConnectionFailed
from finops_repl.base.findings import Finding
from finops_repl.gateway.identity import Identity, explained

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = ["credentials_finding"]

ROTATED_WITHIN: Final = timedelta(days=90)
"""Source: CIS AWS Foundations Benchmark, "access keys are rotated every 90 days or less"."""
FILES: Final = {"shared-credentials-file": "credentials_file", "config-file": "config_file"}
"""The setting of botocore that names the file, by how it found keys there."""


def credentials_finding(
    identity: Identity, *, now: datetime, endpoint_url: str | None = None
) -> Finding:
    """Where the credentials come from and their age; those that refresh themselves do so for it.

    Raises `ConnectionFailed` where there are none or they cannot be had.
    """
    session = identity.session(endpoint_url=endpoint_url)
    from botocore.credentials import RefreshableCredentials

    with explained(identity, "AWS"):
        credentials = session.get_credentials()
        keys = credentials.get_frozen_credentials() if credentials else None
    if credentials is None or keys is None:
        raise ConnectionFailed("there are no AWS credentials", hint=identity.renewal)
    source = f"{identity.name}, {credentials.method}"
    if isinstance(credentials, RefreshableCredentials):
        until = credentials._expiry_time  # type: ignore[attr-defined]  # told nowhere else
        return _of_a_session(source, until, now)
    if keys.token:
        return Finding(f"{source}: keys of a session, which do not say when it ends")
    file = _file_of(identity, session, credentials.method)
    if file is None:
        return Finding(f"{source}: an access key; its age is not known here")
    return _of_a_key(f"{source}: an access key in {file}", file, now)


def _of_a_session(source: str, until: datetime | None, now: datetime) -> Finding:
    if until is None:
        return Finding(f"{source}: keys of a session, renewed by themselves")
    minutes = max(0, int((until - now).total_seconds() // 60))
    left = f"{minutes // 60} h {minutes % 60} min"
    return Finding(
        f"{source}: keys of a session, good for {left}, until {until.astimezone(UTC):%H:%M} UTC,"
        " and renewed by themselves",
        details={"until": until.astimezone(UTC).isoformat(timespec="seconds")},
    )


def _of_a_key(source: str, file: Path, now: datetime) -> Finding:
    """A key is at least as old as the last change to its file."""
    try:
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return Finding(f"{source}; its age is not known here")
    age = now - changed
    found = f"{source}, at least {age.days} days old"
    details = {"at_least_days": age.days}
    if age < ROTATED_WITHIN:
        return Finding(found, details=details)
    return Finding(
        found,
        f"make a new one (keys should not be older than {ROTATED_WITHIN.days} days), or sign in"
        " instead: aws configure sso",
        details,
    )


def _file_of(identity: Identity, session: Session, method: str) -> Path | None:
    if identity.keys is not None:
        return Path(identity.keys.source)
    setting = FILES.get(method)
    return Path(session.get_config_variable(setting)).expanduser() if setting else None
