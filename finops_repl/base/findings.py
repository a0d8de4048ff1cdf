"""What a check of the installation found; a check that fails raises an error of ours instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Detail", "Finding"]

Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is there and usable: `found` in a line, `details` for programs.

    A `remedy` says what to do about something that works and should not stay as it is.
    """

    found: str
    remedy: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)
