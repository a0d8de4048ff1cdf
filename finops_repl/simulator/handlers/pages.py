"""Pages of an answer: a token says where the next one begins, and for which question."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

__all__ = ["cut", "read_token", "token"]

T = TypeVar("T")
_PAGING = frozenset(
    {"NextToken", "NextPageToken", "MaxResults", "MaxRecords", "PageSize", "Marker", "nextToken",
     "maxResults"}
)  # fmt: skip


def _digest(params: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in params.items() if name not in _PAGING}
    return sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:16]


def token(start: int, params: Mapping[str, Any]) -> str:
    """A token for the page that begins at `start` of the answer to `params`."""
    return base64.urlsafe_b64encode(f"{start}/{_digest(params)}".encode()).decode()


def read_token(text: str, params: Mapping[str, Any]) -> int | None:
    """Where the page of a token begins; None where it is no token of this question."""
    try:
        start, _, digest = base64.urlsafe_b64decode(text.encode()).decode().partition("/")
    except ValueError:
        return None
    if digest != _digest(params) or not start.isdigit():
        return None
    return int(start)


def cut(
    items: Sequence[T],
    params: Mapping[str, Any],
    size_name: str,
    default: int,
    most: int,
    token_name: str = "NextToken",  # noqa: S107  a parameter's name
) -> tuple[Sequence[T], str] | None:
    """The page that `params` ask for and the next page's token, empty at the end.

    None where the given token is none of this question's.
    """
    given = params.get(token_name) or ""
    asked = {name: params[name] for name in params if name not in (size_name, token_name)}
    start = read_token(given, asked) if given else 0
    if start is None:
        return None
    end = start + max(1, min(int(params.get(size_name) or default), most))
    return items[start:end], token(end, asked) if end < len(items) else ""
