"""A number as a result shows it: short, and never so that rounding it on gives another one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.tools.figures import shown_number


@given(
    value=st.decimals(-(10**9), 10**9, places=10, allow_nan=False),
    places=st.integers(0, 3),
)
def test_a_shown_number_rounds_to_what_its_value_rounds_to(value: Decimal, places: int) -> None:
    assert f"{Decimal(shown_number(value)):.{places}f}" == f"{value:.{places}f}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("25597.5450058381", "25597.54501"),  # 25597.545 would be rounded to 25597.54
        ("25597.545", "25597.545"),
        ("12.34567", "12.3457"),
        ("-0.00004", "-0.00004"),
    ],
)
def test_four_places_are_shown_and_more_where_they_would_mislead(value: str, shown: str) -> None:
    assert shown_number(Decimal(value)) == shown
