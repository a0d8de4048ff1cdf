"""The ledger as tables: a narrow `fact`, its dimensions, cubes, inventory and trail.

`fact` has one row a line; `meter` says which resource, `charge` everything Cost Explorer can filter
and group by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from finops_repl.simulator.bill import views
from finops_repl.simulator.columns import insert, money
from finops_repl.simulator.cubes import make_cubes
from finops_repl.simulator.dimensions import write_charges, write_meters
from finops_repl.simulator.holdings import write_commitments
from finops_repl.simulator.inventory import (
    write_events,
    write_groups,
    write_instances,
    write_lives,
    write_loads,
    write_resources,
)
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES
from finops_repl.simulator.months import Month
from finops_repl.simulator.pods import Shares
from finops_repl.simulator.trail import events
from finops_repl.simulator.world import World
from finops_repl.trino.store import Store

__all__ = ["fill"]

_MONEY = ("unblended", "blended", "amortized")


def fill(store: Store, ledger: Ledger) -> None:
    """Write the whole ledger into an empty store."""
    # The file is whole with the commit, and its closing has nothing left to write.
    store.execute("SET checkpoint_threshold = '1KB'")
    store.execute("BEGIN")
    insert(store, "line_type", {
        "type": range(len(LINE_TYPES)),
        "type_name": LINE_TYPES,
    }, "type::TINYINT AS type, type_name")  # fmt: skip
    _months(store, ledger)
    _accounts(store, ledger.world)
    write_commitments(store, ledger)
    pods = ledger.pods.pods
    meters = [*ledger.meters, *(meter for pod in pods for meter in pod.meters(ledger.calendar))]
    charges = write_charges(store, meters)
    write_meters(store, meters, charges, {pod.arn: pod.node for pod in pods})
    _facts(store, ledger)
    write_instances(store, ledger)
    write_lives(store, ledger)
    write_resources(store, ledger)
    write_groups(store, ledger)
    write_loads(store, ledger)
    write_events(store, events(ledger))
    make_cubes(store, ledger.world.rows)
    for statement in views():
        store.execute(statement)
    store.execute("COMMIT")


def _months(store: Store, ledger: Ledger) -> None:
    months, payer = ledger.calendar.months(), ledger.world.payer
    chance = ledger.world.chance

    def invoice(month: Month) -> str:
        number = 100_000_000 + chance.below(900_000_000, "invoice", month.period)
        return "" if month.open else str(number)

    insert(store, "billing_month", {
        "month": [month.index for month in months],
        "billing_period": [month.period for month in months],
        "starts": [month.starts.isoformat() for month in months],
        "ends": [month.ends.isoformat() for month in months],
        "invoice_id": [invoice(month) for month in months],
        "is_open": [month.open for month in months],
        "payer_id": [payer.id for _ in months],
        "payer_name": [payer.name for _ in months],
    }, "* REPLACE (month::TINYINT AS month, starts::TIMESTAMP AS starts, ends::TIMESTAMP AS ends)",
    )  # fmt: skip


def _accounts(store: Store, world: World) -> None:
    fields = ("id", "name", "unit", "email")
    insert(store, "account", {
        name: [getattr(account, name) for account in world.accounts] for name in fields
    })  # fmt: skip


def _facts(store: Store, ledger: Ledger) -> None:
    store.execute(
        "CREATE TABLE fact (meter INTEGER, day DATE, month TINYINT, type TINYINT, "
        "commitment TINYINT, usage DECIMAL(18, 6), "
        + ", ".join(f"{name} DECIMAL(18, 10)" for name in _MONEY) + ")"
    )  # fmt: skip
    amounts = ", ".join(money(name) for name in _MONEY)
    shares = []
    for month, lines in zip(ledger.calendar.months(), _ahead(ledger.months()), strict=True):
        shares.append((month, ledger.pods.shares(lines)))
        store.register("incoming", _columns(lines))
        store.execute(
            f"INSERT INTO fact SELECT meter, DATE '{ledger.calendar.first_day}' + day, "  # noqa: S608
            f"{month.index}, type, commitment, (usage / 1000000.0)::DECIMAL(18, 6), {amounts}"
            " FROM incoming"
        )
        store.unregister("incoming")
    _split(store, ledger, shares)


def _ahead(items: Iterator[Lines]) -> Iterator[Lines]:
    """The items, each made while the one before it is written."""
    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(next, items, None)
        while (item := following.result()) is not None:
            following = maker.submit(next, items, None)
            yield item


_SPLIT_USAGE = ("usage", "reserved", "actual", "ratio")
_SPLIT_MONEY = (
    "split", "unused", "net_split", "net_unused", "public_split", "public_unused"
)  # fmt: skip


def _split(store: Store, ledger: Ledger, shares: Sequence[tuple[Month, Shares]]) -> None:
    """What pods take of the months' lines; a pod's two meters stand after all others."""

    def column(name: str) -> np.ndarray[Any, Any]:
        return np.concatenate([getattr(each, name) for _, each in shares])

    names = (*_SPLIT_USAGE, *_SPLIT_MONEY)
    columns: dict[str, np.ndarray[Any, Any]] = {
        "meter": len(ledger.meters) + 2 * column("pod") + column("memory"),
        "day": column("day"),
        "month": np.concatenate([np.full_like(each.day, month.index) for month, each in shares]),
    }
    columns |= {name: column(name).astype(np.float64) for name in names}
    usage = ", ".join(f"({name} / 1000000.0)::DECIMAL(18, 6) AS {name}" for name in _SPLIT_USAGE)
    amounts = ", ".join(money(name) for name in _SPLIT_MONEY)
    insert(
        store, "split", columns,
        f"meter::INTEGER AS meter, (DATE '{ledger.calendar.first_day}' + day::INTEGER) AS day,"
        f" month::TINYINT AS month, {usage}, {amounts}",
    )  # fmt: skip


def _columns(lines: Lines) -> dict[str, np.ndarray[Any, Any]]:
    whole = {"meter": np.int32, "day": np.int32, "type": np.int8, "commitment": np.int8}
    columns: dict[str, np.ndarray[Any, Any]] = {
        name: getattr(lines, name).astype(kind) for name, kind in whole.items()
    }
    # Whole numbers below 2^53 are exact as doubles, which DuckDB turns into decimals fastest.
    return columns | {name: getattr(lines, name).astype(np.float64) for name in ("usage", *_MONEY)}
