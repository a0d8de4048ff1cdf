"""Answers have the types, the required members and the words of a closed set that AWS documents."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from tests.simulator.conftest import Worlds
from tests.simulator.offered.every import PROBES
from tests.simulator.offered.probe import Probe

UNLIKE_MODELS = ("ProvisionedThroughput.NumberOfDecreasesToday", ".VpcEndpoints[].State")
"""What AWS itself answers otherwise than its model says: 0 decreases, `available` endpoints."""


@cache
def operation(service: str, name: str) -> OperationModel:
    model: OperationModel = (
        botocore.session.get_session().get_service_model(service).operation_model(name)
    )
    return model


def strange_words(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Where a text is none of those that its shape lists."""
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            yield from strange_words(shape.members[name], item, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        for item in value:
            yield from strange_words(shape.member, item, f"{path}[]")
    elif isinstance(shape, MapShape):
        for item in value.values():
            yield from strange_words(shape.value, item, f"{path}{{}}")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{path} = {value!r}: {shape.enum}"


@pytest.mark.parametrize("probe", [p for p in PROBES if p.service != "s3"], ids=str)
def test_an_answer_has_the_shape_that_aws_documents(worlds: Worlds, probe: Probe) -> None:
    shape = operation(probe.service, probe.operation).output_shape
    answer = probe.answer(worlds(probe.world))
    assert shape is not None
    report = ParamValidator().validate(answer, shape)
    faults = [*report.generate_report().splitlines(), *strange_words(shape, answer)]
    assert [fault for fault in faults if not any(name in fault for name in UNLIKE_MODELS)] == []
