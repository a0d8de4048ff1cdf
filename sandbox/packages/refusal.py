"""How the fetching stage says why it ended: the host looks for the mark in its output."""

from __future__ import annotations

from typing import NoReturn


def refuse(reason: str) -> NoReturn:
    """End with `reason`, told in one line that begins with "==! "."""
    print(f"==! {' '.join(reason.split())}", flush=True)
    raise SystemExit(1)
