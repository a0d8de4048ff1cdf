"""gp2 as gp3 is what the price list says, and snapshots are told at their cost and age."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops_repl.aws.call import Call, Result
from finops_repl.simulator.key import AnswerKey
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.playbooks.scripts.investigated import LAST, Investigation, by_resource, investigated


def listed(
    simulated: SimulatedOrganisation, operation: str, key: str, region: str, **asked: Any
) -> list[dict[str, Any]]:
    call = Call("ec2", operation, region, asked)
    answer = simulated.answer(call, cancelled=threading.Event())
    assert isinstance(answer, Result)
    found: list[dict[str, Any]] = answer.fields[key]
    return found


@pytest.fixture(scope="module")
def gp3(
    simulated: SimulatedOrganisation, tmp_path_factory: pytest.TempPathFactory
) -> Investigation:
    return investigated("gp2_to_gp3", tmp_path_factory.mktemp("gp3"), simulated)


def test_gp3_saves_what_the_formula_says_of_the_observed_load(
    simulated: SimulatedOrganisation, gp3: Investigation, exported_bill: pd.DataFrame
) -> None:
    assert gp3.rows
    costs = by_resource(exported_bill)
    for row in gp3.rows:
        assert float(row["cost"]) == pytest.approx(costs[row["volume"]], abs=1e-6)
        if row["region"] in ("us-east-1", "us-west-2"):
            gb, iops, mibps = (int(row[name]) for name in ("gb", "iops", "mibps"))
            saving = gb * 0.10 - (
                gb * 0.08 + max(0, iops - 3_000) * 0.005 + max(0, mibps - 125) * 0.04
            )
            assert float(row["saving"]) == pytest.approx(saving, abs=1e-6)
    assert gp3.ran.figure("saves") == sum(Decimal(row["saving"]) for row in gp3.rows)
    regions = {row["region"] for row in gp3.rows}
    here = [
        volume
        for region in regions
        for volume in listed(simulated, "DescribeVolumes", "Volumes", region)
        if volume["VolumeType"] == "gp2"
    ]
    attached = {volume["VolumeId"] for volume in here if volume["State"] == "in-use"}
    assert {row["volume"] for row in gp3.rows} <= attached
    assert gp3.ran.figure("loose") == len(here) - len(attached)
    assert gp3.ran.figure("watched") > 0


def test_a_volume_that_nobody_watches_is_taken_at_the_most_that_gp2_gives(
    simulated: SimulatedOrganisation, gp3: Investigation, tmp_path: Path
) -> None:
    refused = frozenset({"cloudwatch"})
    blind = investigated("gp2_to_gp3", tmp_path, simulated, refused=refused)
    assert blind.ran.figure("watched") == 0
    assert {row["iops"] for row in blind.rows} == {"3000"}
    assert {int(row["mibps"]) for row in blind.rows} <= {128, 250}
    assert [source for source, *_ in blind.finding["silent"]] == ["CloudWatch"]
    assert blind.ran.figure("saves") < gp3.ran.figure("saves")


def test_snapshots_cost_what_the_bill_says_and_the_pile_stands_first(
    simulated: SimulatedOrganisation, key: AnswerKey, exported_bill: pd.DataFrame, tmp_path: Path
) -> None:
    old = investigated("old_snapshots", tmp_path, simulated)
    costs = by_resource(exported_bill)
    arns = {name.rpartition("/")[2]: name for name in costs if ":snapshot/" in name}
    for row in old.rows:
        assert float(row["cost"]) == pytest.approx(costs[arns[row["snapshot"]]], abs=1e-6)
    truth = key.of("snapshots")
    last = exported_bill[exported_bill["day"] == str(LAST)]["line_item_resource_id"]
    charged = {name for name in last if ":snapshot/" in name}
    assert old.ran.figure("count") == len(charged) == len(old.rows)
    assert set(truth.resources) & charged
    assert next(iter(old.told("kept")))[0] == f"{truth.account_name}, {truth.region}"


@pytest.mark.parametrize("days", [30, 365])
def test_ages_are_those_of_the_inventory(
    simulated: SimulatedOrganisation, tmp_path: Path, days: int
) -> None:
    old = investigated("old_snapshots", tmp_path, simulated, older_than_days=days)
    made = {
        each["SnapshotId"]: each["StartTime"].date()
        for region in {row["region"] for row in old.rows}
        for each in listed(simulated, "DescribeSnapshots", "Snapshots", region, OwnerIds=["self"])
    }
    expected = [
        Decimal(row["cost"])
        for row in old.rows
        if made[row["snapshot"]] < LAST - timedelta(days=days)
    ]
    assert expected
    assert old.ran.figure("old") == sum(expected)
    assert old.told("count")[f"older than {days} days",] == len(expected)
    assert sum(old.told("snapshots").values()) == old.ran.figure("snapshots")


def test_what_ec2_does_not_show_is_of_unknown_age(
    simulated: SimulatedOrganisation, tmp_path: Path
) -> None:
    old = investigated("old_snapshots", tmp_path, simulated, refused=frozenset({"ec2"}))
    assert list(old.told("snapshots")) == [("unknown, as EC2 does not show it",)]
    assert old.ran.figure("old") == 0
    assert old.ran.figure("snapshots") > 0
