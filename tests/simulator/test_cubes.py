"""Every cell of every cube is what pandas makes of the exported bill, to the last digit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops_repl.simulator.cubes import DAILY_CUBE_FROM, make_cubes
from finops_repl.simulator.handlers.cost_explorer.costs import CostExplorerService
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.tags import TAG_KEYS, bill_key
from finops_repl.simulator.view import View
from finops_repl.simulator.world import World
from finops_repl.trino.store import connect
from tests.simulator.bills import disagreements, from_cost_explorer, from_the_bill

CUBES = ("monthly", "monthly_plain", "daily_plain")
TAGS = [f"resource_tags_{bill_key(key)}" for key in TAG_KEYS]
KEYS = [
    "line_item_usage_account_id", "product_region_code", "line_item_usage_type",
    "line_item_operation", "line_item_line_item_type", "pricing_rate_code", "commitment",
]  # fmt: skip
AMOUNTS = ["usage", "unblended", "blended", "amortized", "public", "net_unblended", "net_amortized"]
PARTS = {
    "usage": "line_item_usage_amount",
    "unblended": "line_item_unblended_cost",
    "blended": "line_item_blended_cost",
    "public": "pricing_public_on_demand_cost",
    "net_unblended": "line_item_net_unblended_cost",
    "covered": "savings_plan_savings_plan_effective_cost",
    "net_covered": "savings_plan_net_savings_plan_effective_cost",
    "whole": "savings_plan_total_commitment_to_date",
    "used": "savings_plan_used_commitment",
    "reserved": "reservation_effective_cost",
    "net_reserved": "reservation_net_effective_cost",
    "idle_upfront": "reservation_unused_amortized_upfront_fee_for_billing_period",
    "idle_recurring": "reservation_unused_recurring_fee",
    "net_idle_upfront": "reservation_net_unused_amortized_upfront_fee_for_billing_period",
    "net_idle_recurring": "reservation_net_unused_recurring_fee",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cubes")


@pytest.fixture
def cubed(small: SimulatedOrganisation, folder: Path) -> Path:
    """The small ledger with the cubes of a large one."""
    path = folder / "cubed.duckdb"
    if not path.exists():
        shutil.copy(small.store_path, path)
        store = connect(path)
        store.execute("DROP TABLE monthly")
        store.execute("DROP TABLE monthly_plain")
        make_cubes(store, DAILY_CUBE_FROM)
        store.close()
    return path


def whole_numbers(column: pd.Series) -> pd.Series:
    """Decimals of one scale as whole numbers of their last place."""
    return column.str.replace(".", "", regex=False).astype("int64")


@pytest.fixture
def bill(small: SimulatedOrganisation, folder: Path) -> pd.DataFrame:
    """The exported bill with the amounts of each row, by pandas alone."""
    path, exported = folder / "bill.pickle", folder / "bill.csv"
    if not path.exists():
        store = connect(small.store_path, read_only=True)
        decimals = ", ".join(
            f"{column}::DECIMAL(18, {6 if name == 'usage' else 10}) AS {name}"
            for name, column in PARTS.items()
        )
        commitment = "reservation_reservation_a_r_n || savings_plan_savings_plan_a_r_n"
        store.execute(
            "COPY (SELECT line_item_usage_start_date::DATE::VARCHAR AS day,"
            f" year || '-' || lpad(month, 2, '0') AS period, {', '.join(KEYS[:-1])},"
            f" {commitment} AS commitment, {', '.join(TAGS)}, {decimals} FROM cur_legacy"
            f" WHERE coalesce(line_item_operation, '') <> 'EKSPod-EC2') TO '{exported}' (HEADER)"
        )
        store.close()
        frame = pd.read_csv(exported, dtype=str, keep_default_na=False)
        for name in PARTS:
            frame[name] = whole_numbers(frame[name])
        _amortize(frame)
        frame.to_pickle(path)
    return pd.read_pickle(path)


def _amortize(bill: pd.DataFrame) -> None:
    kind = bill.line_item_line_item_type
    unused = bill.whole - bill.used
    for name, plain, covered, reserved, idle, rest in (
        ("amortized", "unblended", "covered", "reserved",
         bill.idle_upfront + bill.idle_recurring, unused),
        ("net_amortized", "net_unblended", "net_covered", "net_reserved",
         bill.net_idle_upfront + bill.net_idle_recurring, unused - (unused * 6 + 50) // 100),
    ):  # fmt: skip
        cost = bill[plain].copy()
        cost[kind == "SavingsPlanCoveredUsage"] = bill[covered]
        cost[kind == "SavingsPlanRecurringFee"] = rest
        cost[kind.isin(["SavingsPlanNegation", "SavingsPlanUpfrontFee"])] = 0
        cost[kind == "DiscountedUsage"] = bill[reserved]
        cost[kind == "RIFee"] = idle
        cost[(kind == "Fee") & (bill.commitment != "")] = 0
        bill[name] = cost


def by_pandas(bill: pd.DataFrame, cube: str) -> pd.DataFrame:
    """The cube's cells out of the bill."""
    when = "day" if cube == "daily_plain" else "period"
    tags = TAGS if cube == "monthly" else []
    found: pd.DataFrame = bill.groupby([when, *KEYS, *tags])[AMOUNTS].sum().sort_index()
    return found


Sums = Callable[[str], pd.DataFrame]


@pytest.fixture
def sums(bill: pd.DataFrame, folder: Path) -> Sums:
    """The cells of a cube by pandas, summed up once."""

    def find(cube: str) -> pd.DataFrame:
        path = folder / f"{cube}.pickle"
        if not path.exists():
            by_pandas(bill, cube).to_pickle(path)
        return pd.read_pickle(path)

    return find


def of_store(path: Path, cube: str) -> pd.DataFrame:
    """The cube's cells as they are held."""
    store = connect(path, read_only=True)
    when = "f.day::VARCHAR" if cube == "daily_plain" else "b.billing_period"
    months = "" if cube == "daily_plain" else " JOIN billing_month b ON b.month = f.month"
    tags = [f'g."tag:{key}"' for key in TAG_KEYS] if cube == "monthly" else []
    names = [
        when, "g.account_id", "g.region", "g.usage_type", "coalesce(g.operation, '')",
        "t.type_name", "g.sku || '.' || g.rate_id",
        "CASE WHEN c.kind = 'ri' AND t.type_name IN ('DiscountedUsage', 'RIFee', 'Fee')"
        " OR t.type_name LIKE 'SavingsPlan%' THEN c.arn ELSE '' END", *tags,
    ]  # fmt: skip
    sums = ", ".join(f"sum(f.{name})::VARCHAR" for name in AMOUNTS)
    rows = store.execute(
        f"SELECT {', '.join(names)}, {sums} FROM {cube} f JOIN charge g ON g.charge = f.charge"
        f" JOIN line_type t ON t.type = f.type LEFT JOIN commitment c ON"
        f" c.commitment = f.commitment{months} GROUP BY {', '.join(names)}"
    ).fetchall()
    store.close()
    keys = ["day" if cube == "daily_plain" else "period", *KEYS, *(TAGS if tags else [])]
    frame = pd.DataFrame(rows, columns=[*keys, *AMOUNTS])
    for name in AMOUNTS:
        frame[name] = whole_numbers(frame[name])
    return frame.set_index(keys).sort_index()


@pytest.mark.parametrize("cube", CUBES)
def test_every_cell_is_pandas_own(cubed: Path, sums: Sums, cube: str) -> None:
    pd.testing.assert_frame_equal(of_store(cubed, cube), sums(cube))


@pytest.mark.parametrize(
    ("cube", "amount"),
    [
        *(("monthly", amount) for amount in AMOUNTS),
        ("monthly_plain", "unblended"),
        ("daily_plain", "net_amortized"),
    ],
)
def test_one_corrupt_cell_fails_the_check(
    cubed: Path, sums: Sums, tmp_path: Path, cube: str, amount: str
) -> None:
    path = tmp_path / "corrupt.duckdb"
    shutil.copy(cubed, path)
    store = connect(path)
    least = "0.000001" if amount == "usage" else "0.0000000001"
    store.execute(f"UPDATE {cube} SET {amount} = {amount} + {least} WHERE rowid = 321")
    store.close()
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(of_store(path, cube), sums(cube))


@pytest.fixture
def large(small: SimulatedOrganisation, cubed: Path) -> Iterator[Any]:
    """Cost Explorer as it answers for an organisation that has a daily cube."""
    calendar = Calendar(small.spec.as_of)
    view = View(World(small.spec.seed, DAILY_CUBE_FROM), calendar, cubed)
    yield CostExplorerService(view)
    view.close()


@pytest.mark.parametrize("granularity", ["MONTHLY", "DAILY"])
def test_a_large_organisations_cubes_answer_as_the_bill_does(
    small: SimulatedOrganisation, large: Any, granularity: str
) -> None:
    calendar = Calendar(small.spec.as_of)
    explorer = from_cost_explorer(large, calendar, granularity)
    assert disagreements(from_the_bill(small.room), explorer) == []


def test_cubes_are_a_fraction_of_the_facts(small: SimulatedOrganisation) -> None:
    store = connect(small.store_path, read_only=True)
    sizes = store.execute(
        "SELECT (SELECT count(*) FROM fact), (SELECT count(*) FROM monthly),"
        " (SELECT count(*) FROM monthly_plain)"
    ).fetchall()[0]
    store.close()
    assert sizes[2] < sizes[1] < sizes[0] / 10
