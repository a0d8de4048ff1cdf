"""The bill as SQL: Trino's text on DuckDB beside the same aggregation in pandas.

pandas gets what costs it nothing here: a frame of the few columns that are needed, flat and in
memory, with doubles for money. The SQL reads the simulated account's CUR 2.0 as users see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from finops_repl.simulator.bill import catalog
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.simulator.store import world_file
from finops_repl.trino.room import SqlRoom
from finops_repl.trino.store import connect
from tests.bench.rounds import Contestant, print_table, rounds, timed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bench_sql"]

SPEC = "simulated:seed=1,as_of=2026-10-20"
COLUMNS = (
    "billing_period, line_item_usage_account_id, line_item_product_code, line_item_resource_id, "
    "line_item_usage_start_date, line_item_line_item_type, line_item_unblended_cost, "
    "savings_plan_savings_plan_effective_cost, savings_plan_total_commitment_to_date, "
    "savings_plan_used_commitment, reservation_effective_cost, reservation_unused_recurring_fee, "
    "reservation_unused_amortized_upfront_fee_for_billing_period"
)
COST = "line_item_unblended_cost"
AMORTIZED = """
CASE line_item_line_item_type
  WHEN 'SavingsPlanCoveredUsage' THEN savings_plan_savings_plan_effective_cost
  WHEN 'SavingsPlanRecurringFee'
    THEN savings_plan_total_commitment_to_date - savings_plan_used_commitment
  WHEN 'SavingsPlanNegation' THEN 0
  WHEN 'DiscountedUsage' THEN reservation_effective_cost
  WHEN 'RIFee' THEN reservation_unused_amortized_upfront_fee_for_billing_period
    + reservation_unused_recurring_fee
  ELSE line_item_unblended_cost
END"""
QUERIES = {
    "month x service": f"SELECT billing_period, line_item_product_code, sum({COST}) FROM cur2"
    " GROUP BY 1, 2",
    "one month x account": f"SELECT line_item_usage_account_id, sum({COST}) FROM cur2"
    " WHERE billing_period = '2026-09' GROUP BY 1",
    "top 20 resources, 30 days": f"SELECT line_item_resource_id, sum({COST}) AS cost FROM cur2"
    " WHERE billing_period >= '2026-09' AND line_item_usage_start_date >= TIMESTAMP"
    " '2026-09-20 00:00:00' GROUP BY 1 ORDER BY cost DESC LIMIT 20",
    "amortized, account x month": f"SELECT line_item_usage_account_id, billing_period,"
    f" sum({AMORTIZED}) FROM cur2 GROUP BY 1, 2",
}


def bench_sql(quick: bool) -> None:
    """Milliseconds of each aggregation by both, over about a million line items."""
    path = world_file(SimulatedSpec.parse(SPEC, yesterday=date(2026, 10, 20)))
    store = connect(path, read_only=True)
    frame = store.execute(f"SELECT {COLUMNS} FROM cur2").df()
    store.close()
    texts = [name for name in frame.columns if frame[name].dtype.kind not in "fM"]
    frame[texts] = frame[texts].astype("category")
    room = SqlRoom.over_database(path, catalog())
    pandas = _in_pandas(frame)
    contestants: dict[tuple[str, str], Contestant] = {}
    for name, sql in QUERIES.items():
        contestants[name, "DuckDB"] = timed(lambda sql=sql: room.query(sql))  # type: ignore[misc]
        contestants[name, "pandas"] = timed(pandas[name])
    figures = rounds(3 if quick else 9, contestants, uncounted=1)
    room.close()
    print_table(f"SQL on a bill of {len(frame):,} lines", {
        f"{name}, {who}": figure for (name, who), figure in figures.items()
    })  # fmt: skip
    print("\nDuckDB's time over pandas's (medians)")
    for name in QUERIES:
        ratio = figures[name, "DuckDB"].median / figures[name, "pandas"].median
        print(f"  {name:<28}{ratio:>8.2f} x", flush=True)


def _in_pandas(bill: pd.DataFrame) -> Mapping[str, Callable[[], object]]:
    """The same questions of a frame."""

    def summed(rows: pd.DataFrame, *keys: str) -> pd.Series[float]:
        return rows.groupby(list(keys), observed=True, dropna=False)[COST].sum()

    def amortized() -> object:
        kind = bill.line_item_line_item_type
        cost = bill[COST].mask(kind == "SavingsPlanNegation", 0.0)
        for row_type, value in (
            ("SavingsPlanCoveredUsage", bill.savings_plan_savings_plan_effective_cost),
            ("SavingsPlanRecurringFee", bill.savings_plan_total_commitment_to_date
             - bill.savings_plan_used_commitment),
            ("DiscountedUsage", bill.reservation_effective_cost),
            ("RIFee", bill.reservation_unused_recurring_fee
             + bill.reservation_unused_amortized_upfront_fee_for_billing_period),
        ):  # fmt: skip
            cost = cost.mask(kind == row_type, value)
        keys = [bill.line_item_usage_account_id, bill.billing_period]
        return cost.groupby(keys, observed=True).sum()

    def top() -> object:
        recent = bill[bill.line_item_usage_start_date >= "2026-09-20"]
        return summed(recent, "line_item_resource_id").nlargest(20)

    return {
        "month x service": lambda: summed(bill, "billing_period", "line_item_product_code"),
        "one month x account": lambda: summed(
            bill[bill.billing_period == "2026-09"], "line_item_usage_account_id"
        ),
        "top 20 resources, 30 days": top,
        "amortized, account x month": amortized,
    }
