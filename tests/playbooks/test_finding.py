"""What a script found is read by its labels; one that gave up is told in its own last words."""

from __future__ import annotations

from typing import Any

import pytest

from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.steps import Outcome, PlaybookStopped


def figure(value: str, unit: str, label: str, id_: str = "f1") -> dict[str, str]:
    return {"id": id_, "value": value, "unit": unit, "label": label}


def ran(*figures: dict[str, str], stdout: str = '{"jump": true}\n') -> Outcome:
    return Outcome({"exit_code": 0, "stdout": stdout, "figures": list(figures)})


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("1234.5", "USD", "$1,234.50 [f1]"),
        ("1234.5", "EUR", "EUR 1,234.50 [f1]"),
        ("12.34", "percent", "12.3 % [f1]"),
        ("-123.6", "percent", "-124 % [f1]"),
        ("-0.01", "percent", "0.0 % [f1]"),
        ("16", "instances", "16 [f1]"),
    ],
)
def test_a_figure_is_shown_in_its_unit_with_its_citation(value: str, unit: str, shown: str) -> None:
    found = Finding.of(ran(figure(value, unit, "it")))
    assert found["it"] == shown
    assert "it" in found
    assert found.said == {"jump": True}


def test_the_figures_of_rows_are_read_in_their_order() -> None:
    found = Finding.of(
        ran(
            figure("50", "USD", "limit, team-web"),
            figure("9", "USD", "limit"),
            figure("40", "USD", "actual, team-web", "f2"),
            figure("7", "USD", "limit, team-web"),
        )
    )
    assert found["limit 0"] == "$50.00 [f1]"
    assert found.value("limit 1") == 7
    assert found.value("limit") == 9
    assert found["actual 0"] == "$40.00 [f2]"


def test_dollars_an_hour_are_shown_as_precisely_as_plans_are_sold() -> None:
    assert Finding.of(ran(figure("8.8750", "USD", "plan"))).hourly("plan") == "$8.875 [f1]"


def test_a_label_that_was_not_declared_stops() -> None:
    with pytest.raises(PlaybookStopped, match="no figure named 'it'"):
        Finding.of(ran())["it"]


@pytest.mark.parametrize("stdout", ["", "no JSON\n"])
def test_a_script_without_a_finding_stops(stdout: str) -> None:
    with pytest.raises(PlaybookStopped, match="printed no finding"):
        Finding.of(ran(stdout=stdout))


def test_a_script_that_gave_up_is_told_in_its_last_words() -> None:
    content: dict[str, Any] = {
        "ended": "exit",
        "exit_code": 1,
        "stdout": "",
        "stderr": "a warning\n2026-10 is over: ask what was spent in it\n",
    }
    with pytest.raises(PlaybookStopped) as stopped:
        Finding.of(Outcome(content, is_error=True))
    assert stopped.value.message == "2026-10 is over: ask what was spent in it"
    content |= {"ended": "timeout", "exit_code": None, "stderr": "", "what_to_do": "do less"}
    with pytest.raises(PlaybookStopped) as stopped:
        Finding.of(Outcome(content, is_error=True))
    assert "timeout" in stopped.value.message
    assert stopped.value.hint == "do less"


def test_a_refused_run_is_told_as_the_tool_says_it() -> None:
    refused = Outcome({"error": "no engine answers", "hint": "start Docker"}, is_error=True)
    with pytest.raises(PlaybookStopped) as stopped:
        Finding.of(refused)
    assert (stopped.value.message, stopped.value.hint) == ("no engine answers", "start Docker")
