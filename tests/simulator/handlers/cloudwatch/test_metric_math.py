"""Metric math computes what CloudWatch's guide says, in its own examples first."""

from __future__ import annotations

import math

import pytest

from finops_repl.simulator.handlers.cloudwatch.metric_math.syntax import parse
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.metric_math.values import TimeSeries
from tests.simulator.handlers.cloudwatch.series import (
    PERIOD,
    evaluated,
    listed,
    of_each,
    series,
)

N = None
M1, M2 = series(30, 20, 0, 0), series(20, N, 20, N)
"""The two metrics of the guide's table of operators."""
TRUTH, VALUE, OTHER = series(1, 1, 0, 0, N), series(30, N, 0, 0, 30), series(0, 0, 20, N, 20)
"""The three of its tables of IF."""


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m1 < m2", [0, 0, 1, 0]),
        ("m1 >= 30", [1, 0, 0, 0]),
        ("m1 > 15 AND m2 > 15", [1, 0, 0, 0]),
        ("m1 > 15 && m2 > 15 || m1 == 0", [1, 0, 1, 1]),
        ("m1 > 15 OR m2 > 15", [1, 1, 1, 0]),
        ("m1 != 0", [1, 1, 0, 0]),
    ],
)
def test_operators_of_truth_are_those_of_the_guide(expression: str, values: list[int]) -> None:
    assert listed(evaluated(expression, m1=M1, m2=M2), 4) == values


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("IF(c, v, o)", [30, 0, 20, N, N]),
        ("IF(c, 5, o)", [5, 5, 20, N, N]),
        ("IF(c, v, 5)", [30, 0, 5, 5, N]),
        ("IF(c, v)", [30, 0, N, N, N]),
        ("IF(c, 7)", [7, 7, N, N, N]),
        ("IF(2, v, o)", [30, N, 0, 0, 30]),
        ("IF(1 > 2, v, o)", [0, 0, 20, N, 20]),
        ("IF(0, v)", [N, N, N, N, N]),
        ("IF(v < 20, v)", [N, N, 0, 0, N]),
    ],
)
def test_if_is_that_of_the_guide(expression: str, values: list[float | None]) -> None:
    assert listed(evaluated(expression, c=TRUTH, v=VALUE, o=OTHER)) == values


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m1 + m2", [50, 20, 20, 0]),
        ("m1 - m2 * 2", [-10, 20, -40, 0]),
        ("(m1 - m2) * 2", [20, 40, -40, 0]),
        ("2 * m2 ^ 2", [800, N, 800, N]),
        ("-m2 ^ 2", [-400, N, -400, N]),
        ("m2 ^ -1", [0.05, N, 0.05, N]),
        ("m2 - -m2", [40, N, 40, N]),
        ("m2 - 1 - 1", [18, N, 18, N]),
        ("m1 / m2", [1.5, N, 0, N]),
        ("100 / m1", [pytest.approx(10 / 3), 5, N, N]),
        ("m1 - AVG(m1)", [17.5, 7.5, -12.5, -12.5]),
        ("m1 / PERIOD(m1) * 7.2e3", [60, 40, 0, 0]),
        ("SUM(100 / [m1 + 5, m2])", [pytest.approx(100 / 35 + 5), 4, 25, 20]),
        ("SUM(METRICS() * 2)", [100, 40, 40, 0]),
        ("SUM(METRICS('2'))", [20, N, 20, N]),
        ('SUM([METRICS("m2"), m1])', [50, 20, 20, 0]),
        ("AVG([m1, m2])", [25, 10, 10, 0]),
        ("MIN([m1, m2])", [20, 20, 0, 0]),
        ("MAX([m1, m2])", [30, 20, 20, 0]),
        ("DATAPOINT_COUNT([m1, m2])", [2, 1, 2, 1]),
        ("STDDEV([m1, m2])", [5, 0, 10, 0]),
        ("m2 * DATAPOINT_COUNT(m2)", [40, N, 40, N]),
        ("m2 * METRIC_COUNT(METRICS())", [40, N, 40, N]),
        ("m1 * 0 + STDDEV(m1)", [pytest.approx(12.9903810)] * 4),
        ("CEIL(m1 / 7) + FLOOR(m1 / 7) + ABS(-m1)", [39, 25, 0, 0]),
        ("LOG10(m2 * 5) + LOG(m2 / 20)", [2, N, 2, N]),
        ("DIFF(m1)", [N, -10, -20, 0]),
        ("DIFF_TIME(m2)", [N, N, 7_200, N]),
        ("RATE(m1) * 3600", [N, -10, -20, 0]),
        ("RUNNING_SUM(m1)", [30, 50, 50, 50]),
        ("FILL(m2, 7)", [20, 7, 20, 7]),
        ("FILL(m2, MIN(m1))", [20, 0, 20, 0]),
        ("FILL(m2, m1)", [20, 20, 20, 0]),
        ("FILL(m2, REPEAT)", [20, 20, 20, 20]),
        ("FILL(m2 - RUNNING_SUM(m2) + 20, LINEAR)", [20, 10, 0, N]),
        ("HOUR(m2)", [0, 1, 2, 3]),
        ("DAY(m1) * 10000 + MONTH(m1) * 100 + DATE(m1) - YEAR(m1)", [48_980] * 4),
        ("EPOCH(m2) - 1728000000", [0, 3_600, 7_200, 10_800]),
        ("IF(HOUR(m1) >= 2, m1, MINUTE(m1))", [0, 0, 0, 0]),
        ("TIME_SERIES(MAX(m1) + 1)", [31] * 4),
        ("FIRST(SORT(METRICS(), AVG, DESC))", [20, N, 20, N]),
        ("LAST(SORT([m1, m2], AVG, DESC))", [30, 20, 0, 0]),
        ("FIRST(SLICE(SORT([m2, m1], SUM, ASC), 1))", [30, 20, 0, 0]),
        ("SUM(SLICE(METRICS(), 0, 1))", [30, 20, 0, 0]),
        ("SUM(SORT(METRICS(), MAX, DESC, 1))", [30, 20, 0, 0]),
    ],
)  # fmt: skip
def test_functions_compute_point_by_point(expression: str, values: list[float | None]) -> None:
    assert listed(evaluated(expression, hours=4, m1=M1, m2=M2), 4) == values


def test_an_array_keeps_its_members_apart_and_their_labels() -> None:
    one, two, empty = series(1, 2, label="one"), series(N, 5, label="two"), series(label="empty")
    found = evaluated("REMOVE_EMPTY([m1, m2, m3]) * 2", m1=one, m2=two, m3=empty)
    assert isinstance(found, list)
    assert [each.label for each in found] == ["one", "two"]
    assert of_each(found) == [[2, 4, N, N, N], [N, 10, N, N, N]]
    filled = evaluated("FILL(METRICS(), 0)", hours=2, m1=one, m2=two)
    assert [values[:2] for values in of_each(filled)] == [[1, 2], [0, 5]]


def test_points_that_are_no_numbers_are_dropped_and_that_is_told() -> None:
    for expression in (
        "1 / m1",
        "LOG(m1)",
        "(m1 - 50) ^ 0.5",
        "m1 * 10 ^ 308 * 10",
        "m3 - AVG(m3)",
    ):
        found = evaluated(expression, m1=M1, m3=series())
        assert isinstance(found, TimeSeries)
        assert all(math.isfinite(value) for value in found.points.values())
        assert found.dropped == (expression != "m3 - AVG(m3)")
    through = evaluated("1 / m1", "SUM([e0, m2])", m1=M1, m2=M2)
    assert isinstance(through, TimeSeries)
    assert through.dropped


def test_expressions_use_each_other_in_any_order() -> None:
    assert listed(evaluated("e1 + 1", "m1 * 2", "e0 + e1", m1=M1), 4) == [121, 81, 1, 1]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("m1 +", "It ends too early"),
        ("m1 m2", "Unexpected 'm2'"),
        ("m1 ? m2", "Unexpected '? m2'"),
        ("SUM([m1, m2)", "']' is missing"),
        ("m9", "No query has the id 'm9'"),
        ("sum(m1)", "Unrecognized function 'sum'"),
        ("ANOMALY_DETECTION_BAND(m1)", "ANOMALY_DETECTION_BAND is not offered by the simulated"),
        ("SERVICE_QUOTA(m1)", "SERVICE_QUOTA is not offered"),
        ("AVG(m1)", "must yield a time series"),
        ("METRICS() + METRICS()", "Unsupported operand type(s) for +: '[Array[TimeSeries], Array"),
        ("METRICS() > 5", "Unsupported operand type(s) for >: '[Array[TimeSeries], Scalar]'"),
        ("IF(METRICS(), m1, m2)", "Unsupported operand type(s) for IF"),
        ("IF(1, 2, 3)", "Unsupported operand type(s) for IF"),
        ("ABS(3) * m1", "ABS does not take Scalar"),
        ("FIRST(m1)", "FIRST does not take TimeSeries"),
        ("HOUR(METRICS())", "A time series is expected, not Array[TimeSeries]"),
        ("SORT(METRICS(), MEDIAN, ASC)", "SORT takes AVG, MAX, MIN or SUM"),
        ("SLICE(METRICS(), 0.5)", "A whole number is expected"),
        ("PERIOD(m1 + m2) * m1", "PERIOD does not take TimeSeries"),
        ("FILL(m1, METRICS())", "FILL takes a number, a time series, REPEAT or LINEAR"),
        ("[1, m1]", "An array has time series, not numbers"),
        ("SUM(m1, m2)", "SUM does not take these 2 arguments"),
        ("SLICE(METRICS(), 1 / 0)", "A whole number is expected"),
        ("SORT(METRICS(), SUM, ASC, 1e999)", "A whole number is expected"),
        ("'m1'", "Unexpected 'm1'"),
        ("e0 + 1", "it refers to itself"),
    ],
)
def test_what_is_wrong_is_said_with_the_id_of_the_query(expression: str, told: str) -> None:
    with pytest.raises(MathError) as wrong:
        evaluated(f"{expression}", m1=M1, m2=M2)
    if "e0" in str(wrong.value):
        assert str(wrong.value).startswith("Error in expression 'e0': ")
    assert told in str(wrong.value)


def test_a_constant_without_a_period_is_refused() -> None:
    with pytest.raises(MathError, match="Period must not be null"):
        evaluated("TIME_SERIES(1)")
    assert listed(evaluated("TIME_SERIES(1)", period=2 * PERIOD)) == [1, N, 1, N, 1]


def test_no_expression_is_too_deep_or_too_long_to_be_answered() -> None:
    """A request has 2,048 characters: what nests in them is refused, what is long is computed."""
    for deep in ("(" * 2_048, "-" * 2_047 + "1", "1^" * 1_023 + "1", "[" * 1_024, "ABS(" * 512):
        with pytest.raises(MathError, match="within each other"):
            parse(deep)
    assert listed(evaluated("+".join(["m1"] * 682), m1=series(1)), 1) == [682]
    chain = [f"e{at - 1} + 1" if at else "m1" for at in range(499)]
    assert listed(evaluated(*chain, m1=series(1)), 1) == [499]


def test_a_request_cannot_have_more_computed_than_its_share() -> None:
    """Arrays of arrays, and one expression after the other over all metrics, come to an end."""
    with pytest.raises(MathError, match="more than 500 time series"):
        evaluated("[m1, m1]", *(f"[{', '.join([f'e{at}'] * 100)}]" for at in range(5)), m1=M1)
    many = {f"m{at}": M1 for at in range(100)}
    five = ", ".join(["METRICS()"] * 5)
    assert evaluated(f"[{five}]", all_of=many)
    with pytest.raises(MathError, match="more than 500 time series"):
        evaluated(f"[{five}, m1]", all_of=many)
    with pytest.raises(MathError, match=r"More than 5,000,000 data points"):
        evaluated("METRICS() * 2", *["METRICS() * 2"] * 300, hours=400, all_of=many)
    assert evaluated("METRICS() * 2", *["METRICS() * 2"] * 50, hours=400, all_of=many)
    # What is read counts too: a sum has few points and looks at many.
    with pytest.raises(MathError, match=r"More than 5,000,000 data points"):
        evaluated("METRICS()", "+".join(["SUM(e0)"] * 200), hours=400, all_of=many)
    assert evaluated("METRICS()", "+".join(["SUM(e0)"] * 50), hours=400, all_of=many)
    constants = ["TIME_SERIES(1)"] * 200
    assert evaluated(*constants, hours=400, all_of=many)
