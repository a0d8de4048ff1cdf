"""Bytes for people."""

from __future__ import annotations

__all__ = ["size_text"]


def size_text(size: int) -> str:
    """Bytes in powers of ten, as AWS charges them: `12.4 GB`."""
    if size < 1_000:
        return f"{size} bytes"
    power = min((len(str(size)) - 1) // 3, len(_UNITS))
    return f"{size / 1_000**power:.1f} {_UNITS[power - 1]}"


_UNITS = ("kB", "MB", "GB", "TB", "PB")
