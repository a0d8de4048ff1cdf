"""What CloudWatch measures is what the bill charges for, day by day and resource by resource."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds, fields
from tests.simulator.metrics.readings import NOW, data, day, listed, query, values

WORLD = "simulated:as_of=2026-10-31"
GIB, DAY = 1_024**3, 86_400
FIRST, LAST = day("2026-10-08"), day("2026-11-01")
REGIONS = ("us-east-1", "us-west-2", "eu-west-1")

METERED: dict[str, tuple[str, tuple[str, ...], str, float]] = {
    # namespace, metrics that add up, usage type, units of the metrics in one of the bill's
    "gateways' bytes": ("AWS/NATGateway", ("BytesInFromSource", "BytesInFromDestination"),
                        "%NatGateway-Bytes", GIB),
    "gateways' bytes sent on": ("AWS/NATGateway", ("BytesOutToSource", "BytesOutToDestination"),
                                "%NatGateway-Bytes", GIB),
    "invocations": ("AWS/Lambda", ("Invocations",), "%Request", 1),
    "reads": ("AWS/DynamoDB", ("ConsumedReadCapacityUnits",), "%ReadRequestUnits", 1),
    "writes": ("AWS/DynamoDB", ("ConsumedWriteCapacityUnits",), "%WriteRequestUnits", 1),
    "application balancers": ("AWS/ApplicationELB", ("ConsumedLCUs",), "%LCUUsage", 1),
    "network balancers": ("AWS/NetworkELB", ("ConsumedLCUs",), "%LCUUsage", 1),
    "classic balancers": ("AWS/ELB", ("EstimatedProcessedBytes",), "%DataProcessing-Bytes", GIB),
    "logs": ("AWS/Logs", ("IncomingBytes",), "%DataProcessing-Bytes", GIB),
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(worlds: Worlds) -> Iterator[Any]:
    store = connect(worlds(WORLD).store_path, read_only=True)
    yield store
    store.close()


def billed(store: Any, region: str, usage: str) -> dict[str, dict[datetime, float]]:
    """Usage on the bill by what a resource id ends with and day."""
    rows = store.execute(
        "SELECT line_item_resource_id, line_item_usage_start_date::DATE::TIMESTAMP,"
        " sum(line_item_usage_amount)::DOUBLE FROM cur2 WHERE product_region_code = ?"
        " AND line_item_usage_type LIKE ? AND line_item_resource_id <> ''"
        " AND line_item_usage_start_date >= ? AND line_item_usage_start_date < ?"
        " AND line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
        " GROUP BY 1, 2",
        [region, usage, FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)],
    ).fetchall()
    found: dict[str, dict[datetime, float]] = {}
    for resource, begins, amount in rows:
        found.setdefault(resource, {})[begins.replace(tzinfo=UTC)] = amount
    return found


def named(amounts: dict[str, Any], name: str) -> Any:
    """What is billed for the resource that CloudWatch calls so."""
    (found,) = [
        each
        for id_, each in amounts.items()
        if id_ == name or id_.endswith((f"/{name}", f":{name}"))
    ]
    return found


@pytest.mark.parametrize("what", METERED)
def test_a_days_readings_add_up_to_the_bill(worlds: Worlds, opened: Any, what: str) -> None:
    namespace, names, usage, units = METERED[what]
    organisation, seen = worlds(WORLD), 0
    for region in REGIONS:
        amounts = billed(opened, region, usage)
        metrics = listed(organisation, region, Namespace=namespace, MetricName=names[0])
        for metric in metrics:
            resource = metric["Dimensions"][0]["Value"]
            if not any(id_.endswith(resource) for id_ in amounts):
                continue  # provisioned, or nothing went through
            queries = [
                query({**metric, "MetricName": name}, "Sum", DAY, f"q{place}")
                for place, name in enumerate(names)
            ]
            parts = data(organisation, region, queries, FIRST, LAST)
            days = named(amounts, resource)
            assert days.keys() <= parts[0].keys()
            for begins, amount in days.items():
                total = sum(part[begins] for part in parts)
                assert total == pytest.approx(amount * units, rel=1e-9), (resource, begins)
            seen += 1
    assert seen


def test_durations_times_memory_are_the_gigabyte_seconds(worlds: Worlds, opened: Any) -> None:
    organisation = worlds(WORLD)
    memory = {
        id_: int(mb)
        for id_, mb in opened.execute(
            "SELECT id, facts->>'mb' FROM resource WHERE kind = 'function' AND region = 'us-east-1'"
        ).fetchall()
    }
    seconds, calls = (billed(opened, "us-east-1", usage) for usage in ("%GB-Second%", "%Request"))
    metrics = list(listed(organisation, "us-east-1", MetricName="Duration"))
    assert metrics
    for metric in metrics:
        name = metric["Dimensions"][0]["Value"]
        queries = [query(metric, "Sum", DAY, "sum"), query(metric, "SampleCount", DAY, "count"),
                   query(metric, "Average", DAY, "average")]  # fmt: skip
        total, count, average = data(organisation, "us-east-1", queries, FIRST, LAST)
        for begins, amount in named(seconds, name).items():
            assert total[begins] / 1_000 * memory[name] / 1_024 == pytest.approx(amount, rel=1e-9)
            assert count[begins] == pytest.approx(named(calls, name)[begins], rel=1e-9)
            assert average[begins] == pytest.approx(total[begins] / count[begins])


def test_a_buckets_bytes_are_the_gigabyte_months(worlds: Worlds, opened: Any) -> None:
    organisation = worlds(WORLD)
    rows = opened.execute(
        "SELECT line_item_resource_id, line_item_operation, sum(line_item_usage_amount)::DOUBLE"
        " FROM cur2 WHERE billing_period = '2026-09' AND product_region_code = 'us-east-1'"
        " AND line_item_product_code = 'AmazonS3' AND line_item_usage_type LIKE '%TimedStorage-%'"
        " AND line_item_line_item_type = 'Usage' GROUP BY ALL"
    ).fetchall()
    assert len(rows) > 10
    for bucket, storage, amount in rows:
        metric = {
            "Namespace": "AWS/S3", "MetricName": "BucketSizeBytes",
            "Dimensions": [{"Name": "BucketName", "Value": bucket},
                           {"Name": "StorageType", "Value": storage}],
        }  # fmt: skip
        sizes = values(organisation, "us-east-1", metric, "Average", DAY, day("2026-09-01"),
                       day("2026-10-01"))  # fmt: skip
        months = sum(size / GIB / monthrange(2026, 9)[1] for size in sizes.values())
        assert months == pytest.approx(amount, rel=1e-6)


def test_an_instance_is_measured_in_the_hours_that_are_billed(small: SimulatedOrganisation) -> None:
    store = connect(small.store_path, read_only=True)
    hours = billed(store, "us-west-2", "%BoxUsage:%") | billed(store, "us-west-2", "%SpotUsage:%")
    lives = {
        id_: (launched.astimezone(UTC), ended and ended.astimezone(UTC))
        for id_, launched, ended in store.execute(
            "SELECT id, launched, ended FROM life WHERE region = 'us-west-2'"
        ).fetchall()
    }
    store.close()
    metrics = {
        each["Dimensions"][0]["Value"]: each
        for each in listed(small, "us-west-2", Namespace="AWS/EC2", MetricName="CPUUtilization",
                           Dimensions=[{"Name": "InstanceId"}])
    }  # fmt: skip
    start = LAST - timedelta(days=4)
    recent = {
        id_: {begins: amount for begins, amount in days.items() if begins >= start}
        for id_, days in hours.items()
        if id_ in metrics
    }
    # Those that were launched or ended first: their days are not whole.
    chosen = sorted(
        (id_ for id_ in recent if recent[id_]), key=lambda id_: sum(recent[id_].values())
    )
    assert any(0 < amount < 23 for id_ in chosen[:32] for amount in recent[id_].values())
    for place in range(0, 32, 16):
        some = chosen[place : place + 16]
        queries = [query(metrics[id_], "SampleCount", 60, f"q{n}") for n, id_ in enumerate(some)]
        found = data(small, "us-west-2", queries, start, LAST)
        for id_, counts in zip(some, found, strict=True):
            launched, ended = lives[id_]
            assert all(launched <= at and (ended is None or at < ended) for at in counts)
            step = 60 if min_step(counts) == 60 else 300
            for begins, amount in recent[id_].items():
                readings = [at for at in counts if begins <= at < begins + timedelta(days=1)]
                assert abs(len(readings) * step / 3_600 - amount) <= step / 3_600


def min_step(counts: dict[datetime, float]) -> float:
    times = sorted(counts)
    return min((later - at).total_seconds() for at, later in pairwise(times))


@pytest.mark.parametrize("text", [SMALL, "simulated:seed=23,as_of=2026-03-01,rows=20000"])
def test_a_months_last_estimate_is_its_bill(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    store = connect(organisation.store_path, read_only=True)
    rows = store.execute(
        "SELECT billing_period, line_item_product_code, sum(line_item_unblended_cost)::DOUBLE"
        " FROM cur2 GROUP BY 1, 2"
    ).fetchall()
    store.close()
    months = sorted({row[0] for row in rows})[-4:-1]
    start, end = (
        day(f"{months[0]}-01"),
        (day(f"{months[-1]}-01") + timedelta(days=32)).replace(day=1),
    )
    checked = 0
    for product in (None, *sorted({row[1] for row in rows if row[0] in months})):
        dimensions = [{"Name": "Currency", "Value": "USD"}]
        if product:
            dimensions.append({"Name": "ServiceName", "Value": product})
        metric = {"Namespace": "AWS/Billing", "MetricName": "EstimatedCharges",
                  "Dimensions": dimensions}  # fmt: skip
        # One question for all months: each begins again at nothing.
        found = values(organisation, "us-east-1", metric, "Maximum", 21_600, start, end)
        for month in months:
            mine = [at for at in found if at.strftime("%Y-%m") == month]
            bill = sum(row[2] for row in rows if row[0] == month and product in (None, row[1]))
            assert found[max(mine)] == pytest.approx(bill, abs=1e-6), (month, product)
            checked += 1
    assert checked > 20


def test_a_groups_size_is_that_of_the_inventory(small: SimulatedOrganisation) -> None:
    key = small.key().of("spike")
    groups = fields(small, "autoscaling", "DescribeAutoScalingGroups", key.region)
    checked = 0
    for group in groups["AutoScalingGroups"]:
        name = group["AutoScalingGroupName"]
        sizes = {}
        for what in ("GroupInServiceInstances", "GroupMaxSize"):
            metric = {"Namespace": "AWS/AutoScaling", "MetricName": what,
                      "Dimensions": [{"Name": "AutoScalingGroupName", "Value": name}]}  # fmt: skip
            found = values(small, key.region, metric, "Maximum", 60, NOW - timedelta(days=9), NOW)
            sizes[what] = found[max(found)]
            if name == key.facts["group"] and what == "GroupMaxSize":
                assert min(found.values()) == key.facts["most_before"]
        assert sizes["GroupInServiceInstances"] == group["DesiredCapacity"]
        assert sizes["GroupMaxSize"] == group["MaxSize"]
        checked += 1
    assert checked > 2
