"""Facts read back from the JSON fields that a record has of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from finops_repl.base.errors import DamagedFile
from finops_repl.base.events import Fact

__all__ = ["recorded_fact"]

KINDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(Fact)}


def recorded_fact(fields: Mapping[str, Any]) -> Fact | None:
    """The fact that `to_json` wrote; None for a kind that this version does not know.

    Raises `DamagedFile` where a field is missing that the fact cannot do without.
    """
    kind = KINDS.get(str(fields.get("type")))
    if kind is None:
        return None
    names = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    given = {name: _value(fields[name], told) for name, told in names.items() if name in fields}
    try:
        fact: Fact = kind(**given)
    except TypeError as error:
        raise DamagedFile(
            f"an event of the kind {kind.__name__} is incomplete: {error}",
            hint="the record it comes from was left untouched",
        ) from error
    return fact


def _value(value: Any, told: str) -> Any:
    """JSON has no tuples and no moments."""
    if isinstance(value, list):
        return tuple(value)
    return datetime.fromisoformat(value) if told == "datetime" else value
