# ruff: noqa: E501 -- SQL reads better unbroken
"""What could be cheaper: volumes, addresses, transfer, old generations, storage classes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tests.trino.cur.question import Question, in_month, ranked, total, totals
from tests.trino.cur.world import Line, days_of, lines

__all__ = ["QUESTIONS"]

D = Decimal
BILLED = "line_item_unblended_cost"
SEPTEMBER = D(24) * 30


def september(keep: Callable[[Line], bool]) -> list[Line]:
    return [line for line in in_month(9) if keep(line)]


QUESTIONS = (
    Question(
        "gp2 volumes and what gp3 would save",
        "SELECT line_item_resource_id, round(sum(line_item_usage_amount), 2) AS gb_months,"
        f" sum({BILLED}) AS cost, round(sum({BILLED}) - sum(line_item_usage_amount) * 0.08, 4) AS"
        " saving FROM @table WHERE @september AND line_item_usage_type LIKE '%EBS:VolumeUsage.gp2'"
        " GROUP BY 1 ORDER BY cost DESC",
        lambda: [
            (name, round(size, 2), cost, round(cost - size * D("0.08"), 4))
            for name, cost in ranked(totals(
                september(lambda x: x.usage_type.endswith("VolumeUsage.gp2")), lambda x: x.resource))
            for size in [total(september(
                lambda x, name=name: x.resource == name), lambda x: x.usage)]  # type: ignore[misc]
        ],
    ),
    Question(
        "volume cost by type",
        f"SELECT @volume AS volume, sum({BILLED}) FROM @table WHERE @september AND"
        " line_item_usage_type LIKE '%EBS:VolumeUsage%' GROUP BY @volume ORDER BY volume",
        lambda: sorted(totals(september(lambda x: bool(x.volume)), lambda x: x.volume).items()),
    ),
    Question(
        "idle addresses",
        f"SELECT line_item_resource_id, sum(line_item_usage_amount), sum({BILLED}) FROM @table"
        " WHERE @september AND line_item_usage_type LIKE '%ElasticIP:IdleAddress%' GROUP BY 1",
        lambda: [("eipalloc-1", SEPTEMBER, SEPTEMBER * D("0.005"))],
        "SELECT ResourceId, sum(ConsumedQuantity), sum(BilledCost) FROM focus WHERE billing_period"
        " = '2026-09' AND x_UsageType LIKE '%ElasticIP:IdleAddress%' GROUP BY ResourceId",
    ),
    Question(
        "NAT gateways: hours and gigabytes",
        "SELECT line_item_resource_id,"
        f" sum(CASE WHEN line_item_usage_type LIKE '%NatGateway-Hours' THEN {BILLED} END) AS hourly,"
        f" sum(CASE WHEN line_item_usage_type LIKE '%NatGateway-Bytes' THEN {BILLED} END) AS data,"
        " sum(CASE WHEN line_item_usage_type LIKE '%NatGateway-Bytes' THEN line_item_usage_amount"
        " END) AS gb FROM @table WHERE @september AND line_item_operation = 'NatGateway'"
        " GROUP BY 1 ORDER BY gb DESC",
        lambda: [
            ("nat-1", SEPTEMBER * D("0.045"), D(sum(50 + day.day for day in days_of(9))) * D("0.045"),
             D(sum(50 + day.day for day in days_of(9))))
        ],
    ),
    Question(
        "data transfer by direction",
        "SELECT CASE WHEN line_item_usage_type LIKE '%DataTransfer-Out-Bytes' THEN 'internet'"
        " WHEN line_item_usage_type LIKE '%DataTransfer-Regional-Bytes' THEN 'between zones'"
        " WHEN regexp_like(line_item_usage_type, '^[A-Z]{3}\\d-[A-Z]{3}\\d-AWS-(In|Out)-Bytes$')"
        " THEN 'between regions' ELSE 'other' END AS direction, sum(line_item_usage_amount) AS gb,"
        f" sum({BILLED}) AS cost FROM @table WHERE @september"
        " AND product_product_family = 'Data Transfer' GROUP BY 1 ORDER BY cost DESC, gb",
        lambda: [
            ("internet", D(600), D(54)), ("between regions", D(150), D(3)),
            ("between zones", D(300), D(3)),
        ],
    ),
    Question(
        "transfer between regions, from and to",
        "SELECT regexp_extract(line_item_usage_type, '^([A-Z0-9]+)-([A-Z0-9]+)-AWS', 1) AS source,"
        " regexp_extract(line_item_usage_type, '^([A-Z0-9]+)-([A-Z0-9]+)-AWS', 2) AS target,"
        f" sum({BILLED}) FROM @table WHERE @september"
        " AND line_item_usage_type LIKE '%-AWS-Out-Bytes' GROUP BY 1, 2",
        lambda: [("USE1", "EUW1", D(3))],
    ),
    Question(
        "previous generation instances",
        "SELECT split_part(product_instance_type, '.', 1) AS family, count(DISTINCT"
        f" line_item_resource_id) AS machines, sum({BILLED}) AS cost FROM @table WHERE @september"
        " AND product_product_family = 'Compute Instance' AND"
        " regexp_like(product_instance_type, '^(t1|t2|m[1-4]|c[1-4]|r[3-4])\\.') GROUP BY 1",
        lambda: [("m4", 1, SEPTEMBER * D("0.111"))],
    ),
    Question(
        "compute hours by instance family",
        "SELECT split_part(product_instance_type, '.', 1) AS family,"
        " sum(line_item_usage_amount) AS hours FROM @table WHERE @september AND"
        " product_product_family = 'Compute Instance' AND line_item_line_item_type IN ('Usage',"
        " 'DiscountedUsage', 'SavingsPlanCoveredUsage') GROUP BY 1 ORDER BY hours DESC",
        lambda: [("m5", SEPTEMBER + 44 * 24), ("c5", 2 * SEPTEMBER), ("m4", SEPTEMBER)],
    ),
    Question(
        "normalized hours",
        "SELECT sum(line_item_usage_amount * CASE split_part(product_instance_type, '.', 2) WHEN"
        " 'large' THEN 4 WHEN 'xlarge' THEN 8 ELSE 0 END) FROM @table WHERE @september AND"
        " product_product_family = 'Compute Instance' AND line_item_line_item_type <>"
        " 'SavingsPlanNegation'",
        lambda: [(4 * (3 * SEPTEMBER + 44 * 24) + 8 * SEPTEMBER,)],
    ),
    Question(
        "snapshots",
        f"SELECT line_item_resource_id, round(sum({BILLED}), 2) FROM @table WHERE @september AND"
        " line_item_usage_type LIKE '%EBS:SnapshotUsage%' GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
        lambda: [("snap-1", D(15))],
    ),
    Question(
        "storage classes of each bucket",
        "SELECT line_item_resource_id AS bucket, CASE WHEN line_item_usage_type LIKE '%Glacier%'"
        " THEN 'Glacier' WHEN line_item_usage_type LIKE '%-SIA-%' THEN 'Standard-IA' ELSE"
        f" 'Standard' END AS class, round(sum(line_item_usage_amount), 1) AS gb, sum({BILLED})"
        " FROM @table WHERE @september AND line_item_product_code = 'AmazonS3'"
        " AND line_item_usage_type LIKE '%TimedStorage%' GROUP BY 1, 2 ORDER BY class",
        lambda: [
            ("lake", name, D(size), total(september(lambda x, mark=mark: x.usage_type == mark)))  # type: ignore[misc]
            for name, size, mark in (
                ("Glacier", 4000, "TimedStorage-GlacierByteHrs"),
                ("Standard", 1000, "TimedStorage-ByteHrs"),
                ("Standard-IA", 2000, "TimedStorage-SIA-ByteHrs"),
            )
        ],
    ),
    Question(
        "requests by operation",
        "SELECT line_item_usage_type, CAST(sum(line_item_usage_amount) AS bigint),"
        f" sum({BILLED}) FROM @table WHERE @september AND line_item_product_code = 'AmazonS3' AND"
        " line_item_usage_type LIKE '%Requests%' GROUP BY 1",
        lambda: [("Requests-Tier1", D(30000), D("0.15"))],
    ),
    Question(
        "unit price of storage",
        f"SELECT line_item_usage_type, round(sum({BILLED}) / sum(line_item_usage_amount), 4)"
        " FROM @table WHERE @september AND pricing_unit = 'GB-Mo' AND line_item_usage_amount > 0"
        " AND line_item_product_code = 'AmazonS3' GROUP BY 1 ORDER BY 2",
        lambda: [
            ("TimedStorage-GlacierByteHrs", D("0.0036")), ("TimedStorage-SIA-ByteHrs", D("0.0125")),
            ("TimedStorage-ByteHrs", D("0.023")),
        ],
    ),
    Question(
        "databases and their cost",
        "SELECT element_at(split(line_item_resource_id, ':'), -1) AS name, product_instance_type,"
        " sum(@amortized) FROM @table WHERE @september AND line_item_product_code = 'AmazonRDS'"
        " AND line_item_resource_id LIKE 'arn:aws:rds:%:db:%' GROUP BY 1, 2 ORDER BY 3 DESC",
        lambda: [
            ("dwh", "db.r5.xlarge", SEPTEMBER * D("0.5")),
            ("shop", "db.m5.large", SEPTEMBER * D("0.11")),
        ],
    ),
    Question(
        "load balancers",
        f"SELECT product_product_family, count(DISTINCT line_item_resource_id), sum({BILLED})"
        " FROM @table WHERE @september AND line_item_product_code = 'AWSELB' GROUP BY 1",
        lambda: [("Load Balancer-Application", 1, SEPTEMBER * D("0.0225"))],
    ),
    Question(
        "functions by cost",
        f"SELECT element_at(split(line_item_resource_id, ':'), 7) AS function, sum({BILLED})"
        " FROM @table WHERE @september AND line_item_product_code = 'AWSLambda' GROUP BY 1",
        lambda: [("etl", 30 * D(10000) * D("0.0000166667"))],
    ),
    Question(
        "clusters: split cost by application",
        f"SELECT @app AS app, sum({BILLED}) FROM @table WHERE @september AND line_item_operation IN"
        " ('EKSPod-EC2', 'ECSTask-EC2') GROUP BY @app ORDER BY 2 DESC",
        lambda: [("shop", D(27)), ("batch", D(9))],
    ),
    Question(
        "a bare NOT IN drops rows without an operation",
        f"SELECT count(*) - count_if(@once), sum({BILLED}) - sum(CASE WHEN line_item_operation"
        f" NOT IN ('EKSPod-EC2', 'ECSTask-EC2') THEN {BILLED} ELSE 0 END) FROM @table"
        " WHERE @september",
        lambda: [
            (60, total([x for x in in_month(9, lines())
                        if x.operation in (None, "EKSPod-EC2")]))
        ],
    ),
    Question(
        "machines that appeared in the month",
        "SELECT DISTINCT a.line_item_resource_id FROM @table a WHERE a.@september AND"
        " a.product_product_family = 'Compute Instance' AND NOT EXISTS (SELECT 1 FROM @table b WHERE"
        " b.@august AND b.line_item_resource_id = a.line_item_resource_id) ORDER BY 1",
        lambda: [(f"i-new{n}",) for n in range(4)],
    ),
)  # fmt: skip
