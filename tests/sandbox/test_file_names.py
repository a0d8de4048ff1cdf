"""Names of files, judged by their form before anything is opened."""

from __future__ import annotations

import pytest

from finops_repl.sandbox.file_names import below_data, name_problem
from tests.sandbox.test_hostile_box import UNSAFE


@pytest.mark.parametrize("name", UNSAFE.values(), ids=list(UNSAFE))
def test_unsafe_name_is_told_by_its_form_alone(name: str) -> None:
    assert name_problem(name) != ""


@pytest.mark.parametrize("name", ["a.csv", "2026/10/costs.parquet", "Kosten Büro.csv", "x" * 150])
def test_ordinary_names_are_none_of_these(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    "written", ["a.csv", "./a.csv", "data/a.csv", "workspace/data/a.csv", "/work/data/a.csv"]
)
def test_name_below_data_is_the_same_whichever_way_it_is_written(written: str) -> None:
    assert below_data(written) == "a.csv"
