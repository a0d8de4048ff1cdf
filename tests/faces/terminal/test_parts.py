"""The parts of the chat that need no terminal: replies, toolbar, pastes, looks, tables of money."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from finops_repl.base.events import (
    ApprovalRequested,
    CodeFinished,
    CodeStarted,
    Fact,
    ToolFinished,
    ToolRequested,
)
from finops_repl.faces.cells import cell_width
from finops_repl.faces.story import finished_line
from finops_repl.faces.terminal.approval import Reply, read_reply
from finops_repl.faces.terminal.console import Look, look_of
from finops_repl.faces.terminal.markdown import Answer
from finops_repl.faces.terminal.pastes import Pastes
from finops_repl.faces.terminal.screen import Screen
from finops_repl.faces.terminal.toolbar import toolbar_line
from finops_repl.faces.terminal.transcript import Transcript
from tests.faces.scripted import ScriptedCommands


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", Reply("yes")),
        ("y", Reply("yes")),
        ("YES", Reply("yes")),
        ("a", Reply("always")),
        ("e", "edit"),
        ("n", Reply("no")),
        ("no  wrong month", Reply("no", "wrong month")),
        ("?", None),
        ("yes but use the report", None),
        ("always what?", None),
        ("/exit", None),
    ],
)
def test_only_a_clear_yes_is_a_yes(line: str, reply: Reply | str | None) -> None:
    assert read_reply(line, ("yes", "no", "always", "edit")) == reply


@pytest.mark.parametrize("line", ["a", "always", "e", "edit"])
def test_what_is_not_on_offer_is_no_answer(line: str) -> None:
    assert read_reply(line, ("yes", "no")) is None


@pytest.mark.parametrize("width", [5, 20, 40, 80, 200])
def test_the_toolbar_never_wraps_and_never_loses_the_account(width: int) -> None:
    line = toolbar_line(ScriptedCommands().status(), width)
    assert cell_width(line) <= width
    assert line.startswith("sim-")


def test_the_toolbar_shows_all_when_there_is_room() -> None:
    status = replace(ScriptedCommands().status(), spent_usd=Decimal("12.5"))
    assert toolbar_line(status, 120) == (
        "sim-acme-payer · offline analyst · $12.50 spent · sandbox ready · us-east-1"
        " · as of 2026-11-20"
    )


@pytest.mark.parametrize(
    ("tokens", "told"),
    [(950, "950"), (12_345, "12.3k"), (99_949, "99.9k"), (99_950, "100k"), (140_499, "140k")],
)
def test_the_toolbar_says_how_much_of_the_context_is_filled(tokens: int, told: str) -> None:
    line = toolbar_line(replace(ScriptedCommands().status(), context_tokens=tokens), 120)
    assert f" spent · context {told} · sandbox" in line


def test_the_toolbar_says_how_much_the_context_holds_where_that_is_known() -> None:
    status = replace(ScriptedCommands().status(), context_tokens=12_345, window_tokens=200_000)
    assert " · context 12.3k/200k · " in toolbar_line(status, 120)
    assert "context" not in toolbar_line(replace(status, context_tokens=None), 120)


def test_short_pastes_stay_and_long_ones_come_back_whole() -> None:
    pastes = Pastes()
    assert pastes.mark("one\ntwo\n") == "one\ntwo\n"
    long = "\n".join("abcdefgh")
    marks = [pastes.mark(long), pastes.mark(long.upper())]
    assert marks == ["[pasted 8 lines #1]", "[pasted 8 lines #2]"]
    assert pastes.expand(f"see {marks[1]} and {marks[0]}") == f"see {long.upper()} and {long}"
    assert pastes.expand("[pasted 8 lines #3]") == "[pasted 8 lines #3]"


@pytest.mark.parametrize(
    ("env", "is_tty", "look"),
    [
        ({"TERM": "xterm"}, True, Look(ansi=True, colour=True)),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, Look(ansi=True, colour=False)),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, Look(ansi=True, colour=True)),
        ({"TERM": "dumb"}, True, Look(ansi=False, colour=False)),
        ({"TERM": "xterm"}, False, Look(ansi=False, colour=False)),
    ],
)
def test_one_place_decides_what_may_be_written(
    env: dict[str, str], is_tty: bool, look: Look
) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: is_tty  # type: ignore[method-assign]  # a stream that is a terminal
    assert look_of(stream, env) == look


def screen(width: int) -> tuple[Screen, io.StringIO]:
    stream, look = io.StringIO(), Look(ansi=False, colour=False)
    return Screen(stream, look, width=width), stream


def rendered(text: str, width: int) -> list[str]:
    shown, stream = screen(width)
    shown.show(Answer(text))
    return stream.getvalue().split("\n")[:-1]


HOSTILE = 'ok = 1 #\u202e\x1b[2J\u2066\nprint("\x07")'
SPELLED_OUT = '  ok = 1 #\\u202e\\x1b[2J\\u2066\n  print("\\x07")\n'


def told(*facts: Fact) -> str:
    shown, stream = screen(72)
    transcript = Transcript(shown)
    for fact in facts:
        transcript.tell_fact(fact)
    return stream.getvalue()


def test_every_tool_is_told_with_what_it_was_asked_and_why_it_failed() -> None:
    assert told(
        ToolRequested("t1", "query_bill", {"sql": "SELECT 1\nFROM cur2"}),
        ToolFinished("t1", "query_bill", True, '{"error":"no table cur2","hint":"there: bill"}'),
        ToolRequested("t2", "save_workflow", {"name": "EC2 spike", "code": "x = 1"}),
        ToolFinished("t2", "save_workflow", False, '{"saved":"ec2-spike"}'),
        ToolRequested("t3", "execute_code", {"language": "ruby", "code": "x"}),
        ToolFinished("t3", "execute_code", True, "no\x1b[2J such language\nmore"),
    ) == (
        "▸ query_bill\n  SELECT 1\n  FROM cur2\n"
        "✗ query_bill: no table cur2 (there: bill)\n\n"
        "▸ save_workflow(name='EC2 spike')\n"
        "✗ execute_code: no such language\n"
    )


def test_the_end_of_a_run_is_told_once() -> None:
    left = ({"name": "a.csv", "bytes": 7}, {"name": "c.png", "bytes": 7, "picture": "640 x 480"})
    said = told(
        CodeStarted("t1", "ab12cd34", "python", "x", 30.0),
        CodeFinished("t1", "ab12cd34", "memory", 137, 1.0, left, ("b: a link",)),
        ToolFinished("t1", "execute_code", True, '{"error":"memory"}'),
    )
    assert said.endswith(
        "✗ stopped at its memory limit of 256 MB · 1.0 s · 0 AWS calls\n"
        "  data/a.csv  7 bytes\n  data/c.png  picture, 640 x 480\n  not collected: b: a link\n"
    )


def test_the_end_of_a_run_says_what_the_cache_answered() -> None:
    fact = CodeFinished("t1", "ab12cd34", "exit", 0, 1.0, aws_calls=12, aws_calls_cached=9)
    assert finished_line(fact) == "finished · 1.0 s · 12 AWS calls, 9 from the cache"


@pytest.mark.parametrize(
    "facts",
    [
        (CodeStarted("t1", "ab12cd34", "python", HOSTILE, 30.0),),
        (
            ToolRequested("t1", "execute_code", {"language": "python", "code": HOSTILE}),
            ApprovalRequested("a1", "t1", "code", "Run?", HOSTILE, datetime.now(UTC)),
        ),
        (ApprovalRequested("a1", "t1", "workflow", "Overwrite?", HOSTILE, datetime.now(UTC)),),
    ],
)
def test_code_cannot_hide_from_whoever_approves_it(facts: tuple[Fact, ...]) -> None:
    assert told(*facts).endswith(SPELLED_OUT)


MONEY = """\
| Account | Before | Change |
|---|---|---|
| sim-payments-production | $4,115.22 [f1] | 300 % |
| sim-data | -$8.00 | -1.5 % |
"""


def test_money_stands_to_the_right_below_money_cited_or_not() -> None:
    assert rendered(MONEY, 80) == [
        "Account                          Before  Change",
        "sim-payments-production  $4,115.22 [f1]   300 %",
        "sim-data                    -$8.00       -1.5 %",
    ]


def test_a_table_too_wide_for_the_screen_becomes_lines_per_row() -> None:
    assert rendered(MONEY, 30) == [
        "Account  sim-payments-producti",
        "         on",
        "Before   $4,115.22 [f1]",
        "Change   300 %",
        "",
        "Account  sim-data",
        "Before   -$8.00",
        "Change   -1.5 %",
    ]


def test_answers_have_no_boxes_no_padding_and_lose_no_words() -> None:
    text = "# Why\n\n<account> & [docs](http://x.y)\n\n```python\nx = 1\n```\n\n- one\n"
    assert rendered(text, 60) == [
        "Why",
        "",
        "<account> & docs (http://x.y)",
        "",
        "x = 1",
        "",
        " • one",
    ]


def test_an_answer_cannot_drive_the_terminal() -> None:
    assert rendered("a\x1b]0;t\x07b\x1b[2J `c\x9b2J`", 60) == ["ab c"]
