"""Tag coverage by cost agrees with pandas, and tells lost, misspelt and not activated apart."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.key import AnswerKey
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.playbooks.scripts.investigated import FIRST, LAST, Investigation, investigated

KEYS = ("team", "cost_center", "environment", "application", "tenant")


@pytest.fixture(scope="module")
def by_team(
    simulated: SimulatedOrganisation, tmp_path_factory: pytest.TempPathFactory
) -> Investigation:
    return investigated("tag_coverage", tmp_path_factory.mktemp("team"), simulated, key="team")


def taggable(bill: pd.DataFrame) -> pd.DataFrame:
    return bill[bill["line_item_resource_id"] != ""]


def near(figure: Decimal, value: float) -> bool:
    return float(figure) == pytest.approx(value, abs=1e-6)


def test_coverage_of_a_key_is_that_of_pandas_in_each_account(
    simulated: SimulatedOrganisation, exported_bill: pd.DataFrame, tmp_path: Path
) -> None:
    tags = investigated("tag_coverage", tmp_path, simulated, key="cost-center")
    rows = taggable(exported_bill)
    with_it = rows[rows["cost_center"] != ""]
    assert near(tags.ran.figure("taggable"), rows["amortized"].sum())
    assert near(tags.ran.figure("untagged"), rows["amortized"].sum() - with_it["amortized"].sum())
    apart = exported_bill[exported_bill["line_item_resource_id"] == ""]
    assert near(tags.ran.figure("usage without a resource"), apart["amortized"].sum())
    by_account = rows.groupby("line_item_usage_account_name")["amortized"].sum()
    covered = with_it.groupby("line_item_usage_account_name")["amortized"].sum()
    untagged = by_account.sub(covered, fill_value=0).sort_values(ascending=False)
    worst, shares = tags.told("untagged"), tags.told("coverage")
    assert [account for (account,) in worst] == list(untagged.index[: len(worst)])
    for (account,), cost in worst.items():
        assert near(cost, untagged[account])
        share = 100 * covered.get(account, 0.0) / by_account[account]
        assert near(shares[account,], share)
    assert {row["account"] for row in tags.rows} >= set(by_account.index)


def test_without_a_key_every_key_is_told_and_what_nobody_activated(
    simulated: SimulatedOrganisation, exported_bill: pd.DataFrame, tmp_path: Path
) -> None:
    tags = investigated("tag_coverage", tmp_path, simulated)
    rows = taggable(exported_bill)
    shares = tags.told("coverage of key")
    assert {name for (name,) in shares} == set(KEYS)
    for (name,), share in shares.items():
        with_it = rows[rows[name] != ""]["amortized"].sum()
        assert near(share, 100 * with_it / rows["amortized"].sum())
    bare = rows[(rows[list(KEYS)] == "").all(axis=1)]
    assert near(tags.ran.figure("untagged"), bare["amortized"].sum())
    assert {"Name", "owner"} <= set(tags.finding["inactive"])
    assert not set(tags.finding["inactive"]) & set(KEYS)
    assert tags.calls.count(("ce", "ListCostAllocationTags")) == 1


def test_resources_that_lost_their_tags_are_named_with_who_took_them(
    by_team: Investigation, key: AnswerKey, exported_bill: pd.DataFrame
) -> None:
    truth = key.of("untagged")
    ((account, region, day, who, one),) = by_team.finding["lost"]
    assert (account, region, day) == (truth.account_name, truth.region, str(truth.first_day))
    assert one in truth.resources
    assert who.startswith(f"{truth.event_name} at ")
    assert truth.actor_arn in who
    where = f"{account}, {region}, {day}"
    assert by_team.told("lost count") == {(where,): len(truth.resources)}
    mine = exported_bill[exported_bill["line_item_resource_id"].isin(truth.resources)]
    assert near(by_team.told("lost")[where,], mine["amortized"].sum())


def test_who_takes_tags_off_in_another_account_is_not_blamed(
    simulated: SimulatedOrganisation, key: AnswerKey, tmp_path: Path
) -> None:
    def with_another(call: Call, answer: Result) -> Answer:
        (wanted,) = call.params["LookupAttributes"]
        event = {
            "eventName": wanted["AttributeValue"],
            "eventTime": "2026-08-01T00:00:00Z",
            "recipientAccountId": "111111111111",
            "userIdentity": {"arn": "another"},
        }
        other = {"EventId": "e", "CloudTrailEvent": json.dumps(event)}
        return Result({**answer.fields, "Events": [other, *answer.fields["Events"]]})

    told = {"cloudtrail:LookupEvents": with_another}
    tags = investigated("tag_coverage", tmp_path, simulated, told=told, key="team")
    ((_, _, _, who, _),) = tags.finding["lost"]
    assert key.of("untagged").actor_arn in who


def test_misspelt_values_are_paired_with_what_they_mean_and_no_team_with_another(
    simulated: SimulatedOrganisation, by_team: Investigation, exported_bill: pd.DataFrame
) -> None:
    teams = {account.team for account in simulated.world.accounts}
    values = taggable(exported_bill).groupby("team")["amortized"].sum()
    pairs = by_team.told("misspelt")
    assert pairs
    for (written, usual), cost in pairs.items():
        assert written not in teams
        assert usual in teams
        assert near(cost, values[written])


def test_a_key_that_nobody_activated_is_not_untagged(
    simulated: SimulatedOrganisation, tmp_path: Path
) -> None:
    tags = investigated("tag_coverage", tmp_path, simulated, key="owner")
    assert tags.finding["missing"] is True
    assert not tags.ran.declared
    unknown = investigated("tag_coverage", tmp_path, simulated, key="squad")
    assert unknown.finding["missing"] is False
    refused = frozenset({"ce"})
    silent = investigated("tag_coverage", tmp_path, simulated, key="owner", refused=refused)
    assert silent.finding["silent"]


def test_months_that_are_named_are_looked_at(
    simulated: SimulatedOrganisation, by_team: Investigation, tmp_path: Path
) -> None:
    tags = investigated(
        "tag_coverage", tmp_path, simulated, key="team", from_month="2026-09", to_month="2026-10"
    )
    assert (tags.finding["first"], tags.finding["last"]) == ("2026-09-01", str(LAST))
    assert (by_team.finding["first"], by_team.finding["last"]) == (str(FIRST), str(LAST))
    assert tags.ran.figure("taggable") > by_team.ran.figure("taggable")
