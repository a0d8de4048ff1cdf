"""Cost Explorer's filter expressions as SQL conditions with their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.simulator.handlers.ce_dimensions import (
    DIMENSIONS,
    NOT_OFFERED,
    Dimension,
    category_column,
    tag_column,
)

__all__ = ["Invalid", "condition", "dimension", "matches"]

ROOTS = ("Or", "And", "Not", "Dimensions", "Tags", "CostCategories")
COMPARES = {  # Cost Explorer's match options as operators
    "EQUALS": "{sql} IN ({marks})",
    "CASE_SENSITIVE": "{sql} IN ({marks})",
    "CASE_INSENSITIVE": "lower({sql}) IN ({marks})",
}
OF_OTHER_OPERATIONS = ("STARTS_WITH", "ENDS_WITH", "CONTAINS", "GREATER_THAN_OR_EQUAL")
DEEPEST = 20


class Invalid(Exception):
    """Parameters that Cost Explorer refuses, with its words."""


def dimension(name: str) -> Dimension:
    """The dimension of this name; raises `Invalid` where there is none."""
    found = DIMENSIONS.get(name)
    if found is not None:
        return found
    if name in NOT_OFFERED:
        offered = ", ".join(sorted(DIMENSIONS))
        raise Invalid(f"Dimension {name} is not offered by the simulated account; use {offered}")
    raise Invalid(f"Dimension {name} is not valid. Valid values: {', '.join(sorted(DIMENSIONS))}")


def condition(expression: Mapping[str, Any], depth: int = 0) -> tuple[str, tuple[str, ...]]:
    """A WHERE condition over the aliases `g` (charge) and `t` (line type), and its values.

    Raises `Invalid` as Cost Explorer refuses expressions: one root each, two operands for And and
    Or, known dimensions, match options that the operation takes.
    """
    roots = [name for name, value in expression.items() if value is not None]
    if len(roots) != 1 or roots[0] not in ROOTS:
        raise Invalid(
            "Expression must have exactly one root operator or field, one of "
            f"{', '.join(ROOTS)}, but has: {', '.join(map(str, roots)) or 'none'}"
        )
    if depth > DEEPEST:
        raise Invalid(f"Expression is nested deeper than {DEEPEST} levels")
    root, value = roots[0], expression[roots[0]]
    if root in ("And", "Or"):
        return _joined(root, value, depth)
    if not isinstance(value, Mapping):
        raise Invalid(f"{root} takes a structure")
    if root == "Not":
        sql, values = condition(value, depth + 1)
        return f"NOT ({sql})", values
    key = value.get("Key")
    if not isinstance(key, str):
        raise Invalid(f"{root} has no Key")
    if root == "Dimensions":
        known = dimension(key)
        return matches(known.shown, value, known.missing)
    return matches(tag_column(key) if root == "Tags" else category_column(key), value, "")


def _joined(root: str, operands: object, depth: int) -> tuple[str, tuple[str, ...]]:
    if not isinstance(operands, Sequence) or len(operands) < 2:
        raise Invalid(f"{root} expression must have at least 2 operands")
    parts, values = list[str](), tuple[str, ...]()
    for operand in operands:
        sql, more = condition(operand, depth + 1)
        parts.append(f"({sql})")
        values += more
    return f" {root.upper()} ".join(parts), values


def matches(sql: str, value: Mapping[str, Any], missing: str) -> tuple[str, tuple[str, ...]]:
    """The condition that a column has one of the values of a field of an expression.

    `missing` is what the column holds of rows that have none. Raises `Invalid`.
    """
    options = value.get("MatchOptions") or ["EQUALS"]
    values = [str(item) for item in value.get("Values") or ()]
    if "ABSENT" in options:
        return f"{sql} = ?", (missing,)
    for option in options:
        if option not in COMPARES:
            known = (
                "not supported by this operation" if option in OF_OTHER_OPERATIONS else "unknown"
            )
            raise Invalid(f"Match option {option} is {known}")
    if not values:
        raise Invalid("Values must not be empty")
    folded = "CASE_INSENSITIVE" in options
    template = COMPARES["CASE_INSENSITIVE" if folded else "EQUALS"]
    marks = ", ".join("?" * len(values))
    compared = tuple(item.lower() if folded else item for item in values)
    return template.format(sql=sql, marks=marks), compared
