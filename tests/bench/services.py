"""Every service of the simulated account asked once, from a cold process without a ledger."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Mapping
from datetime import date

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from tests.bench.goals import Goal, print_goals
from tests.bench.rounds import Figure, print_table

__all__ = ["bench_services"]

AS_OF = date(2026, 10, 31)
BY_PAYER = ("budgets",)
"""Services whose every call names the payer's account."""
FIRST, EVERY = "first service", "every service"
ASK = """
import json, pickle, sys, time
began = time.perf_counter()
from finops_repl.assembly.house import House
from finops_repl.aws.call import Call, Caller
house = House.open({"account": sys.argv[1]}, headless=True)
calls = pickle.load(sys.stdin.buffer)
took = []
for service, operation, region, params in calls:
    house.gateway.perform(Call(service, operation, region, params), Caller("bench"))
    took.append((service, time.perf_counter() - began))
house.close()
print(json.dumps(took))
"""


def bench_services(quick: bool) -> None:
    """Seconds from the start of a process until one service, and until each, has answered."""
    moments: dict[str, list[float]] = {}
    for seed in range(200, 203 if quick else 205):
        account = f"simulated:seed={seed},as_of={AS_OF}"
        calls = _first_calls(account)
        ended = subprocess.run(
            [sys.executable, "-c", ASK, account],
            input=pickle.dumps(calls), capture_output=True, check=False,
        )  # fmt: skip
        if ended.returncode != 0:
            raise SystemExit(ended.stderr.decode())
        # DuckDB draws progress on the stdout of `python -c`, before what is printed.
        answered: list[tuple[str, float]] = json.loads(ended.stdout.splitlines()[-1])
        before = 0.0
        for service, moment in answered:
            moments.setdefault(service, []).append((moment - before) * 1_000)
            before = moment
        moments.setdefault(FIRST, []).append(answered[0][1] * 1_000)
        moments.setdefault(EVERY, []).append(answered[-1][1] * 1_000)
    figures = {name: Figure(tuple(values)) for name, values in moments.items()}
    _print(figures, len(figures) - 2)


def _print(figures: Mapping[str, Figure], count: int) -> None:
    print_table(f"{count} services of the simulated account from a cold process, 1 M", figures)
    print_goals(
        [
            Goal(FIRST, figures[FIRST].median, "at most", 3_000),
            Goal(EVERY, figures[EVERY].median, "at most", 15_000),
        ]
    )


def _first_calls(account: str) -> list[tuple[str, str, str, Mapping[str, object]]]:
    """One call of each service, Cost Explorer first: a question of each from the tests.

    Of questions that are made from the organisation those alone are taken that need no ledger.
    """
    from tests.simulator.offered.days import Dated  # pytest: only this part needs it
    from tests.simulator.offered.every import PROBES

    organisation = SimulatedOrganisation(SimulatedSpec.parse(account, yesterday=AS_OF))
    found: dict[str, tuple[str, str, str, Mapping[str, object]]] = {}
    for probe in PROBES:
        params = probe.params.on(AS_OF) if isinstance(probe.params, Dated) else probe.params
        if callable(params) and probe.service in BY_PAYER:
            params = params(organisation)
        if not callable(params):
            found.setdefault(probe.service, (probe.service, probe.operation, probe.region, params))
    return [found.pop("ce"), *(found[service] for service in sorted(found))]
