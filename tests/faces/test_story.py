"""The lines of the story say what happened, in the same words everywhere."""

from __future__ import annotations

import pytest

from finops_repl.base.events import CodeFinished
from finops_repl.faces.story import finished_line


@pytest.mark.parametrize(
    ("aws_usd", "line"),
    [
        ("0.12", "finished · 1.2 s · 12 AWS calls · $0.12"),
        ("1.5", "finished · 1.2 s · 12 AWS calls · $1.50"),
        ("0.0000104", "finished · 1.2 s · 12 AWS calls · $0.00001"),
        ("0", "finished · 1.2 s · 12 AWS calls"),
    ],
)
def test_a_run_that_cost_something_says_so(aws_usd: str, line: str) -> None:
    fact = CodeFinished("t1", "ab12cd34", "exit", 0, 1.2, aws_calls=12, aws_usd=aws_usd)
    assert finished_line(fact) == line
