"""Totals of a FOCUS file by the product's SQL, held against an independent reading of the file.

`make check-data FILE=...` prints rows and BilledCost by provider, and fails where two readings
differ in any digit. A CSV file is read as it is, gzipped, and as Parquet with doubles and with
text: each form has to give the same totals.
"""

from __future__ import annotations

import csv
import gzip
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from finops_repl.billing.files import FilesBill

Totals = dict[str, tuple[int, Decimal]]

AS_DOUBLES = (
    "SELECT * REPLACE (CAST(BilledCost AS DOUBLE) AS BilledCost, CAST(ChargePeriodStart AS"
    " TIMESTAMPTZ) AS ChargePeriodStart)"
)
PARQUET = {"parquet, doubles": AS_DOUBLES, "parquet, text": "SELECT *"}


def by_product(path: Path) -> Totals:
    """Rows and exact BilledCost by provider, as `finops-repl sql` computes them."""
    bill = FilesBill([path])
    table = bill.query(
        "SELECT ProviderName AS provider, count(*) AS line_items, sum(BilledCost) AS billed_cost"
        f' FROM "{bill.primary.table}" GROUP BY ProviderName'
    )
    totals: Totals = {}
    for provider, line_items, billed in table.rows:
        assert isinstance(line_items, int)
        totals[str(provider)] = (line_items, Decimal(str(billed)))
    return totals


def by_hand(path: Path) -> Totals:
    """The same from the text of the file, with nothing of ours in between."""
    rows: dict[str, int] = defaultdict(int)
    billed: dict[str, Decimal] = defaultdict(Decimal)
    with path.open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            rows[row["ProviderName"]] += 1
            billed[row["ProviderName"]] += Decimal(row["BilledCost"])
    return {provider: (rows[provider], billed[provider]) for provider in rows}


def forms_of(path: Path, folder: Path) -> Mapping[str, Path]:
    """A CSV file in every form that bills come in, by name; converted by nothing of ours."""
    forms = {"csv": path, "csv.gz": folder / "packed.csv.gz"}
    with path.open("rb") as plain, gzip.open(forms["csv.gz"], "wb") as packed:
        shutil.copyfileobj(plain, packed)
    with duckdb.connect() as store:
        for form, select in PARQUET.items():
            forms[form] = folder / f"{form.replace(', ', '_')}.parquet"
            store.execute(
                f"COPY ({select} FROM read_csv('{path}', all_varchar = true, nullstr = 'NULL'))"
                f" TO '{forms[form]}' (FORMAT parquet)"
            )
    return forms


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not arguments[0].endswith(".csv") or not Path(arguments[0]).is_file():
        sys.stderr.write("usage: make check-data FILE=path/to/focus.csv\n")
        return 2
    path = Path(arguments[0])
    independent = by_hand(path)
    for provider, (rows, billed) in sorted(independent.items()):
        print(f"{provider:<12} {rows:>7,} rows   BilledCost {billed.normalize():f}")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for form, file in forms_of(path, Path(folder)).items():
            same = by_product(file) == independent
            wrong += not same
            print(f"{form:<20} {'the same' if same else 'DIFFERS'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
