"""The ledger as tables: a narrow `fact`, its dimensions, a monthly cube, inventory and trail.

`fact` has one row a line; `meter` says which resource, `charge` everything Cost Explorer can filter
and group by; `monthly` holds the facts' sums by month, charge and type, so that monthly answers
stay as fast as the bill grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from finops_repl.simulator.columns import insert, money
from finops_repl.simulator.commitments import Commitment
from finops_repl.simulator.cur2 import view_sql
from finops_repl.simulator.dimensions import write_charges, write_meters
from finops_repl.simulator.inventory import (
    write_events,
    write_groups,
    write_instances,
    write_loads,
    write_resources,
)
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES
from finops_repl.simulator.months import Month
from finops_repl.simulator.trail import events
from finops_repl.simulator.world import World
from finops_repl.trino.store import Store

__all__ = ["fill"]

_MONEY = ("unblended", "blended", "amortized", "public")


def fill(store: Store, ledger: Ledger) -> None:
    """Write the whole ledger into an empty store."""
    store.execute("BEGIN")
    insert(store, "line_type", {
        "type": range(len(LINE_TYPES)),
        "type_name": LINE_TYPES,
    }, "type::TINYINT AS type, type_name")  # fmt: skip
    _months(store, ledger)
    _accounts(store, ledger.world)
    _commitments(store, ledger.commitments)
    charges = write_charges(store, ledger.meters)
    write_meters(store, ledger, charges)
    _facts(store, ledger)
    write_instances(store, ledger)
    write_groups(store, ledger)
    write_resources(store, ledger)
    write_loads(store, ledger)
    write_events(store, events(ledger))
    sums = ", ".join(f"sum(f.{name})::DECIMAL(18, 10) AS {name}" for name in _MONEY)
    store.execute(
        f"CREATE TABLE monthly AS SELECT f.month, m.charge, f.type, sum(f.usage) AS usage, {sums}"  # noqa: S608
        " FROM fact f JOIN meter m ON m.meter = f.meter GROUP BY ALL ORDER BY ALL"
    )
    store.execute(view_sql())
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


def _commitments(store: Store, bought: Sequence[Commitment]) -> None:
    insert(store, "commitment", {
        "commitment": range(len(bought)),
        "id": [each.id for each in bought],
        "kind": [each.kind for each in bought],
        "arn": [each.arn for each in bought],
        "region": [each.region.code for each in bought],
        "family": [each.offer.instance_type.partition(".")[0] for each in bought],
        "quantity": [each.quantity for each in bought],
        "option": [each.option for each in bought],
        "term": [f"{each.years}yr" for each in bought],
        "begins": [each.begins.isoformat() for each in bought],
        "ends": [each.ends.isoformat() for each in bought],
        "rate": [each.rate for each in bought],
        "upfront": [each.upfront for each in bought],
        "upfront_value": [each.quantity * each.upfront * each.term_hours for each in bought],
        "upfront_share": [each.upfront / each.rate for each in bought],
    }, f"* REPLACE ({money('rate')}, {money('upfront')}, {money('upfront_value')}, "
       "begins::TIMESTAMP AS begins, ends::TIMESTAMP AS ends, "
       "upfront_share::DECIMAL(12, 10) AS upfront_share)",
    )  # fmt: skip


def _facts(store: Store, ledger: Ledger) -> None:
    store.execute(
        "CREATE TABLE fact (meter INTEGER, day DATE, month TINYINT, type TINYINT, "
        "usage DECIMAL(18, 6), "
        + ", ".join(f"{name} DECIMAL(18, 10)" for name in _MONEY) + ")"
    )  # fmt: skip
    origin = ledger.calendar.first_day
    for month, lines in zip(ledger.calendar.months(), ledger.months(), strict=True):
        store.register("incoming", _columns(lines))
        amounts = ", ".join(money(name) for name in _MONEY)
        store.execute(
            f"INSERT INTO fact SELECT meter, DATE '{origin}' + day, {month.index}, type, "  # noqa: S608
            f"(usage / 1000000.0)::DECIMAL(18, 6), {amounts} FROM incoming"
        )
        store.unregister("incoming")


def _columns(lines: Lines) -> dict[str, np.ndarray[Any, Any]]:
    whole = {"meter": np.int32, "day": np.int32, "type": np.int8}
    columns: dict[str, np.ndarray[Any, Any]] = {
        name: getattr(lines, name).astype(kind) for name, kind in whole.items()
    }
    # Whole numbers below 2^53 are exact as doubles, which DuckDB turns into decimals fastest.
    return columns | {name: getattr(lines, name).astype(np.float64) for name in ("usage", *_MONEY)}
