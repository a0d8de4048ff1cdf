"""Workflows as a tool's results show them: lists and code by pages that fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from finops_repl.workflows.store import Listing
from finops_repl.workflows.workflow import Workflow

__all__ = ["described", "listed", "page_of", "page_of_code"]

ROOM_FOR_CODE, ROOM_FOR_PARAMETERS = 3_600, 800
MOST_TAGS, MOST_PARAMETERS, LONGEST_PROBLEM = 12, 20, 300


def listed(listing: Listing) -> dict[str, Any]:
    """A workflow in a list; what is empty is left out."""
    fields: dict[str, Any] = {
        "name": listing.name,
        "slug": listing.slug,
        "description": listing.description,
        "language": listing.language,
        "tags": list(listing.tags[:MOST_TAGS]),
        "parameters": list(listing.parameters[:MOST_PARAMETERS]),
        "needs": list(listing.needs),
        "problem": listing.problem[:LONGEST_PROBLEM],
    }
    return {name: value for name, value in fields.items() if value}


def page_of(items: Sequence[str], room: int) -> int:
    """How many of the items, from the first on, fit into so many bytes; at least one."""
    for count, item in enumerate(items):
        room -= len(item.encode()) + 2
        if room < 0:
            return max(count, 1)
    return len(items)


def page_of_code(code: str, first: int, character: int) -> dict[str, Any]:
    """The code from a line on, and from a character of it, as far as a page of JSON goes.

    It says where the next page begins.
    """
    lines = code.splitlines()
    skipped = character - 1
    rest = lines[first - 1 :]
    if rest:
        rest[0] = rest[0][skipped:]
    count = page_of([json.dumps(line) for line in rest], ROOM_FOR_CODE)
    page = rest[:count]
    shown: dict[str, Any] = {"lines": len(lines), "first_line": first, "code": "\n".join(page)}
    if page and len(json.dumps(page[0])) > ROOM_FOR_CODE:  # a line that fills more than a page
        # Six bytes are the most that JSON makes of a character.
        piece = page[0][: ROOM_FOR_CODE // 6]
        beyond = skipped + len(piece) + 1
        return shown | {"code": piece, "more_from_line": first, "more_from_character": beyond}
    if count < len(rest):
        shown["more_from_line"] = first + count
    return shown


def described(workflow: Workflow) -> dict[str, Any]:
    """A workflow without its code."""
    parameters = [parameter.model_dump(exclude_defaults=True) for parameter in workflow.parameters]
    shown = parameters[: page_of([json.dumps(each) for each in parameters], ROOM_FOR_PARAMETERS)]
    fields: dict[str, Any] = {
        "name": workflow.name,
        "slug": workflow.slug,
        "description": workflow.description,
        "language": workflow.language,
        "tags": list(workflow.tags[:MOST_TAGS]),
        "parameters": shown,
        "parameters_left_out": len(parameters) - len(shown),
        "updated": workflow.updated,
    }
    return {name: value for name, value in fields.items() if value or name == "parameters"}
