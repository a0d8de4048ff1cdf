"""The slash commands on the session, and code that is edited, in a real pseudo-terminal."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faces.pseudo_terminal import PseudoTerminal
from tests.faces.scripted import ANSWER, CODE

pytestmark = pytest.mark.filterwarnings(
    # The program is replaced right after the fork; no lock of ours is held across it.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)

CTRL_C, ALT_ENTER = "\x03", "\x1b\r"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PseudoTerminal]:
    """A chat at its prompt, without an editor of the user's."""
    with PseudoTerminal(tmp_path_factory.mktemp("chat")) as opened:
        opened.until(opened.at_prompt)
        yield opened


@pytest.fixture(autouse=True)
def blank(terminal: PseudoTerminal) -> None:
    assert terminal.begin_again()


def test_commands_on_the_session_say_what_they_did(terminal: PseudoTerminal) -> None:
    terminal.send("/undo\r")
    terminal.until("undone: why did it rise?\nThe model no longer knows of that turn;")
    terminal.send("/clear\r")
    terminal.until("A new conversation begins.")
    terminal.send("/compact\r")
    terminal.until("The conversation goes on from a summary.")
    terminal.send("/model\r")
    terminal.until("  big-model\n  offline")
    terminal.send("/model big-modle\r")
    terminal.until("did you mean big-model?")
    terminal.send("/model big-model\r")
    terminal.until("From here on answers big-model.")
    terminal.send("/cost\r")
    terminal.until("model  $0.1200\nAWS    $0.02")
    terminal.send("/approvals\r")
    terminal.until("code         you are asked each time\nfile export  you are asked each time")
    terminal.send("/approvals revoke\r")
    terminal.until("KIND, which is one\n  of code, workflow-overwrite, file-export, budget-rise")
    terminal.send("/approvals revoke cod\r")
    terminal.until("did you mean code?")
    terminal.send("/approvals revoke file-export\r")
    terminal.until("file export: you are asked again")
    assert terminal.notes() == [
        "undone",
        "cleared",
        "compacted",
        "model big-model",
        "revoked file_export",
    ]


def test_sessions_are_listed_with_what_they_were_about(terminal: PseudoTerminal) -> None:
    terminal.send("/sessions\r")
    terminal.until("line 3 is no event")
    told = "\n".join(terminal.since("> /sessions"))
    assert re.search(
        r"5e55101d  2026-11-2\d \d\d:\d\d  sim-acme-payer  3 turns  \$0\.12\n    why\?", told
    )
    assert "0bad0bad  2026-11-20" in told
    assert "cannot be read" in told


def test_export_replaces_a_file_only_after_a_yes_that_was_not_typed_ahead(
    terminal: PseudoTerminal,
) -> None:
    terminal.send("/export\r")
    terminal.until("written: /w/data/session-5e55101d.md")
    terminal.send("/export --script code.sh\r")
    terminal.until("written: /w/data/code.sh")
    terminal.send("/export taken.md\ry\r")  # the yes comes before the question
    terminal.until("? Replace taken.md")
    terminal.send("\r")
    terminal.until("not exported")
    terminal.until(terminal.at_prompt)
    terminal.send("/export taken.md\r")
    terminal.until(lambda: terminal.text().count("[y]es, [n]o:") == 2)
    terminal.send("y\r")
    terminal.until("written: /w/data/taken.md")
    terminal.send("/export --scrpt\r")
    terminal.until("/export --scrpt is not understood")
    assert terminal.notes() == [
        "exported '' as markdown",
        "exported 'code.sh' as script",
        "exported 'taken.md' as markdown over it",
    ]


def test_the_last_answer_is_copied_as_it_was_written(terminal: PseudoTerminal) -> None:
    terminal.send("/copy\r")
    terminal.until("copied, if this terminal lets programs copy (OSC 52)")
    terminal.until(terminal.at_prompt)
    found = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", terminal.raw)
    assert found is not None
    assert base64.b64decode(found[1]).decode() == ANSWER
    (kept,) = terminal.history.parent.rglob("last-answer.md")
    assert kept.read_text().rstrip("\n") == ANSWER.rstrip("\n")


def test_code_is_edited_at_the_prompt_and_asked_for_again(terminal: PseudoTerminal) -> None:
    terminal.send("approve\r")
    terminal.until("[e]dit, [a]lways, ? help:")
    assert "With a, scripts of this session run unasked from now on" in terminal.text()
    terminal.send("e\r")
    terminal.until("Alt-Enter when it is done")
    terminal.until(lambda: terminal.text().count("# a remark") == 2)
    terminal.send("print('mine')" + ALT_ENTER + "\r")
    terminal.until("▸ python, edited")
    terminal.until(lambda: terminal.text().count("? help:") == 2)
    assert terminal.notes() == ["asked 'approve'"], "an Enter behind the edit is no yes"
    terminal.send("y\r")
    terminal.until("Done.")
    edited = CODE.rstrip("\n") + "print('mine')"
    assert terminal.notes()[1] == f"answered yes '' with {edited!r}"
    assert terminal.text().count("print('mine')") == 2, "edited, shown, and not shown again"


def test_ctrl_c_gives_up_the_edit_and_leads_back_to_the_question(terminal: PseudoTerminal) -> None:
    terminal.send("approve\r")
    terminal.until("? help:")
    terminal.send("e\r")
    terminal.until("Alt-Enter when it is done")
    terminal.until(lambda: terminal.text().count("# a remark") == 2)
    terminal.send("x" + CTRL_C)
    terminal.until("the code is as it was")
    terminal.until(lambda: terminal.text().count("? help:") == 2)
    terminal.send("n not so\r")
    terminal.until("Not run: not so.")
    assert terminal.notes()[1] == "answered no 'not so'"


EDITOR = """\
#!/bin/sh
case "$(stat -c %a "$1")" in 600) ;; *) exit 3;; esac
echo "what instead?"
read answer </dev/tty
echo "print('$answer')" >"$1"
"""


@pytest.mark.parametrize(("editor", "said"), [("", ""), ("exit 7", "ended with 7")])
def test_code_is_edited_in_the_users_own_editor(tmp_path: Path, editor: str, said: str) -> None:
    program = tmp_path / "my editor"
    program.write_text(f"#!/bin/sh\n{editor}\n" if editor else EDITOR)
    program.chmod(0o700)
    with PseudoTerminal(tmp_path, EDITOR=f"'{program}'") as own:
        own.until(own.at_prompt)
        own.send("approve\r")
        own.until("? help:")
        own.send("e\r")
        if said:
            own.until(said)
            own.send("y\r")
            own.until("Done.")
            assert own.notes()[1] == "answered yes ''"
        else:
            own.until("what instead?")
            own.send("from the editor\r")
            own.until("▸ python, edited\n  print('from the editor')")
            own.send("y\r")
            own.until("Done.")
            assert own.notes()[1] == """answered yes '' with "print('from the editor')\\n\""""
        assert list((tmp_path / ".local/state/finops-repl/edits").iterdir()) == []


def test_only_the_first_question_offers_not_to_ask_again(terminal: PseudoTerminal) -> None:
    terminal.send("approve\r")
    terminal.until("? help:")
    terminal.send("?\r")
    terminal.until("scripts of this session run unasked, in this sandbox")
    terminal.send("a\r")
    terminal.until("Done.")
    assert "With a, scripts" not in terminal.text()
    assert "answered always ''" in terminal.notes()
