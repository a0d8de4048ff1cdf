"""Pages of an answer: a token says where the next one begins, and for which question."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from finops_repl.aws.call import Answer, Refusal, Result

__all__ = ["Paging", "cut", "read_token", "token"]

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


@dataclass(frozen=True, slots=True)
class Paging:
    """How an operation pages: its parameters' names, how many items it gives, how it refuses.

    `refused` answers a token that is none of the question's. The next page's token is told under
    `next_name` where that is not the parameter's own name.
    """

    size_name: str
    default: int
    most: int
    refused: Refusal
    token_name: str = "NextToken"  # noqa: S105  a parameter's name
    next_name: str = ""

    def answer(
        self,
        items: Sequence[T],
        params: Mapping[str, Any],
        fields: Callable[[Sequence[T]], Mapping[str, Any]],
    ) -> Answer:
        """The page that `params` ask for: its items as `fields` show them, and the next token."""
        page = cut(items, params, self.size_name, self.default, self.most, self.token_name)
        if page is None:
            return self.refused
        shown, following = page
        next_name = self.next_name or self.token_name
        return Result({**fields(shown)} | ({next_name: following} if following else {}))
