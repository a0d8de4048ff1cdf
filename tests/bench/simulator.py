"""The simulated organisation at 1 and 10 million line items: made, held, asked over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.bench.goals import Goal, print_goals
from tests.bench.rounds import Figure, print_table, rounds, timed

__all__ = ["bench_simulator"]

SIZES = {"1 M": 1_000_000, "10 M": 10_000_000}
FIRST = "first start to first answer"
LATER = "later start to first answer"
BY_SERVICE = "month x service"
BY_ACCOUNT = "amortized, month x account"
TOP = "top 20 resources of 30 days (SQL)"
DAILY = "day x service, 30 days"

PERIOD = {"Start": "2025-11-01", "End": "2026-10-01"}
MONTH = {"Start": "2026-09-21", "End": "2026-10-21"}


def cost(metric: str, key: str, granularity: str, period: Mapping[str, str]) -> dict[str, Any]:
    return {
        "TimePeriod": period,
        "Granularity": granularity,
        "Metrics": [metric],
        "GroupBy": [{"Type": "DIMENSION", "Key": key}],
    }


QUESTIONS = {
    BY_SERVICE: cost("UnblendedCost", "SERVICE", "MONTHLY", PERIOD),
    BY_ACCOUNT: cost("AmortizedCost", "LINKED_ACCOUNT", "MONTHLY", PERIOD),
    DAILY: cost("UnblendedCost", "SERVICE", "DAILY", MONTH),
}
TOP_SQL = (
    "SELECT line_item_resource_id, sum(line_item_unblended_cost) AS cost FROM cur2"
    " WHERE billing_period IN ('2026-09', '2026-10')"
    " AND line_item_usage_start_date >= TIMESTAMP '2026-09-21 00:00:00'"
    " AND line_item_resource_id <> '' GROUP BY 1 ORDER BY 2 DESC LIMIT 20"
)
MAKE = """
import json, resource, sys, time
from datetime import date
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.simulator.store import world_file
began = time.perf_counter()
path = world_file(SimulatedSpec.parse(sys.argv[1], yesterday=date(2026, 10, 20)))
took = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"s": took, "MB of memory": peak / 1024,
                  "MB on disk": path.stat().st_size / 1e6}))
"""
ASK = """
import sys
from finops_repl.assembly.house import House
from finops_repl.aws.call import Call, Caller
house = House.open({"account": sys.argv[1]}, headless=True)
question = QUESTION
house.gateway.perform(Call("ce", "GetCostAndUsage", "us-east-1", question), Caller("bench"))
house.close()
""".replace("QUESTION", repr(QUESTIONS[BY_SERVICE]))


def bench_simulator(quick: bool) -> None:
    """Making a world of each size, asking it from a cold process, and asking it over HTTP."""
    sizes = {"1 M": SIZES["1 M"]} if quick else SIZES
    starts = _starts(3 if quick else 5)
    for size, rows in sizes.items():
        # DuckDB draws progress on the stdout of `python -c`, before what is printed.
        made = json.loads(_python(MAKE, _account(2, rows)).splitlines()[-1])
        shown = ", ".join(f"{amount:,.1f} {unit}" for unit, amount in made.items())
        print(f"\n{size} line items made: {shown}", flush=True)
    figures = {size: _over_http(rows, 5 if quick else 15) for size, rows in sizes.items()}
    small = figures["1 M"]
    goals = [
        Goal(FIRST, starts[FIRST].median, "at most", 3_000),
        Goal(LATER, starts[LATER].median, "at most", 600),
        *(Goal(f"1 M, {name}", figure.median, "at most", 25) for name, figure in small.items()),
    ]
    if "10 M" in figures:
        goals += [
            Goal(f"10 M to 1 M, {name}", figure.median / small[name].median, "at most", 2, "x")
            for name, figure in figures["10 M"].items()
            if name != TOP
        ]
    print_goals(goals)


def _starts(count: int) -> Mapping[str, Figure]:
    seeds = iter(range(100, 100 + count))
    contestants = {
        FIRST: timed(lambda: _python(ASK, _account(next(seeds), SIZES["1 M"]))),
        LATER: timed(lambda: _python(ASK, _account(100, SIZES["1 M"]))),
    }
    figures = rounds(count, contestants)
    print_table("the simulated account from a cold process, 1 M", figures)
    return figures


def _over_http(rows: int, count: int) -> Mapping[str, Figure]:
    import boto3

    from finops_repl.assembly.house import House
    from finops_repl.aws.call import Caller
    from finops_repl.gateway.loopback import open_loopback

    house = House.open({"account": _account(2, rows)}, headless=True)
    try:
        with open_loopback(house.gateway, Caller("bench")) as door:
            aws = boto3.session.Session(
                aws_access_key_id=door.access_key_id, aws_secret_access_key=door.secret,
                region_name=door.region,
            )  # fmt: skip
            ce = aws.client("ce", endpoint_url=door.url)
            athena = aws.client("athena", endpoint_url=door.url)

            def asked(name: str) -> Callable[[], Any]:
                return lambda: ce.get_cost_and_usage(**QUESTIONS[name])

            contestants = {name: timed(asked(name)) for name in QUESTIONS}
            contestants[TOP] = timed(lambda: _query(athena))
            figures = rounds(count, contestants, uncounted=1)
    finally:
        house.close()
    print_table(f"over HTTP by boto3, {rows:,} line items", figures)
    return figures


def _query(athena: Any) -> None:
    """Run the query and read its rows, as pyathena does but for the pauses between looks."""
    started = athena.start_query_execution(QueryString=TOP_SQL)["QueryExecutionId"]
    while True:
        found = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        threading.Event().wait(0.002)
    if found["Status"]["State"] != "SUCCEEDED":
        raise SystemExit(found["Status"]["StateChangeReason"])
    rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    if len(rows) != 21:
        raise SystemExit(f"{len(rows)} rows came back")


def _account(seed: int, rows: int) -> str:
    return f"simulated:seed={seed},as_of=2026-10-20,rows={rows}"


def _python(code: str, account: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code, account], capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise SystemExit(ended.stderr)
    return ended.stdout
