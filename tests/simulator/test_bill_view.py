"""A bill reduced to some of its columns is that bill, column by column."""

from __future__ import annotations

import pytest

from finops_repl.simulator import cur2, focus, legacy
from finops_repl.simulator.bill import FOCUS, LEGACY, TABLE, catalog
from finops_repl.simulator.bill_view import BillView
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.room import SqlRoom
from tests.simulator.conftest import SMALL, Worlds

KINDS = {TABLE: cur2.VIEW, LEGACY: legacy.VIEW, FOCUS: focus.VIEW}


@pytest.mark.parametrize("table", KINDS)
def test_each_column_alone_holds_what_the_whole_bill_has_in_it(worlds: Worlds, table: str) -> None:
    view, kind = worlds(SMALL).view, KINDS[table]
    names = [name for name, _, _ in kind.columns]
    (whole,) = view.rows(f"SELECT {', '.join(map(fingerprint, names))} FROM {table}")
    (count,) = view.rows(f"SELECT count(*) FROM {table}")
    alone = {
        name: view.rows(f"SELECT {fingerprint(name)}, count(*) FROM ({kind.select([name])})")[0]
        for name in names
    }
    assert alone == {name: (mark, *count) for name, mark in zip(names, whole, strict=True)}
    assert len({mark for mark, _ in alone.values()}) > len(names) / 3


@pytest.mark.parametrize("table", KINDS)
def test_no_column_at_all_has_as_many_rows_as_the_bill(worlds: Worlds, table: str) -> None:
    view, kind = worlds(SMALL).view, KINDS[table]
    assert view.rows(f"SELECT count(*) FROM ({kind.select(())})") == view.rows(
        f"SELECT count(*) FROM {table}"
    )


def test_columns_that_join_two_tables_are_read_too(small: SimulatedOrganisation) -> None:
    product, sums = "line_item_product_code", "SELECT sum(line_item_unblended_cost) FROM cur2"
    joined = f"{sums} JOIN (VALUES 'AmazonEC2') AS v ({product}) USING ({product})"
    alone = f"{sums} WHERE {product} = 'AmazonEC2'"
    assert small.room.query(joined).rows == small.room.query(alone).rows


def test_partitions_of_a_bill_are_the_ledgers_months(worlds: Worlds) -> None:
    months = worlds(SMALL).view.calendar.months()
    room = SqlRoom.over_database(worlds(SMALL).store_path, catalog())
    listed = [(f"billing_period={month.period}",) for month in months]
    for table in (TABLE, FOCUS):
        assert list(room.query(f"SHOW PARTITIONS {table}").rows) == listed
    kept = room.query(f'SELECT year, month FROM "{LEGACY}$partitions"').rows
    assert set(kept) == {(str(each.starts.year), str(each.starts.month)) for each in months}
    room.close()


def test_only_what_the_columns_are_made_of_is_joined() -> None:
    costs = cur2.VIEW.select(["LINE_ITEM_UNBLENDED_COST"], schema="bill.main")
    assert costs.count("JOIN") == 0
    resources = cur2.VIEW.select(["line_item_resource_id", "line_item_product_code"])
    assert [table for table in TABLES if f"JOIN {table} " in resources] == ["meter", "charge"]
    assert "bill.main.fact" in costs
    assert "amortized" not in costs + resources


def test_a_view_of_its_own_reads_what_its_columns_name() -> None:
    view = BillView((("fee", "s", "c.arn"),), where="type_name = 'Fee'")
    assert [table for table in TABLES if f"JOIN {table} " in view.select(["fee"])] == [
        "line_type",
        "commitment",
    ]


TABLES = ("meter", "charge", "line_type", "billing_month", "commitment")


def fingerprint(column: str) -> str:
    """Every value of a column and how often it comes, in one number."""
    return f'sum(hash("{column}"::VARCHAR)::HUGEINT)'
