"""Other people's words inside an answer: names, tags, errors as plain text and nothing more."""

from __future__ import annotations

import re

__all__ = ["plain"]

MARKUP = re.compile(r"[\s|`*<>\[\]$%]+")


def plain(value: object) -> str:
    """`value` without markup, citation, figure or line end, at most 300 characters."""
    return MARKUP.sub(" ", str(value)).strip()[:300]
