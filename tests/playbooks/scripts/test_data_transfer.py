"""What moves bytes adds up to pandas' sum, and a surge through a NAT gateway is followed home."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.simulator.key import AnswerKey
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.playbooks.scripts.investigated import (
    FIRST,
    SPEC,
    Investigation,
    exported,
    investigated,
    organisation,
)

BEFORE = FIRST - timedelta(days=30)
MOVES = r"NatGateway|VpcEndpoint|DataTransfer|AWS-(?:In|Out)-Bytes"


@pytest.fixture(scope="module")
def transfer(
    simulated: SimulatedOrganisation, tmp_path_factory: pytest.TempPathFactory
) -> Investigation:
    return investigated("data_transfer", tmp_path_factory.mktemp("transfer"), simulated)


def test_the_total_is_that_of_every_usage_type_that_moves_bytes(
    simulated: SimulatedOrganisation,
    transfer: Investigation,
    exported_bill: pd.DataFrame,
    tmp_path: Path,
) -> None:
    usage = exported_bill["line_item_usage_type"]
    moved = exported_bill[usage.str.contains(MOVES)]
    cost = moved["line_item_unblended_cost"].sum()
    assert float(transfer.ran.figure("total")) == pytest.approx(cost, abs=1e-6)
    assert sum(transfer.told("kind").values()) == transfer.ran.figure("total")
    nat = moved[moved["line_item_usage_type"].str.endswith("NatGateway-Bytes")]
    processing = nat["line_item_unblended_cost"].sum()
    assert float(transfer.ran.figure("NAT processing")) == pytest.approx(processing, abs=1e-6)
    through = nat.groupby("line_item_resource_id")["line_item_usage_amount"].sum()
    ((dearest, *_), *_) = transfer.told("NAT")
    (resource,) = [name for name in through.index if name.endswith(dearest)]
    assert float(transfer.told("GB")[dearest,]) == pytest.approx(through[resource])
    assert transfer.finding["before"] == str(BEFORE)
    before = exported(simulated, tmp_path, BEFORE, FIRST - timedelta(days=1))
    moved = before[before["line_item_usage_type"].str.contains(MOVES)]
    cost = moved["line_item_unblended_cost"].sum()
    assert float(transfer.ran.figure("total before")) == pytest.approx(cost, abs=1e-6)
    of_one = moved[moved["line_item_resource_id"] == resource]
    bytes_ = of_one[of_one["line_item_usage_type"].str.endswith("Bytes")]
    cost = bytes_["line_item_unblended_cost"].sum()
    assert float(transfer.told("processing before")[dearest,]) == pytest.approx(cost, abs=1e-6)


def test_a_surge_is_told_with_the_deleted_endpoint_and_what_it_costs(
    transfer: Investigation, key: AnswerKey
) -> None:
    truth = key.of("nat")
    ((nat, endpoint, where), *_) = transfer.told("NAT")
    assert (nat, endpoint) == (truth.facts["nat_gateway"], "no")
    assert where == f"{truth.account_name}, {truth.region}"
    ((gateway, moment, who, gone),) = transfer.finding["deleted"]
    assert (gateway, gone, who) == (nat, truth.facts["endpoint"], truth.actor_arn)
    assert truth.event_time is not None
    assert moment.startswith(f"{truth.event_time:%Y-%m-%dT%H:%M}")
    saves = transfer.told("endpoint saves")[nat,]
    usual, since = (transfer.told(f"a day {when}")[nat,] for when in ("before", "since"))
    assert saves == (since - usual) * 30
    # The key's sum is after an enterprise discount, which the bill has as rows of its own.
    assert saves == pytest.approx(truth.saved_a_month, rel=Decimal("0.08"))


def test_a_quiet_organisation_has_no_surge(tmp_path: Path) -> None:
    quiet = organisation(f"{SPEC},incidents=none")
    try:
        transfer = investigated("data_transfer", tmp_path, quiet)
    finally:
        quiet.close()
    assert transfer.finding["deleted"] == []


def test_without_the_inventory_whether_an_endpoint_is_there_stays_open(
    simulated: SimulatedOrganisation, tmp_path: Path
) -> None:
    transfer = investigated("data_transfer", tmp_path, simulated, refused=frozenset({"ec2"}))
    assert {endpoint for _, endpoint, _ in transfer.told("NAT")} == {"unknown"}
    assert transfer.ran.figure("processing without endpoint") == 0
    assert transfer.ran.figure("accounts in sight") == 0
    assert [source for source, *_ in transfer.finding["silent"]] == ["EC2"]
