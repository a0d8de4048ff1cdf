# ruff: noqa: E501 -- SQL reads better unbroken
"""What changed and what comes: movers, anomalies, run rate, forecast, freshness, chargeback."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.trino.cur.question import Question, in_month, once, ranked, total, totals
from tests.trino.cur.world import USAGE, Line, days_of, lines

__all__ = ["QUESTIONS"]

D = Decimal
BILLED = "line_item_unblended_cost"
USED = "line_item_line_item_type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"


def used(month: int) -> list[Line]:
    return [line for line in in_month(month) if line.type in USAGE]


def movers() -> Iterator[tuple[str, Decimal, Decimal, Decimal]]:
    before, now = (totals(used(month), lambda x: x.code) for month in (8, 9))
    for code in before.keys() | now.keys():
        old = before.get(code, D(0)) / 31
        new = now.get(code, D(0)) / 30
        yield code, round(old, 4), round(new, 4), round(new - old, 4)


def daily(code: str) -> dict[date, Decimal]:
    return totals([x for x in used(9) if x.code == code], lambda x: x.day)


def outliers() -> Iterator[tuple[date, Decimal]]:
    """Days of EC2 more than 1.5 sample deviations above the month's mean."""
    costs = daily("AmazonEC2")
    mean = statistics.mean(map(float, costs.values()))
    spread = statistics.stdev(map(float, costs.values()))
    for day, cost in sorted(costs.items()):
        score = (float(cost) - mean) / spread
        if score > 1.1:
            yield day, D(str(round(score, 3)))


def rolling() -> Iterator[tuple[date, Decimal, Decimal]]:
    costs = daily("AmazonEC2")
    for day in days_of(9)[-3:]:
        before = [cost for other, cost in costs.items() if 1 <= (day - other).days <= 7]
        yield day, costs[day], round(sum(before, D(0)) / len(before), 6)


def slope() -> tuple[Decimal, Decimal]:
    gb = [(float(day.day), float(50 + day.day)) for day in days_of(9)]
    line = statistics.linear_regression([x for x, _ in gb], [y for _, y in gb])
    return D(str(round(line.slope, 6))), D(str(round(line.intercept + line.slope * 61, 6)))


QUESTIONS = (
    Question(
        "movers: cost a day against the month before",
        f"WITH m AS (SELECT line_item_product_code AS code, sum(if(@august, {BILLED}, 0)) / 31 AS"
        f" before, sum(if(@september, {BILLED}, 0)) / 30 AS now FROM @table WHERE @two_months AND"
        f" {USED} AND @once GROUP BY 1) SELECT code, round(before, 4), round(now, 4),"
        " round(now - before, 4) FROM m ORDER BY abs(now - before) DESC LIMIT 3",
        lambda: sorted(movers(), key=lambda row: -abs(row[3]))[:3],
    ),
    Question(
        "month over month by LAG",
        "SELECT m, cost, round(100 * (cost - lag(cost) OVER (ORDER BY m)) / lag(cost) OVER (ORDER"
        f" BY m), 4) AS change_pct FROM (SELECT @month AS m, sum({BILLED}) AS cost FROM @table"
        f" WHERE {USED} AND @once GROUP BY @month) AS t ORDER BY m",
        lambda: [
            (f"2026-0{month}", total(used(month)),
             None if month == 7 else round(
                 100 * (total(used(month)) - total(used(month - 1))) / total(used(month - 1)), 4))
            for month in (7, 8, 9)
        ],
    ),
    Question(
        "new and vanished resources",
        f"WITH a AS (SELECT DISTINCT line_item_resource_id AS r FROM @table WHERE @august AND {USED}"
        " AND line_item_resource_id <> ''),"
        f" b AS (SELECT DISTINCT line_item_resource_id AS r FROM @table WHERE @september AND {USED}"
        " AND line_item_resource_id <> '')"
        " SELECT coalesce(a.r, b.r), CASE WHEN a.r IS NULL THEN 'new' ELSE 'gone' END FROM a FULL"
        " OUTER JOIN b ON a.r = b.r WHERE a.r IS NULL OR b.r IS NULL ORDER BY 1",
        lambda: [(f"i-new{n}", "new") for n in range(4)],
    ),
    Question(
        "days that stand out by z-score",
        f"WITH d AS (SELECT date(line_item_usage_start_date) AS day, sum({BILLED}) AS cost FROM"
        f" @table WHERE @september AND line_item_product_code = 'AmazonEC2' AND {USED} AND @once"
        " GROUP BY 1), s AS (SELECT avg(cost) AS mean, stddev(cost) AS spread FROM d) SELECT day,"
        " round((cost - mean) / nullif(spread, 0), 3) AS z FROM d CROSS JOIN s"
        " WHERE cost > mean + 1.1 * spread ORDER BY day",
        lambda: list(outliers()),
    ),
    Question(
        "each day against the mean of the week before",
        f"WITH d AS (SELECT CAST(line_item_usage_start_date AS date) AS day, sum({BILLED}) AS cost"
        f" FROM @table WHERE @september AND line_item_product_code = 'AmazonEC2' AND {USED} AND"
        " @once GROUP BY 1) SELECT * FROM (SELECT day, cost, round(avg(cost) OVER (ORDER BY day ROWS"
        " BETWEEN 7 PRECEDING AND 1 PRECEDING), 6) AS mean FROM d) WHERE day >= DATE '2026-09-28'"
        " ORDER BY day",
        lambda: list(rolling()),
    ),
    Question(
        "last seven days against the seven before",
        f"WITH d AS (SELECT date(line_item_usage_start_date) AS day, sum({BILLED}) AS cost FROM"
        f" @table WHERE @september AND line_item_product_code = 'AmazonEC2' AND {USED} AND @once"
        " GROUP BY 1), l AS (SELECT max(day) AS last FROM d) SELECT"
        " sum(if(date_diff('day', day, last) < 7, cost)) AS week,"
        " sum(if(date_diff('day', day, last) BETWEEN 7 AND 13, cost)) AS week_before"
        " FROM d CROSS JOIN l",
        lambda: [
            (sum((daily("AmazonEC2")[day] for day in days_of(9)[-7:]), D(0)),
             sum((daily("AmazonEC2")[day] for day in days_of(9)[-14:-7]), D(0)))
        ],
    ),
    Question(
        "weekends against weekdays",
        "SELECT day_of_week(line_item_usage_start_date) > 5 AS weekend,"
        f" sum({BILLED}) FROM @table WHERE @september AND line_item_product_code ="
        " 'AmazonCloudWatch' GROUP BY 1 ORDER BY 1",
        lambda: sorted(totals(
            [x for x in in_month(9) if x.code == "AmazonCloudWatch"],
            lambda x: x.day.weekday() > 4).items()),
    ),
    Question(
        "spend by week",
        f"SELECT date_format(date_trunc('week', line_item_usage_start_date), '%Y-%m-%d') AS week,"
        f" sum({BILLED}) FROM @table WHERE @september AND line_item_product_code = 'AmazonS3'"
        " GROUP BY 1 ORDER BY 1",
        lambda: sorted(totals(
            [x for x in in_month(9) if x.code == "AmazonS3"],
            lambda x: f"{date.fromisocalendar(*x.day.isocalendar()[:2], 1):%Y-%m-%d}").items()),
    ),
    Question(
        "running total of the month",
        f"SELECT day, sum(cost) OVER (ORDER BY day) FROM (SELECT day_of_month("
        f"line_item_usage_start_date) AS day, sum({BILLED}) AS cost FROM @table WHERE @september AND"
        f" {USED} AND @once GROUP BY 1) ORDER BY day DESC LIMIT 1",
        lambda: [(30, total(used(9)))],
    ),
    Question(
        "forecast of NAT traffic by regression",
        "SELECT round(regr_slope(gb, day), 6), round(regr_intercept(gb, day) + regr_slope(gb, day) *"
        " 61, 6) FROM (SELECT CAST(day(line_item_usage_start_date) AS double) AS day,"
        " sum(line_item_usage_amount) AS gb FROM @table WHERE @september"
        " AND line_item_usage_type = 'NatGateway-Bytes' GROUP BY 1) AS t",
        lambda: [slope()],
    ),
    Question(
        "run rate of a month to date",
        f"SELECT sum({BILLED}) / count(DISTINCT date(line_item_usage_start_date)) * 30 FROM @table"
        " WHERE @september AND line_item_usage_start_date < TIMESTAMP '2026-09-16 00:00:00' AND"
        f" {USED} AND @once",
        lambda: [(total([x for x in used(9) if x.day < date(2026, 9, 16)]) / 15 * 30,)],
    ),
    Question(
        "data freshness",
        "SELECT max(line_item_usage_start_date) AS last, date_diff('day',"
        " CAST(max(line_item_usage_start_date) AS date), DATE '2026-10-02') FROM @table",
        lambda: [("2026-09-30T00:00:00", 2)],
        "SELECT max(ChargePeriodStart), date_diff('day', CAST(max(ChargePeriodStart) AS date), DATE"
        " '2026-10-02') FROM focus",
    ),
    Question(
        "days that the bill covers",
        "SELECT @month AS m, count(DISTINCT date(line_item_usage_start_date)), count(*) FROM @table"
        " GROUP BY @month ORDER BY m",
        lambda: [
            (f"2026-0{month}", len(days_of(month)), len(in_month(month, lines())))
            for month in (7, 8, 9)
        ],
        "SELECT billing_period, count(DISTINCT CAST(ChargePeriodStart AS date)), count(*) FROM focus"
        " GROUP BY 1 ORDER BY 1",
    ),
    Question(
        "days without any line",
        "SELECT d FROM UNNEST(sequence(DATE '2026-09-25', DATE '2026-10-02', INTERVAL '1' DAY)) AS"
        " t (d) LEFT JOIN (SELECT DISTINCT date(line_item_usage_start_date) AS day FROM @table) AS b"
        " ON b.day = t.d WHERE b.day IS NULL ORDER BY d",
        lambda: [(date(2026, 10, 1),), (date(2026, 10, 2),)],
    ),
    Question(
        "chargeback: shared cost by share of direct cost",
        f"WITH direct AS (SELECT @team AS team, sum({BILLED}) AS cost FROM @table WHERE @september"
        " AND line_item_line_item_type = 'Usage' AND @once AND @team IS NOT NULL GROUP BY @team),"
        f" shared AS (SELECT sum({BILLED}) AS cost FROM @table WHERE @september AND"
        " line_item_line_item_type = 'Usage' AND @once AND @team IS NULL) SELECT d.team, d.cost,"
        " round(s.cost * d.cost / sum(d.cost) OVER (), 4) AS share FROM direct d CROSS JOIN shared s"
        " ORDER BY d.cost DESC",
        lambda: [
            (team, cost, round(shared * cost / sum(direct.values()), 4))
            for rows in [[x for x in in_month(9) if x.type == "Usage"]]
            for direct in [totals([x for x in rows if x.tags.get("team")], lambda x: x.tags["team"])]
            for shared in [total([x for x in rows if not x.tags.get("team")])]
            for team, cost in ranked(direct)
        ],
    ),
    Question(
        "accounts as columns",
        f"SELECT line_item_product_code, sum(if(line_item_usage_account_id = '222222222222', {BILLED},"
        f" 0)) AS web, sum(if(line_item_usage_account_id = '333333333333', {BILLED}, 0)) AS data"
        f" FROM @table WHERE @september AND {USED} AND @once GROUP BY 1 ORDER BY 1",
        lambda: [
            (code, *(total([x for x in used(9) if x.code == code and x.account == account])
                     for account in ("222222222222", "333333333333")))
            for code in sorted({x.code for x in used(9)})
        ],
    ),
    Question(
        "median and 90th percentile of a day's cost",
        "SELECT approx_percentile(cost, 0.5) <= approx_percentile(cost, 0.9), max(cost) FROM (SELECT"
        f" date(line_item_usage_start_date) AS day, sum({BILLED}) AS cost FROM @table WHERE @august"
        f" AND {USED} AND @once GROUP BY 1) AS d",
        lambda: [(True, max(totals(used(8), lambda x: x.day).values()))],
    ),
    Question(
        "services of each account as a list",
        "SELECT line_item_usage_account_id, array_join(array_agg(DISTINCT line_item_product_code"
        f" ORDER BY line_item_product_code), ', ') FROM @table WHERE @september AND {USED} AND @once"
        " GROUP BY 1 ORDER BY 1",
        lambda: [
            (account, ", ".join(sorted({x.code for x in used(9) if x.account == account})))
            for account in ("222222222222", "333333333333")
        ],
    ),
    Question(
        "price and quantity of a change",
        "WITH q AS (SELECT line_item_usage_type AS u, sum(if(@august, line_item_usage_amount, 0)) AS"
        f" q0, sum(if(@september, line_item_usage_amount, 0)) AS q1, sum(if(@august, {BILLED}, 0)) AS"
        f" c0, sum(if(@september, {BILLED}, 0)) AS c1 FROM @table WHERE @two_months AND"
        " line_item_usage_type = 'BoxUsage:m5.large' AND line_item_line_item_type = 'Usage' GROUP BY"
        " 1) SELECT u, round((q1 - q0) * c0 / q0, 4) AS usage_effect, round(q1 * (c1 / q1 - c0 /"
        " q0), 4) AS rate_effect FROM q",
        lambda: [
            ("BoxUsage:m5.large",
             (D(24) * 30 + 44 * 24 - D(24) * 31) * D("0.096"), D(0))
        ],
    ),
    Question(
        "cumulative share of services",
        "SELECT code FROM (SELECT code, sum(cost) OVER (ORDER BY cost DESC ROWS BETWEEN UNBOUNDED"
        " PRECEDING AND CURRENT ROW) - cost AS before, sum(cost) OVER () AS everything FROM (SELECT"
        f" line_item_product_code AS code, sum({BILLED}) AS cost FROM @table WHERE @september AND"
        f" {USED} AND @once GROUP BY 1)) WHERE before < 0.8 * everything ORDER BY before",
        lambda: [
            (code,)
            for costs in [ranked(totals(used(9), lambda x: x.code))]
            for place, (code, _) in enumerate(costs)
            if sum((cost for _, cost in costs[:place]), D(0)) < D("0.8") * total(used(9))
        ],
    ),
    Question(
        "months of two kinds of charge side by side",
        f"SELECT @month AS m, 'tax' AS what, sum({BILLED}) FROM @table WHERE"
        f" line_item_line_item_type = 'Tax' GROUP BY @month UNION ALL SELECT @month, 'support',"
        f" sum({BILLED}) FROM @table WHERE line_item_product_code = 'AWSSupportBusiness' GROUP BY"
        " @month ORDER BY m, what",
        lambda: [
            row
            for month in (7, 8, 9)
            for row in ((f"2026-0{month}", "support", D(100)), (f"2026-0{month}", "tax", D("83.5")))
        ],
    ),
    Question(
        "split cost allocation does not add to the bill",
        f"SELECT sum({BILLED}) - sum(CASE WHEN @once THEN {BILLED} ELSE 0 END) FROM @table"
        " WHERE @september",
        lambda: [(total(in_month(9, lines())) - total(in_month(9, once())),)],
    ),
)  # fmt: skip
