"""Pages of the answers about Savings Plans, and the filters that choose among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from finops_repl.aws.call import Answer
from finops_repl.simulator.handlers.cost_explorer.commitments.figures import text
from finops_repl.simulator.handlers.pages import Paging
from finops_repl.simulator.view import invalid

__all__ = ["Compared", "page"]

PAGES = Paging(
    "maxResults", 1_000, 1_000,
    invalid("The nextToken is invalid: it belongs to another request."), "nextToken",
)  # fmt: skip

Compared = tuple[dict[str, Any], Mapping[str, str]]
"""What is answered, and what filters compare of it."""


def page(
    items: Sequence[Compared], params: Mapping[str, Any], known: Sequence[str], name: str,
    more: Mapping[str, Any] | None = None,
) -> Answer:  # fmt: skip
    """A page of the items that pass the filters of `params`."""
    for given in params.get("filters") or ():
        by, values = given.get("name"), [str(value) for value in given.get("values") or ()]
        if by not in known:
            return invalid(f"Filter name {by} is not valid. Valid values: {', '.join(known)}")
        wanted = {_plain(value) for value in values}
        items = [each for each in items if _plain(each[1].get(by, "")) in wanted]
    return PAGES.answer(
        items, params, lambda shown: {name: [item for item, _ in shown], **(more or {})}
    )


def _plain(value: str) -> str:
    """The value, amounts without trailing zeros: a filter for 10.0 finds 10.00."""
    try:
        return text(Decimal(value))
    except InvalidOperation:
        return value
