"""The offline analyst finds what the answer key holds, wherever the incident was put."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from tests.acceptance.conftest import Ended, Finops

AS_OF = date(2026, 10, 20)
QUESTION = "Why did our EC2 costs jump?"
NEAR = Decimal("0.02")
"""The analyst estimates from a baseline; the key is the difference of two generated bills."""


def excess_in(answer: str) -> Decimal:
    found = re.search(r"\*\*\$([\d,]+\.\d\d) \[f\d+\]\*\* above its baseline", answer)
    assert found, answer
    return Decimal(found[1].replace(",", ""))


@pytest.mark.parametrize(
    "account",
    [
        "simulated:seed=7",
        "simulated:seed=8",
        "simulated:seed=9",
        "simulated:seed=7,incidents=spike@2026-09-01/sim-search-prod",
        "simulated:seed=8,incidents=spike@2026-08-12/sim-checkout-prod/checkout-worker-prod",
    ],
)
def test_account_group_event_and_excess_follow_the_key(finops: Finops, account: str) -> None:
    spec = SimulatedSpec.parse(f"{account},as_of={AS_OF}", yesterday=AS_OF)
    organisation = SimulatedOrganisation(spec)
    incident = organisation.key("spike").of("spike")
    assert incident.event_time is not None
    organisation.close()

    ended = finops("--account", str(spec), "-p", QUESTION)
    assert ended.code == 0, ended.stderr
    answer = ended.stdout
    assert f"{incident.account_name} ({incident.account_id})" in answer
    assert f"**{incident.facts['group']}**" in answer
    assert f"**{incident.event_name}** at {incident.event_time:%Y-%m-%dT%H:%M:%SZ}" in answer
    assert incident.actor in answer
    assert f"{incident.facts['most_before']} → {incident.facts['most_after']}" in answer
    key = incident.dollars["usage"]
    assert abs(excess_in(answer) - key) <= key * NEAR
    for figure_id in set(re.findall(r"\[(f\d+)\]", answer.partition("\n[f")[0])):
        assert re.search(rf"^\[{figure_id}\] ", answer, re.MULTILINE), (
            f"{figure_id} has no footnote"
        )
    assert "declared by a script, run " in answer
    assert "unsourced" not in answer


def test_in_a_quiet_organisation_there_is_no_jump(finops: Finops) -> None:
    ended = finops("--account", f"simulated:as_of={AS_OF},incidents=none", "-p", QUESTION)
    assert ended.code == 0
    assert ended.stdout.startswith("No jump: ")


def test_another_service_has_no_part_in_the_incident(finops: Finops) -> None:
    ended = finops("--account", f"simulated:as_of={AS_OF}", "-p", "Why did our S3 costs jump?")
    assert ended.code == 0
    assert "AmazonS3" in ended.stdout
    assert "AmazonEC2" not in ended.stdout
    assert "auto-scaling group **" not in ended.stdout.lower()


def test_one_object_tells_programs_the_same(finops: Finops, workspace: Path) -> None:
    ended: Ended = finops("--account", f"simulated:as_of={AS_OF}", "-p", QUESTION, "--json")
    fields = ended.json()
    assert fields["end"] == "answered"
    assert fields["account"].startswith("sim-")
    cited = set(re.findall(r"\[(f\d+)\]", fields["answer"]))
    assert cited
    assert cited <= {figure["id"] for figure in fields["figures"]}
    (run,) = fields["runs"]
    assert run["exit_code"] == 0
    assert [path.suffix for path in sorted((workspace / "scripts").iterdir())] == [".log", ".py"]
    assert list((workspace / "data").glob("cost_jump_*.csv"))
