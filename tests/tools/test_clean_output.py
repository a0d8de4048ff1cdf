"""What a script prints is recorded in whole lines, without secrets and without escapes."""

from __future__ import annotations

import pytest

from finops_repl.tools.clean_output import CleanOutput, Stream

SECRET = "AKIAIOSFODNN7EXAMPLE"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n"


def passed_on(*pieces: tuple[Stream, str]) -> list[tuple[Stream, str]]:
    shown: list[tuple[Stream, str]] = []
    with CleanOutput(lambda stream, text: shown.append((stream, text))) as output:
        for stream, text in pieces:
            output.add(stream, text)
    return shown


@pytest.mark.parametrize("cut", range(1, len(SECRET) + 6))
def test_a_secret_that_comes_in_two_pieces_is_redacted(cut: int) -> None:
    text = f"key {SECRET}\n"
    assert passed_on(("stdout", text[:cut]), ("stdout", text[cut:])) == [
        ("stdout", "key [redacted]\n")
    ]


@pytest.mark.parametrize("cut", range(1, len(KEY), 7))
def test_a_private_key_over_several_lines_is_redacted(cut: int) -> None:
    shown = passed_on(("stdout", "a\n" + KEY[:cut]), ("stdout", KEY[cut:] + "b\n"))
    text = "".join(piece for _, piece in shown)
    assert text == "a\n[redacted]\nb\n"


def test_streams_are_kept_apart_and_what_is_left_over_follows_at_the_end() -> None:
    assert passed_on(("stdout", "one\ntw"), ("stderr", "oh"), ("stdout", "o\nthree")) == [
        ("stdout", "one\n"),
        ("stdout", "two\n"),
        ("stdout", "three"),
        ("stderr", "oh"),
    ]


def test_of_a_redrawn_line_the_last_state_stays_and_escapes_go() -> None:
    assert passed_on(("stdout", "10 %\r20 %\r\x1b[31m30 %\x1b[0m\r\nnext\u202e\n")) == [
        ("stdout", "30 %\nnext\n")
    ]


def test_a_line_without_end_goes_on_in_pieces() -> None:
    piece: tuple[Stream, str] = ("stdout", "x" * 1_000)
    shown = passed_on(*[piece] * 40)
    assert sum(len(text) for _, text in shown) == 40_000
    assert len(shown) > 1
