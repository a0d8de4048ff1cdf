"""The plainer filters of Cost Explorer's reports on commitments: dimensions, all of which hold.

They take the same Expression as the other operations, but only And, one level deep, and only the
dimensions that the operation knows (botocore's model of `ce`, `Filter` of each).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.dimensions import (
    Dimension,
    category_column,
    tag_column,
)
from finops_repl.simulator.handlers.cost_explorer.filters import Invalid, matches

__all__ = ["conjunction", "values_of"]

Leaf = tuple[str, Mapping[str, Any]]
"""A field of an expression and what it holds: `Dimensions`, {Key, Values, MatchOptions}."""
COLUMNS = {"Tags": tag_column, "CostCategories": category_column}


def conjunction(
    expression: object, known: Mapping[str, Dimension], fields: Sequence[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """A WHERE condition and its values; true where there is no expression.

    `known` are the operation's dimensions, `fields` what else it filters by: `Tags`,
    `CostCategories`. Raises `Invalid` for anything else.
    """
    parts, found = ["true"], tuple[str, ...]()
    for root, value in _leaves(expression):
        key = str(value.get("Key"))
        if root == "Dimensions":
            if key not in known:
                raise Invalid(
                    f"Dimension {key} is not valid for this operation. Valid values: "
                    f"{', '.join(known)}"
                )
            sql, values = matches(known[key].shown, value, known[key].missing)
        elif root in fields:
            sql, values = matches(COLUMNS[root](key), value, "")
        else:
            raise Invalid(f"Filter by {root} is not supported by this operation")
        parts.append(f"({sql})")
        found += values
    return " AND ".join(parts), found


def values_of(expression: object, key: str) -> list[str] | None:
    """The values that an expression gives for a dimension; None where it does not name it."""
    for root, value in _leaves(expression):
        if root == "Dimensions" and value.get("Key") == key:
            return [str(each) for each in value.get("Values") or ()]
    return None


def _leaves(expression: object, nested: bool = False) -> Iterator[Leaf]:
    if expression is None:
        return
    roots = [
        (root, value)
        for root, value in (expression.items() if isinstance(expression, Mapping) else ())
        if value is not None
    ]
    if len(roots) != 1:
        raise Invalid("Expression must have exactly one root operator or field")
    root, value = roots[0]
    if root == "And":
        if nested:
            raise Invalid("Filter expressions can be nested only one level deep")
        if not isinstance(value, Sequence) or len(value) < 2:
            raise Invalid("And expression must have at least 2 operands")
        for operand in value:
            yield from _leaves(operand, nested=True)
    elif root in ("Or", "Not"):
        raise Invalid(f"Only And is supported among dimensions by this operation, not {root}")
    elif not isinstance(value, Mapping):
        raise Invalid(f"{root} takes a structure")
    else:
        yield root, value
