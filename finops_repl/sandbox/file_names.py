"""Which names a file of workspace/data may bear, and how scripts write them."""

from __future__ import annotations

__all__ = ["MAX_PART_BYTES", "below_data", "name_problem"]

MAX_DEPTH = 4
MAX_PART_BYTES = 150
PREFIXES = ("/work/workspace/data/", "/work/data/", "workspace/data/", "data/")
RESERVED = frozenset('\\:*?"<>|')
"""What other systems cannot store, and what a glob would not take literally."""


def name_problem(name: str) -> str:
    """Why `name` is no name for a file below workspace/data; empty when it is one."""
    parts = name.split("/")
    if len(parts) > MAX_DEPTH:
        return f"more than {MAX_DEPTH - 1} folders deep"
    for part in parts:
        if part in ("", ".", "..") or not part.isprintable() or RESERVED & set(part):
            return "an unsafe name"
        if part.startswith(".") or part != part.strip() or part.endswith("."):
            return "a name that begins or ends with a dot or a blank"
        if len(part.encode()) > MAX_PART_BYTES:
            return "too long a name"
    return ""


def below_data(name: str) -> str:
    """`name` below workspace/data, whichever way a script names it."""
    name = name.removeprefix("./")
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name
