"""Seed and date fix every byte, and every day of the year can be the last one."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.simulator.store import KEPT, world_file
from finops_repl.trino.store import connect
from tests.simulator.conftest import SMALL, Worlds

MARCH = "simulated:seed=23,as_of=2026-03-01,rows=20000"
NEW_YEAR = "simulated:seed=7,as_of=2026-01-01,rows=20000"
LEAP_DAY = "simulated:seed=23,as_of=2024-02-29,rows=20000"
GOLDEN = {
    SMALL: "0916c16322b18ec5f3ed9c271ad229d375ec88ecd3d8d93bce504334861b5f9f",
    MARCH: "4abe56edf40b1eddefa7cf334f370d3501db48716fd956085ce85915997fa7bd",
    NEW_YEAR: "ea84b4fdb49d9c287bf0465bf0e0373aa5df9405d36a9838145a80817c84b5b2",
    LEAP_DAY: "3edce31405d992b7e52ca7234f70afd4038f834a8886da4036f8e3b459c12778",
}
"""The sha256 of a small bill's canonical export; it changes only when the generator does."""


def digest(path: Path, folder: Path) -> str:
    """The hash of the whole bill as CSV, sorted by line item."""
    exported = folder / "bill.csv"
    store = connect(path, read_only=True)
    store.execute(
        "COPY (SELECT * REPLACE (to_json(resource_tags) AS resource_tags,"
        " to_json(product) AS product, to_json(discount) AS discount,"
        f" to_json(cost_category) AS cost_category) FROM cur2 ORDER BY identity_line_item_id)"
        f" TO '{exported}' (HEADER)"
    )
    store.close()
    found = hashlib.sha256(exported.read_bytes()).hexdigest()
    exported.unlink()
    return found


@pytest.mark.parametrize("text", GOLDEN)
def test_the_same_seed_and_date_give_the_same_bytes_everywhere(
    worlds: Worlds, tmp_path: Path, text: str
) -> None:
    assert digest(worlds(text).store_path, tmp_path) == GOLDEN[text]


@pytest.mark.parametrize("text", GOLDEN)
def test_any_day_can_be_the_last(worlds: Worlds, text: str) -> None:
    organisation = worlds(text)
    last = organisation.spec.as_of
    store = connect(organisation.store_path, read_only=True)
    months = store.execute(
        "SELECT billing_period, min(line_item_usage_start_date)::DATE,"
        " max(line_item_usage_start_date)::DATE, max(line_item_usage_end_date)::DATE,"
        " max(bill_invoice_id) FROM cur2 GROUP BY 1 ORDER BY 1"
    ).fetchall()
    days = store.execute("SELECT count(DISTINCT day), max(day), min(day) FROM fact").fetchall()[0]
    store.close()
    assert len(months) == 13
    assert months[-1][2] == last
    assert days[0] == (last - days[2]).days + 1
    assert all(first.strftime("%Y-%m") == period for period, first, *_ in months)
    assert [bool(invoice) for *_, invoice in months] == [True] * 12 + [False]


def test_a_million_lines_are_about_a_million(worlds: Worlds) -> None:
    store = connect(worlds("simulated:as_of=2026-10-31").store_path, read_only=True)
    lines, accounts, regions, services = store.execute(
        "SELECT count(*), count(DISTINCT line_item_usage_account_id),"
        " count(DISTINCT nullif(product_region_code, '')),"
        " count(DISTINCT line_item_product_code) FROM cur2"
    ).fetchall()[0]
    store.close()
    assert abs(lines - 1_000_000) < 125_000
    assert (accounts, regions) == (18, 7)  # one region is the miners' alone
    assert services >= 12


def test_no_two_lines_have_one_id(small: SimulatedOrganisation) -> None:
    store = connect(small.store_path, read_only=True)
    lines, ids = store.execute(
        "SELECT count(*), count(DISTINCT identity_line_item_id) FROM cur2"
    ).fetchall()[0]
    store.close()
    assert ids == lines


def test_money_is_usage_times_price_to_the_last_digit(small: SimulatedOrganisation) -> None:
    store = connect(small.store_path, read_only=True)
    rows = store.execute(
        "SELECT line_item_usage_amount, line_item_unblended_rate, line_item_unblended_cost"
        " FROM cur2 WHERE line_item_line_item_type = 'Usage'"
    ).fetchall()
    store.close()
    place = Decimal("0.0000000001")
    assert all(abs(usage * Decimal(rate) - cost) <= place / 2 for usage, rate, cost in rows)


def test_two_processes_can_make_the_same_world_at_once(tmp_path: Path) -> None:
    code = (
        "from datetime import date; from finops_repl.simulator.spec import SimulatedSpec;"
        "from finops_repl.simulator.store import world_file;"
        "print(world_file(SimulatedSpec(date(2026, 5, 5), rows=20_000)))"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={"XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    paths = {run.communicate()[0].strip() for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    (path,) = paths
    assert [file.name for file in Path(path).parent.iterdir()] == [Path(path).name]
    store = connect(Path(path), read_only=True)
    assert store.execute("SELECT count(*) > 0 FROM cur2").fetchall() == [(True,)]
    store.close()


def test_only_the_latest_worlds_stay_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = world_file(SimulatedSpec(date(2026, 5, 4), rows=20_000)).parent
    for number in range(KEPT + 3):
        (folder / f"{number}.duckdb").touch()
    kept = world_file(SimulatedSpec(date(2026, 5, 5), rows=20_000))
    assert kept.exists()
    assert len(list(folder.glob("*.duckdb"))) == KEPT
