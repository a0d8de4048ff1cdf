"""compute: exact arithmetic over cited figures; what cannot be added says why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.base.errors import InputError
from finops_repl.tools.compute import Compute
from finops_repl.tools.expression import compute
from finops_repl.tools.figures import Figure, FigureLedger
from finops_repl.tools.tool import ToolResult
from tests.tools.conftest import Bench

OCTOBER = {"account": "sim-shop", "period": "2026-10", "metric": "unblended"}
SEPTEMBER = {**OCTOBER, "period": "2026-09"}


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """A ledger with money of two months, counts, a percentage, a ratio and another currency."""
    for value, unit, label, witness, pedigree in (
        ("1000", "USD", "EC2 in September", "observed", SEPTEMBER),  # f1
        ("1312.5", "USD", "EC2 in October", "observed", OCTOBER),  # f2
        ("730", "hours", "hours of m5.large", "observed", OCTOBER),  # f3
        ("41", "percent", "coverage", "declared", OCTOBER),  # f4
        ("0.25", "ratio", "discount", "declared", OCTOBER),  # f5
        ("0", "USD", "nothing", "observed", OCTOBER),  # f6
        ("14", "", "rows", "observed", OCTOBER),  # f7
        ("10", "EUR", "abroad", "observed", OCTOBER),  # f8
        ("0.10", "USD per GB-month", "price", "declared", OCTOBER),  # f9
        ("500", "GB-month", "storage", "observed", OCTOBER),  # f10
    ):
        bench.figures.register(Decimal(value), unit, label, witness, pedigree)  # type: ignore[arg-type]
    return bench


def derive(bench: Bench, expression: str, unit: str = "", label: str = "x") -> ToolResult:
    given: dict[str, Any] = {"expression": expression, "label": label}
    return bench.call(Compute(), **given, **({"unit": unit} if unit else {}))


@pytest.mark.parametrize(
    ("expression", "unit", "value", "in_unit"),
    [
        ("(f2 - f1) / f1", "", "0.3125", "ratio"),
        ("(f2 - f1) / f1", "percent", "31.25", "percent"),
        ("f2 - f1", "", "312.5", "USD"),
        ("f1 + f2", "USD", "2312.5", "USD"),
        ("f2 / f3", "", "1.797945", "USD/hours"),
        ("f2 / 31", "", "42.33871", "USD"),
        ("f4 * f2", "", "538.125", "USD"),
        ("1 - f5", "percent", "75", "percent"),
        ("1 - f4", "", "59", "percent"),
        ("-f1 × 2 ÷ 4", "", "-500", "USD"),
        ("f1/f7", "", "71.42857", "USD"),
        ("f1 / f7", "USD/instance", "71.42857", "USD/instances"),
        ("f7 / f7", "", "1", "ratio"),
        ("f9 * f10", "", "50", "USD"),
        ("f3 * 2", "hours", "1460", "hours"),
        ("((f1))", "", "1000", "USD"),
        ("--f1", "", "1000", "USD"),
    ],
)
def test_values_are_exact_and_carry_their_units(
    filled: Bench, expression: str, unit: str, value: str, in_unit: str
) -> None:
    result = derive(filled, expression, unit)
    assert not result.is_error, result.content
    (figure,) = result.figures
    assert figure.unit == in_unit
    assert abs(figure.value - Decimal(value)) < Decimal("0.00001")
    assert result.content["id"] == figure.id == "f11"
    assert filled.figures.get("f11") == figure


@pytest.mark.parametrize(
    ("expression", "unit", "taught"),
    [
        ("f2 + f3", "", ("f2 is in USD", "f3 in hours")),
        ("f1 - f8", "", ("in USD", "in EUR")),
        ("f1 + 5", "", ("f1 is in USD", "5 in ratio")),
        ("f1 + f7", "", ("f1 is in USD", "a count without a unit")),
        ("f2 / f6", "", ("divides by zero", "f6 is 0")),
        ("f2 / (f1 - f1)", "", ("divides by zero", "(f1 - f1) is 0")),
        ("f1 - f99", "", ("no figure f99",)),
        ("12 * 3", "", ("names no figure",)),
        ("f1 +", "", ("expected a figure's id", "after 'f1 +'")),
        ("(f1 + f2", "", ("closing parenthesis",)),
        ("f1 f2", "", ("an operator before 'f2'",)),
        (")", "", ("at the start",)),
        ("f1 ** 2", "", ("expected a figure's id",)),
        ("f1.real", "", ("cannot be read",)),
        ("__import__('os')", "", ("cannot be read",)),
        ("f1 if f2 else f3", "", ("cannot be read",)),
        ("1e9 * f1", "", ("cannot be read",)),
        ("0x10 * f1", "", ("cannot be read",)),
        ("   ", "", ("empty",)),
        ("(" * 30 + "f1" + ")" * 30, "", ("parentheses stand within",)),
        ("f1", "hours", ("in USD, not in hours",)),
        ("f1 / f2", "USD", ("in ratio, not in USD",)),
        ("f7", "USD", ("a count without a unit, not in USD",)),
        ("f1" + "*99999999999999999999" * 21, "", ("out of bounds",)),
    ],
)
def test_what_cannot_be_computed_says_why(
    filled: Bench, expression: str, unit: str, taught: tuple[str, ...]
) -> None:
    result = derive(filled, expression, unit)
    assert result.is_error
    assert result.content["hint"]
    for words in taught:
        assert words in result.content["error"]
    assert filled.figures.get("f11") is None


def test_the_pedigree_names_inputs_expression_and_what_they_share(filled: Bench) -> None:
    (figure,) = derive(filled, "f2 * f4", label="covered cost").figures
    assert figure.witness == "computed"
    assert figure.pedigree["source"] == "computed by the host"
    assert figure.pedigree["expression"] == "f2 * f4"
    assert figure.pedigree["of"] == [
        "f2: 1312.5 USD (EC2 in October), observed by the host",
        "f4: 41 percent (coverage), declared by a script",
    ]
    assert figure.pedigree["period"] == "2026-10"
    assert figure.pedigree["account"] == "sim-shop"
    assert figure.pedigree.get("rests_on") == "what a script declared (f4)"
    assert "warnings" not in figure.pedigree


def test_figures_of_different_periods_are_warned_of(filled: Bench) -> None:
    result = derive(filled, "f2 - f1")
    assert result.content["warnings"] == ["not of one period: f2 2026-10, f1 2026-09"]
    (figure,) = result.figures
    assert "period" not in figure.pedigree
    assert figure.pedigree["warnings"] == result.content["warnings"]
    assert figure.pedigree["metric"] == "unblended"


def test_bare_numbers_stand_in_the_pedigree_and_a_factor_of_100_is_asked_for(
    filled: Bench,
) -> None:
    result = derive(filled, "f2 * f4 / 100")
    assert "already" in result.content["warnings"][0]
    assert result.figures[0].pedigree["numbers_given"] == ["100"]


def test_what_is_computed_of_a_declared_figure_rests_on_the_script_all_the_same(
    filled: Bench,
) -> None:
    derive(filled, "f2 * f4")
    (figure,) = derive(filled, "f11 * 12").figures
    assert figure.pedigree["rests_on"] == "what a script declared (f11)"


EXPRESSIONS = st.recursive(
    st.sampled_from(["f1", "f2"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-"), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        )
        | inner.map(lambda part: f"-{part}")
        | st.tuples(inner, st.integers(1, 99)).map(lambda parts: f"{parts[0]} * {parts[1]}")
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_sums_and_multiples_are_what_python_makes_of_them(text: str) -> None:
    values = {"f1": Decimal("12.5"), "f2": Decimal("-7.25")}
    ledger = FigureLedger()
    figures = {n: ledger.register(v, "USD", n, "observed", {}) for n, v in values.items()}
    assert compute(text, figures.get).value == eval(text, {}, values)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_an_error_that_teaches(text: str) -> None:
    def known(name: str) -> Figure | None:
        return Figure(name, Decimal(3), "USD", "x", "observed") if len(name) < 4 else None

    try:
        computed = compute(text, known)
    except InputError as error:
        hint = error.hint
    else:
        hint = " ".join(figure.id for figure in computed.figures)
    assert hint
