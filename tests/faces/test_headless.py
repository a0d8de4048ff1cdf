"""Asking once without a terminal: what is on stdout, what on stderr, and the exit code."""

from __future__ import annotations

import dataclasses
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from finops_repl.base.errors import ConnectionFailed
from finops_repl.base.events import (
    AnswerBlock,
    BudgetWarned,
    CodeFinished,
    ConversationCompacted,
    Fact,
    MendAsked,
    MendEnded,
    ModelReplaced,
    ModelRetried,
    TurnFinished,
)
from finops_repl.faces.headless import OutputFormat, answer_once
from tests.faces.scripted import ANSWER, CODE, FIGURE, ScriptedConversation, Step, scenes

CHECKOUT = Path(__file__).parents[2]


async def ask(
    question: str, output: OutputFormat = "text", *, attended: bool = True, **more: list[Step]
) -> tuple[int, str, str, list[str]]:
    """Exit code, stdout, stderr and what the conversation noted."""
    notes: list[str] = []
    conversation = ScriptedConversation({**scenes(), **more}, notes.append, attended=attended)
    stdout, stderr = io.StringIO(), io.StringIO()
    code = await answer_once(conversation, question, output=output, stdout=stdout, stderr=stderr)
    return code, stdout.getvalue(), stderr.getvalue(), notes


async def test_stdout_has_the_answer_and_its_figures_and_stderr_the_story() -> None:
    code, stdout, stderr, _ = await ask("why")
    assert code == 0
    assert stdout == ANSWER + (
        "\n[f3] $12,345.67  EC2 excess, 1 to 7 November\n"
        "     declared by a script, run ab12cd34 (script_1_ab12cd34.py), metric unblended\n"
    )
    assert stderr == (
        "▸ python, run ab12cd34, at most 30 s\n" + CODE + "service,cost\n"
        "AmazonEC2,16460.89\n"
        "red\n"
        "DeprecationWarning: old\n"
        "▪ finished · 2.1 s · 3 AWS calls\n"
        "  data/costs.csv  31 rows · columns date, cost\n"
        "↻ the model is overloaded; attempt 2 in 4 s\n"
    )


async def test_json_is_one_object() -> None:
    code, stdout, _, _ = await ask("why", "json")
    told: dict[str, Any] = json.loads(stdout)
    assert code == 0
    assert told["answer"] == ANSWER
    assert (told["account"], told["session"]) == ("sim-acme-payer", "5e55101d")
    assert (told["model"], told["end"]) == ("offline analyst", "answered")
    assert told["cost"] == {"model_usd": "0.0123", "aws_usd": "0.02"}
    assert [figure["shown"] for figure in told["figures"]] == ["$12,345.67"]
    assert told["figures"][0]["pedigree"]["run"] == "ab12cd34"
    assert [(run["run"], run["language"], run["exit_code"]) for run in told["runs"]] == [
        ("ab12cd34", "python", 0)
    ]
    assert [file["name"] for file in told["files"]] == ["costs.csv"]


async def test_stream_json_is_each_event_on_a_line_and_nothing_else() -> None:
    code, stdout, stderr, _ = await ask("why", "stream-json")
    told = [json.loads(line) for line in stdout.splitlines()]
    assert code == 0
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert told[0]["type"] == "QuestionAsked"
    assert told[-1]["type"] == "TurnFinished"
    assert stderr == ""


@pytest.mark.parametrize("fact", get_args(Fact))
def test_the_readme_names_every_field_of_every_event(fact: type[Any]) -> None:
    fields = ", ".join(f"`{field.name}`" for field in dataclasses.fields(fact))
    assert f"| `{fact.__name__}` | {fields} |" in (CHECKOUT / "README.md").read_text().splitlines()


@pytest.mark.parametrize(
    ("end", "failure", "expected"),
    [
        (TurnFinished("answered", "yes"), "", 0),
        (TurnFinished("failed", ""), "", 1),
        (TurnFinished("refused", ""), "", 1),
        (TurnFinished("failed", "", failure="ConnectionFailed"), "", 3),
        (TurnFinished("answered", "by who goes on", failure="ConnectionFailed"), "", 3),
        (TurnFinished("answered", "half", failure="SandboxUnavailable"), "", 4),
        (TurnFinished("limit", "so far"), "", 5),
        (TurnFinished("approval_required", "", failure="ApprovalRequired"), "", 6),
        (TurnFinished("interrupted", ""), "", 130),
    ],
)
async def test_the_exit_code_says_how_the_turn_ended(
    end: TurnFinished, failure: str, expected: int
) -> None:
    code, stdout, _, _ = await ask("q", q=[end])
    assert code == expected
    assert stdout == (end.answer + "\n" if end.answer else "")


async def test_what_happens_to_the_model_and_its_budget_is_told() -> None:
    steps: list[Step] = [
        ModelRetried(1, 2.0, "the model is overloaded", attempts=4),
        BudgetWarned("turn", "tool calls", "24", "30"),
        BudgetWarned("session", "dollars", "2.2793", "2.5"),
        ConversationCompacted(910_000, 8_000, "prompt is too long", "claude"),
        ModelReplaced("claude", "offline", "the model is overloaded", "ask later"),
        TurnFinished("answered", "$5", failure="ConnectionFailed"),
    ]
    code, stdout, stderr, _ = await ask("q", q=steps)
    assert (code, stdout) == (3, "$5\n")
    assert stderr.splitlines() == [
        "↻ the model is overloaded; attempt 2 of 4 in 2 s",
        "! 24 of 30 tool calls for a question are used (limits.turn_tool_calls)",
        "! $2.2793 of $2.50 for a session are used (limits.session_usd)",
        "↻ conversation compacted (prompt is too long): 910 KB are 8.0 KB now, summary by claude",
        "↻ claude stays away: the model is overloaded (ask later); offline goes on",
    ]
    _, stdout, _, _ = await ask("q", "json", q=steps)
    assert json.loads(stdout)["model"] == "offline"


@pytest.mark.parametrize(("capped", "expected"), [(True, 5), (False, 1)])
async def test_a_turn_that_failed_because_a_cap_ended_its_script_is_exit_code_5(
    capped: bool, expected: int
) -> None:
    run = CodeFinished("t1", "ab12cd34", "exit", 1, 0.5, capped=capped)
    code, *_ = await ask("capped", capped=[run, TurnFinished("failed", "")])
    assert code == expected


async def test_what_nobody_can_approve_ends_the_turn_with_one_line_that_says_how_to() -> None:
    code, stdout, stderr, notes = await ask("approve")
    assert (code, stdout) == (6, "")
    assert stderr == (
        "needs a yes: Run this python code on prod-payer? (to give it in advance: --approve code)\n"
    )
    assert notes[1] == "answered no 'nobody is there to approve it'"
    assert "it ran" not in stderr


async def test_a_refusal_by_the_agents_own_policy_is_told_once() -> None:
    code, stdout, stderr, _ = await ask("approve", "json", attended=False)
    assert (code, json.loads(stdout)["end"]) == (6, "approval_required")
    assert stderr == "✗ nobody is there to approve (start with --approve code)\n"


async def test_errors_of_ours_pass_through_and_leave_stdout_empty() -> None:
    error = ConnectionFailed("no route to AWS", hint="check the network")
    with pytest.raises(ConnectionFailed):
        await ask("q", q=[error])


async def test_escapes_of_the_model_reach_no_terminal() -> None:
    text = "fine\x1b]0;owned\x07 \x1b[2Jand dandy"
    _, stdout, _, _ = await ask("q", q=[AnswerBlock(text), TurnFinished("answered", text)])
    assert stdout == "fine and dandy\n"


async def test_long_output_is_head_and_tail_on_stderr() -> None:
    code, _, stderr, _ = await ask("long")
    assert code == 5
    assert "line 20\n… 972 lines not shown …\nline 993\n" in stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_turn_and_its_container_first(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.faces.headless_program", "hold", "json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    ) as program:
        assert program.stderr
        assert program.stdout
        story = [program.stderr.readline() for _ in range(4)]
        assert story[-1] == "half of it\n"
        program.send_signal(number)
        stdout, stderr = program.stdout.read(), program.stderr.read()
    assert program.returncode == 130
    assert json.loads(stdout)["end"] == "interrupted"
    assert stderr == "note: interrupted: container gone\nunfinished\ninterrupted\n"


def test_headless_needs_no_terminal_library() -> None:
    program = (
        "import sys, finops_repl.faces.headless, finops_repl.faces.tables\n"
        "heavy = ('prompt_toolkit', 'rich', 'pygments', 'markdown_it', 'pydantic')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")


async def test_a_correction_is_announced_and_takes_the_answers_place() -> None:
    first, corrected = AnswerBlock("It cost $9 *(unsourced)*."), AnswerBlock("It cost $8 [f3].")
    scene: list[Step] = [
        first,
        MendAsked(1),
        FIGURE,
        corrected,
        MendEnded(True),
        TurnFinished("answered", corrected.text, ("f3", "run 3fa9c1d2")),
    ]
    _, stdout, stderr, _ = await ask("mend", mend=scene)
    assert stdout.startswith("It cost $8 [f3].\n\n[f3] $12,345.67")
    assert "$9" not in stdout
    assert "printed by run 3fa9c1d2; nobody declared what it is" in stdout
    assert stderr == (
        "↻ 1 figure does not hold; a correction follows, in the place of the answer above\n"
    )
    _, told, _, _ = await ask("mend", "json", mend=scene)
    assert json.loads(told)["printed_by"] == ["run 3fa9c1d2"]
    assert json.loads(told)["unsourced"] == []


async def test_where_no_correction_came_the_story_says_so() -> None:
    scene: list[Step] = [MendAsked(2), MendEnded(False), TurnFinished("answered", "x")]
    _, _, stderr, _ = await ask("mend", mend=scene)
    assert "2 figures do not hold" in stderr
    assert "no correction came; the answer before stands with its marks" in stderr
