"""Cost Explorer's filter expressions as SQL conditions with their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.simulator.handlers.cost_explorer.dimensions import (
    DIMENSIONS,
    NOT_OFFERED,
    Dimension,
    category_column,
    tag_column,
)

__all__ = [
    "Filtered",
    "Invalid",
    "Known",
    "condition",
    "dimension",
    "filtered",
    "matches",
    "named",
]

Filtered = tuple[str, tuple[str, ...]]
"""A condition and the values of its question marks."""

ROOTS = ("Or", "And", "Not", "Dimensions", "Tags", "CostCategories")
COMPARES = {  # Cost Explorer's match options as operators
    "EQUALS": "{sql} IN ({marks})",
    "CASE_SENSITIVE": "{sql} IN ({marks})",
    "CASE_INSENSITIVE": "lower({sql}) IN ({marks})",
}
OF_OTHER_OPERATIONS = ("STARTS_WITH", "ENDS_WITH", "CONTAINS", "GREATER_THAN_OR_EQUAL")
DEEPEST = 20


class Invalid(Exception):
    """Parameters that Cost Explorer refuses, with its words and the code of its error."""

    def __init__(self, message: str, code: str = "ValidationException") -> None:
        super().__init__(message)
        self.code = code


Known = Mapping[str, Dimension]
"""The dimensions of an operation."""


def dimension(name: str, known: Known = DIMENSIONS) -> Dimension:
    """The dimension of this name; raises `Invalid` where there is none."""
    found = known.get(name)
    if found is not None:
        return found
    offered = ", ".join(sorted(known))
    if name in NOT_OFFERED:
        raise Invalid(f"Dimension {name} is not offered by the simulated account; use {offered}")
    raise Invalid(f"Dimension {name} is not valid. Valid values: {offered}")


def filtered(expression: object, known: Known = DIMENSIONS) -> Filtered:
    """The condition of an operation's `Filter`, true where it has none."""
    if expression is None:
        return "true", ()
    if not isinstance(expression, Mapping):
        raise Invalid("Filter takes a structure")
    return condition(expression, known)


def named(expression: object) -> dict[str, set[str]]:
    """Which dimensions an expression names anywhere, and with which values."""
    found: dict[str, set[str]] = {}
    if isinstance(expression, Mapping):
        inner = expression.get("Dimensions")
        if isinstance(inner, Mapping):
            found[str(inner.get("Key"))] = {str(value) for value in inner.get("Values") or ()}
        for root in ("And", "Or", "Not"):
            operands = expression.get(root) or ()
            for operand in [operands] if isinstance(operands, Mapping) else operands:
                for key, values in named(operand).items():
                    found.setdefault(key, set()).update(values)
    return found


def condition(expression: Mapping[str, Any], known: Known = DIMENSIONS, depth: int = 0) -> Filtered:
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
        return _joined(root, value, known, depth)
    if not isinstance(value, Mapping):
        raise Invalid(f"{root} takes a structure")
    if root == "Not":
        sql, values = condition(value, known, depth + 1)
        return f"NOT ({sql})", values
    key = value.get("Key")
    if not isinstance(key, str):
        raise Invalid(f"{root} has no Key")
    if root == "Dimensions":
        found = dimension(key, known)
        return matches(found.shown, value, found.missing)
    return matches(tag_column(key) if root == "Tags" else category_column(key), value, "")


def _joined(root: str, operands: object, known: Known, depth: int) -> Filtered:
    if not isinstance(operands, Sequence) or len(operands) < 2:
        raise Invalid(f"{root} expression must have at least 2 operands")
    parts, values = list[str](), tuple[str, ...]()
    for operand in operands:
        sql, more = condition(operand, known, depth + 1)
        parts.append(f"({sql})")
        values += more
    return f" {root.upper()} ".join(parts), values


def matches(sql: str, value: Mapping[str, Any], missing: str) -> Filtered:
    """The condition that a column has one of the values of a field of an expression.

    `missing` is what the column holds of rows that have none. Raises `Invalid`.
    """
    options = value.get("MatchOptions") or ["EQUALS"]
    values = [str(item) for item in value.get("Values") or ()]
    if "ABSENT" in options:
        return f"{sql} = ?", (missing,)
    for option in options:
        if option not in COMPARES:
            how = "not supported by this operation" if option in OF_OTHER_OPERATIONS else "unknown"
            raise Invalid(f"Match option {option} is {how}")
    if not values:
        raise Invalid("Values must not be empty")
    folded = "CASE_INSENSITIVE" in options
    template = COMPARES["CASE_INSENSITIVE" if folded else "EQUALS"]
    marks = ", ".join("?" * len(values))
    compared = tuple(item.lower() if folded else item for item in values)
    return template.format(sql=sql, marks=marks), compared
