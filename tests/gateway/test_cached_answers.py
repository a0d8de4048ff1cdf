"""An answer of the cache passes the same door: decided on, free, recorded, and it says so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Call, Caller, Refusal, Result
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.base.spend import Spend
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.cache import AnswerCache, Asker
from finops_repl.gateway.decision import Allow, Decision, Deny
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.meter import Meter
from tests.gateway.conftest import ReadAudit
from tests.gateway.organisation import ACCOUNT_ID, SmallOrganisation

COST: dict[str, Any] = {
    "TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
}
CALL = Call("ce", "GetCostAndUsage", "us-east-1", COST)
PRINCIPAL = f"arn:aws:iam::{ACCOUNT_ID}:user/analyst"


ANYTHING = Allow("it may pass")


@dataclass
class Changeable:
    """A policy whose mind can be changed."""

    decision: Decision = ANYTHING

    def decide(self, call: Call) -> Decision:
        return self.decision


@dataclass
class House:
    gateway: Gateway
    policy: Changeable
    spend: Spend
    organisation: SmallOrganisation


@pytest.fixture
def house(
    tmp_path: Path, organisation: SmallOrganisation, audit_folder: Path, models: ServiceModels
) -> House:
    policy, spend = Changeable(), Spend(Decimal("0.01"))
    folder = tmp_path / "answers"
    folder.mkdir()
    gateway = Gateway(
        organisation,
        policy,
        AuditLog(audit_folder),
        meter=Meter(spend),
        cache=AnswerCache(folder, Asker(PRINCIPAL, ACCOUNT_ID)),
        models=models,
    )
    return House(gateway, policy, spend, organisation)


def test_what_was_paid_for_is_free_the_next_time_even_past_the_cap(
    house: House, caller: Caller, audited: ReadAudit
) -> None:
    answers = [house.gateway.perform(CALL, caller) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert isinstance(answers[0], Result)
    assert len(house.organisation.asked) == 1
    assert house.spend.spent("aws") == Decimal("0.01")
    told = [(line["price_usd"], line["cached"], line["decision"]) for line in audited()]
    assert told == [("0.01", False, "allow"), ("0", True, "allow"), ("0", True, "allow")]
    assert [record.cached for record in house.gateway.calls("r1")] == [False, True, True]
    another = Call("ce", "GetCostAndUsage", "us-east-1", {**COST, "Granularity": "DAILY"})
    refused = house.gateway.perform(another, caller)
    assert isinstance(refused, Refusal)
    assert refused.code == "ServiceQuotaExceededException"


def test_a_client_reads_the_same_answer_and_can_tell_where_it_came_from(
    house: House, caller: Caller
) -> None:
    client = session(house.gateway, caller).client("ce")
    first, second = client.get_cost_and_usage(**COST), client.get_cost_and_usage(**COST)
    headers = [answer.pop("ResponseMetadata")["HTTPHeaders"] for answer in (first, second)]
    assert first == second
    assert "x-finops-cache" not in headers[0]
    assert headers[1]["x-finops-cache"].startswith("hit; age=")


def test_what_is_denied_now_is_not_answered_from_before(house: House, caller: Caller) -> None:
    assert isinstance(house.gateway.perform(CALL, caller), Result)
    house.policy.decision = Deny("not any more", "ask somebody else")
    refused = house.gateway.perform(CALL, caller)
    assert isinstance(refused, Refusal)
    assert "not any more" in refused.message
    assert not house.gateway.calls("r1")[-1].cached


def test_the_form_in_which_a_call_may_pass_is_the_one_that_is_looked_up(
    house: House, caller: Caller
) -> None:
    house.gateway.perform(CALL, caller)
    narrowed = Call("ce", "GetCostAndUsage", "us-east-1", {**COST, "Metrics": ["BlendedCost"]})
    house.policy.decision = Allow("in another form", narrowed)
    house.spend.cap_usd = Decimal(1)
    answer = house.gateway.perform(CALL, caller)
    assert isinstance(answer, Result)
    assert answer.fields["ResultsByTime"][0]["Total"].keys() == {"BlendedCost"}


def test_a_cancelled_run_gets_no_kept_answer(house: House, caller: Caller) -> None:
    house.gateway.perform(CALL, caller)
    house.gateway.cancel("r1")
    refused = house.gateway.perform(CALL, caller)
    assert refused == Refusal("RequestAborted", "the run was cancelled")


def test_without_a_cache_each_call_is_asked(
    organisation: SmallOrganisation, audit_folder: Path, models: ServiceModels, caller: Caller
) -> None:
    gateway = Gateway(organisation, Changeable(), AuditLog(audit_folder), models=models)
    for _ in range(2):
        gateway.perform(CALL, caller)
    assert len(organisation.asked) == 2
