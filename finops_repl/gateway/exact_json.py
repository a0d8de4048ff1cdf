"""Values in the shapes that boto3 gives as JSON, and back without a loss.

JSON has neither times nor bytes nor exact decimals: each of these becomes an object with one
member whose name begins with `$`. A map of AWS's own with such a name is written as its pairs.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

__all__ = ["from_json", "to_json"]

MARK: Final = "$"


def to_json(value: Any) -> Any:
    """What `json` writes and `from_json` turns back; raises `TypeError` for any other type."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            written = {name: to_json(item) for name, item in value.items()}
            if any(name.startswith(MARK) for name in written):
                return {"$map": list(written.items())}
            return written
        case list() | tuple():
            return [to_json(item) for item in value]
        case datetime():
            return {"$datetime": value.isoformat()}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
        case Decimal():
            return {"$decimal": str(value)}
        case _:
            raise TypeError(f"{type(value).__name__} is no shape of boto3's")


def from_json(written: Any) -> Any:
    """The value again; raises `ValueError` for a mark that this version does not know."""
    if isinstance(written, list):
        return [from_json(item) for item in written]
    if not isinstance(written, dict):
        return written
    [mark, *_] = written or [""]
    if not mark.startswith(MARK):
        return {name: from_json(item) for name, item in written.items()}
    if len(written) != 1 or mark not in _READERS:
        raise ValueError(f"{mark!r} is no mark of a value")
    return _READERS[mark](written[mark])


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "$map": lambda pairs: {name: from_json(item) for name, item in pairs},
    "$datetime": datetime.fromisoformat,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
    "$decimal": Decimal,
}
