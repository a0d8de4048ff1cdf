"""The tree that a metric math expression stands for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = [
    "Called",
    "Chain",
    "Listing",
    "MathError",
    "Name",
    "Node",
    "Number",
    "Text",
    "in_expression",
    "walk",
]


class MathError(ValueError):
    """An expression that cannot be evaluated."""


@contextmanager
def in_expression(id_: str) -> Iterator[None]:
    """What is wrong with an expression is said with the id of its query."""
    try:
        yield
    except MathError as wrong:
        raise MathError(f"Error in expression '{id_}': {wrong}") from wrong


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """What stands in quotes; a quote within it has lost its backslash, nothing else has."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a query, or a word of a function: `ASC`, `REPEAT`."""

    id: str


@dataclass(frozen=True, slots=True)
class Listing:
    """`[m1, m2]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Called:
    """`NAME(arguments)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands of one level, to be taken from the left; a sign before one is `0 - one`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


Node = Number | Text | Name | Listing | Called | Chain


def walk(node: Node) -> Iterator[Node]:
    """A tree's nodes, itself included."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        match found:
            case Listing(items) | Called(arguments=items):
                pending += items
            case Chain(first, rest):
                pending += [first, *(each for _, each in rest)]
            case _:
                pass
