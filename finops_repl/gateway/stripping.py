"""What is taken out of answers: secrets of metadata, and the credentials that AWS quotes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["SECRET", "without_credentials", "without_secrets"]

SECRET: Final = frozenset({"ClientSecret", "MasterUserPassword"})
"""Their values never leave the gateway; a test holds every output of AWS against this list."""


def without_secrets(value: Any) -> Any:
    """The value of an answer, at any depth, without the fields that hold a secret."""
    if isinstance(value, Mapping):
        return {name: without_secrets(kept) for name, kept in value.items() if name not in SECRET}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def without_credentials(text: str, credentials: Iterable[str | None]) -> str:
    """An error's text without these credentials.

    A signature that does not fit is answered with what AWS signed itself, session token included.
    Source: IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
    """
    for credential in credentials:
        if credential:
            text = text.replace(credential, "(not shown)")
    return text
