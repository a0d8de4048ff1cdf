"""Log groups are as large as the bill says, and grow where nothing ever expires."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import Worlds
from tests.simulator.listings import everywhere, listed

WORLD = "simulated:as_of=2026-10-31"
DESCRIBED = ("logs", "DescribeLogGroups", "logGroups")


@pytest.fixture(scope="module")
def organisation(worlds: Worlds) -> SimulatedOrganisation:
    return worlds(WORLD)


def growth(organisation: SimulatedOrganisation) -> Mapping[str, float]:
    """By how much each log group's stored GB of the last day are those of its first."""
    store = connect(organisation.store_path, read_only=True)
    rows = store.execute(
        "SELECT id, max_by(gib, day) / min_by(gib, day) FROM (SELECT line_item_resource_id AS id,"
        " line_item_usage_start_date AS day, line_item_usage_amount"
        " * day(last_day(line_item_usage_start_date)) AS gib FROM cur2"
        " WHERE line_item_usage_type LIKE '%TimedStorage-ByteHrs'"
        " AND line_item_product_code = 'AmazonCloudWatch'"
        " AND line_item_line_item_type = 'Usage') GROUP BY 1"
    ).fetchall()
    store.close()
    return dict(rows)


def test_what_is_kept_for_ever_grows_and_the_rest_does_not(
    organisation: SimulatedOrganisation,
) -> None:
    grown = growth(organisation)
    found = everywhere(organisation, *DESCRIBED)
    assert {each["logGroupArn"] for each in found} == set(grown)
    kept = {each.get("retentionInDays") for each in found}
    assert kept == {None, 30, 90}
    for each in found:
        by = grown[each["logGroupArn"]]
        assert by == pytest.approx(1, abs=0.001) if "retentionInDays" in each else by > 1.01


def test_groups_are_found_by_name_class_and_account(organisation: SimulatedOrganisation) -> None:
    every = listed(organisation, *DESCRIBED)
    names = [each["logGroupName"] for each in every]
    assert names == sorted(names)
    shop = [each for each in every if each["logGroupName"].startswith("/app/shop")]
    assert 0 < len(shop) < len(every)
    assert listed(organisation, *DESCRIBED, logGroupNamePrefix="/app/shop") == shop
    assert listed(organisation, *DESCRIBED, logGroupNamePrefix="shop") == []
    in_short = listed(organisation, *DESCRIBED, logGroupNamePattern="shop")
    assert [each["arn"] for each in shop] == [each["arn"] for each in in_short]
    assert "storedBytes" not in in_short[0]
    assert listed(organisation, *DESCRIBED, logGroupClass="INFREQUENT_ACCESS") == []
    assert listed(organisation, *DESCRIBED, limit=3) == every
    owner = shop[0]["arn"].split(":")[4]
    assert listed(
        organisation, *DESCRIBED, includeLinkedAccounts=True, accountIdentifiers=[owner]
    ) == [each for each in every if each["arn"].split(":")[4] == owner]
    asked = [shop[0]["logGroupName"]]
    assert shop[0] in listed(organisation, *DESCRIBED, logGroupIdentifiers=asked)
