"""The script behind "what is idle" names what the key knows, once each, at what the bill says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.key import AnswerKey
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.playbooks.scripts.investigated import (
    LAST,
    SPEC,
    Investigation,
    by_resource,
    investigated,
    organisation,
)

ADVISERS = frozenset({"cost-optimization-hub", "compute-optimizer", "trustedadvisor"})


@pytest.fixture(scope="module")
def waste(
    simulated: SimulatedOrganisation, tmp_path_factory: pytest.TempPathFactory
) -> Investigation:
    """All kinds, everything answering."""
    return investigated("waste", tmp_path_factory.mktemp("waste"), simulated)


def test_what_a_load_test_left_is_named_at_its_cost_on_the_bill(
    waste: Investigation, key: AnswerKey, exported_bill: pd.DataFrame
) -> None:
    idle = {row["resource"]: row for row in waste.rows if row["list"] == "idle"}
    truth = key.of("idle")
    # The volumes of its instances are in use as long as these are not stopped.
    made = {name for name in truth.resources if not name.startswith("vol-")}
    assert made <= idle.keys()
    loose = [row for row in idle.values() if row["kind"] == "unattached volume"]
    assert len(loose) >= int(truth.facts["volume"])
    costs = by_resource(exported_bill)
    for name, row in idle.items():
        assert float(row["cost"]) == pytest.approx(costs[name], abs=1e-6), name
        assert row["saving"] == row["cost"]
    assert waste.ran.figure("idle total") == sum(Decimal(row["saving"]) for row in idle.values())
    assert waste.ran.figure("idle count") == len(idle)
    assert waste.finding["most"] == truth.account_name
    mine = [name for name in truth.resources if name in idle]
    found = sum(Decimal(idle[name]["saving"]) for name in mine)
    # The key's sum of a month is after an enterprise discount, which the bill has as its own rows.
    assert found == pytest.approx(truth.saved_a_month, rel=Decimal("0.06"))


def test_a_resource_has_one_action_and_decoys_have_none(
    waste: Investigation, key: AnswerKey
) -> None:
    named = [row["resource"] for row in waste.rows]
    assert len(named) == len(set(named))
    harmless = {name for each in key.no_incidents for name in each.resources}
    harmless |= {*key.of("untagged").resources, *key.of("nat").resources}
    assert len(harmless) > 10
    ended = {row["resource"] for row in waste.rows if row["list"] != "paid"}
    assert not harmless & ended


def test_what_is_idle_to_one_adviser_is_not_resized_by_another(
    simulated: SimulatedOrganisation, key: AnswerKey, tmp_path: Path
) -> None:
    def resize(call: Call, answer: Result) -> Answer:
        items = [
            each | {"actionType": "Rightsize", "recommendedResourceSummary": "m5.large"}
            for each in answer.fields["items"]
            if each["currentResourceType"] == "Ec2Instance"
        ]
        return Result({**answer.fields, "items": items})

    told = {"cost-optimization-hub:ListRecommendations": resize}
    waste = investigated("waste", tmp_path, simulated, told=told)
    instances = {name for name in key.of("idle").resources if name.startswith("i-")}
    actions = [row["do"] for row in waste.rows if row["resource"] in instances]
    assert actions == ["stop"] * len(instances)


def test_what_is_charged_no_more_is_gone(
    simulated: SimulatedOrganisation, exported_bill: pd.DataFrame, tmp_path: Path
) -> None:
    days = exported_bill.groupby("line_item_resource_id")["day"].max()
    gone = next(name for name in days.index if name.startswith("i-") and days[name] < str(LAST))

    def late(call: Call, answer: Result) -> Answer:
        item = {"resourceId": gone, "currentResourceType": "Ec2Instance", "actionType": "Stop",
                "region": "us-east-1", "accountId": "111111111111"}  # fmt: skip
        return Result({"items": [item]})

    told = {"cost-optimization-hub:ListRecommendations": late}
    waste = investigated("waste", tmp_path, simulated, told=told, kinds="instance")
    assert gone not in {row["resource"] for row in waste.rows}


def test_what_the_bill_does_not_name_is_told_without_a_cost(
    simulated: SimulatedOrganisation, tmp_path: Path
) -> None:
    account = simulated.world.accounts[1].id
    arn = f"arn:aws:autoscaling:us-east-1:{account}:autoScalingGroup:1:autoScalingGroupName/old"

    def idle_group(call: Call, answer: Result) -> Answer:
        group = {"resourceArn": arn, "resourceId": "old", "resourceType": "AutoScalingGroup",
                 "accountId": account, "finding": "Idle"}  # fmt: skip
        return Result({"idleRecommendations": [group] if call.region == "us-east-1" else []})

    def large_group(call: Call, answer: Result) -> Answer:
        group = {"resourceArn": f"{arn}-2", "currentResourceType": "Ec2AutoScalingGroup",
                 "actionType": "Rightsize", "region": "us-east-1", "accountId": account,
                 "currentResourceSummary": "m5.xlarge", "recommendedResourceSummary": "m5.large",
                 "estimatedMonthlySavings": 71.5}  # fmt: skip
        return Result({"items": [group]})

    told = {
        "compute-optimizer:GetIdleRecommendations": idle_group,
        "cost-optimization-hub:ListRecommendations": large_group,
    }
    waste = investigated("waste", tmp_path, simulated, told=told, kinds="scaling group")
    rows = [(row["list"], row["account"], row["saving"]) for row in waste.rows]
    assert rows == [("unpriced", account, "0"), ("resize", account, "71.5")]
    assert waste.ran.figure("unpriced count") == 1
    assert waste.ran.figure("idle total") == 0
    assert waste.ran.figure("larger total") == Decimal("71.5")


def test_a_load_balancer_with_targets_is_not_idle(
    simulated: SimulatedOrganisation, waste: Investigation, tmp_path: Path
) -> None:
    def one_target(call: Call, answer: Result) -> Answer:
        return Result({"TargetHealthDescriptions": [{"Target": {"Id": "i-1"}}]})

    assert "load balancer" in {row["kind"] for row in waste.rows}
    told = {"elbv2:DescribeTargetHealth": one_target}
    busy = investigated("waste", tmp_path, simulated, told=told, kinds="load balancer")
    assert not busy.rows


def test_what_a_reservation_pays_is_apart_and_saves_nothing(
    waste: Investigation, key: AnswerKey, exported_bill: pd.DataFrame
) -> None:
    (standby,) = [each for each in key.no_incidents if "under a reservation" in each.name]
    (row,) = [row for row in waste.rows if row["list"] == "paid"]
    assert row["resource"] == standby.resources[0]
    assert Decimal(row["saving"]) == 0
    cost = by_resource(exported_bill)[row["resource"]]
    assert float(waste.ran.figure("paid total")) == pytest.approx(cost, abs=1e-6)


def test_without_the_load_test_nothing_of_it_is_named(key: AnswerKey, tmp_path: Path) -> None:
    quiet = organisation(f"{SPEC},incidents=none")
    try:
        waste = investigated("waste", tmp_path, quiet)
    finally:
        quiet.close()
    assert not {row["resource"] for row in waste.rows} & set(key.of("idle").resources)


def test_of_the_kinds_that_are_asked_for_alone(
    simulated: SimulatedOrganisation, key: AnswerKey, tmp_path: Path
) -> None:
    waste = investigated(
        "waste", tmp_path, simulated, kinds="load balancer,NAT gateway", resize="no"
    )
    assert {row["kind"] for row in waste.rows} == {"load balancer", "NAT gateway"}
    facts = key.of("idle").facts
    assert len(waste.rows) == int(facts["balancer"]) + int(facts["nat"])
    assert ("ec2", "DescribeVolumes") in waste.calls  # which accounts are in sight


def test_advisers_that_refuse_are_told_and_the_bill_and_inventory_still_find(
    simulated: SimulatedOrganisation, key: AnswerKey, tmp_path: Path
) -> None:
    waste = investigated("waste", tmp_path, simulated, refused=ADVISERS)
    silent = {source: why for source, _, why in waste.finding["silent"]}
    assert silent.keys() == {"Cost Optimization Hub", "Compute Optimizer", "Trusted Advisor"}
    assert "no permission for ListRecommendations" in silent["Cost Optimization Hub"]
    named = {row["resource"] for row in waste.rows if row["list"] == "idle"}
    left = {name for name in key.of("idle").resources if name.startswith("arn:")}
    assert left <= named  # addresses, load balancers and NAT gateways
    # Rightsizing costs a cent a page: it is asked where nobody else tells of instances.
    assert waste.calls.count(("ce", "GetRightsizingRecommendation")) == 1


def test_cost_explorer_is_not_paid_for_what_the_advisers_tell(waste: Investigation) -> None:
    assert "ce" not in {service for service, _ in waste.calls}
