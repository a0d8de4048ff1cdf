"""Random values for any shape of any service model, the same for the same seed."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["sample"]

_LETTERS = string.ascii_letters + string.digits
# What forms, XML, JSON, paths and headers escape in different ways.
_AWKWARD = " &<>\"'+%/=?#;,:@~é€\\"
_START = datetime(2020, 1, 1, tzinfo=UTC)
MAX_DEPTH = 4


def sample(shape: Any, dice: random.Random, *, depth: int = 0) -> Any:
    """A value of `shape`; nesting ends at `MAX_DEPTH` wherever the model lets it."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, dice, depth)
    if kind == "list":
        low = int(shape.metadata.get("min", 0))
        ends_here = depth >= MAX_DEPTH and _is_nested(shape.member)
        count = max(low, 0 if ends_here else dice.choice((1, 1, 2, 3)))
        return [sample(shape.member, dice, depth=depth + 1) for _ in range(min(count, 12))]
    if kind == "map":
        count = max(int(shape.metadata.get("min", 0)), dice.choice((1, 2)))
        length = max(int(shape.key.metadata.get("min", 0)), 5)
        in_headers = shape.serialization.get("location") == "headers"
        return {
            f"{_plain(dice, length)}{n}": (
                _plain(dice, 6) if in_headers else sample(shape.value, dice, depth=depth + 1)
            )
            for n in range(0 if depth >= MAX_DEPTH else count)
        }
    if kind == "timestamp":
        return _START + timedelta(seconds=dice.randrange(200_000_000))
    if kind == "blob":
        return _plain(dice, max(4, int(shape.metadata.get("min", 0)))).encode()
    if kind == "boolean":
        return dice.random() < 0.5
    if kind in ("integer", "long"):
        return dice.randrange(*_range(shape, 1, 1_000_000))
    if kind in ("float", "double"):
        low, high = _range(shape, 1, 1_000)
        return low + dice.randrange(1, 64) / 64 * (high - low)
    return _string(shape, dice)


def _structure(shape: Any, dice: random.Random, depth: int) -> Any:
    if shape.is_document_type:
        return {"a": [1, "x", None, True], _plain(dice, 3): {"b": 1.5}}
    if depth > 3 * MAX_DEPTH:
        return {}
    members = dict(shape.members)
    if shape.is_tagged_union:
        # A union's shallowest member ends the recursion of those that hold themselves.
        names = sorted(members, key=lambda name: _is_nested(members[name]))
        chosen = {names[0] if depth >= MAX_DEPTH else dice.choice(names)}
    else:
        required = set(shape.required_members)
        open_to = [n for n in members if depth < MAX_DEPTH or not _is_nested(members[n])]
        chosen = {name for name in open_to if dice.random() < 0.8} | required
        # A form has no way to say "an empty structure".
        chosen = chosen or set(open_to[:1])
    return {
        name: sample(members[name], dice, depth=depth + 1)
        for name in members
        if name in chosen and not members[name].serialization.get("eventstream")
    }


def _is_nested(shape: Any) -> bool:
    return shape.type_name in ("structure", "list", "map")


def _string(shape: Any, dice: random.Random) -> str:
    if getattr(shape, "enum", None):
        return str(dice.choice(shape.enum))
    length = max(int(shape.metadata.get("min", 0)), 6)
    plain = _plain(dice, length)
    location = shape.serialization.get("location")
    if location in ("header", "headers") or shape.serialization.get("hostLabel"):
        return plain
    return plain + "".join(dice.sample(_AWKWARD, 3)) + _plain(dice, 2)


def _plain(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(_LETTERS, k=length))


def _range(shape: Any, low: int, high: int) -> tuple[int, int]:
    low = int(shape.metadata.get("min", low))
    high = int(shape.metadata.get("max", max(high, low + 1)))
    return low, min(max(high, low + 1), 2**31 - 1)
