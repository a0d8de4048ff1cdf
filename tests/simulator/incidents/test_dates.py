"""Every kind stands on every last day: the first of a month, of a year, a leap day."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.simulator.key import AnswerKey, answer_key
from finops_repl.simulator.spec import INCIDENT_KINDS, SimulatedSpec

LAST_DAYS = ("2026-10-01", "2026-01-01", "2024-02-29")


@pytest.fixture(scope="module", params=LAST_DAYS)
def key(request: pytest.FixtureRequest) -> AnswerKey:
    text = f"simulated:as_of={request.param},rows=20000"
    return answer_key(SimulatedSpec.parse(text, yesterday=date(2026, 10, 31)))


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_every_kind_stands_on_this_last_day(key: AnswerKey, kind: str) -> None:
    (incident,) = [each for each in key.incidents if each.kind == kind]
    as_of = date.fromisoformat(key.spec.partition("as_of=")[2][:10])
    assert incident.first_day <= incident.last_day <= as_of
    assert incident.goes_on == (incident.last_day == as_of)
    assert incident.dollars_changed > 0
    assert incident.dollars["amortized"] > 0 or kind == "untagged"
    assert sum(incident.dollars_by_day.values()) == incident.dollars["amortized"]
    if incident.event_time is not None:
        assert abs((incident.event_time.date() - incident.first_day).days) <= 1


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
@pytest.mark.parametrize("day", ["2024-02-29", "2024-03-01", "2024-01-01"])
def test_every_kind_can_begin_on_this_day(kind: str, day: str) -> None:
    text = f"simulated:as_of=2024-03-01,rows=20000,incidents={kind}@{day}"
    (incident,) = answer_key(SimulatedSpec.parse(text, yesterday=date(2026, 1, 1))).incidents
    assert incident.first_day.isoformat() == day
    assert incident.dollars_changed > 0
    assert incident.dollars["amortized"] > 0 or kind == "untagged"
