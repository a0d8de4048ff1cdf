"""Kept values are the values: no type, no digit and no byte is lost on the way to disk and back."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.exact_json import from_json, to_json
from finops_repl.gateway.freshness import KEPT
from tests.conformance.samples import sample

SAMPLES = 20


def there_and_back(value: Any) -> Any:
    return from_json(json.loads(json.dumps(to_json(value))))


def typed(value: Any) -> Any:
    """The value with the type of everything in it: 1 is not True, and not 1.0."""
    if isinstance(value, dict):
        return {name: typed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), value


def test_random_answers_of_every_kept_operation_come_back_the_same() -> None:
    models, dice, members = ServiceModels(), random.Random(20261127), 0
    for service, operations in KEPT.items():
        for operation in operations:
            shape = models.operation(service, operation).output_shape
            for _ in range(SAMPLES):
                fields = sample(shape, dice)
                assert typed(there_and_back(fields)) == typed(fields)
                members += len(fields)
    assert members > 1_000


@pytest.mark.parametrize(
    "value",
    [
        Decimal("12.5000000000"),
        Decimal("1E-20"),
        Decimal("NaN"),
        0.1 + 0.2,
        5e-324,
        -0.0,
        math.inf,
        2**80,
        True,
        None,
        "",
        "é€\ud800\x00",
        b"",
        bytes(range(256)),
        datetime(2026, 10, 20, 1, 2, 3, 456789, tzinfo=UTC),
        datetime(2026, 10, 20, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(2026, 10, 20),  # noqa: DTZ001 - a naive one stays naive
        {"$datetime": "2026-10-20"},
        {"$": [b"x"], "plain": {"$map": []}},
        {},
        [[], {}],
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_awkward_values_come_back_the_same(value: Any) -> None:
    assert repr(typed(there_and_back([value]))) == repr(typed([value]))


def test_what_is_no_shape_of_boto3_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no shape"):
        to_json({"a": [{1, 2}]})
    with pytest.raises(ValueError, match="no mark"):
        from_json({"$pickle": "gASV"})
