"""The script behind "why did EC2 go up" follows the incident, and sees none in peace."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.trino.check import read_statement
from tests.playbooks.script_run import Ran, run_script
from tests.playbooks.small_account import BILL, LAST, PRICE, Incident, SmallAccount

Investigate = Callable[..., tuple[Ran, SmallAccount]]


@pytest.fixture(scope="module")
def models() -> ServiceModels:
    return ServiceModels()


@pytest.fixture
def investigate(tmp_path: Path, models: ServiceModels) -> Iterator[Investigate]:
    with ExitStack() as opened:

        def run(
            incident: Incident | None, *, seed: int = 1, service: str = "AmazonEC2"
        ) -> tuple[Ran, SmallAccount]:
            account = SmallAccount(tmp_path, incident, seed)
            opened.callback(account.room.close)
            policy = ReadOnlyPolicy(read_statement)
            gateway = Gateway(account, policy, AuditLog(tmp_path), models=models)
            door = opened.enter_context(open_loopback(gateway, Caller("s", "r")))
            params = {"service": service, "days": 90}
            return run_script(script("cost_jump"), params, BILL, door, tmp_path), account

        yield run


@pytest.mark.parametrize(
    ("incident", "seed"),
    [
        (Incident(), 1),
        (Incident("111111111111", "api's", LAST - timedelta(days=40)), 2),
        (Incident("333333333333", "front", LAST - timedelta(days=25), days=7), 3),
        (Incident("111111111111", "front", LAST - timedelta(days=6), factor=3), 4),
        (Incident(day=date(2026, 10, 1), event="SetDesiredCapacity"), 5),
    ],
)
def test_cause_and_excess_follow_the_incident(
    investigate: Investigate, incident: Incident, seed: int
) -> None:
    ran, account = investigate(incident, seed=seed)
    found = ran.finding
    assert found["jump"]
    assert (found["account_id"], found["group"]) == (incident.account, incident.group)
    assert found["onset"] == incident.day.isoformat()
    assert found["days"] == min(incident.days, (LAST - incident.day).days + 1)
    assert found["goes_on"] == (incident.days == 99)
    assert found["event"]["name"] == incident.event
    assert found["event"]["id"] == "event-0"
    assert found["event"]["sizes"] == {"maxSize": [10, 40], "desiredCapacity": [6, 24]}
    assert found["instances_after"] > found["instances_before"] * 2
    # The key is the difference of two bills; a baseline of last week's days can only come near.
    assert abs(ran.figure("excess") - account.excess) < account.excess / 10


def test_excess_is_the_sum_of_its_own_days(investigate: Investigate, tmp_path: Path) -> None:
    ran, _ = investigate(Incident())
    with (tmp_path / ran.finding["file"]).open() as file:
        days = list(csv.DictReader(file))
    assert sum(Decimal(day["excess"]) for day in days) == ran.figure("excess")
    assert len(days) == ran.finding["days"]
    assert all(Decimal(day["actual"]) % PRICE == 0 for day in days)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_quiet_account_has_no_jump(investigate: Investigate, seed: int) -> None:
    ran, _ = investigate(None, seed=seed)
    assert ran.finding["jump"] is False
    assert ran.figure("usual change of a week") > 0


def test_without_a_service_the_one_that_rose_is_found(investigate: Investigate) -> None:
    ran, _ = investigate(Incident(), service="")
    assert ran.finding["service"] == "AmazonEC2"
    assert ran.finding["group"] == "front"
