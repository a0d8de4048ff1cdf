"""A structure's members by name, with a sentence for names that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import Shape

__all__ = ["member_of"]


def member_of(shape: Shape, name: str) -> Shape:
    """The member's shape; a name that the model lacks is a mistake of whoever answered."""
    try:
        return shape.members[name]  # type: ignore[attr-defined, no-any-return]  # botocore gives structures alone members
    except KeyError:
        raise ValueError(f"{shape.name} has no member {name!r}") from None
