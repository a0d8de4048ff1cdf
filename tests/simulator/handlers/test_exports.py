"""CUR 2.0, legacy CUR and FOCUS are one ledger in three forms, and agree to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.billing.kind import kind_of, partition_of
from finops_repl.simulator.bill import FOCUS, LEGACY, TABLE
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.tags import TAG_KEYS, bill_key
from finops_repl.trino.store import connect
from tests.simulator.bills import AMORTIZED, NET_AMORTIZED
from tests.simulator.conftest import SMALL, Worlds


@pytest.fixture
def store(small: SimulatedOrganisation) -> Iterator[Any]:
    opened = connect(small.store_path, read_only=True)
    yield opened
    opened.close()


def cells(organisation: SimulatedOrganisation, sql: str) -> dict[tuple[str, ...], Decimal]:
    """Athena's answer as sums by its first columns."""
    return {
        tuple(map(str, row[:-1])): Decimal(str(row[-1]))
        for row in organisation.room.query(sql).rows
    }


def total(cost: str) -> str:
    return f"cast(sum(cast({cost} AS decimal(28, 10))) AS varchar)"


LEGACY_PERIOD = "year || '-' || lpad(month, 2, '0')"


def test_athena_knows_three_tables_and_their_kinds(small: SimulatedOrganisation) -> None:
    tables = small.catalog.tables
    assert {name: kind_of(table.names) for name, table in tables.items()} == {
        TABLE: "cur2", LEGACY: "legacy", FOCUS: "focus",
    }  # fmt: skip
    assert {name: partition_of(table.names) for name, table in tables.items()} == {
        TABLE: "billing_period", LEGACY: "year,month", FOCUS: "billing_period",
    }  # fmt: skip


def test_cur2_has_its_125_columns_and_the_partition(small: SimulatedOrganisation) -> None:
    names = small.catalog.tables[TABLE].names
    assert len(names) == len(set(names)) == 126
    count = {
        prefix: sum(name.startswith(prefix + "_") or name == prefix for name in names)
        for prefix in ("bill", "line_item", "pricing", "product", "reservation", "savings_plan",
                       "split_line_item", "discount", "identity")
    }  # fmt: skip
    # How many the data dictionary of CUR 2.0 lists in each group.
    assert count == {
        "bill": 8, "line_item": 23, "pricing": 10, "product": 22, "reservation": 27,
        "savings_plan": 17, "split_line_item": 11, "discount": 3, "identity": 2,
    }  # fmt: skip


@pytest.mark.parametrize("cost", ["line_item_unblended_cost", "line_item_net_unblended_cost",
                                  "line_item_usage_amount", AMORTIZED, NET_AMORTIZED])  # fmt: skip
def test_the_legacy_bill_is_the_same_bill(small: SimulatedOrganisation, cost: str) -> None:
    keys = "line_item_product_code, line_item_line_item_type, line_item_usage_account_id"
    new = cells(
        small, f"SELECT billing_period, {keys}, {total(cost)} FROM cur2 GROUP BY 1, 2, 3, 4"
    )
    old = cells(
        small, f"SELECT {LEGACY_PERIOD}, {keys}, {total(cost)} FROM cur_legacy GROUP BY 1, 2, 3, 4"
    )
    assert old == new
    assert len(new) > 500


@pytest.mark.parametrize("key", TAG_KEYS)
def test_a_tag_is_a_key_there_and_a_column_here(small: SimulatedOrganisation, key: str) -> None:
    known, cost = bill_key(key), total("line_item_unblended_cost")
    new = cells(
        small,
        f"SELECT coalesce(element_at(resource_tags, '{known}'), ''), {cost} FROM cur2 GROUP BY 1",
    )
    old = cells(small, f"SELECT resource_tags_{known}, {cost} FROM cur_legacy GROUP BY 1")
    assert old == new
    assert len(new) > 1


def test_focus_bills_the_net_cost_and_its_effective_cost_is_the_net_amortized(
    small: SimulatedOrganisation,
) -> None:
    accounts = "billing_period, line_item_usage_account_id"
    focus = "billing_period, subaccountid"
    for cost, column in (("line_item_net_unblended_cost", "billedcost"),
                         (NET_AMORTIZED, "effectivecost")):  # fmt: skip
        bill = cells(small, f"SELECT {accounts}, {total(cost)} FROM cur2 GROUP BY 1, 2")
        found = cells(small, f"SELECT {focus}, {total(column)} FROM focus_1_2 GROUP BY 1, 2")
        assert found == bill


def test_focus_rows_keep_the_specifications_rules(store: Any) -> None:
    broken = store.execute(
        "SELECT count(*) FROM focus_1_2 WHERE"
        " (chargecategory = 'Purchase' AND commitmentdiscountid IS NOT NULL AND effectivecost <> 0)"
        " OR (commitmentdiscountstatus = 'Unused' AND billedcost <> 0)"
        " OR (commitmentdiscountstatus IS NOT NULL AND commitmentdiscountid IS NULL)"
        " OR (chargeclass = 'Correction' AND chargecategory = 'Usage')"
        " OR chargeperiodend <= chargeperiodstart"
    ).fetchall()
    categories = store.execute(
        "SELECT DISTINCT chargecategory FROM focus_1_2 ORDER BY 1"
    ).fetchall()
    statuses = store.execute(
        "SELECT DISTINCT commitmentdiscountstatus FROM focus_1_2 ORDER BY 1"
    ).fetchall()
    assert broken == [(0,)]
    assert [name for (name,) in categories] == ["Adjustment", "Credit", "Purchase", "Tax", "Usage"]
    assert {name for (name,) in statuses} == {None, "Used", "Unused"}


def test_the_discounts_rows_are_what_net_costs_are_less(store: Any) -> None:
    """A month's unblended cost with the discount's rows is its net cost: never subtract twice."""
    rows = store.execute(
        "SELECT billing_period, line_item_usage_account_id, sum(line_item_unblended_cost),"
        " sum(line_item_net_unblended_cost),"
        " sum(line_item_unblended_cost) FILTER (line_item_line_item_type = 'EdpDiscount'),"
        " sum(discount_total_discount) FROM cur2 GROUP BY 1, 2"
    ).fetchall()
    assert all(unblended == net for _, _, unblended, net, *_ in rows)
    assert all((rows or 0) == discount for *_, rows, discount in rows)
    assert any(discount < 0 for *_, discount in rows)
    exempt = store.execute(
        "SELECT DISTINCT bill_billing_entity, line_item_product_code FROM cur2"
        " WHERE line_item_unblended_cost <> line_item_net_unblended_cost"
        " AND line_item_line_item_type <> 'EdpDiscount'"
    ).fetchall()
    assert "AWS Marketplace" not in {entity for entity, _ in exempt}
    assert "AWSSupportBusiness" not in {product for _, product in exempt}


def test_a_row_of_the_discount_is_what_one_sku_of_an_account_is_less(store: Any) -> None:
    """It bears the SKU's own product code, usage type and attributes, and has no blended cost."""
    sku = (
        "SELECT billing_period, line_item_usage_account_id, product_sku, line_item_product_code,"
        " line_item_usage_type, line_item_operation, product_region_code, product_instance_type"
    )
    edp = "line_item_line_item_type = 'EdpDiscount'"
    discounted = store.execute(
        f"{sku}, sum(discount_total_discount) FROM cur2 WHERE NOT {edp}"
        " GROUP BY ALL HAVING sum(discount_total_discount) <> 0 ORDER BY ALL"
    ).fetchall()
    rows = store.execute(f"{sku}, line_item_unblended_cost FROM cur2 WHERE {edp} ORDER BY ALL")
    assert rows.fetchall() == discounted
    ((blended, skus),) = store.execute(
        "SELECT sum(abs(line_item_blended_cost)), count(DISTINCT product_sku) FROM cur2"
        f" WHERE {edp}"
    ).fetchall()
    assert (blended, skus) == (0, len({row[2] for row in discounted}))


@pytest.mark.parametrize("text", [SMALL, "simulated:as_of=2026-10-31"])
def test_support_is_the_plans_percentage_of_the_months_charges(worlds: Worlds, text: str) -> None:
    store = connect(worlds(text).store_path, read_only=True)
    rows = store.execute(
        "SELECT billing_period, sum(line_item_unblended_cost) FILTER ("
        "   line_item_line_item_type IN ('Usage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation',"
        "   'SavingsPlanRecurringFee', 'RIFee') AND bill_billing_entity = 'AWS'),"
        " sum(line_item_unblended_cost) FILTER (line_item_product_code = 'AWSSupportBusiness'"
        "   AND line_item_line_item_type = 'Fee'),"
        " sum(line_item_unblended_cost) FILTER (line_item_line_item_type = 'Tax')"
        " FROM cur2 GROUP BY 1"
    ).fetchall()
    store.close()
    assert len(rows) == 13
    for period, charges, support, tax in rows:
        steps = ((0, "0.10"), (10_000, "0.07"), (80_000, "0.05"), (250_000, "0.03"))
        ends = [since for since, _ in steps[1:]] + [10**12]
        due = sum(
            max(Decimal(0), min(charges, Decimal(end)) - since) * Decimal(percent)
            for (since, percent), end in zip(steps, ends, strict=True)
        )
        assert abs(support - due) < Decimal("0.0001"), period
        assert abs(tax - support * Decimal("0.08")) < Decimal("0.0001")


def test_the_open_months_rows_have_no_invoice_and_purchases_their_own_bill_type(store: Any) -> None:
    types = store.execute(
        "SELECT DISTINCT bill_bill_type, line_item_line_item_type FROM cur2"
        " WHERE bill_bill_type <> 'Anniversary' ORDER BY 1, 2"
    ).fetchall()
    assert types == [
        ("Purchase", "Fee"), ("Purchase", "SavingsPlanUpfrontFee"), ("Refund", "Refund"),
    ]  # fmt: skip
    invoices = store.execute(
        "SELECT billing_period, bool_and(bill_invoice_id = '') FROM cur2 GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert [is_open for _, is_open in invoices] == [False] * 12 + [True]


def test_pods_part_their_nodes_whole_cost_and_cost_nothing_themselves(store: Any) -> None:
    parts = store.execute(
        "SELECT line_item_usage_start_date, split_line_item_parent_resource_id,"
        " sum(split_line_item_split_cost + split_line_item_unused_cost),"
        " sum(split_line_item_net_split_cost + split_line_item_net_unused_cost),"
        " sum(line_item_unblended_cost) FROM cur2 WHERE line_item_operation = 'EKSPod-EC2'"
        " GROUP BY 1, 2"
    ).fetchall()
    nodes = {
        (day, node): (cost, net)
        for day, node, cost, net in store.execute(
            f"SELECT line_item_usage_start_date, line_item_resource_id, sum({AMORTIZED}),"
            f" sum({NET_AMORTIZED}) FROM cur2"
            " WHERE product_instance_type <> '' AND line_item_resource_id IN"
            " (SELECT DISTINCT split_line_item_parent_resource_id FROM cur2"
            "  WHERE line_item_operation = 'EKSPod-EC2') GROUP BY 1, 2"
        ).fetchall()
    }
    assert len(parts) == len(nodes) > 700
    assert all(nodes[day, node] == (cost, net) for day, node, cost, net, _ in parts)
    assert {own for *_, own in parts} == {Decimal(0)}
    tenants = store.execute(
        "SELECT count(DISTINCT resource_tags['user_tenant']) FROM cur2"
        " WHERE line_item_operation = 'EKSPod-EC2'"
    ).fetchall()
    assert tenants[0][0] > 1


def test_a_pods_share_is_what_it_reserved_or_used_of_its_node(store: Any) -> None:
    broken = store.execute(
        "SELECT count(*) FROM cur2 WHERE line_item_operation = 'EKSPod-EC2' AND"
        " (split_line_item_split_usage <> greatest(split_line_item_reserved_usage,"
        "   split_line_item_actual_usage) OR split_line_item_split_usage_ratio NOT BETWEEN 0 AND 1"
        "  OR split_line_item_split_cost < 0 OR split_line_item_unused_cost < 0)"
    ).fetchall()
    assert broken == [(0,)]


@pytest.mark.parametrize(
    ("usage", "first_step"), [("DataTransfer-Out-Bytes", 10_240), ("TimedStorage-ByteHrs", 51_200)]
)
def test_prices_fall_with_the_months_usage(worlds: Worlds, usage: str, first_step: int) -> None:
    """What lies above a step is billed at the next price, and only what lies above it."""
    store = connect(worlds("simulated:as_of=2026-10-31").store_path, read_only=True)
    rows = store.execute(
        "SELECT billing_period, product_region_code, line_item_usage_type,"
        " pricing_public_on_demand_rate, sum(line_item_usage_amount) FROM cur2"
        " WHERE line_item_usage_type LIKE ? AND line_item_product_code IN ('AmazonEC2', 'AmazonS3')"
        " AND line_item_line_item_type = 'Usage' GROUP BY ALL",
        [f"%{usage}"],
    ).fetchall()
    store.close()
    by_step: dict[tuple[str, ...], dict[Decimal, Decimal]] = {}
    for *month, rate, amount in rows:
        by_step.setdefault(tuple(month), {})[Decimal(rate)] = amount
    assert any(len(steps) > 1 for steps in by_step.values())
    for steps in by_step.values():
        dearest = max(steps)
        assert steps[dearest] <= first_step
        assert len(steps) == 1 or steps[dearest] == first_step
