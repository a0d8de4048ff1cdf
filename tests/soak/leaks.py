"""What is there now and was not before: the names of what leaked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

from tests.soak.census import Census

__all__ = ["leaks"]

SHOWN = 5


def leaks(before: Census, now: Census, *, boxes: int) -> Iterator[str]:
    """A line for each kind of thing of which there is more than before.

    `boxes` are the containers that may stand: those of the pool.
    """
    if len(now.containers) > boxes:
        yield f"containers: {len(now.containers)} stand, {boxes} may"
    for field in fields(Census):
        if field.name == "containers":
            continue
        more = Counter(getattr(now, field.name)) - Counter(getattr(before, field.name))
        if more:
            names = ", ".join(f"{count} x {name}" for name, count in more.most_common(SHOWN))
            yield f"{field.name.replace('_', ' ')}: {more.total()} more than before: {names}"
