"""Fields that are taken out of answers: secrets that a read of metadata carries along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["SECRET", "without_secrets"]

SECRET: Final = frozenset({"ClientSecret", "MasterUserPassword"})
"""Their values never leave the gateway; a test holds every output of AWS against this list."""


def without_secrets(value: Any) -> Any:
    """The value of an answer, at any depth, without the fields that hold a secret."""
    if isinstance(value, Mapping):
        return {name: without_secrets(kept) for name, kept in value.items() if name not in SECRET}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value
