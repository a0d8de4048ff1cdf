"""`make bench`: what starting, asking and running cost here, medians and ratios of one run.

Every comparison is interleaved: one round takes each of its sides once, so that a busy machine
slows all of them alike. Nothing is asserted: figures of speed belong to a machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from finops_repl.aws.http import WireResponse
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.port import Job, Language

COMMAND = str(Path(sys.executable).with_name("finops-repl"))
COST = {
    "TimePeriod": {"Start": "2025-11-01", "End": "2026-10-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
}
BOTO3 = "import boto3; boto3.client('sts')"
NODE = "console.log(1)"


def main() -> None:
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
    compare(
        "starting",
        9,
        {
            "python -c pass": program([sys.executable, "-c", "pass"]),
            "finops-repl --help": program([COMMAND, "--help"]),
            "import anthropic": program([sys.executable, "-c", "import anthropic"]),
        },
    )
    print("\nthe simulated account, cold process: the world is made")
    for seed in (1, 2, 3):
        print(
            f"  GetCostAndUsage            {time_of(program(first_cost(seed))):8.0f} ms", flush=True
        )
    compare(
        "the simulated account, cold process: the world is there",
        5,
        {"GetCostAndUsage": program(first_cost(1)), "finops-repl sql": program(sql(1))},
    )
    cost_explorer()
    sandbox = ContainerSandbox()
    image, data = image_tag(), Path(tempfile.mkdtemp())
    compare(
        "a script in a container of its own",
        7,
        {
            "docker run, python print": program(docker_run(image, "print(1)")),
            "sandbox, python print": run(sandbox, data, "python", "print(1)"),
            "docker run, boto3 client": program(docker_run(image, BOTO3)),
            "sandbox, boto3 client": run(sandbox, data, "python", BOTO3),
            "sandbox, node print": run(sandbox, data, "javascript", NODE),
        },
    )
    compare(
        "a workflow, from the shell to its answer",
        3,
        {
            name: program([COMMAND, "run-workflow", "--account", account(1), name])
            for name in ("monthly-cost-report", "cost-anomaly-detector", "export-costs-to-csv")
        },
    )


def account(seed: int) -> str:
    """A simulated account of about a million line items."""
    return f"simulated:seed={seed},as_of=2026-10-20"


def first_cost(seed: int) -> list[str]:
    """A process that asks the simulated Cost Explorer once, through the gateway."""
    code = f"""
from finops_repl.assembly.house import House
from finops_repl.aws.call import Call, Caller
house = House.open({{"account": {account(seed)!r}}}, headless=True)
house.gateway.perform(Call("ce", "GetCostAndUsage", "us-east-1", {COST!r}), Caller("bench"))
house.close()
"""
    return [sys.executable, "-c", code]


def sql(seed: int) -> list[str]:
    """The smallest statement, from the shell."""
    return [COMMAND, "sql", "--account", account(seed), "SELECT count(*) FROM cur2"]


def cost_explorer() -> None:
    """GetCostAndUsage by month and service, through boto3 and the gateway, in process."""
    from finops_repl.assembly.house import House
    from finops_repl.aws.call import Caller
    from finops_repl.gateway.inprocess import session

    house = House.open({"account": account(1)}, headless=True)
    client = session(house.gateway, Caller("bench")).client("ce")
    compare("Cost Explorer", 15, {"month x service": lambda: client.get_cost_and_usage(**COST)})
    house.close()


def compare(title: str, rounds: int, sides: Mapping[str, Callable[[], object]]) -> None:
    """Print each side's median over interleaved rounds, and its ratio to the first side."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(time_of(side))
    print(f"\n{title} (median of {rounds})")
    first = median(next(iter(taken.values())))
    for name, times in taken.items():
        print(f"  {name:<28}{median(times):8.0f} ms   x {median(times) / first:.2f}", flush=True)


def time_of(side: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    side()
    return (time.perf_counter() - began) * 1_000


def program(command: list[str]) -> Callable[[], object]:
    """A command, run to its end; one that fails ends the bench."""
    return lambda: subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, capture_output=True
    )


def docker_run(image: str, code: str) -> list[str]:
    """What one would type without us: a fresh container with no network."""
    python = ["--entrypoint", "python3", image, "-c", code]
    return ["docker", "run", "--rm", "--network", "none", *python]


def run(
    sandbox: ContainerSandbox, data: Path, language: Language, code: str
) -> Callable[[], object]:
    """A job in our sandbox, from nothing to its result; one that fails ends the bench."""

    def once() -> None:
        result = sandbox.run(
            Job(f"bench{time.monotonic_ns() % 10**8:08d}", code, language, data),
            lambda request: WireResponse(400, ()),
            on_output=lambda stream, text: None,
            cancelled=threading.Event(),
        )
        if not result.ok:
            raise SystemExit(f"{result.reason}: {result.stderr}")

    return once


if __name__ == "__main__":
    main()
