# ruff: noqa: E501 -- SQL reads better unbroken
"""Who spent what on what: totals by service, account, region, tag, day and kind of charge."""

from __future__ import annotations

from decimal import Decimal

from tests.trino.cur.question import Question, in_month, once, ranked, total, totals
from tests.trino.cur.world import APART, USAGE, Line, lines

__all__ = ["QUESTIONS"]

BILLED = "line_item_unblended_cost"
KEPT = "line_item_line_item_type NOT IN ('Credit', 'Refund', 'Tax')"
FOCUS_KEPT = "ChargeCategory NOT IN ('Credit', 'Adjustment', 'Tax')"


def kept(month: int) -> list[Line]:
    return [line for line in in_month(month) if line.type not in APART]


QUESTIONS = (
    Question(
        "total of a month",
        f"SELECT sum({BILLED}) FROM @table WHERE @september AND @once",
        lambda: [(total(in_month(9)),)],
        "SELECT sum(BilledCost) FROM focus WHERE billing_period = '2026-09'"
        " AND coalesce(x_Operation, '') <> 'EKSPod-EC2'",
    ),
    Question(
        "spend by service, largest first",
        f"SELECT @service AS service, round(sum({BILLED}), 2) AS cost FROM @table"
        f" WHERE @september AND {KEPT} AND @once GROUP BY 1 ORDER BY cost DESC, service",
        lambda: [
            (name, round(cost, 2)) for name, cost in ranked(totals(kept(9), lambda x: x.service))
        ],
        "SELECT ServiceName, round(sum(BilledCost), 2) FROM focus WHERE billing_period = '2026-09'"
        f" AND {FOCUS_KEPT} AND x_Operation IS DISTINCT FROM 'EKSPod-EC2' GROUP BY ServiceName"
        " ORDER BY 2 DESC, 1",
    ),
    Question(
        "spend by account and month",
        f"SELECT line_item_usage_account_id, @month AS m, sum({BILLED}) FROM @table WHERE @once"
        " GROUP BY 1, @month ORDER BY 1, 2",
        lambda: [
            (*key, cost)
            for key, cost in sorted(totals(once(), lambda x: (x.account, x.month)).items())
        ],
        "SELECT SubAccountId, date_format(BillingPeriodStart, '%Y-%m'), sum(BilledCost) FROM focus"
        " WHERE coalesce(x_Operation, '-') != 'EKSPod-EC2' GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    Question(
        "spend by region",
        f"SELECT coalesce(nullif(@region, ''), 'global') AS region, sum({BILLED}) FROM @table"
        f" WHERE @september AND {KEPT} AND @once GROUP BY coalesce(nullif(@region, ''), 'global')"
        " ORDER BY 2 DESC",
        lambda: ranked(totals(kept(9), lambda x: x.region or "global")),
        "SELECT coalesce(RegionId, 'global'), sum(BilledCost) FROM focus WHERE"
        f" billing_period = '2026-09' AND {FOCUS_KEPT} AND coalesce(x_Operation, '') <> 'EKSPod-EC2'"
        " GROUP BY 1 ORDER BY 2 DESC",
    ),
    Question(
        "top 5 usage types of EC2",
        f"SELECT line_item_usage_type, sum({BILLED}) AS cost FROM @table WHERE @september"
        " AND line_item_product_code = 'AmazonEC2' AND line_item_line_item_type = 'Usage' AND @once"
        " GROUP BY line_item_usage_type ORDER BY cost DESC, 1 LIMIT 5",
        lambda: ranked(
            totals(
                [x for x in in_month(9) if x.code == "AmazonEC2" and x.type == "Usage"],
                lambda x: x.usage_type,
            ),
            5,
        ),
    ),
    Question(
        "spend by day",
        f"SELECT CAST(line_item_usage_start_date AS date) AS day, sum({BILLED}) FROM @table"
        " WHERE @august AND line_item_line_item_type IN ('Usage', 'DiscountedUsage',"
        " 'SavingsPlanCoveredUsage') AND @once GROUP BY 1 ORDER BY 1",
        lambda: sorted(
            totals([x for x in in_month(8) if x.type in USAGE], lambda x: x.day).items()
        ),
    ),
    Question(
        "spend by team, with what has none",
        f"SELECT coalesce(@team, 'no team') AS team, sum({BILLED}) AS cost FROM @table"
        f" WHERE @september AND {KEPT} AND @once GROUP BY coalesce(@team, 'no team')"
        " ORDER BY cost DESC",
        lambda: ranked(totals(kept(9), lambda x: x.tags.get("team", "no team"))),
        "SELECT coalesce(json_extract_scalar(Tags, '$.team'), 'no team'), sum(BilledCost) FROM focus"
        f" WHERE billing_period = '2026-09' AND {FOCUS_KEPT}"
        " AND coalesce(x_Operation, '') <> 'EKSPod-EC2' GROUP BY 1 ORDER BY 2 DESC",
    ),
    Question(
        "teams whatever their case",
        f"SELECT lower(trim(@team)) AS team, sum({BILLED}) FROM @table WHERE @september AND @once"
        " AND @team IS NOT NULL GROUP BY lower(trim(@team)) ORDER BY 1",
        lambda: sorted(
            totals(
                [x for x in in_month(9) if "team" in x.tags], lambda x: x.tags["team"].lower()
            ).items()
        ),
    ),
    Question(
        "share of untagged spend",
        f"SELECT 100 * sum(CASE WHEN @team IS NULL THEN {BILLED} ELSE 0 END) / sum({BILLED})"
        f" FROM @table WHERE @september AND line_item_line_item_type = 'Usage' AND @once",
        lambda: [
            (
                100
                * total([x for x in in_month(9) if x.type == "Usage" and not x.tags.get("team")])
                / total([x for x in in_month(9) if x.type == "Usage"]),
            )
        ],
    ),
    Question(
        "untagged spend by account and service",
        f"SELECT line_item_usage_account_id, line_item_product_code, sum({BILLED}) AS cost"
        " FROM @table WHERE @september AND line_item_line_item_type = 'Usage' AND @team IS NULL"
        " AND line_item_resource_id <> '' AND @once GROUP BY 1, 2 HAVING sum(line_item_unblended_cost)"
        " > 1 ORDER BY cost DESC",
        lambda: [
            (*key, cost)
            for key, cost in ranked(
                totals(
                    [
                        x
                        for x in in_month(9)
                        if x.type == "Usage" and not x.tags.get("team") and x.resource
                    ],
                    lambda x: (x.account, x.code),
                )
            )
            if cost > 1
        ],
    ),
    Question(
        "charges by row type",
        f"SELECT line_item_line_item_type, sum({BILLED}), count(*) FROM @table WHERE @august"
        " GROUP BY 1 ORDER BY 1",
        lambda: [
            (kind, cost, sum(1 for x in in_month(8, lines()) if x.type == kind))
            for kind, cost in sorted(totals(in_month(8, lines()), lambda x: x.type).items())
        ],
    ),
    Question(
        "credits, refunds and tax apart",
        f"SELECT sum({BILLED}) FILTER (WHERE line_item_line_item_type = 'Credit') AS credits,"
        f" sum({BILLED}) FILTER (WHERE line_item_line_item_type = 'Refund') AS refunds,"
        f" sum({BILLED}) FILTER (WHERE line_item_line_item_type = 'Tax') AS tax,"
        f" sum({BILLED}) FILTER (WHERE {KEPT}) AS other FROM @table WHERE @august AND @once",
        lambda: [(Decimal(-20), Decimal(-5), Decimal("83.50"), total(kept(8)))],
        "SELECT sum(BilledCost) FILTER (WHERE ChargeCategory = 'Credit'),"
        " sum(BilledCost) FILTER (WHERE ChargeCategory = 'Adjustment'),"
        " sum(BilledCost) FILTER (WHERE ChargeCategory = 'Tax'),"
        f" sum(BilledCost) FILTER (WHERE {FOCUS_KEPT}) FROM focus WHERE billing_period = '2026-08'"
        " AND coalesce(x_Operation, '') <> 'EKSPod-EC2'",
    ),
    Question(
        "credits by their description",
        f"SELECT line_item_line_item_description, @month AS m, -sum({BILLED}) FROM @table"
        " WHERE line_item_line_item_type = 'Credit' GROUP BY 1, 2 ORDER BY 2",
        lambda: [
            ("Migration credit", "2026-08", Decimal(20)),
            ("Migration credit", "2026-09", Decimal(50)),
        ],
    ),
    Question(
        "enterprise discount by month",
        f"SELECT @month AS m, sum({BILLED}) FROM @table"
        " WHERE line_item_line_item_type IN ('EdpDiscount', 'PrivateRateDiscount')"
        " GROUP BY @month ORDER BY m",
        lambda: [(f"2026-0{month}", Decimal("-12.5")) for month in (7, 8, 9)],
    ),
    Question(
        "marketplace spend",
        f"SELECT @service, sum({BILLED}) FROM @table WHERE bill_billing_entity = 'AWS Marketplace'"
        " GROUP BY 1",
        lambda: [("Monitoring by a vendor", Decimal(135))],
    ),
    Question(
        "support fee",
        f"SELECT @month, sum({BILLED}) FROM @table WHERE line_item_product_code LIKE 'AWSSupport%'"
        " GROUP BY 1 ORDER BY 1",
        lambda: [(f"2026-0{month}", Decimal(100)) for month in (7, 8, 9)],
    ),
    Question(
        "cost of one resource",
        f"SELECT line_item_usage_type, sum({BILLED}) FROM @table WHERE @september"
        " AND line_item_resource_id = 'nat-1' GROUP BY 1 ORDER BY 1",
        lambda: sorted(
            totals([x for x in in_month(9) if x.resource == "nat-1"], lambda x: x.usage_type).items()
        ),
        "SELECT x_UsageType, sum(BilledCost) FROM focus WHERE billing_period = '2026-09'"
        " AND ResourceId = 'nat-1' GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "top resource of each account",
        "WITH by_resource AS (SELECT line_item_usage_account_id AS account, line_item_resource_id AS"
        f" resource, sum({BILLED}) AS cost FROM @table WHERE @september AND line_item_resource_id <>"
        " '' AND @once GROUP BY 1, 2) SELECT account, resource, cost FROM (SELECT *, row_number()"
        " OVER (PARTITION BY account ORDER BY cost DESC, resource) AS place FROM by_resource) AS r"
        " WHERE place = 1 ORDER BY account",
        lambda: [
            (account, *ranked(
                totals([x for x in in_month(9) if x.account == account and x.resource],
                       lambda x: x.resource), 1)[0])
            for account in ("222222222222", "333333333333")
        ],
    ),
    Question(
        "subtotals by account and service",
        f"SELECT line_item_usage_account_id, line_item_product_code, sum({BILLED}) FROM @table"
        " WHERE @september AND line_item_line_item_type = 'Tax'"
        " GROUP BY ROLLUP (line_item_usage_account_id, line_item_product_code) ORDER BY 1, 2",
        lambda: [
            ("111111111111", "AmazonEC2", Decimal("8.25")),
            ("111111111111", None, Decimal("8.25")),
            ("222222222222", "AmazonEC2", Decimal("41.5")),
            ("222222222222", None, Decimal("41.5")),
            ("333333333333", "AmazonEC2", Decimal("33.75")),
            ("333333333333", None, Decimal("33.75")),
            (None, None, Decimal("83.5")),
        ],
    ),
    Question(
        "share of each service",
        "SELECT line_item_product_code, 100 * cost / sum(cost) OVER () AS share FROM (SELECT"
        f" line_item_product_code, sum({BILLED}) AS cost FROM @table WHERE @september AND {KEPT}"
        " AND @once GROUP BY 1) ORDER BY share DESC",
        lambda: [
            (code, 100 * cost / total(kept(9)))
            for code, cost in ranked(totals(kept(9), lambda x: x.code))
        ],
    ),
    Question(
        "production against the rest",
        f"SELECT if(@env = 'prod', 'prod', 'other') AS env, sum({BILLED}) FROM @table"
        " WHERE @september AND line_item_line_item_type = 'Usage' AND @once"
        " GROUP BY if(@env = 'prod', 'prod', 'other') ORDER BY 1",
        lambda: sorted(
            totals(
                [x for x in in_month(9) if x.type == "Usage"],
                lambda x: "prod" if x.tags.get("env") == "prod" else "other",
            ).items()
        ),
    ),
)  # fmt: skip
