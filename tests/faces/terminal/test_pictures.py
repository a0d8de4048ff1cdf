"""Pictures go to terminals that say they show them; to all others only their path."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest

from finops_repl.base.events import CodeFinished, CodeStarted
from finops_repl.faces.terminal.console import Look, Pictures, look_of
from finops_repl.faces.terminal.pictures import picture_escape
from finops_repl.faces.terminal.screen import Screen
from finops_repl.faces.terminal.transcript import Transcript

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("env", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "iTerm.app"}, ""),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/t"}, ""),
        ({"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, ""),
    ],
)
def test_the_environment_says_what_a_terminal_shows_and_none_is_asked(
    env: dict[str, str], protocol: Pictures
) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]  # a stream that is a terminal
    assert look_of(stream, env).pictures == protocol
    assert stream.getvalue() == ""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "costs.png").write_bytes(PNG)
    return tmp_path


def told(workspace: Path, pictures: Pictures, name: str = "costs.png") -> str:
    stream = io.StringIO()
    screen = Screen(stream, Look(ansi=True, colour=False, pictures=pictures), width=60)
    transcript = Transcript(screen)
    transcript.tell_fact(CodeStarted("t1", "ab12", "python", "x", 30.0))
    left = ({"name": name, "bytes": len(PNG), "picture": "640 x 480"},)
    script = str(workspace / "scripts" / "script_1.py")
    transcript.tell_fact(CodeFinished("t1", "ab12", "exit", 0, 1.0, left, script=script))
    return stream.getvalue()


def test_kitty_gets_the_picture_in_pieces_and_is_told_not_to_answer(workspace: Path) -> None:
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", told(workspace, "kitty"))
    assert pieces[0][0] == "a=T,f=100,q=2,c=60,m=1"
    assert [control for control, _ in pieces[1:]] == ["m=1"] * (len(pieces) - 2) + ["m=0"]
    assert all(len(piece) <= 4096 for _, piece in pieces)
    assert base64.b64decode("".join(piece for _, piece in pieces)) == PNG


def test_iterm2_gets_the_picture_whole_and_no_name(workspace: Path) -> None:
    found = re.search(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", told(workspace, "iterm2"))
    assert found
    assert found[1] == f"inline=1;size={len(PNG)};width=60;preserveAspectRatio=1"
    assert base64.b64decode(found[2]) == PNG


def test_other_terminals_get_the_path_alone(workspace: Path) -> None:
    said = told(workspace, "")
    assert "costs.png  picture, 640 x 480" in said
    assert "\x1b_G" not in said
    assert "\x1b]" not in said


def test_what_is_no_picture_or_no_longer_there_is_not_sent(workspace: Path) -> None:
    (workspace / "data" / "fake.png").write_text("\x1b]0;owned\x07")
    (workspace / "outside.png").write_bytes(PNG)
    for name in ("fake.png", "gone.png", "../outside.png"):
        assert "\x1b_G" not in told(workspace, "kitty", name)
    assert picture_escape(workspace / "data" / "costs.png", "no size", "kitty", 60) == ""
