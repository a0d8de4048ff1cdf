"""A bill of a few rows, stored as the simulated account stores its own: money as DECIMAL."""

from __future__ import annotations

from pathlib import Path

from finops_repl.base.table import Column
from finops_repl.trino.catalog import Catalog, TableDef
from finops_repl.trino.store import connect

CUR2 = TableDef(
    (
        Column("line_item_usage_account_id", "string"),
        Column("line_item_usage_account_name", "string"),
        Column("line_item_line_item_type", "string"),
        Column("line_item_product_code", "string"),
        Column("line_item_usage_start_date", "timestamp"),
        Column("line_item_unblended_cost", "double"),
        Column("line_item_usage_amount", "double"),
        Column("savings_plan_savings_plan_effective_cost", "double"),
        Column("line_item_operation", "string"),
        Column("resource_tags", "map<string,string>"),
        Column("rows_behind", "int"),
        Column("billing_period", "string"),
    ),
    ("billing_period",),
    "cur2_view",
    "s3://exports/BILLING_PERIOD={billing_period}/bill.parquet",
)
CATALOG = Catalog("awsdatacatalog", "billing", {"cur2": CUR2, "numbers": TableDef(
    (Column("n", "bigint"), Column("word", "string"), Column("amount", "decimal(18,10)")),
)})  # fmt: skip

WEB, DATA = "'111111111111', 'sim-web'", "'222222222222', 'sim-data'"
EC2, RUN = "'AmazonEC2'", "'RunInstances'"
ROWS = f"""
({WEB}, 'Usage', {EC2}, '2025-01-01', 0.1000000001, 1.5, NULL, {RUN},
 MAP {{'user_team': 'web', 'user_env': 'prod'}}, 1, '2025-01'),
({WEB}, 'Usage', 'AmazonS3', '2025-01-02', 0.2000000002, 2.5, NULL, NULL,
 MAP {{'user_team': 'web'}}, 1, '2025-01'),
({DATA}, 'Usage', {EC2}, '2025-01-31 23:00:00', 100.0000000003, 3.25, NULL, {RUN},
 MAP {{'user_team': 'data'}}, 2, '2025-01'),
({DATA}, 'SavingsPlanCoveredUsage', {EC2}, '2025-02-01', 12.5, 4, 7.25, {RUN},
 MAP {{'user_team': 'data'}}, 3, '2025-02'),
({DATA}, 'Credit', {EC2}, '2025-02-02', -3.3, 0, NULL, NULL, NULL, 1, '2025-02'),
({DATA}, 'Tax', NULL, '2025-02-01', 1.1, 0, NULL, NULL, MAP {{}}, 1, '2025-02')
"""
HELD = (
    ("account", "VARCHAR"),
    ("name", "VARCHAR"),
    ("kind", "VARCHAR"),
    ("product", "VARCHAR"),
    ("start", "TIMESTAMP"),
    ("cost", "DECIMAL(18,10)"),
    ("amount", "DECIMAL(18,10)"),
    ("sp", "DECIMAL(18,10)"),
    ("operation", "VARCHAR"),
    ("tags", "MAP(VARCHAR, VARCHAR)"),
    ("behind", "INTEGER"),
    ("period", "VARCHAR"),
)


def make_small_bill(path: Path) -> Path:
    """Write the bill to a database file: a narrow table, and a view as the catalog names it."""
    store = connect(path)
    store.execute(f"CREATE TABLE fact ({', '.join(f'{name} {of}' for name, of in HELD)})")
    store.execute(f"INSERT INTO fact VALUES {ROWS}")
    names = ", ".join(
        f"{name} AS {column.name}" for (name, _), column in zip(HELD, CUR2.columns, strict=True)
    )
    store.execute(f"CREATE VIEW cur2_view AS SELECT {names} FROM fact")
    store.execute(
        "CREATE TABLE numbers AS SELECT i AS n, 'w' || i AS word,"
        " (i / 3)::DECIMAL(18,10) AS amount FROM range(100000) r(i)"
    )
    store.close()
    return path
