"""What is advised names what the key knows to be idle or oversized, and nothing that only looks so;
what it saves is what the bill charges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.advice.adviser import Adviser
from finops_repl.simulator.handlers.cost_explorer.rightsizing import RightsizingService
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import IncidentKind
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from finops_repl.trino.store import connect
from tests.simulator.bills import AMORTIZED, tampered
from tests.simulator.conftest import SMALL, Answers, Worlds, ask, fields
from tests.simulator.offered.probe import switched_off

WORLD = "simulated:as_of=2026-10-31,rows=150000"
LOW_UTILIZATION, ADDRESSES, VOLUMES = "Qch7DwouX1", "Z4AUBRNSmz", "DAvU99Dc4C"
MONTH = 730 / 24
IN_USE: tuple[IncidentKind, ...] = ("untagged", "expiry", "reservations")
EVERY_REGION = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1",
                "ap-northeast-1", "sa-east-1")  # fmt: skip


def idle(organisation: SimulatedOrganisation, region: str, **params: Any) -> dict[str, Any]:
    """What Compute Optimizer calls idle, by resource id."""
    answer = fields(organisation, "compute-optimizer", "GetIdleRecommendations", region, **params)
    return {each["resourceId"]: each for each in answer["idleRecommendations"]}


def hub(organisation: SimulatedOrganisation, **params: Any) -> dict[str, Any]:
    """Cost Optimization Hub's recommendations by resource id."""
    answer = fields(organisation, "cost-optimization-hub", "ListRecommendations", **params)
    assert "nextToken" not in answer
    return {each["resourceId"]: each for each in answer["items"]}


def rightsizing(account: Answers, *, benefits: bool) -> dict[str, Any]:
    configuration = {
        "RecommendationTarget": "SAME_INSTANCE_FAMILY", "BenefitsConsidered": benefits,
    }  # fmt: skip
    answer = fields(account, "ce", "GetRightsizingRecommendation", Service="AmazonEC2",
                    Configuration=configuration)  # fmt: skip
    found = answer["RightsizingRecommendations"]
    assert answer["Summary"]["TotalRecommendationCount"] == str(len(found))
    return {each["CurrentInstance"]["ResourceId"]: each for each in found}


def flagged(organisation: SimulatedOrganisation, check: str) -> list[list[str]]:
    answer = fields(organisation, "support", "DescribeTrustedAdvisorCheckResult", checkId=check)
    return [each["metadata"] for each in answer["result"]["flaggedResources"]]


def monthly(organisation: SimulatedOrganisation, resource: str, **more: str) -> float:
    """What a resource costs in a month like the last fortnight's days, by the bill."""
    store = connect(organisation.store_path, read_only=True)
    as_of = organisation.spec.as_of
    usage = more.get("usage", "%")
    first, last = as_of - timedelta(days=13), as_of
    if "before" in more:
        last = as_of.fromisoformat(more["before"]) - timedelta(days=1)
        first = last - timedelta(days=13)
    ((amount, days),) = store.execute(
        f"SELECT sum({AMORTIZED})::DOUBLE, count(DISTINCT line_item_usage_start_date::DATE)"
        " FROM cur2 WHERE line_item_resource_id = ? AND line_item_usage_type LIKE ?"
        " AND line_item_usage_start_date::DATE BETWEEN ? AND ?"
        " AND line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')",
        [resource, usage, first, last],
    ).fetchall()
    store.close()
    return float(amount / days) * MONTH


@pytest.mark.parametrize("text", [SMALL, WORLD])
def test_what_a_load_test_left_behind_is_named(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    key = worlds(SMALL).key().of("idle") if text == SMALL else organisation.key("idle").of("idle")
    instances = {id_ for id_ in key.resources if id_.startswith("i-")}
    gateways = {id_.rpartition("/")[2] for id_ in key.resources if ":natgateway/" in id_}
    addresses = {id_.rpartition("/")[2] for id_ in key.resources if ":elastic-ip/" in id_}
    found = idle(organisation, key.region)
    assert instances | gateways <= found.keys()
    assert {found[id_]["finding"] for id_ in instances} == {"Idle"}
    assert {found[id_]["finding"] for id_ in gateways} == {"Unused"}
    loose = {id_ for id_, each in found.items() if each["finding"] == "Unattached"}
    assert len(loose & set(key.resources)) == key.facts["volume"]
    listed = hub(organisation)
    for id_ in instances | gateways | (loose & set(key.resources)):
        assert listed[id_]["actionType"] == ("Stop" if id_ in instances else "Delete")
        on_bill = next(each for each in key.resources if each.endswith(id_))
        usage = "%BoxUsage%" if id_ in instances else "%"
        saved = monthly(organisation, on_bill, usage=usage)
        assert listed[id_]["estimatedMonthlySavings"] == pytest.approx(saved, abs=0.006)
    assert instances <= {row[1] for row in flagged(organisation, LOW_UTILIZATION)}
    assert loose & set(key.resources) <= {row[1] for row in flagged(organisation, VOLUMES)}
    assert len(flagged(organisation, ADDRESSES)) >= len(addresses) == key.facts["address"]


def test_without_the_load_test_nothing_of_it_is_named(worlds: Worlds) -> None:
    key = worlds(SMALL).key().of("idle")
    quiet = worlds(switched_off("idle"))
    names = {id_.rpartition("/")[2] for id_ in key.resources}
    assert not names & idle(quiet, key.region).keys()
    assert not names & hub(quiet).keys()
    assert not names & {row[1] for row in flagged(quiet, LOW_UTILIZATION)}
    assert not names & {row[1] for row in flagged(quiet, VOLUMES)}


@pytest.mark.parametrize("text", [SMALL, WORLD])
def test_oversized_databases_go_back_to_what_they_were(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    key = (worlds(SMALL).key() if text == SMALL else organisation.key("oversized")).of("oversized")
    answer = fields(
        organisation, "compute-optimizer", "GetRDSDatabaseRecommendations", key.region,
        filters=[{"name": "InstanceFinding", "values": ["Overprovisioned"]}],
    )  # fmt: skip
    found = {each["resourceArn"]: each for each in answer["rdsDBRecommendations"]}
    assert found.keys() == set(key.resources)
    listed = hub(organisation, filter={"resourceTypes": ["RdsDbInstance"]})
    for arn, each in found.items():
        assert each["currentDBInstanceClass"] == key.facts["class_after"]
        best = each["instanceRecommendationOptions"][0]
        assert (best["rank"], best["dbInstanceClass"]) == (1, key.facts["class_before"])
        now = monthly(organisation, arn, usage="%InstanceUsage%")
        before = monthly(organisation, arn, usage="%InstanceUsage%", before=str(key.first_day))
        saved = listed[arn.rpartition(":")[2]]["estimatedMonthlySavings"]
        assert saved == pytest.approx(now - before, abs=0.006)


def test_databases_of_the_right_size_are_left_alone(worlds: Worlds) -> None:
    key = worlds(SMALL).key().of("oversized")
    answer = fields(worlds(switched_off("oversized")), "compute-optimizer",
                    "GetRDSDatabaseRecommendations", key.region)  # fmt: skip
    findings = {each["resourceArn"]: each["instanceFinding"]
                for each in answer["rdsDBRecommendations"]}  # fmt: skip
    assert {findings[arn] for arn in key.resources} == {"Optimized"}


def covered(organisation: SimulatedOrganisation) -> str:
    (decoy,) = [each for each in organisation.key().no_incidents if "reservation" in each.name]
    return decoy.resources[0]


def test_an_idle_instance_under_a_reservation_saves_nothing(small: SimulatedOrganisation) -> None:
    standby = covered(small)
    found = idle(small, "us-east-1")[standby]
    saved = found["savingsOpportunityAfterDiscounts"]["estimatedMonthlySavings"]["value"]
    assert saved == 0
    assert found["savingsOpportunity"]["estimatedMonthlySavings"]["value"] > 100
    assert standby not in hub(small, includeAllRecommendations=True)
    assert standby not in rightsizing(small, benefits=True)
    at_list_price = rightsizing(small, benefits=False)[standby]
    hours = at_list_price["CurrentInstance"]["ReservationCoveredHoursInLookbackPeriod"]
    assert (hours, at_list_price["RightsizingType"]) == ("336", "MODIFY")


def test_nothing_that_is_in_use_is_advised_against(small: SimulatedOrganisation) -> None:
    key = small.key()
    named = {id_ for each in key.no_incidents for id_ in each.resources}
    for kind in IN_USE:
        named |= set(key.of(kind).resources)
    assert len(named) > 20
    listed = hub(small, includeAllRecommendations=True)
    assert not named & listed.keys()
    for region in EVERY_REGION:
        assert named & idle(small, region).keys() <= {covered(small)}


def test_a_resource_is_listed_once_with_the_best_of_its_actions(
    small: SimulatedOrganisation,
) -> None:
    key = small.key().of("idle")
    (instance,) = [id_ for id_ in key.resources if id_.startswith("i-")]
    every = fields(small, "cost-optimization-hub", "ListRecommendations",
                   includeAllRecommendations=True, filter={"resourceIds": [instance]})  # fmt: skip
    actions = [each["actionType"] for each in every["items"]]
    assert actions[0] == "Stop"
    assert set(actions[1:]) == {"Rightsize"}
    once = fields(small, "cost-optimization-hub", "ListRecommendations",
                  filter={"resourceIds": [instance]})["items"]  # fmt: skip
    assert [each["actionType"] for each in once] == ["Stop"]
    whole = fields(small, "cost-optimization-hub", "GetRecommendation",
                   recommendationId=once[0]["recommendationId"])  # fmt: skip
    assert {name: whole[name] for name in once[0].keys() & whole.keys()} == {
        name: once[0][name] for name in once[0].keys() & whole.keys()
    }
    pricing = whole["currentResourceDetails"]["ec2Instance"]["costCalculation"]["pricing"]
    assert pricing["estimatedCostAfterDiscounts"] == whole["estimatedMonthlyCost"]


@pytest.mark.parametrize("group", ["ActionType", "AccountId", "Region", "ResourceType"])
def test_summaries_are_the_sums_of_the_list(small: SimulatedOrganisation, group: str) -> None:
    items = hub(small).values()
    total = sum(each["estimatedMonthlySavings"] for each in items)
    answer = fields(small, "cost-optimization-hub", "ListRecommendationSummaries", groupBy=group)
    assert answer["estimatedTotalDedupedSavings"] == pytest.approx(total, abs=0.05)
    member = {"ActionType": "actionType", "AccountId": "accountId", "Region": "region",
              "ResourceType": "currentResourceType"}[group]  # fmt: skip
    for each in answer["items"]:
        mine = [item for item in items if item[member] == each["group"]]
        assert each["recommendationCount"] == len(mine)
        saved = sum(item["estimatedMonthlySavings"] for item in mine)
        assert each["estimatedMonthlySavings"] == pytest.approx(saved, abs=0.05)


def test_compute_optimizers_summaries_count_its_lists(small: SimulatedOrganisation) -> None:
    for region in ("us-east-1", "us-west-2"):
        summaries = fields(small, "compute-optimizer", "GetRecommendationSummaries", region)
        counted: dict[str, float] = {}
        for each in summaries["recommendationSummaries"]:
            for one in each["summaries"]:
                kind = each["recommendationResourceType"]
                counted[kind] = counted.get(kind, 0) + one["value"]
        for kind, operation, name in (
            ("Ec2Instance", "GetEC2InstanceRecommendations", "instanceRecommendations"),
            ("EbsVolume", "GetEBSVolumeRecommendations", "volumeRecommendations"),
            ("RdsDBInstance", "GetRDSDatabaseRecommendations", "rdsDBRecommendations"),
            (
                "AutoScalingGroup",
                "GetAutoScalingGroupRecommendations",
                "autoScalingGroupRecommendations",
            ),
        ):
            found = fields(small, "compute-optimizer", operation, region)
            assert len(found[name]) == counted.get(kind, 0), kind


def test_gp3_saves_what_the_price_list_says(worlds: Worlds) -> None:
    checked = set()
    for region in EVERY_REGION:
        answer = fields(worlds(WORLD), "compute-optimizer", "GetEBSVolumeRecommendations", region,
                        filters=[{"name": "Finding", "values": ["NotOptimized"]}])  # fmt: skip
        for each in answer["volumeRecommendations"]:
            current = each["currentConfiguration"]
            (option,) = each["volumeRecommendationOptions"]
            iops = option["configuration"]["volumeBaselineIOPS"]
            gb = current["volumeSize"]
            dearer = gb * 0.1
            if current["volumeType"] == "io1":
                dearer = gb * 0.125 + current["volumeBaselineIOPS"] * 0.065
            saving = dearer - gb * 0.08 - max(0, iops - 3_000) * 0.005
            told = option["savingsOpportunity"]["estimatedMonthlySavings"]["value"]
            if region in ("us-east-1", "us-west-2"):
                # The bill charges a month's share by its days, of which October has 31.
                assert told == pytest.approx(saving - dearer * (1 - MONTH / 31), rel=1e-3, abs=0.02)
                checked.add(current["volumeType"])
    assert checked == {"gp2", "io1"}


@pytest.fixture
def motionless(small: SimulatedOrganisation, tmp_path: Path) -> Iterator[RightsizingService]:
    """Rightsizing of an account whose idle instances never have more than 0.9 % CPU."""
    change = "UPDATE load SET least = 200, most = 900 WHERE most = 2000"
    calendar = Calendar(small.spec.as_of)
    view = View(World(small.spec.seed, small.spec.rows), calendar,
                tampered(small, tmp_path, change))  # fmt: skip
    yield RightsizingService(Adviser(Measurements(view)))
    view.close()


def test_below_one_percent_cost_explorer_says_terminate(
    small: SimulatedOrganisation, motionless: RightsizingService
) -> None:
    (instance,) = [id_ for id_ in small.key().of("idle").resources if id_.startswith("i-")]
    before = rightsizing(small, benefits=True)[instance]
    after = rightsizing(motionless, benefits=True)[instance]
    assert (before["RightsizingType"], after["RightsizingType"]) == ("MODIFY", "TERMINATE")
    saved = float(after["TerminateRecommendationDetail"]["EstimatedMonthlySavings"])
    assert saved == pytest.approx(monthly(small, instance, usage="%BoxUsage%"))
    target = before["ModifyRecommendationDetail"]["TargetInstances"][0]
    assert target["DefaultTargetInstance"]
    assert 0 < float(target["EstimatedMonthlySavings"]) < saved


def test_trusted_advisor_tells_the_same_by_both_its_doors(small: SimulatedOrganisation) -> None:
    checks = fields(small, "support", "DescribeTrustedAdvisorChecks", language="en")["checks"]
    listed = fields(small, "trustedadvisor", "ListChecks")["checkSummaries"]
    assert [check["id"] for check in checks] == [check["id"] for check in listed]
    by_check = {
        each["checkArn"].rpartition("/")[2]: each
        for each in fields(small, "trustedadvisor", "ListRecommendations")[
            "recommendationSummaries"
        ]
    }
    for check in checks:
        result = fields(small, "support", "DescribeTrustedAdvisorCheckResult", checkId=check["id"])
        result = result["result"]
        found = by_check[check["id"]]
        resources = fields(small, "trustedadvisor", "ListRecommendationResources",
                           recommendationIdentifier=found["arn"])  # fmt: skip
        assert [each["metadata"] for each in result["flaggedResources"]] == [
            list(each["metadata"].values()) for each in resources["recommendationResourceSummaries"]
        ]
        assert all(len(e["metadata"]) == len(check["metadata"]) for e in result["flaggedResources"])
        assert result["status"] == found["status"]
        assert found["resourcesAggregates"]["warningCount"] == len(result["flaggedResources"])
        saved = result["categorySpecificSummary"]["costOptimizing"]
        assert saved == found["pillarSpecificAggregates"]["costOptimizing"]
    assert by_check[LOW_UTILIZATION]["status"] == "warning"


def test_low_utilization_counts_its_days(small: SimulatedOrganisation) -> None:
    for row in flagged(small, LOW_UTILIZATION):
        days = [cell.split("%  ") for cell in row[5:19] if cell]
        low = sum(float(cpu) <= 10 and float(sent.removesuffix("MB")) <= 5 for cpu, sent in days)
        assert row[-1] == f"{low} days"
        assert low >= 4


@pytest.mark.parametrize(
    ("service", "operation", "params", "told"),
    [
        ("compute-optimizer", "GetEC2InstanceRecommendations",
         {"filters": [{"name": "Colour", "values": ["red"]}]}, "Colour"),
        ("compute-optimizer", "GetEC2InstanceRecommendations",
         {"filters": [{"name": "Finding", "values": ["Large"]}]}, "Overprovisioned"),
        ("compute-optimizer", "GetIdleRecommendations", {"maxResults": 101}, "100"),
        ("compute-optimizer", "GetIdleRecommendations", {"accountIds": ["123"]}, "accountIds"),
        ("compute-optimizer", "GetIdleRecommendations", {"nextToken": "x"}, "nextToken"),
        ("cost-optimization-hub", "ListRecommendationSummaries", {"groupBy": "Colour"}, "Region"),
        ("cost-optimization-hub", "ListRecommendations", {"orderBy": {"dimension": "x"}}, "x"),
        ("cost-optimization-hub", "GetRecommendation", {"recommendationId": "x"}, "x"),
        ("ce", "GetRightsizingRecommendation", {"Service": "AmazonRDS"}, "AmazonEC2"),
        ("ce", "GetRightsizingRecommendation",
         {"Service": "AmazonEC2", "Filter": {"Dimensions": {"Key": "AZ", "Values": ["a"]}}}, "AZ"),
        ("support", "DescribeTrustedAdvisorCheckResult", {"checkId": "x"}, LOW_UTILIZATION),
        ("trustedadvisor", "ListChecks", {"pillar": "colour"}, "cost_optimizing"),
        ("trustedadvisor", "GetRecommendation", {"recommendationIdentifier": "x"}, "x"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_question_is_said(
    small: SimulatedOrganisation, service: str, operation: str, params: dict[str, Any], told: str
) -> None:
    answer = ask(small, service, operation, **params)
    assert isinstance(answer, Refusal), answer
    assert told in answer.message


def test_pages_of_recommendations_make_the_whole(small: SimulatedOrganisation) -> None:
    for service, operation, name in (
        ("compute-optimizer", "GetEBSVolumeRecommendations", "volumeRecommendations"),
        ("cost-optimization-hub", "ListRecommendations", "items"),
    ):
        whole = fields(small, service, operation)[name]
        token: dict[str, str] = {}
        seen: list[Any] = []
        while True:
            page = fields(small, service, operation, maxResults=3, **token)
            seen += page[name]
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        assert seen == whole
        assert len(seen) > 3
