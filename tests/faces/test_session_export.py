"""A session as a document and as a script: what was undone or failed is in neither."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from finops_repl.agent.sessions import SessionHead
from finops_repl.base.errors import InputError
from finops_repl.base.events import (
    AnswerBlock,
    BranchOpened,
    CodeFinished,
    CodeStarted,
    Fact,
    FigureRegistered,
    QuestionAsked,
    ToolFinished,
    ToolRequested,
    TurnFinished,
)
from finops_repl.faces.session_commands import export_place
from finops_repl.faces.session_markdown import last_answer, session_markdown
from finops_repl.faces.session_script import session_script

HEAD = SessionHead(
    "5e55101d",
    "sim-acme",
    "123456789012",
    {"account": "simulated:seed=7,as_of=2026-10-20"},
    "/my work",
    "2026-11-20T10:00:00+00:00",
)
FENCED = "print('''\n```\nnot the end\n```\n''')"
NASTY = "print('a')\nEND_b2\nEND_b2_\n$(touch planted) `touch planted`"


def run(
    call_id: str, run_id: str, code: str, *, exit_code: int = 0, language: str = "python"
) -> Sequence[Fact]:
    given = {"language": language, "code": "what the model wrote", "params": {}}
    return (
        ToolRequested(call_id, "execute_code", given),
        CodeStarted(call_id, run_id, language, code, 30.0),
        CodeFinished(call_id, run_id, "exit", exit_code, 0.5),
        ToolFinished(call_id, "execute_code", exit_code != 0, "{}"),
    )


FIRST: tuple[Fact, ...] = (
    QuestionAsked("why did it\nrise?\x1b[2J", "m"),
    ToolRequested("t1", "query_bill", {"sql": "SELECT 'it''s' -- a remark\nFROM cur2"}),
    ToolFinished("t1", "query_bill", False, "{}"),
    ToolRequested("t2", "query_bill", {"sql": "SELECT wrong"}),
    ToolFinished("t2", "query_bill", True, "{}"),
    FigureRegistered("f1", "12.50", "USD", "EC2", {"source": "observed by the host"}),
    *run("t3", "a1", FENCED),
    *run("t4", "b1", "raise SystemExit(1)", exit_code=1),
    AnswerBlock("It rose by $12.50 [f1]."),
    TurnFinished("answered", "It rose by $12.50 [f1].", ("f1",)),
)
SECOND: tuple[Fact, ...] = (
    QuestionAsked("and this?", "m"),
    ToolRequested(
        "t5",
        "execute_code",
        {"params": {"days": 3, "account": "123456789012", "name": "a b"}, "inputs": ["*.csv"]},
    ),
    CodeStarted("t5", "b2", "javascript", NASTY, 45.0),
    CodeFinished("t5", "b2", "exit", 0, 0.5),
    ToolRequested("t6", "run_workflow", {"name": "Monthly Report", "params": {"top": "5"}}),
    CodeStarted("t6", "b3", "python", "saved", 60.0),
    CodeFinished("t6", "b3", "exit", 0, 0.5),
    TurnFinished("interrupted", ""),
)
UNDONE: tuple[Fact, ...] = (
    QuestionAsked("never mind", "m"),
    *run("t7", "c1", "print('undone')"),
    TurnFinished("answered", "Undone."),
    BranchOpened("undo", 4, turns_undone=1),
)


def test_the_document_has_questions_code_answers_and_how_figures_were_made() -> None:
    text = session_markdown(HEAD, (*FIRST, *SECOND, *UNDONE))
    assert text.startswith("# Session 5e55101d\n\nAccount sim-acme 123456789012, begun 2026-11-20")
    assert "nothing here is real money" in text
    assert "> why did it\n> rise?\n\n```sql\nSELECT 'it''s' -- a remark\nFROM cur2\n```" in text
    assert f"````python\n{FENCED}\n````" in text, "no line of the code closes its fence"
    assert "It rose by $12.50 [f1].\n\n- [f1] $12.50  EC2\n  observed by the host" in text
    assert "*This turn ended without a whole answer: interrupted.*" in text
    assert "ndone" not in text
    assert "\x1b" not in text


def test_the_last_answer_is_that_of_the_last_turn_that_has_one() -> None:
    answer = "It rose by $12.50 [f1].\n\n- [f1] $12.50  EC2\n  observed by the host"
    assert last_answer((*FIRST, *SECOND, *UNDONE)) == answer
    assert last_answer(SECOND) == ""


ECHO = """\
#!/bin/sh
echo "$#"
for word in "$@"; do printf '%s\\n' "$word"; done
case "$1$*" in run*\\ -) cat;; esac
"""


def test_the_script_runs_again_what_ran_with_what_it_was_given(tmp_path: Path) -> None:
    """Through a real shell, into a command that tells what it was asked."""
    script = tmp_path / "session.sh"
    script.write_text(session_script(HEAD, (*FIRST, *SECOND, *UNDONE)))
    command = tmp_path / "my finops"
    command.write_text(ECHO)
    command.chmod(0o700)
    done = subprocess.run(
        ["sh", str(script), str(command)], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    place = ["--account", "simulated:seed=7,as_of=2026-10-20", "--workspace", "/my work"]
    sql = ["sql", *place, "--", "SELECT 'it''s' -- a remark\nFROM cur2"]
    first = ["run", *place, "--language", "python", "--timeout", "30", "-"]
    second = [
        *["run", *place, "--language", "javascript", "--param", "days=3"],
        *["--param", 'account="123456789012"', "--param", "name=a b", "--input", "*.csv"],
        *["--timeout", "45", "-"],
    ]
    third = ["run-workflow", *place, "--param", "top=5", "--timeout", "60", "--", "Monthly Report"]
    told = [
        *[str(len(sql)), *sql],
        *[str(len(first)), *first, FENCED],
        *[str(len(second)), *second, NASTY],
        *[str(len(third)), *third],
    ]
    assert done.stdout == "\n".join(told) + "\n"
    assert not (tmp_path / "planted").exists()


def test_a_session_without_code_makes_no_script() -> None:
    facts = (QuestionAsked("hello\nrm -rf /", "m"), TurnFinished("answered", "Hello."))
    assert session_script(HEAD, facts) == ""
    script = session_script(HEAD, (*facts, *FIRST))
    assert "\nrm" not in script, "a question stays one line of comment"


@pytest.mark.parametrize("name", ["..", "a\x00b", "a\nb", ".hidden", "--script", "folder/", "a:b"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError):
        export_place(name, tmp_path, ".md")


def test_a_bare_name_goes_to_the_data_folder_and_a_path_where_it_says(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert export_place("why", data, ".md") == data / "why.md"
    assert export_place("why.txt", data, ".md") == data / "why.txt"
    assert export_place(f"{tmp_path}/why", data, ".sh") == tmp_path / "why.sh"
    with pytest.raises(InputError, match="no place"):
        export_place(f"{tmp_path}/nowhere/why", data, ".md")
    with pytest.raises(InputError, match="no place"):
        export_place(str(tmp_path), data, ".md")
