"""A workflow's run is told with its figures in their units, and its failure in its own words."""

from __future__ import annotations

import pytest

from finops_repl.playbooks.run_saved import report
from finops_repl.playbooks.steps import Outcome, PlaybookStopped


def figure(value: str, unit: str, label: str) -> dict[str, str]:
    return {"id": "f1", "value": value, "unit": unit, "label": label}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (figure("1234.5678", "USD", "total"), "- total: $1,234.57 [f1]"),
        (figure("-1234.5678", "EUR", "limit, team-web"), "- limit, team-web: EUR -1,234.57 [f1]"),
        (figure("12.34", "percent", "share"), "- share: 12.3 % [f1]"),
        (figure("1200", "instances", "running"), "- running: 1,200 instances [f1]"),
    ],
)
def test_a_figure_is_told_in_its_unit(told: dict[str, str], line: str) -> None:
    ran = Outcome({"exit_code": 0, "seconds": 1.5, "figures": [told]})
    assert report("w", ran) == f"The workflow w ran in 1.5 s.\n\n{line}"


def test_a_failed_run_stops_with_its_last_words() -> None:
    ran = Outcome({"exit_code": 3, "seconds": 2, "stderr": "a\nno such key\n"}, is_error=True)
    with pytest.raises(PlaybookStopped) as stopped:
        report("w", ran)
    assert stopped.value.message == "the workflow w failed (exit code 3) after 2 s"
    assert stopped.value.hint == "its last words: no such key"
