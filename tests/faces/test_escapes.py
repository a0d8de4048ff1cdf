"""Other people's text may not drive the terminal, nor hide a word of code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.faces.escapes import plain, visible


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;c2VjcmV0\x1b\\clip", "clip"),
        ("\x1bPq#0;2\x1b\\picture", "picture"),
        ("\x9b2Jcleared\x9d0;t\x9c", "cleared"),
        ("cut off \x1b[", "cut off "),
        ("bell\x07 back\x08space \x00", "bell backspace "),
        ("abc\u202edcba", "abcdcba"),
        ("10 %\r50 %\r100 %\r\nnext", "100 %\nnext"),
        ("two\r\nlines", "two\nlines"),
        ("lone \ud800", "lone \ufffd"),
        ("tab\tand\nline stay: é 漢 👍🏽", "tab\tand\nline stay: é 漢 👍🏽"),
    ],
)
def test_plain_removes_what_a_terminal_would_obey(hostile: str, harmless: str) -> None:
    assert plain(hostile) == harmless


@given(st.text(st.sampled_from("\x1b[]PX^_?0;1mJ\x07\\\x9b\x9d\x9c\r\n\x00\u202eab "), max_size=40))
def test_plain_leaves_nothing_to_obey_whatever_comes(text: str) -> None:
    assert not set(plain(text)) & set("\x1b\x9b\x9d\x07\r\x00\u202e")


def test_visible_spells_out_what_a_reader_would_not_see() -> None:
    code = 'if x:\u202e # }\n\tprint("\x1b[2J", "a\u200bb")  # 漢'
    assert visible(code) == 'if x:\\u202e # }\n\tprint("\\x1b[2J", "a\\u200bb")  # 漢'
