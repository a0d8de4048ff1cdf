"""Prices fall with the month's usage of a region, whoever uses it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from finops_repl.simulator.book import Book
from finops_repl.simulator.meter import MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import offer
from finops_repl.simulator.world import World
from finops_repl.trino.store import connect
from tests.simulator.conftest import Worlds


@pytest.mark.parametrize("usage", ["TimedStorage-ByteHrs", "DataTransfer-Out-Bytes"])
def test_each_price_is_used_up_before_the_next_one_is_paid(worlds: Worlds, usage: str) -> None:
    store = connect(worlds("simulated:as_of=2026-10-31").store_path, read_only=True)
    rows = store.execute(
        "SELECT f.month, g.region, g.price, sum(f.usage) FROM fact f JOIN meter m ON"
        " m.meter = f.meter JOIN charge g ON g.charge = m.charge WHERE f.type = 0"
        " AND g.product_code IN ('AmazonS3', 'AmazonEC2')"
        " AND regexp_full_match(g.usage_type, '([A-Z0-9]+-)?' || ?)"
        " GROUP BY ALL ORDER BY 1, 2, 3 DESC",
        [usage],
    ).fetchall()
    store.close()
    used: dict[tuple[int, str], list[Decimal]] = {}
    for month, region, _, amount in rows:
        used.setdefault((month, region), []).append(amount)
    steps = [0, *(since for since, _ in offer("s3", usage).tiers)]
    widths = [end - since for since, end in pairwise(steps)]
    for amounts in used.values():
        assert amounts[:-1] == widths[: len(amounts) - 1]
    assert max(map(len, used.values())) > 1


def test_a_little_on_top_of_much_costs_the_last_price() -> None:
    world, calendar = World(7, 20_000), Calendar(date(2026, 10, 31))
    account, stored = world.members[0], offer("s3", "TimedStorage-ByteHrs")
    meter = Meter(account, account.regions[0], stored, "a-bucket", 0, calendar.last, MICRO)
    book = Book([meter], world, calendar, on_top=True)
    month = calendar.months()[0]
    alone, _ = book.lines(month)
    on_top, _ = book.lines(month, {("us-east-1", "TimedStorage-ByteHrs"): 600_000 * MICRO})
    paid = int(alone.unblended.sum()), int(on_top.unblended.sum())
    dearest, cheapest = Decimal(stored.price), Decimal(stored.tiers[-1][1])
    assert paid[1] / paid[0] == pytest.approx(float(cheapest / dearest), rel=1e-6)
