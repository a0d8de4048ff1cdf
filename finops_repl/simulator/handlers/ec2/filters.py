"""EC2's filters: names with values of which one must match, `*` and `?` standing for anything."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from finops_repl.aws.call import Refusal
from finops_repl.simulator.view import invalid

__all__ = ["Described", "filtered", "values_at"]

Described = Mapping[str, Any]
"""An item of an answer, with its `Tags`."""


def filtered(
    found: Sequence[Described],
    params: Mapping[str, Any],
    fields: Mapping[str, str],
    given: str = "Filters",
    *,
    tagged: bool = True,
) -> Sequence[Described] | Refusal:
    """The items that all filters of `params[given]` let through.

    `fields` are the filters' names, each with the place in an item that it is compared with:
    `Attachments.InstanceId` means those of all attachments. Filters by tag are known wherever items
    are `tagged`.
    """
    for each in params.get(given) or ():
        name = str(each.get("Name"))
        by_tag = tagged and (name == "tag-key" or name.startswith("tag:"))
        if name not in fields and not by_tag:
            return invalid(f"The filter '{name}' is invalid", "InvalidParameterValue")
        patterns = [str(value) for value in each.get("Values") or ()]
        found = [item for item in found if _matches(_compared(item, name, fields), patterns)]
    return found


def _matches(values: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether one of the values is like one of the patterns."""
    # EC2's wildcards are * and ?; a bracket is a character like any other.
    return any(
        fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))
        for value in values
        for pattern in patterns
    )


def _compared(item: Described, name: str, fields: Mapping[str, str]) -> list[str]:
    if name == "tag-key":
        return [tag["Key"] for tag in item["Tags"]]
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return [tag["Value"] for tag in item["Tags"] if tag["Key"] == key]
    return list(values_at(item, fields[name]))


def values_at(item: Any, place: str) -> Iterator[str]:
    """What stands at a place in an item, as EC2 writes it in a filter."""
    head, _, rest = place.partition(".")
    inner = item.get(head)
    for each in inner if isinstance(inner, list | tuple) else (inner,):
        if rest and each is not None:
            yield from values_at(each, rest)
        elif isinstance(each, bool):
            yield str(each).lower()
        elif isinstance(each, datetime):
            yield each.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        elif each is not None:
            yield str(each)
