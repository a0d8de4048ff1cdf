"""Results are written as Athena writes them, and pages are read back from the file."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.base.table import Column
from finops_repl.simulator.handlers.athena.results import ResultFile, java_double, text_writer
from finops_repl.trino.types import parse_type


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (0.1, "0.1"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (1234567.0, "1234567.0"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (-1.5e-7, "-1.5E-7"),
        (1e300, "1.0E300"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (math.nan, "NaN"),
    ],
)
def test_doubles_are_written_as_java_writes_them(value: float, text: str) -> None:
    assert java_double(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_text_of_a_double_means_the_same_double(value: float) -> None:
    assert float(java_double(value)) == value


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=10, max_value=10**8, min_value=-(10**8)
    )
)
def test_ledger_amounts_survive_the_way_through_a_double_to_the_cent(amount: Decimal) -> None:
    text = java_double(float(amount))
    assert abs(Decimal(text) - amount) < Decimal("0.00000002")


@pytest.mark.parametrize(
    ("type_text", "value", "text"),
    [
        ("boolean", True, "true"),
        ("bigint", 7, "7"),
        ("decimal(10,2)", Decimal("1.50"), "1.50"),
        ("double", Decimal("1.5000000000"), "1.5"),
        ("timestamp(3)", datetime.fromisoformat("2025-01-31 10:00:00.123456"),
         "2025-01-31 10:00:00.123"),
        ("timestamp(0)", datetime.fromisoformat("2025-01-31 10:00:00"), "2025-01-31 10:00:00"),
        ("timestamp(3) with time zone", datetime.fromisoformat("2025-01-31 10:00:00"),
         "2025-01-31 10:00:00.000 UTC"),
        ("array(varchar)", ["a", None], "[a, null]"),
        ("map(varchar, double)", {"a": 1.0, "b": None}, "{a=1.0, b=null}"),
        ("varchar", None, None),
    ],
)  # fmt: skip
def test_values_are_written_as_athena_shows_them(
    type_text: str, value: Any, text: str | None
) -> None:
    assert text_writer(parse_type(type_text))(value) == text


cells = st.one_of(st.none(), st.text(alphabet="a\",\n'é ", max_size=6))


@given(st.lists(st.tuples(cells, cells), max_size=30), st.integers(1, 7))
def test_pages_give_back_what_was_written(rows: list[tuple[str | None, ...]], size: int) -> None:
    result = ResultFile([Column("a", "varchar"), Column("b", "varchar")])
    result.write([rows[:11], rows[11:]])
    read: list[list[str | None]] = []
    following: int | None = 0
    while following is not None:
        page = result.page(following, size)
        read += page.rows
        following = page.following
    assert read == [list(row) for row in rows]
    result.close()


def test_pages_far_into_a_long_result_are_found() -> None:
    result = ResultFile([Column("n", "bigint")])
    result.write([[(n,) for n in range(start, start + 500)] for start in range(0, 5000, 500)])
    assert result.page(3999, 3).rows == [["3999"], ["4000"], ["4001"]]
    assert result.page(4999, 1000).following is None
    result.close()
