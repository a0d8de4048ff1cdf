"""The script against the simulated organisation: its finding is held against the answer key."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from finops_repl.aws.call import Caller
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.trino.check import read_statement
from tests.playbooks.script_run import Ran, run_script

SMALL = "as_of=2026-11-19,rows=100000"
LARGER = "as_of=2026-10-20"  # where a few instances more are no jump, and a fleet twice is one


def investigate(organisation: SimulatedOrganisation, folder: Path) -> Ran:
    gateway = Gateway(organisation, ReadOnlyPolicy(read_statement), AuditLog(folder))
    with open_loopback(gateway, Caller("s", "r")) as door:
        params = {"service": "AmazonEC2", "days": 90}
        return run_script(script("cost_jump"), params, organisation.bill, door, folder)


@pytest.mark.parametrize(
    "chosen",
    [
        f"simulated:seed=7,{SMALL}",
        f"simulated:seed=8,{SMALL}",
        f"simulated:seed=9,{SMALL},incidents=spike@2026-09-14/sim-search-prod/search-query-prod",
    ],
)
def test_finding_is_the_answer_keys(chosen: str, tmp_path: Path) -> None:
    spec = SimulatedSpec.parse(chosen, yesterday=date(2026, 11, 19))
    organisation = SimulatedOrganisation(spec)
    try:
        ran, truth = investigate(organisation, tmp_path), organisation.key("spike").of("spike")
    finally:
        organisation.close()
    found = ran.finding
    assert found["jump"]
    assert (found["account_id"], found["group"]) == (truth.account_id, truth.facts["group"])
    assert (found["onset"], found["end"]) == (str(truth.first_day), str(truth.last_day))
    assert (found["event"]["id"], found["event"]["actor"]) == (truth.event_id, truth.actor_arn)
    assert found["event"]["sizes"]["maxSize"] == [
        truth.facts["most_before"],
        truth.facts["most_after"],
    ]
    assert abs(ran.figure("excess") / truth.dollars["usage"] - 1) < 0.01


def test_a_quiet_organisation_has_no_jump_and_its_decoys_are_set_aside(tmp_path: Path) -> None:
    spec = SimulatedSpec.parse(f"simulated:{LARGER},incidents=none", yesterday=date(2026, 11, 19))
    organisation = SimulatedOrganisation(spec)
    try:
        finding, key = investigate(organisation, tmp_path).finding, organisation.key()
    finally:
        organisation.close()
    assert finding["jump"] is False
    aside = {why: (account, what) for _, _, account, _, why, what in finding["aside"]}
    harmless = {each.name: each for each in key.no_incidents}
    left, reached = harmless["migration between accounts"].account_ids
    assert aside["moved"] == (reached, "sim-search-dev")
    account, ticket = aside["planned"]
    assert account in harmless["planned failover"].account_ids
    assert ticket in harmless["planned failover"].reason
    assert left not in {each[0] for each in aside.values()}
