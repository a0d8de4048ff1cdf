"""The chat in a real pseudo-terminal: what is on the screen, and what each key does."""

from __future__ import annotations

import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces.pseudo_terminal import PseudoTerminal

pytestmark = pytest.mark.filterwarnings(
    # The program is replaced right after the fork; no lock of ours is held across it.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

CTRL_C, CTRL_D, CTRL_J, ALT_ENTER, BACKSPACE = "\x03", "\x04", "\n", "\x1b\r", "\x7f"


@pytest.fixture(scope="module")
def opened() -> Iterator[list[PseudoTerminal]]:
    """The terminals that tests have left at their prompt: starting one takes a second."""
    terminals: list[PseudoTerminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def terminal(opened: list[PseudoTerminal], tmp_path: Path) -> PseudoTerminal:
    """A chat at its empty prompt, with nothing on its screen and no notes."""
    while opened:
        candidate = opened.pop()
        if candidate.begin_again():
            opened.append(candidate)
            return candidate
        candidate.close()
    fresh = PseudoTerminal(tmp_path)
    fresh.until(fresh.at_prompt)
    opened.append(fresh)
    return fresh


def test_first_run_explains_the_simulated_account_and_the_offline_analyst(tmp_path: Path) -> None:
    with PseudoTerminal(tmp_path, "--first-run") as terminal:
        terminal.until(terminal.at_prompt)
        assert [line for line in terminal.screen() if line] == [
            "finops-repl 0.1.0",
            "  account    sim-acme-payer (simulated, as of 2026-11-20)",
            "  model      offline analyst",
            "  workspace  /home/user/workspace",
            "This account is simulated: an invented organisation, and no real money.",
            "The offline analyst follows playbooks; with ANTHROPIC_API_KEY a model answers.",
            "Try: Why did our EC2 costs jump?   Enter sends, Ctrl-C stops, Ctrl-D leaves.",
            ">",
            "sim-acme-payer · offline analyst · $0.0123 spent · sandbox ready · us-east-1",
        ]
        terminal.send(CTRL_D)
        assert terminal.exit_code() == 0
        assert "--resume" not in terminal.text()


TURN_AT_80 = """\
> why

  First the costs by service, then the events.

▸ python, run ab12cd34, at most 30 s
  import boto3

  costs = boto3.client("ce").get_cost_and_usage(**QUERY)
  print(costs)  # a remark
  │ service,cost
  │ AmazonEC2,16460.89
  │ red
  │ DeprecationWarning: old
✓ finished · 2.1 s · 3 AWS calls
  data/costs.csv  31 rows · columns date, cost
↻ the model is overloaded; attempt 2 in 4 s

EC2 costs rose by $12,345.67 [f3] in sim-payments.

Service       Before       After
AmazonEC2  $4,115.22  $16,460.89
AmazonRDS    $980.00       $1.00

How each figure was made (/evidence f3 shows all)
[f3] $12,345.67  EC2 excess, 1 to 7 November
     declared by a script, run ab12cd34 (script_1_ab12cd34.py), metric unblended
model $0.0123 · AWS $0.02

>"""

TURN_AT_40 = """\
> why

  First the costs by service, then the
  events.

▸ python, run ab12cd34, at most 30 s
  import boto3

  costs =
  boto3.client("ce").get_cost_and_usage(
  **QUERY)
  print(costs)  # a remark
  │ service,cost
  │ AmazonEC2,16460.89
  │ red
  │ DeprecationWarning: old
✓ finished · 2.1 s · 3 AWS calls
  data/costs.csv  31 rows · columns
  date, cost
↻ the model is overloaded; attempt 2 in
4 s

EC2 costs rose by $12,345.67 [f3] in
sim-payments.

Service       Before       After
AmazonEC2  $4,115.22  $16,460.89
AmazonRDS    $980.00       $1.00

How each figure was made (/evidence f3
shows all)
[f3] $12,345.67  EC2 excess, 1 to 7
     November
     declared by a script, run ab12cd34
     (script_1_ab12cd34.py), metric
     unblended
model $0.0123 · AWS $0.02

>"""


@pytest.mark.parametrize(("columns", "expected"), [(80, TURN_AT_80), (40, TURN_AT_40)])
def test_a_turn_reads_top_down_and_ends_with_how_each_figure_was_made(
    tmp_path: Path, columns: int, expected: str
) -> None:
    with PseudoTerminal(tmp_path, columns=columns) as terminal:
        terminal.until(terminal.at_prompt)
        terminal.send("why\r")
        terminal.until("AWS $0.02")
        terminal.until(terminal.at_prompt)
        assert "\n".join(terminal.since("> why")) == expected
        assert terminal.screen()[-1].startswith("sim-acme-payer · offline analyst")
        assert terminal.colours()


def test_no_color_is_obeyed_everywhere(tmp_path: Path) -> None:
    with PseudoTerminal(tmp_path, NO_COLOR="1") as terminal:
        terminal.until(terminal.at_prompt)
        terminal.send("why\r")
        terminal.until("AWS $0.02")
        terminal.send("/")
        terminal.until("what can be typed here")
        assert terminal.colours() == []


def test_a_dumb_terminal_gets_no_escape_at_all(tmp_path: Path) -> None:
    with PseudoTerminal(tmp_path, TERM="dumb") as terminal:
        terminal.until("/help.\n\n>")
        terminal.send("why\r")
        terminal.until("AWS $0.02")
        terminal.send("approve\r")
        terminal.until("? help:")
        terminal.send("y\r")
        terminal.until("Done.")
        terminal.until(lambda: terminal.text().endswith("Done.\n\n>"))
        terminal.send("dropped")
        terminal.until("> dropped")
        terminal.send(CTRL_C)
        terminal.until("> dropped\n>")
        terminal.send(CTRL_C)
        terminal.until("> (Ctrl-C again to leave)")
        terminal.send(CTRL_D)
        assert terminal.exit_code() == 0
        assert b"\x1b" not in terminal.raw
        assert terminal.notes()[-2:] == ["answered yes ''", "finished"]


def test_ctrl_c_in_a_turn_ends_the_turn_keeps_its_output_and_the_session(
    terminal: PseudoTerminal,
) -> None:
    terminal.send("hold\r")
    terminal.until("running python")
    terminal.send("typed blind")
    terminal.until(lambda: re.search(r"python · \d+ s", terminal.text()) is not None)
    terminal.send(CTRL_C + CTRL_C)
    terminal.until(terminal.at_prompt)
    assert terminal.since("> hold") == [
        "> hold",
        "",
        "▸ python, run ab12cd34, at most 30 s",
        "  while True: ...",
        "  │ half of it",
        "  │ unfinished",
        "interrupted; what is above stays",
        "",
        ">",
    ]
    assert b"typed blind" not in terminal.raw
    assert terminal.notes() == ["asked 'hold'", "interrupted: container gone"]
    terminal.send("next\r")
    terminal.until("You asked 1 line, ending in 'next'.")


def test_a_question_typed_during_a_turn_is_asked_after_it(terminal: PseudoTerminal) -> None:
    terminal.send("slow\r")
    terminal.until("Let me see.")
    terminal.send("next\r")
    terminal.until("You asked 1 line, ending in 'next'.")
    assert terminal.notes()[0] == "asked 'slow'"


def test_the_status_line_leaves_nothing_behind(terminal: PseudoTerminal) -> None:
    terminal.send("hold\r")
    terminal.until(
        lambda: re.search(r"running python · \d+ s · Ctrl-C", terminal.text()) is not None
    )
    terminal.send(CTRL_C)
    terminal.until(terminal.at_prompt)
    assert "Ctrl-C stops it" not in terminal.text()


def test_ctrl_c_at_the_prompt_clears_and_only_twice_on_an_empty_line_leaves(
    terminal: PseudoTerminal,
) -> None:
    terminal.send("half a question")
    terminal.until("> half a question")
    terminal.send(CTRL_C)
    terminal.until(terminal.at_prompt)
    terminal.send(CTRL_C)
    terminal.until("Ctrl-C again to leave")
    terminal.until(terminal.at_prompt)  # a second later the hint is gone, and so is its meaning
    terminal.send("still here\r")
    terminal.until("You asked 1 line, ending in 'still here'.")
    terminal.until(terminal.at_prompt)
    terminal.send(CTRL_C + CTRL_C)
    assert terminal.exit_code() == 0
    assert terminal.notes() == ["asked 'still here'", "finished"]


@pytest.mark.parametrize(("question", "sign"), [("hold", "running python"), ("approve", "? help:")])
def test_being_asked_to_end_ends_the_turn_before_the_program(
    terminal: PseudoTerminal, question: str, sign: str
) -> None:
    terminal.send(f"{question}\r")
    terminal.until(sign)
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == 130
    assert terminal.notes() == [f"asked {question!r}", "interrupted: container gone"]


def test_being_asked_to_end_at_the_prompt_leaves(terminal: PseudoTerminal) -> None:
    terminal.send("next\r")
    terminal.until("You asked 1 line, ending in 'next'.")
    terminal.until(terminal.at_prompt)
    terminal.signal(signal.SIGHUP)
    assert terminal.exit_code() == 130
    assert "session recorded in /home/user/.local/state/finops-repl/sessions" in terminal.text()
    assert "go on with: finops-repl --resume 5e55101d" in terminal.text()


@pytest.mark.parametrize("question", ["approve", "slow approve"])
def test_keys_typed_before_the_question_approve_nothing(
    terminal: PseudoTerminal, question: str
) -> None:
    terminal.send(f"{question}\r\r")
    if question == "slow approve":
        terminal.until("Let me see.")
    terminal.send("y\r\r")
    terminal.until("? help:")
    terminal.send("no, thanks\r")  # begins with n but is no answer: help, not a decision
    terminal.until("tells the model why")
    assert terminal.notes() == [f"asked {question!r}"]
    terminal.send("n use the report\r")
    terminal.until("Not run: use the report.")
    assert "answered no 'use the report'" in terminal.notes()


def test_an_approved_script_is_shown_once_before_it_runs(terminal: PseudoTerminal) -> None:
    terminal.send("approve\r")
    terminal.until("? help:")
    before = terminal.text()
    assert "get_cost_and_usage" in before
    assert "it ran" not in before
    terminal.send("a\r")
    terminal.until("Done.")
    assert terminal.text().count("get_cost_and_usage") == 1
    assert "answered always ''" in terminal.notes()


def test_a_bare_no_asks_why(terminal: PseudoTerminal) -> None:
    terminal.send("approve\r")
    terminal.until("? help:")
    terminal.send("n\r")
    terminal.until("why?")
    terminal.send("too dear\r")
    terminal.until("Not run: too dear.")


def test_ctrl_c_at_an_approval_ends_the_turn(terminal: PseudoTerminal) -> None:
    terminal.send("approve\r")
    terminal.until("? help:")
    terminal.send(CTRL_C)
    terminal.until("interrupted")
    terminal.until(terminal.at_prompt)
    assert terminal.notes() == ["asked 'approve'", "interrupted: container gone"]


def test_an_approval_nobody_answers_is_a_no(terminal: PseudoTerminal) -> None:
    terminal.send("expire\r")
    terminal.until("nobody answered in time: not done")
    terminal.until(terminal.at_prompt)
    assert "answered no 'nobody answered in time'" in terminal.notes()


def test_a_question_may_have_many_lines(terminal: PseudoTerminal) -> None:
    terminal.send("one" + CTRL_J + "two" + ALT_ENTER + "three")
    terminal.until("  three")
    assert terminal.notes() == []
    terminal.send("\r")
    terminal.until("You asked 3 lines")
    assert terminal.notes()[0] == r"asked 'one\ntwo\nthree'"


def test_a_paste_of_200_lines_is_one_question_and_one_entry_of_a_private_history(
    terminal: PseudoTerminal,
) -> None:
    pasted = "\n".join(f"line {number}" for number in range(200))
    terminal.paste(pasted)
    terminal.until("> [pasted 200 lines #")
    terminal.send(BACKSPACE)
    terminal.until(terminal.at_prompt)
    terminal.paste(pasted)
    terminal.send(" and why?\r")
    terminal.until("You asked 200 lines, ending in '199 and why?'")
    assert terminal.notes()[0] == f"asked {pasted + ' and why?'!r}"
    assert "+line 199 and why?" in terminal.history.read_text()
    assert stat.S_IMODE(terminal.history.stat().st_mode) == 0o600


def test_a_paste_from_a_terminal_without_bracketed_paste_is_one_question_too(
    terminal: PseudoTerminal,
) -> None:
    pasted = "\r".join(f"line {number}" for number in range(200))
    terminal.send(pasted)
    terminal.until("  line 199")
    assert terminal.notes() == []
    terminal.send("\r")
    terminal.until("You asked 200 lines, ending in '198\\nline 199'.")
    assert len(terminal.notes()) == 2


def test_ctrl_c_while_the_model_writes_keeps_what_it_wrote(terminal: PseudoTerminal) -> None:
    terminal.send("stream\r")
    terminal.until("The first block is there.")
    terminal.send(CTRL_C)
    terminal.until(terminal.at_prompt)
    assert terminal.since("> stream") == [
        "> stream",
        "",
        "  First the costs by service.",
        "",
        "The first block is there.",
        "interrupted; what is above stays",
        "",
        ">",
    ]
    assert terminal.notes() == ["asked 'stream'", "interrupted: container gone"]


RESIZED = """\
Spend on EC2 rose in the second week, when a group grew from 6 to 40 instances.

Spend on EC2 rose in the second week,
when a group grew from 6 to 40
instances.

>"""


def test_a_window_made_narrow_in_the_middle_of_an_answer_gets_the_rest_in_its_width(
    tmp_path: Path,
) -> None:
    with PseudoTerminal(tmp_path) as terminal:
        terminal.until(terminal.at_prompt)
        terminal.send("resize\r")
        terminal.until("instances.")
        before = "\n".join(terminal.since("Spend on EC2"))
        terminal.resize(40, 24)
        terminal.until("\ninstances.")
        terminal.until(terminal.at_prompt)
        terminal.resize(80, 24)
        after = terminal.text()
        assert before.startswith(RESIZED.partition("\n")[0])
        assert "\n".join(RESIZED.split("\n")[2:5]) in after
        assert "Ctrl-C stops it" not in after


WIDE_AT_40 = """\
> wide

▸ python, run ab12cd34, at most 30 s
  print("漢字サービス" * 9)
  │ 漢字サービス漢字サービス漢字サービス
  │ 漢字サービス漢字サービス漢字サービス
  │ 漢字サービス漢字サービス漢字サービス
  │ 🚀 done
✓ finished · 0.5 s · 0 AWS calls

漢字サービスの費用は $1,234.50 でした 🚀

サービス       Cost
漢字      $1,200.00
🚀 S3        $34.50

>"""


def test_characters_of_two_columns_break_neither_lines_nor_tables(tmp_path: Path) -> None:
    with PseudoTerminal(tmp_path, columns=40, lines=30) as terminal:
        terminal.until(terminal.at_prompt)
        terminal.send("wide\r")
        terminal.until("$34.50")
        terminal.until(terminal.at_prompt)
        assert "\n".join(terminal.since("> wide")) == WIDE_AT_40


def test_a_table_taller_than_the_screen_comes_by_the_screenful(terminal: PseudoTerminal) -> None:
    terminal.send("/sql select many\r")
    terminal.until("more lines: Enter shows them, q ends")
    assert " 5   1.25" in terminal.text()
    assert "60  15.00" not in terminal.text()
    terminal.send("\r")
    terminal.until("20 more lines")
    terminal.send("q\r")
    terminal.until("(60 rows)")
    terminal.until(terminal.at_prompt)
    assert "40  10.00" in terminal.text()
    assert "41  10.25" not in terminal.text()
    terminal.send("/sql select many\r")
    terminal.until("more lines")
    terminal.send(CTRL_C)
    terminal.until(terminal.at_prompt)
    terminal.send("next\r")
    terminal.until("You asked 1 line, ending in 'next'.")


def test_slash_commands_answer_at_once(terminal: PseudoTerminal) -> None:
    terminal.send("/help\r")
    terminal.until("/run               run a workflow: /run NAME [key=value ...]")
    terminal.send("/wrkflows\r")
    terminal.until("no command named '/wrkflows'\n  did you mean /workflows?")
    terminal.send("/workflows\r")
    terminal.until(
        "monthly-cost-report  #cost #monthly\n    Top services, month over month\n"
        "    parameters: month= top=10"
    )
    terminal.send("/account\r")
    terminal.until("account      sim-acme-payer")
    terminal.until(
        "bill's cost  CASE line_item_line_item_type WHEN 'DiscountedUsage' THEN\n" + " " * 13
    )
    terminal.send("/run monthly-cost-report month=2026-10\r")
    terminal.until("  │ AmazonEC2   12.50\n✓ finished · 1.2 s · 3 AWS calls\n  /w/s/report.cjs")
    terminal.send("/run monthly-cost\r")
    terminal.until("did you mean monthly-cost-report?")
    terminal.send("/run\r")
    terminal.until("/run needs a workflow")
    terminal.send("/sql select wrong\r")
    terminal.until("no column named wrong\n  columns: service, cost")
    terminal.send("/exit\r")
    assert terminal.exit_code() == 0
    assert terminal.notes() == ["ran monthly-cost-report {'month': '2026-10'}"]


def test_evidence_shows_the_whole_script_behind_a_figure(terminal: PseudoTerminal) -> None:
    terminal.send("why\r")
    terminal.until("AWS $0.02")
    terminal.until(terminal.at_prompt)
    terminal.send("/evidence f3\r")
    terminal.until("script_1_ab12cd34.py\n\nscript\n")
    terminal.until(terminal.at_prompt)
    shown = terminal.text().partition("> /evidence f3")[2]
    assert "[f3] $12,345.67  EC2 excess, 1 to 7 November" in shown
    assert "aws calls: athena:StartQueryExecution ×1" in shown
    assert 'boto3.client("ce").get_cost_and_usage(**QUERY)' in shown
    terminal.send("/evidence f99\r")
    terminal.until("no figure or run named 'f99'")


def test_sql_shows_an_aligned_table_with_wide_characters(terminal: PseudoTerminal) -> None:
    terminal.send("/sql select 1\r")
    terminal.until("(3 rows)")
    assert terminal.since("> /sql")[2:7] == [
        "service            cost",
        "────────────  ─────────",
        "AmazonEC2     12,345.67",
        "漢字サービス      -3.50",
        "NULL               NULL",
    ]


def test_ctrl_c_stops_a_statement_and_a_workflow(terminal: PseudoTerminal) -> None:
    terminal.send("/sql slow\r")
    terminal.until("working")
    terminal.send(CTRL_C)
    terminal.until("interrupted")
    terminal.until(terminal.at_prompt)
    terminal.send("/run monthly-cost-report top=slow\r")
    terminal.until("│ AmazonEC2   12.50")
    terminal.send(CTRL_C)
    terminal.until(terminal.at_prompt)
    assert terminal.notes()[::2] == ["sql stopped", "workflow stopped"]


def test_commands_workflows_and_parameters_complete(terminal: PseudoTerminal) -> None:
    terminal.send("/ru")
    terminal.until("run a workflow: /run NAME")
    terminal.send("\t mon")
    terminal.until("Monthly Cost Report")
    terminal.send("\t to")
    terminal.until("top=")
    terminal.send("\t3\r")
    terminal.until("✓ finished")
    assert terminal.notes() == ["ran monthly-cost-report {'top': '3'}"]


def test_a_failing_model_is_said_and_the_session_goes_on(terminal: PseudoTerminal) -> None:
    terminal.send("no model\r")
    terminal.until("✗ the model does not answer (set --model offline)\nno answer")
    terminal.send("next\r")
    terminal.until("You asked 1 line, ending in 'next'.")


def test_long_output_shows_head_and_tail(terminal: PseudoTerminal) -> None:
    terminal.send("long\r")
    terminal.until("stopped at a limit")
    said = "\n".join(terminal.since("line 20"))
    assert said.startswith("  │ line 20\n  │ … 972 lines not shown …\n  │ line 993\n")
    assert "  │ line 1000\n✗ stopped at its time limit · 30.0 s · 0 AWS calls" in said
