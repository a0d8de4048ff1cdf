"""Totals of a FOCUS file by the product's SQL, held against an independent reading of the file.

`make check-data FILE=...` prints rows and BilledCost by provider, and fails where the two
readings differ in any digit.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from finops_repl.billing.files import FilesBill

Totals = dict[str, tuple[int, Decimal]]


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


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        sys.stderr.write("usage: make check-data FILE=path/to/focus.csv\n")
        return 2
    path = Path(arguments[0])
    ours, independent = by_product(path), by_hand(path)
    for provider, (rows, billed) in sorted(ours.items()):
        print(f"{provider:<12} {rows:>7,} rows   BilledCost {billed.normalize():f}")
    if ours != independent:
        sys.stderr.write(f"differs from an independent reading: {independent}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
