"""A question to one operation, and the incident that its answer gives away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import INCIDENT_KINDS, IncidentKind
from tests.simulator.conftest import SMALL, fields

__all__ = ["DEFAULT", "Params", "Probe", "is_empty", "switched_off"]

DEFAULT = "simulated:as_of=2026-10-31"
"""The organisation that is asked where the small one has none of something."""
Params = Mapping[str, Any] | Callable[[SimulatedOrganisation], Mapping[str, Any]]
"""Parameters, or what makes them from the organisation asked: the id of a query it started, say."""


def _whole(answer: Any) -> Any:
    return answer


@dataclass(frozen=True, slots=True)
class Probe:
    """`operation` of `service` asked in `region`: its answer is another without the incident.

    `about_itself` says why no incident can show in the answer: whoami, lists of regions. Such an
    answer is checked for content alone, in `world`. `content` takes out of an answer what is to be
    compared.
    """

    service: str
    operation: str
    params: Params
    kind: IncidentKind | None = None
    region: str = "us-east-1"
    about_itself: str = ""
    world: str = SMALL
    content: Callable[[Any], Any] = _whole

    def __str__(self) -> str:
        return f"{self.service} {self.operation}"

    def answer(self, organisation: SimulatedOrganisation) -> Any:
        """The answer's fields; a refusal fails the test."""
        params = self.params(organisation) if callable(self.params) else self.params
        found = fields(organisation, self.service, self.operation, self.region, **params)
        return self.content(found)


def switched_off(kind: IncidentKind) -> str:
    """The small organisation with every incident but this one."""
    return f"{SMALL},incidents={'+'.join(each for each in INCIDENT_KINDS if each != kind)}"


def is_empty(answer: Any) -> bool:
    """Whether an answer holds nothing but empty lists, empty texts and zeros."""
    return not any(_content(answer))


def _content(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _content(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _content(item)
    elif value not in (None, "", 0, "0", False, b""):
        yield value
