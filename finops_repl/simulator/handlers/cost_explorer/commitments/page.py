"""Pages of Cost Explorer's reports on commitments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from finops_repl.simulator.handlers.pages import cut

__all__ = ["InvalidToken", "paged"]

T = TypeVar("T")
MOST = 1_000


class InvalidToken(Exception):
    """A token that is none of this question's."""


def paged(
    items: Sequence[T],
    params: Mapping[str, Any],
    *,
    size_name: str = "MaxResults",
    next_name: str = "NextPageToken",
    default: int = MOST,
) -> tuple[Sequence[T], dict[str, str]]:
    """The items of the page that is asked for, and the field that leads to the next one.

    Raises `InvalidToken`.
    """
    page = cut(items, params, size_name, default, MOST, next_name)
    if page is None:
        raise InvalidToken
    shown, token = page
    return shown, {next_name: token} if token else {}
