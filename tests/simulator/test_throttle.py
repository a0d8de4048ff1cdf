"""Throttled on request, a call is refused in its service's words and answered when tried again."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.standard import RetryContext, ThrottledRetryableChecker

from finops_repl.aws.call import Call, Caller, Refusal, Result
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.base.errors import InputError
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.simulator.throttle import CODES, Throttle
from finops_repl.trino.check import read_statement
from tests.simulator.conftest import SMALL, Worlds, ask

THROTTLED = f"{SMALL},throttle=2"


def parse(text: str) -> SimulatedSpec:
    return SimulatedSpec.parse(text, yesterday=date(2026, 10, 31))


@pytest.fixture
def throttled(small: SimulatedOrganisation, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The small organisation, throttled; its world is there already."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(small.store_path.parents[2]))
    organisation = SimulatedOrganisation(parse(THROTTLED))
    yield organisation
    organisation.close()


def test_one_call_of_an_operation_is_refused_after_so_many(throttled: Any) -> None:
    answers = [ask(throttled, "ce", "ListCostCategoryDefinitions") for _ in range(7)]
    assert [isinstance(answer, Result) for answer in answers] == [
        True, True, False, True, True, False, True,
    ]  # fmt: skip
    refused = answers[2]
    assert isinstance(refused, Refusal)
    assert refused.code == "LimitExceededException"
    # Each operation is counted by itself, and what is not offered is not throttled.
    assert isinstance(ask(throttled, "ce", "GetAnomalyMonitors"), Result)
    for _ in range(4):
        answer = ask(throttled, "ce", "StartCommitmentPurchaseAnalysis")
        assert isinstance(answer, Refusal)
        assert answer.code == "UnsupportedOperation"


def test_nothing_else_of_the_organisation_changes(throttled: Any, worlds: Worlds) -> None:
    assert throttled.store_path == worlds(SMALL).store_path
    assert parse(str(parse(THROTTLED))) == parse(THROTTLED)
    assert parse(THROTTLED).ledger == parse(SMALL)
    assert "throttle" not in str(parse(SMALL))


@pytest.mark.parametrize("text", ["x", "-1", "1001", "1.5"])
def test_a_rate_is_a_whole_number(text: str) -> None:
    with pytest.raises(InputError, match="throttle"):
        parse(f"simulated:throttle={text}")


def test_every_service_refuses_as_its_sdk_understands(small: SimulatedOrganisation) -> None:
    throttle, sdk = Throttle(1), ThrottledRetryableChecker()
    for service in {*small.services, *CODES}:
        call = Call(service, "Anything", "us-east-1")
        assert throttle.refusal(call) is None
        refused = throttle.refusal(call)
        assert refused is not None
        parsed = {"Error": {"Code": refused.code}}
        assert sdk.is_retryable(RetryContext(1, parsed_response=parsed)), service


def test_a_client_that_tries_again_gets_through(throttled: Any, tmp_path: Path) -> None:
    audit = tmp_path / "audit"
    audit.mkdir()
    gateway = Gateway(
        throttled, ReadOnlyPolicy(read_statement), AuditLog(audit), models=ServiceModels()
    )
    aws = session(gateway, Caller(session="s", run="r"))
    never = aws.client("ce", config=Config(retries={"mode": "standard", "total_max_attempts": 1}))
    for _ in range(2):
        never.get_anomaly_monitors()
    with pytest.raises(ClientError, match="Rate exceeded") as refused:
        never.get_anomaly_monitors()
    assert refused.value.response["Error"]["Code"] == "LimitExceededException"
    again = aws.client("ce", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))
    for _ in range(3):
        answer = again.get_anomaly_subscriptions()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert answer["AnomalySubscriptions"]
