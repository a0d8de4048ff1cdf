# ruff: noqa: E501 -- SQL reads better unbroken
"""Written as views of the bill are published: names of functions in quotes, joins in parentheses.

The dashboards' summary, running cost, commitment, storage and indicator views, and the subtotals,
correlations and calendars that go with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from tests.trino.cur.question import Question, Rows, in_month, once, ranked, total, totals
from tests.trino.cur.world import USAGE, Line, days_of, lines

__all__ = ["QUESTIONS"]

D = Decimal
BILLED = "line_item_unblended_cost"
PURCHASE = (
    "(CASE WHEN (\"savings_plan_savings_plan_a_r_n\" <> '') THEN 'SavingsPlan'"
    " WHEN (\"reservation_reservation_a_r_n\" <> '') THEN 'Reserved'"
    " WHEN (\"line_item_usage_type\" LIKE '%Spot%') THEN 'Spot' ELSE 'OnDemand' END)"
)
CATEGORY = (
    "(CASE WHEN (\"line_item_line_item_type\" = 'DiscountedUsage') THEN 'Running_Usage'"
    " WHEN (\"line_item_line_item_type\" = 'SavingsPlanCoveredUsage') THEN 'Running_Usage'"
    " WHEN (\"line_item_line_item_type\" = 'Usage') THEN 'Running_Usage' ELSE 'non_usage' END)"
)
ARN = (
    '(CASE WHEN ("savings_plan_savings_plan_a_r_n" <> \'\') THEN "savings_plan_savings_plan_a_r_n"'
    ' WHEN ("reservation_reservation_a_r_n" <> \'\') THEN "reservation_reservation_a_r_n"'
    " ELSE CAST('' AS varchar) END)"
)
DAILY = (
    f"SELECT CAST(line_item_usage_start_date AS date) AS d, sum({BILLED}) AS c FROM @table"
    " WHERE @september AND line_item_product_code = 'AmazonEC2' AND @once GROUP BY 1"
)
SEPTEMBER = "2026-09-01T00:00:00"


def counted(month: int) -> list[Line]:
    """Every line of a month, split cost allocation included."""
    return in_month(month, lines())


def purchase(line: Line) -> str:
    if line.arn:
        return "SavingsPlan" if ":savingsplans" in line.arn else "Reserved"
    return "Spot" if "Spot" in line.usage_type else "OnDemand"


def subtotals(*levels: Callable[[Line], tuple[object, ...]]) -> Rows:
    """The totals of September at each level, a level's key in the order of the columns."""
    return [(*key, cost) for level in levels for key, cost in totals(in_month(9), level).items()]


def unordered(rows: Rows) -> Rows:
    """Sorted as ORDER BY 1, 2, ... sorts, NULL last."""
    return sorted(rows, key=lambda row: [(cell is None, str(cell)) for cell in row[:2]])


def summary() -> Iterator[tuple[object, ...]]:
    def key(line: Line) -> tuple[str, str]:
        return "Running_Usage" if line.type in USAGE else "non_usage", purchase(line)

    lines = in_month(9)
    for (category, option), cost in sorted(totals(lines, key).items()):
        chosen = [line for line in lines if key(line) == (category, option)]
        listed = total([x for x in chosen if x.type != "SavingsPlanNegation"], lambda x: x.listed)
        yield SEPTEMBER, category, option, cost, total(chosen, lambda x: x.amortized), listed


def running() -> Rows:
    compute = [
        line for line in in_month(9)
        if line.code == "AmazonEC2" and (line.operation or "").startswith("RunInstances")
        and line.type in USAGE
    ]  # fmt: skip
    costs = totals(compute, lambda x: (x.account, purchase(x)), lambda x: x.amortized)
    hours = totals(compute, lambda x: (x.account, purchase(x)), lambda x: x.usage)
    return [(SEPTEMBER, *key, costs[key], hours[key]) for key in sorted(costs)]


def running_mean() -> Iterator[tuple[date, Decimal]]:
    costs = totals([x for x in in_month(9) if x.code == "AmazonEC2"], lambda x: x.day)
    for day in days_of(9)[-2:]:
        days = [cost for other, cost in costs.items() if 0 <= (day - other).days <= 6]
        yield day, round(sum(days, D(0)) / 7, 6)


def above_their_mean() -> Rows:
    costs = totals(in_month(9), lambda x: (x.account, x.code))
    by_code: dict[str, list[Decimal]] = {}
    for (_, code), cost in costs.items():
        by_code.setdefault(code, []).append(cost)
    return sorted(
        (*key, cost)
        for key, cost in costs.items()
        if cost > sum(by_code[key[1]], D(0)) / len(by_code[key[1]])
    )


def quarters() -> Rows:
    costs = ranked(totals([x for x in in_month(9) if x.resource], lambda x: x.resource))
    size, more = divmod(len(costs), 4)
    found, at = [], 0
    for number in range(4):
        part = costs[at : at + size + (number < more)]
        at += len(part)
        found.append((number + 1, len(part), sum((cost for _, cost in part), D(0))))
    return found


QUESTIONS = (
    Question(
        "summary view: cost by charge category and purchase option",
        f'SELECT "bill_billing_period_start_date" "billing_period", {CATEGORY} "charge_category",'
        f' {PURCHASE} "purchase_option", "sum"("{BILLED}") "unblended_cost", "sum"(@amortized)'
        ' "amortized_cost", "sum"((CASE WHEN ("line_item_line_item_type" <> \'SavingsPlanNegation\')'
        ' THEN "pricing_public_on_demand_cost" ELSE 0 END)) "public_cost" FROM "@table" WHERE'
        " ((\"bill_billing_period_start_date\" >= TIMESTAMP '2026-09-01 00:00:00') AND @once)"
        " GROUP BY 1, 2, 3 ORDER BY 2, 3",
        lambda: list(summary()),
    ),
    Question(
        "running cost of instances by account and purchase option",
        'SELECT DISTINCT "date_trunc"(\'month\', "line_item_usage_start_date") "usage_date",'
        f' "line_item_usage_account_id" "linked_account_id", {PURCHASE} "purchase_option",'
        ' "sum"(@amortized) "amortized_cost", "round"("sum"("line_item_usage_amount"), 2)'
        ' "usage_quantity" FROM "@table" WHERE (((@september AND ("line_item_product_code" ='
        " 'AmazonEC2')) AND (\"line_item_operation\" LIKE '%RunInstances%')) AND"
        ' ((("line_item_line_item_type" = \'Usage\') OR ("line_item_line_item_type" ='
        " 'SavingsPlanCoveredUsage')) OR (\"line_item_line_item_type\" = 'DiscountedUsage')))"
        " GROUP BY 1, 2, 3 ORDER BY 2, 3",
        running,
    ),
    Question(
        "commitments of a month with what they were used for",
        'SELECT DISTINCT "a"."arn", "b"."product", "b"."hours" FROM ((SELECT DISTINCT'
        f' "bill_billing_period_start_date" "period", {ARN} "arn" FROM "@table" WHERE'
        ' (("line_item_line_item_type" = \'RIFee\') OR ("line_item_line_item_type" ='
        " 'SavingsPlanRecurringFee')) AND @september) a LEFT JOIN (SELECT"
        f' "bill_billing_period_start_date" "period", {ARN} "arn", "max"("line_item_product_code")'
        ' "product", "sum"("line_item_usage_amount") "hours" FROM "@table" WHERE'
        ' (("line_item_line_item_type" = \'DiscountedUsage\') OR ("line_item_line_item_type" ='
        ' \'SavingsPlanCoveredUsage\')) GROUP BY 1, 2) b ON (("a"."arn" = "b"."arn") AND'
        ' ("a"."period" = "b"."period"))) ORDER BY 1',
        lambda: [
            ("arn:aws:rds:us-east-1:222222222222:ri:ri-web", "AmazonRDS", D(720)),
            ("arn:aws:savingsplans::111111111111:savingsplan/sp-1", "AmazonEC2", D(720)),
        ],
    ),
    Question(
        "spend that a compute plan could cover",
        f'SELECT "line_item_usage_account_id", "sum"("{BILLED}") FROM "@table" WHERE @september AND'
        ' ((("line_item_line_item_type" = \'Usage\') AND ((("line_item_usage_type" LIKE'
        " '%BoxUsage%') OR (\"line_item_usage_type\" LIKE '%Fargate%')) OR"
        ' (("line_item_product_code" = \'AWSLambda\') AND ("line_item_usage_type" LIKE'
        " '%Lambda-GB-Second%')))) AND (\"pricing_term\" <> 'Spot')) GROUP BY 1 ORDER BY 1",
        lambda: sorted(
            totals(
                [
                    x
                    for x in in_month(9)
                    if x.type == "Usage"
                    and x.term != "Spot"
                    and ("BoxUsage" in x.usage_type or x.code == "AWSLambda")
                ],
                lambda x: x.account,
            ).items()
        ),
    ),
    Question(
        "volumes joined with a map of accounts",
        "WITH map AS (SELECT * FROM (VALUES ROW ('222222222222', 'web'), ROW ('333333333333', 'data'))"
        " ignored_table_name (account_id, account_name)), volumes AS (SELECT account_name,"
        f" line_item_resource_id, @volume AS kind, sum({BILLED}) AS cost FROM (@table INNER JOIN map"
        " ON (map.account_id = line_item_usage_account_id)) WHERE @september AND"
        " line_item_usage_type LIKE '%EBS:VolumeUsage%' GROUP BY 1, 2, 3) SELECT account_name, kind,"
        " count(*), sum(CASE WHEN kind = 'gp2' THEN cost * 0.2 ELSE 0 END) FROM volumes GROUP BY 1, 2"
        " ORDER BY 1, 2",
        lambda: [
            (
                name,
                kind,
                1,
                D("0.2")
                * total([x for x in in_month(9) if x.account == account and x.volume == kind])
                if kind == "gp2"
                else D(0),
            )
            for name, account, kind in (
                ("data", "333333333333", "gp2"),
                ("web", "222222222222", "gp2"),
                ("web", "222222222222", "gp3"),
            )
        ],
    ),
    Question(
        "a join of a join in parentheses",
        "SELECT a.n AS july, b.n AS august, c.n AS september FROM (((SELECT 1 AS k, count(*) AS n"
        " FROM @table WHERE @august) a LEFT JOIN (SELECT 1 AS k, count(*) AS n FROM @table WHERE"
        " @september) b ON a.k = b.k) CROSS JOIN (SELECT count(*) AS n FROM @table WHERE @two_months)"
        " c)",
        lambda: [(len(counted(8)), len(counted(9)), len(counted(8)) + len(counted(9)))],
    ),
    Question(
        "subtotals by ROLLUP, each level named",
        "SELECT coalesce(line_item_usage_account_id, 'all') AS a, line_item_product_code AS s,"
        f" grouping(line_item_usage_account_id, line_item_product_code) AS g, sum({BILLED}) FROM"
        " @table WHERE @september AND @once GROUP BY ROLLUP (line_item_usage_account_id,"
        " line_item_product_code) ORDER BY 1, 2",
        lambda: unordered(
            subtotals(
                lambda x: (x.account, x.code, 0),
                lambda x: (x.account, None, 1),
                lambda x: ("all", None, 3),
            )
        ),
    ),
    Question(
        "subtotals by GROUPING SETS",
        f"SELECT line_item_line_item_type, line_item_product_code, sum({BILLED}) FROM @table WHERE"
        " @september AND @once GROUP BY GROUPING SETS ((line_item_line_item_type),"
        " (line_item_product_code), ()) ORDER BY 1, 2",
        lambda: unordered(
            subtotals(lambda x: (x.type, None), lambda x: (None, x.code), lambda x: (None, None))
        ),
    ),
    Question(
        "subtotals by CUBE",
        f"SELECT line_item_usage_account_id, line_item_line_item_type, sum({BILLED}) FROM @table"
        " WHERE @september AND @once GROUP BY CUBE (1, 2) ORDER BY 1, 2",
        lambda: unordered(
            subtotals(
                lambda x: (x.account, x.type),
                lambda x: (x.account, None),
                lambda x: (None, x.type),
                lambda x: (None, None),
            )
        ),
    ),
    Question(
        "mean of a week by a frame of seven days",
        f"SELECT d, round(m, 6) FROM (SELECT d, avg(c) OVER (ORDER BY d RANGE BETWEEN INTERVAL '6' DAY"
        f" PRECEDING AND CURRENT ROW) AS m FROM ({DAILY}) AS t) AS s ORDER BY d DESC LIMIT 2",
        lambda: list(running_mean())[::-1],
    ),
    Question(
        "services of an account above what they cost on average",
        f"WITH t AS (SELECT line_item_usage_account_id AS a, line_item_product_code AS s, sum({BILLED})"
        " AS c FROM @table WHERE @september AND @once GROUP BY 1, 2) SELECT a, s, c FROM t WHERE c >"
        " (SELECT avg(o.c) FROM t AS o WHERE o.s = t.s) ORDER BY 1, 2",
        above_their_mean,
    ),
    Question(
        "accounts that use both, and neither of two",
        "(SELECT line_item_usage_account_id FROM @table WHERE line_item_product_code = 'AmazonRDS'"
        " INTERSECT SELECT line_item_usage_account_id FROM @table WHERE line_item_product_code ="
        " 'AWSELB') UNION ALL (SELECT line_item_usage_account_id FROM @table EXCEPT SELECT"
        " line_item_usage_account_id FROM @table WHERE line_item_product_code IN ('AmazonRDS',"
        " 'AWSELB')) ORDER BY 1",
        lambda: [("111111111111",), ("222222222222",)],
    ),
    Question(
        "lines of pairs of service and row type",
        "SELECT count(*) FROM @table WHERE @september AND (line_item_product_code,"
        " line_item_line_item_type) IN (('AmazonEC2', 'Usage'), ('AmazonRDS', 'DiscountedUsage'))",
        lambda: [
            (
                sum(
                    (x.code, x.type) in (("AmazonEC2", "Usage"), ("AmazonRDS", "DiscountedUsage"))
                    for x in counted(9)
                ),
            )
        ],
    ),
    Question(
        "lines dearer than every line of the month before",
        f"SELECT line_item_product_code, {BILLED} FROM @table WHERE @september AND {BILLED} >="
        f" ALL (SELECT {BILLED} FROM @table WHERE @august) ORDER BY 1",
        lambda: sorted(
            (x.code, x.cost) for x in counted(9) if x.cost >= max(y.cost for y in counted(8))
        ),
    ),
    Question(
        "parts of a resource's name",
        "SELECT split_part(line_item_resource_id, ':', 3), split_part(line_item_resource_id, ':', 6),"
        " regexp_extract(line_item_resource_id, '([^:/]+)$', 1) AS name, count(*) FROM @table WHERE"
        " @september AND line_item_resource_id LIKE 'arn:%' GROUP BY 1, 2, 3 ORDER BY 3",
        lambda: [
            ("rds", "db", "dwh", 30),
            ("lambda", "function", "etl", 30),
            ("rds", "db", "shop", 30),
        ],
    ),
    Question(
        "each account's cost by a lateral subquery",
        f"SELECT v.a, x.c FROM (VALUES '222222222222', '333333333333') AS v (a) CROSS JOIN LATERAL"
        f" (SELECT sum({BILLED}) AS c FROM @table WHERE line_item_usage_account_id = v.a AND @september"
        " AND @once) AS x ORDER BY 1",
        lambda: [
            (account, total([x for x in in_month(9) if x.account == account]))
            for account in ("222222222222", "333333333333")
        ],
    ),
    Question(
        "months as columns by a map",
        "SELECT code, element_at(m, '2026-07'), m['2026-09'] FROM (SELECT code, map_agg(month, c) AS m"
        f" FROM (SELECT line_item_product_code AS code, @month AS month, sum({BILLED}) AS c FROM @table"
        " WHERE @once GROUP BY line_item_product_code, @month) AS t GROUP BY code) AS u ORDER BY 1",
        lambda: [
            (code, *(total([x for x in in_month(month) if x.code == code]) for month in (7, 9)))
            for code in sorted({x.code for x in once()})
        ],
    ),
    Question(
        "quarters of the resources by cost",
        f"SELECT q, count(*), sum(c) FROM (SELECT r, c, ntile(4) OVER (ORDER BY c DESC, r) AS q FROM"
        f" (SELECT line_item_resource_id AS r, sum({BILLED}) AS c FROM @table WHERE @september AND"
        " @once AND line_item_resource_id <> '' GROUP BY 1)) GROUP BY q ORDER BY q",
        quarters,
    ),
    Question(
        "row types of a month counted in one map",
        "SELECT histogram(line_item_line_item_type) FROM @table WHERE @september",
        lambda: [(dict(Counter(x.type for x in counted(9))),)],
    ),
    Question(
        "services that cost more than a tenth of the bill",
        f"SELECT line_item_product_code, sum({BILLED}) FROM @table WHERE @september AND @once GROUP BY 1"
        f" HAVING sum({BILLED}) > (SELECT sum({BILLED}) / 10 FROM @table WHERE @september AND @once)"
        f" ORDER BY sum({BILLED}) DESC",
        lambda: [
            (code, cost)
            for code, cost in ranked(totals(in_month(9), lambda x: x.code))
            if cost > total(in_month(9)) / 10
        ],
    ),
)
