"""What the simulated account offers, it knows: each operation has a question whose answer is full,
and is another one when the incident behind it is switched off."""

from __future__ import annotations

from collections import Counter

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import SMALL, Worlds
from tests.simulator.offered.every import PROBES
from tests.simulator.offered.probe import Probe, is_empty, switched_off

OTHER_DAYS = (
    "simulated:seed=7,as_of=2026-10-01,rows=20000",
    "simulated:seed=7,as_of=2026-01-01,rows=20000",
    "simulated:seed=7,as_of=2024-02-29,rows=20000",
    f"{SMALL},incidents=none",
)
"""The first day of a month and of a year, a leap day, and an organisation with no trouble."""
SILENT = ("athena StopQueryExecution", "s3 GetBucketLocation")
"""What AWS answers with nothing but its success; us-east-1 is a location without a name."""


def test_every_operation_has_one_question(small: SimulatedOrganisation) -> None:
    asked = Counter((probe.service, probe.operation) for probe in PROBES)
    assert [each for each, count in asked.items() if count > 1] == []
    assert set(asked) == {
        (service, operation)
        for service in small.services
        for operation in small.operations(service)
    }


def test_a_question_names_an_incident_or_says_why_not() -> None:
    assert [str(probe) for probe in PROBES if bool(probe.kind) == bool(probe.about_itself)] == []


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_the_answer_holds_something(worlds: Worlds, probe: Probe) -> None:
    assert is_empty(probe.answer(worlds(probe.world))) == (str(probe) in SILENT)


@pytest.mark.parametrize("probe", [probe for probe in PROBES if probe.kind], ids=str)
def test_the_answer_is_another_without_the_incident(
    small: SimulatedOrganisation, worlds: Worlds, probe: Probe
) -> None:
    assert probe.kind is not None
    with_it = probe.answer(small)
    assert probe.answer(small) == with_it  # what differs by chance proves nothing
    assert with_it != probe.answer(worlds(switched_off(probe.kind)))


@pytest.mark.parametrize("text", OTHER_DAYS)
def test_every_question_is_answered_on_any_day(worlds: Worlds, text: str) -> None:
    """Nothing is refused; what stands in the larger organisation alone is asked for there."""
    organisation = worlds(text)
    asked = [probe for probe in PROBES if probe.world == SMALL]
    empty = [str(probe) for probe in asked if is_empty(probe.answer(organisation))]
    assert "none" in text or empty == [each for each in map(str, asked) if each in SILENT]
