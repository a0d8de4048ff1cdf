"""What inventories list is what the bill charges for, resource by resource and hour by hour."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields

WORLD = "simulated:as_of=2026-10-31"
FIRST_DAY, LAST_DAY = date(2025, 10, 1), date(2026, 10, 31)
HOURLY: dict[str, tuple[str, str]] = {
    # kind: usage type, facts that say how many of it an hour has
    "database": ("%InstanceUsage:% %Multi-AZUsage:%", ""),
    "cache": ("%NodeUsage:%", "nodes"),
    "nat": ("%NatGateway-Hours", ""),
    "balancer": ("%LoadBalancerUsage", ""),
    "endpoint": ("%VpcEndpoint-Hours", "zones"),
    "address": ("%PublicIPv4:%", ""),
    "cluster": ("%AmazonEKS-Hours:perCluster", ""),
}
SIZED = {
    "volume": ("%EBS:VolumeUsage.%", "gb"),
    "snapshot": ("%EBS:SnapshotUsage", "gb"),
    "database": ("%Storage% ", "gb"),
    "table": ("%ReadCapacityUnit-Hrs", "reads"),
    "key": ("%KMS-Keys", ""),
    "secret": ("%AWSSecretsManager-Secrets", ""),
    "hosted-zone": ("%HostedZone", ""),
}
FREE = {"gateway-endpoint"}
METERED = {
    "bucket": "%TimedStorage-%",
    "function": "%Lambda-GB-Second%",
    "queue": "%Requests-Tier1",
    "topic": "%Requests-Tier1",
    "log-group": "%DataProcessing-Bytes",
    "images": "%TimedStorage-ByteHrs",
}


@pytest.fixture(scope="module")
def opened(worlds: Worlds) -> Iterator[Any]:
    store = connect(worlds(WORLD).store_path, read_only=True)
    yield store
    store.close()


def listed(store: Any, kind: str) -> list[dict[str, Any]]:
    rows = store.execute(
        "SELECT on_bill, account_id, region, first_day, last_day, facts FROM resource"
        " WHERE kind = ? ORDER BY on_bill",
        [kind],
    ).fetchall()
    names = ("on_bill", "account", "region", "first", "last", "facts")
    return [dict(zip(names, row, strict=True)) | {"facts": json.loads(row[5])} for row in rows]


def used(store: Any, patterns: str) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Usage and days of each resource and account, of the usage types like these."""
    where = " OR ".join(f"g.usage_type LIKE '{pattern}'" for pattern in patterns.split())
    rows = store.execute(
        "SELECT m.resource_id, g.account_id, sum(f.usage), count(DISTINCT f.day) FROM fact f"
        " JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
        f" WHERE m.resource_id <> '' AND f.type IN (0, 1, 2) AND ({where}) GROUP BY 1, 2"
    ).fetchall()
    return {(resource, account): (usage, days) for resource, account, usage, days in rows}


@pytest.mark.parametrize("kind", HOURLY)
def test_every_hour_of_a_resource_is_on_the_bill(opened: Any, kind: str) -> None:
    patterns, many = HOURLY[kind]
    found = listed(opened, kind)
    billed = used(opened, patterns)
    assert found
    for each in found:
        days = each["last"] - each["first"] + 1
        hours = 24 * days * each["facts"].get(many, 1)
        assert billed[each["on_bill"], each["account"]] == (Decimal(hours), days), each


@pytest.mark.parametrize("kind", SIZED)
def test_every_gigabyte_of_a_resource_is_on_the_bill_each_day(opened: Any, kind: str) -> None:
    pattern, fact = SIZED[kind]
    found = [each for each in listed(opened, kind) if not each["facts"].get("root")]
    rows = opened.execute(
        "SELECT m.resource_id, g.account_id, f.day, sum(f.usage) * any_value(CASE WHEN g.unit"
        " LIKE '%-Hrs' THEN 1 / 24 ELSE day(last_day(f.day)) END)"
        " FROM fact f JOIN meter m ON m.meter = f.meter JOIN charge g ON g.charge = m.charge"
        " WHERE g.usage_type LIKE ? AND g.unit NOT IN ('IOPS-Mo', 'IOs') AND f.type = 0"
        " GROUP BY 1, 2, 3",
        [pattern.strip()],
    ).fetchall()
    by_day: dict[tuple[str, str], list[float]] = {}
    for resource, account, _, amount in rows:
        by_day.setdefault((resource, account), []).append(float(amount))
    assert found
    for each in found:
        wanted = each["facts"].get(fact, 1)
        if not wanted:
            continue
        amounts = by_day[each["on_bill"], each["account"]]
        assert len(amounts) == each["last"] - each["first"] + 1
        assert all(abs(amount - wanted) < 0.001 for amount in amounts), each


@pytest.mark.parametrize("kind", METERED)
def test_whatever_is_listed_is_used(opened: Any, kind: str) -> None:
    billed = used(opened, METERED[kind])
    found = listed(opened, kind)
    assert found
    for each in found:
        assert billed[each["on_bill"], each["account"]][1] == each["last"] - each["first"] + 1


def test_every_kind_of_resource_is_checked(opened: Any) -> None:
    kinds = {kind for (kind,) in opened.execute("SELECT DISTINCT kind FROM resource").fetchall()}
    assert kinds == set(HOURLY) | set(SIZED) | set(METERED) | FREE


def test_nothing_is_billed_that_no_inventory_lists(opened: Any) -> None:
    unknown = opened.execute(
        "SELECT DISTINCT m.resource_id FROM meter m JOIN charge g ON g.charge = m.charge"
        " JOIN fact f ON f.meter = m.meter"
        " WHERE m.resource_id <> '' AND f.day = DATE '2026-10-31'"
        " AND m.resource_id NOT IN (SELECT on_bill FROM resource)"
        " AND m.resource_id NOT IN (SELECT id FROM instance)"
        " AND m.resource_id NOT IN (SELECT arn FROM commitment)"
    ).fetchall()
    # Instances that ended on the last day are on its bill and no longer in the inventory.
    ended = [each for (each,) in unknown if each.startswith(("i-", "vol-"))]
    assert [each for (each,) in unknown if each not in ended] == []


@pytest.mark.parametrize("text", [WORLD, SMALL])
def test_an_instances_hours_are_those_of_its_life(worlds: Worlds, text: str) -> None:
    spec = SimulatedSpec.parse(text, yesterday=LAST_DAY)
    store = connect(worlds(text).store_path, read_only=True)
    hours = used(store, "%BoxUsage:% %SpotUsage:%")
    store.close()
    ledger = Ledger(spec)
    steady = [each for each in ledger.instances if each.pattern == "steady"]
    assert {each.market for each in steady} == {"", "spot"}
    assert any(each.stopped is not None for each in steady)
    for each in steady:
        end = ledger.calendar.moment(ledger.calendar.length)
        if each.ended is not None:
            end = ledger.calendar.moment(each.ended, each.ended_second)
        if each.stopped is not None:
            end = ledger.calendar.moment(each.stopped)
        life = end - ledger.calendar.moment(each.launched, each.launched_second)
        billed, _ = hours[each.id, each.account.id]
        assert abs(float(billed) - life.total_seconds() / 3600) < 0.001, each


def test_attached_volumes_hang_on_instances_of_their_zone(opened: Any) -> None:
    rows = opened.execute(
        "SELECT r.zone, i.zone, r.facts->>'instance' FROM resource r LEFT JOIN instance i"
        " ON i.id = r.facts->>'instance' WHERE r.kind = 'volume'"
    ).fetchall()
    attached = [row for row in rows if row[2]]
    assert all(volume == instance for volume, instance, _ in attached)
    assert len(attached) < len(rows)


def test_there_are_volumes_of_each_type_with_what_is_billed_beside_their_size(opened: Any) -> None:
    types = {each["facts"]["type"] for each in listed(opened, "volume")}
    assert types == {"gp2", "gp3", "io1", "io2", "st1"}
    for type_, on_bill in (("io1", "piops"), ("io2", "io2")):
        iops = used(opened, f"%EBS:VolumeP-IOPS.{on_bill}")
        provisioned = [each for each in listed(opened, "volume") if each["facts"]["type"] == type_]
        assert {each["on_bill"] for each in provisioned} == {resource for resource, _ in iops}


def test_a_sku_is_one_offer_of_one_service(opened: Any) -> None:
    shared = opened.execute(
        "SELECT product_sku, list(DISTINCT line_item_usage_type) FROM cur2"
        " WHERE line_item_line_item_type = 'Usage' GROUP BY 1 HAVING"
        " count(DISTINCT (line_item_product_code, line_item_usage_type, line_item_operation)) > 1"
    ).fetchall()
    assert shared == []


def test_an_instance_sends_nothing_on_a_day_on_which_it_does_not_run(opened: Any) -> None:
    sending = (
        "SELECT m.resource_id, f.day FROM fact f JOIN meter m ON m.meter = f.meter"
        " JOIN charge g ON g.charge = m.charge WHERE m.resource_id LIKE 'i-%' AND"
    )
    silent = opened.execute(
        f"SELECT * FROM ({sending} g.usage_type LIKE '%DataTransfer-Out-Bytes') EXCEPT"
        f" SELECT * FROM ({sending} g.usage_type LIKE '%Usage:%')"
    ).fetchall()
    assert silent == []
    ((office,),) = opened.execute(
        f"SELECT count(*) FROM ({sending} g.usage_type LIKE '%DataTransfer-Out-Bytes'"
        " AND dayname(f.day) = 'Monday' AND m.resource_id IN"
        " (SELECT id FROM instance WHERE tags LIKE '%-desk-%'))"
    ).fetchall()
    assert office > 0


def test_spot_instances_say_so(small: SimulatedOrganisation) -> None:
    page = fields(small, "ec2", "DescribeInstances", "us-west-2")
    found = [each for r in page["Reservations"] for each in r["Instances"]]
    spot = [each for each in found if each.get("InstanceLifecycle") == "spot"]
    assert 0 < len(spot) < len(found)
