"""EC2's Describe operations for what is no instance: one shape, told apart by what they list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2.filters import Described, filtered
from finops_repl.simulator.handlers.pages import Paging
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.view import View, invalid
from finops_repl.simulator.world import World

__all__ = ["PAGES", "Ec2Inventory", "Listing", "page"]

FEWEST = 5
PAGES = Paging(
    "MaxResults", 1_000, 1_000, Refusal("InvalidParameterValue", "The nextToken is invalid.")
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One operation: the kinds of resource it lists, under `result`, each as `describe` shows it.

    `asked` are the parameters that name wanted items, each with the item's member that they name,
    the code of what is not found and its text. `filters` are those of `filters.filtered`.
    `alone` says that ids and a page size exclude each other; without `paged` all comes at once.
    """

    kinds: tuple[str, ...]
    result: str
    describe: Callable[[World, Sequence[Standing]], list[Described]]
    asked: Mapping[str, tuple[str, str, str]]
    filters: Mapping[str, str]
    filters_name: str = "Filters"
    alone: bool = False
    paged: bool = True
    narrowed: Callable[[Sequence[Described], Mapping[str, Any]], Sequence[Described]] | None = None


class Ec2Inventory:
    """Answers what stands in a call's region, of all accounts of the organisation."""

    def __init__(self, view: View, listings: Mapping[str, Listing]) -> None:
        self._view, self._listings = view, listings

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._listings)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        listing, params = self._listings[call.operation], call.params
        here = standing(self._view, *listing.kinds, region=call.region)
        found = _wanted(listing.describe(self._view.world, here), listing, params)
        if isinstance(found, Refusal):
            return found
        if listing.narrowed:
            found = listing.narrowed(found, params)
        found = filtered(found, params, listing.filters, listing.filters_name)
        if isinstance(found, Refusal):
            return found
        if not listing.paged:
            return Result({listing.result: list(found)})
        return page(found, params, listing.result)


def page(
    found: Sequence[Described], params: Mapping[str, Any], result: str, pages: Paging = PAGES
) -> Answer:
    """The page that `params` ask for, its items under `result`."""
    most = params.get("MaxResults")
    if most is not None and most < FEWEST:
        return invalid(
            f"Value ( {most} ) for parameter maxResults is invalid. Expecting a value greater"
            f" than or equal to {FEWEST}.",
            "InvalidParameterValue",
        )
    return pages.answer(found, params, lambda shown: {result: list(shown)})


def _wanted(
    found: Sequence[Described], listing: Listing, params: Mapping[str, Any]
) -> Sequence[Described] | Refusal:
    """The items that were asked for by id; all where none was."""
    for parameter, (member, code, text) in listing.asked.items():
        wanted = list(params.get(parameter) or ())
        if not wanted:
            continue
        if listing.alone and params.get("MaxResults"):
            return invalid(
                f"The parameter {parameter} cannot be used with the parameter maxResults",
                "InvalidParameterCombination",
            )
        known = {each[member] for each in found}
        for each in wanted:
            if each not in known:
                return invalid(text.format(each), code)
        found = [each for each in found if each[member] in wanted]
    return found
