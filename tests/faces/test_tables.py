"""Result sets as text: aligned, never a cut number, never a lost column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finops_repl.base.table import Cell, Column, Table
from finops_repl.faces.cells import cell_width
from finops_repl.faces.tables import table_text
from tests.faces.scripted import services


def table(types: dict[str, str], *rows: tuple[Cell, ...], truncated: bool = False) -> Table:
    columns = tuple(Column(name, kind) for name, kind in types.items())
    return Table(columns, rows, truncated)


def test_numbers_stand_to_the_right_and_null_is_not_nothing() -> None:
    assert str(table_text(services())) == (
        "service            cost\n"
        "────────────  ─────────\n"
        "AmazonEC2     12,345.67\n"
        "漢字サービス      -3.50\n"
        "NULL               NULL\n"
        "(3 rows)"
    )


def test_numbers_keep_every_digit_that_is_not_zero() -> None:
    shown = table_text(
        table(
            {"cost": "decimal(18,10)", "ratio": "double", "year": "integer"},
            (Decimal("0.0000012300"), 0.1 + 0.2, 2026),
            (Decimal("1234.5"), 1e-9, 1),
        )
    )
    assert shown.lines[2:4] == (
        "    0.00000123  0.300000000  2026",
        "1,234.50000000  0.000000001     1",
    )


def test_other_values_are_shown_as_they_are_written() -> None:
    shown = table_text(
        table(
            {"d": "date", "at": "timestamp", "tags": "map(varchar, varchar)", "ok": "boolean"},
            (date(2026, 1, 2), datetime(2026, 1, 2, 3, tzinfo=UTC), {"team": "a\x1b[2J"}, True),
        )
    )
    assert shown.lines[2] == '2026-01-02  2026-01-02 03:00:00+00:00  {"team": "a\\u001b[2J"}  true'


def test_cells_cannot_break_the_table() -> None:
    shown = table_text(table({"a\nb": "varchar"}, ("one\n\ttw\x1b[2J\x07",)))
    assert shown.lines == ("a b", "───────", "one  tw", "(1 row)")


def test_a_narrow_screen_takes_width_from_text_only() -> None:
    wide = table(
        {"account": "varchar", "cost": "decimal(18,2)"}, ("sim-payments-production-eu", Decimal(1))
    )
    assert table_text(wide, width=22).lines == (
        "account           cost",
        "────────────────  ────",
        "sim-payments-pr…  1.00",
        "(1 row)",
    )


def test_a_table_too_wide_for_the_screen_becomes_lines_per_row() -> None:
    wide = table(
        dict.fromkeys(("before", "after", "difference"), "decimal(18,2)"),
        (Decimal("1234.50"), Decimal("99999.00"), Decimal("98764.50")),
    )
    assert table_text(wide, width=24).lines == (
        "── row 1",
        "before      1,234.50",
        "after       99,999.00",
        "difference  98,764.50",
        "(1 row)",
    )


def test_the_last_line_says_what_is_missing() -> None:
    rows = tuple((number,) for number in range(5))
    shown = table_text(table({"n": "integer"}, *rows, truncated=True), max_rows=2)
    assert shown.lines[2:] == ("0", "1", "(5 rows, the first 2 shown, cut at 5: there are more)")
    assert table_text(table({"n": "integer"})).lines == ("n", "─", "(0 rows)")


@given(
    rows=st.lists(
        st.tuples(
            st.text(max_size=30),
            st.one_of(st.none(), st.decimals(-(10**6), 10**6, places=4)),
            st.text(st.sampled_from("漢字abc"), max_size=20),
        ),
        max_size=5,
    ),
    width=st.integers(30, 90),
)
def test_no_line_is_wider_than_the_screen_and_no_number_is_cut(
    rows: list[tuple[str, Decimal | None, str]], width: int
) -> None:
    shown = table_text(
        table({"text": "varchar", "cost": "decimal(18,4)", "more": "varchar"}, *rows), width=width
    )
    assert max(map(cell_width, shown.lines)) <= width
    for _, cost, _ in rows:
        if cost is not None:
            assert any(f"{cost:,.4f}".rstrip("0").rstrip(".") in line for line in shown.lines)
