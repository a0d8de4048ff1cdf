"""Simulated organisations for the tests of this room, each made once a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pytest

from finops_repl.aws.call import Answer, Call, Caller, Result
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator import store
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.trino.check import read_statement

YESTERDAY = date(2026, 10, 31)
SMALL = "simulated:seed=7,as_of=2026-10-31,rows=20000"


class Answers(Protocol):
    """An organisation, or one of its services."""

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer: ...


Worlds = Callable[[str], SimulatedOrganisation]


@pytest.fixture(scope="session")
def worlds(shared_cache: Path) -> Iterator[Worlds]:
    """An opened organisation by its specification."""
    opened: dict[str, SimulatedOrganisation] = {}

    def find(text: str) -> SimulatedOrganisation:
        if text not in opened:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("XDG_CACHE_HOME", str(shared_cache))
                patch.setattr(store, "KEPT", 99)
                made = SimulatedOrganisation(SimulatedSpec.parse(text, yesterday=YESTERDAY))
                assert made.store_path.is_file()
                opened[text] = made
        return opened[text]

    yield find
    for organisation in opened.values():
        organisation.close()


@pytest.fixture
def small(worlds: Worlds) -> SimulatedOrganisation:
    return worlds(SMALL)


@pytest.fixture
def aws(small: SimulatedOrganisation, tmp_path: Path) -> Any:
    """A boto3 session on the small organisation."""
    audit = tmp_path / "audit"
    audit.mkdir()
    gateway = Gateway(
        small, ReadOnlyPolicy(read_statement), AuditLog(audit), models=ServiceModels()
    )
    return session(gateway, Caller(session="s", run="r"))


def ask(
    organisation: Answers,
    service: str,
    operation: str,
    region: str = "us-east-1",
    **params: Any,
) -> Answer:
    """One call's answer."""
    call = Call(service, operation, region, params)
    return organisation.answer(call, cancelled=threading.Event())


def fields(
    organisation: Answers,
    service: str,
    operation: str,
    region: str = "us-east-1",
    **params: Any,
) -> Any:
    """One call's result; a refusal fails the test."""
    answer = ask(organisation, service, operation, region, **params)
    assert isinstance(answer, Result), answer
    return answer.fields
