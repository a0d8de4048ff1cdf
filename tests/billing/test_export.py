"""What leaves as CSV or JSON can be read back without a changed digit."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal

from finops_repl.base.table import Column, Table
from finops_repl.billing.export import csv_text, json_fields

MOMENT = datetime.fromisoformat("2025-01-31 10:00:00+00:00")
TABLE = Table(
    (
        Column("account", "varchar"),
        Column("cost", "double"),
        Column("cost", "double"),
        Column("at", "timestamp(3) with time zone"),
        Column("tags", "map(varchar, varchar)"),
        Column("final", "boolean"),
    ),
    (
        ("000000000042", Decimal("0.0000000001"), Decimal("1E+20"), MOMENT, {"a": 'x"y'}, True),
        (None, None, Decimal(-1), None, None, False),
    ),
)


def test_csv_keeps_every_digit_and_leaves_null_empty() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(TABLE))))
    assert rows == [
        ["account", "cost", "cost", "at", "tags", "final"],
        ["000000000042", "0.0000000001", "100000000000000000000", "2025-01-31T10:00:00+00:00",
         '{"a": "x\\"y"}', "true"],
        ["", "", "-1", "", "", "false"],
    ]  # fmt: skip


def test_json_says_types_and_keeps_exact_numbers_as_text() -> None:
    found = json.loads(json.dumps(json_fields(TABLE)))
    assert found["columns"][1] == {"name": "cost", "type": "double"}
    assert found["truncated"] is False
    assert found["rows"][0] == {
        "account": "000000000042",
        "cost": "0.0000000001",
        "cost_2": "100000000000000000000",
        "at": "2025-01-31T10:00:00+00:00",
        "tags": {"a": 'x"y'},
        "final": True,
    }
    assert found["rows"][1]["account"] is None
