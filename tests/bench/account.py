"""The simulated account: its world made, its first answers, a workflow from the shell."""

from __future__ import annotations

import sys

from tests.bench.commands import program
from tests.bench.rounds import print_table, rounds, timed
from tests.bench.starting import COMMAND

__all__ = ["bench_account", "bench_workflows"]

COST = {
    "TimePeriod": {"Start": "2025-11-01", "End": "2026-10-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
}
EXAMPLES = ("monthly-cost-report", "cost-anomaly-detector", "export-costs-to-csv")


def bench_account(quick: bool) -> None:
    """Making a world, asking it from a cold process, and asking it again in this one."""
    seeds = (1,) if quick else (1, 2, 3)
    made = {f"world {seed}": timed(program(_first_cost(seed))) for seed in seeds}
    print_table("the simulated account, cold process: the world is made", rounds(1, made))
    cold = {
        "GetCostAndUsage": timed(program(_first_cost(1))),
        "finops-repl sql": timed(program(_smallest_sql(1))),
    }
    print_table(
        "the simulated account, cold process: the world is there",
        rounds(3 if quick else 9, cold),
    )
    _bench_cost_explorer(quick)


def bench_workflows(quick: bool) -> None:
    """The included workflows, from the shell to their answers."""
    contestants = {
        name: timed(program([COMMAND, "run-workflow", "--account", _account(1), name]))
        for name in EXAMPLES
    }
    print_table(
        "a workflow, from the shell to its answer",
        rounds(3 if quick else 9, contestants, uncounted=1),
    )


def _bench_cost_explorer(quick: bool) -> None:
    """GetCostAndUsage by month and service, through boto3 and the gateway, in process."""
    from finops_repl.assembly.house import House
    from finops_repl.aws.call import Caller
    from finops_repl.gateway.inprocess import session

    house = House.open({"account": _account(1)}, headless=True)
    try:
        client = session(house.gateway, Caller("bench")).client("ce")
        ask = timed(lambda: client.get_cost_and_usage(**COST))
        figures = rounds(5 if quick else 15, {"month x service": ask}, uncounted=1)
    finally:
        house.close()
    print_table("Cost Explorer, in process", figures)


def _account(seed: int) -> str:
    """A simulated account of about a million line items."""
    return f"simulated:seed={seed},as_of=2026-10-20"


def _first_cost(seed: int) -> list[str]:
    """A process that asks the simulated Cost Explorer once, through the gateway."""
    code = f"""
from finops_repl.assembly.house import House
from finops_repl.aws.call import Call, Caller
house = House.open({{"account": {_account(seed)!r}}}, headless=True)
house.gateway.perform(Call("ce", "GetCostAndUsage", "us-east-1", {COST!r}), Caller("bench"))
house.close()
"""
    return [sys.executable, "-c", code]


def _smallest_sql(seed: int) -> list[str]:
    return [COMMAND, "sql", "--account", _account(seed), "SELECT count(*) FROM cur2"]
