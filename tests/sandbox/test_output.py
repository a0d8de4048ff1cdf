"""Output of any size and any bytes: shown as it comes, kept by head and tail."""

from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.sandbox.declared import read_figure
from finops_repl.sandbox.output import HeadAndTail, PrintedStream
from finops_repl.sandbox.table_shape import table_shape


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_short_output_is_kept_as_it_is(pieces: list[bytes]) -> None:
    kept = HeadAndTail(10_000)
    for piece in pieces:
        kept.add(piece)
    assert kept.text() == b"".join(pieces).decode(errors="replace")
    assert kept.cut == 0


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=60))
def test_long_output_keeps_both_ends_and_counts_the_rest(pieces: list[bytes]) -> None:
    kept = HeadAndTail(100)
    for piece in pieces:
        kept.add(piece)
    size = sum(len(piece) for piece in pieces)
    assert kept.cut == max(0, size - 200)


def test_cut_is_marked_and_splits_no_character() -> None:
    kept = HeadAndTail(10)
    kept.add("é".encode() * 1000)
    assert kept.text() == "ééééé\n[... 1,980 bytes left out ...]\nééééé"
    kept = HeadAndTail(11)
    kept.add("é".encode() * 1000)
    assert kept.text() == "ééééé\n[... 1,978 bytes left out ...]\nééééé"


def test_what_the_box_left_out_is_counted_with_what_the_host_cut() -> None:
    kept = HeadAndTail(4)
    kept.add(b"abcdefgh")
    kept.skip(1000)
    kept.add(b"wxyz")
    assert kept.text() == "abcd\n[... 1,004 bytes left out ...]\nwxyz"


@given(st.text(), st.lists(st.integers(0, 400), max_size=10))
def test_text_is_shown_whole_however_its_bytes_were_cut(text: str, cuts: list[int]) -> None:
    data = text.encode(errors="replace")
    shown: list[str] = []
    stream = PrintedStream(shown.append)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in itertools.pairwise(places):
        stream.add(data[start:end])
    stream.finish()
    assert "".join(shown) == data.decode()


@pytest.mark.parametrize(
    ("name", "content", "shape"),
    [
        ("a.csv", "service,usd\nEC2,1\nS3,2\n", (2, ("service", "usd"))),
        ("a.csv", '\ufeffa,"b\nb"\r\n1,"x\ny"\r\n\r\n', (1, ("a", "b\N{REPLACEMENT CHARACTER}b"))),
        ("a.tsv", "a\tb\n1\t2\n", (1, ("a", "b"))),
        ("a.csv", "", (0, ())),
        ("a.json", '[{"a": 1}, {"b": 2}]', (2, ("a", "b"))),
        ("a.json", '{"a": 1}', (None, ())),
        ("a.json", "[" * 100_000, (None, ())),
        ("a.jsonl", '{"a": 1}\n\n{"a": 2}\n', (2, ("a",))),
        ("a.png", "\x89PNG", (None, ())),
    ],
)
def test_tables_are_told_by_rows_and_columns(
    name: str, content: str, shape: tuple[int | None, tuple[str, ...]]
) -> None:
    data = content.encode()
    assert table_shape(name, io.BytesIO(data), len(data)) == shape


def test_file_named_csv_that_is_none_has_no_shape() -> None:
    assert table_shape("a.csv", io.BytesIO(b"\xff\xfe\x00"), 3) == (None, ())


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"[" * 4000,
        b'{"value": "1", "unit": "USD"}',
        b'{"value": 1, "unit": "USD", "label": "x"}',
        b'{"value": "NaN", "unit": "USD", "label": "x"}',
        b'{"value": "1e999999", "unit": "USD", "label": "x"}',
        b'{"value": "a lot", "unit": "USD", "label": "x"}',
        b'{"value": "1", "unit": {"a": 1}, "label": "x"}',
        b'{"value": "1", "unit": "USD", "label": "' + b"x" * 3000 + b'"}',
    ],
)
def test_what_is_no_figure_is_none(payload: bytes) -> None:
    assert read_figure(payload) is None


def test_figures_value_is_plain_digits() -> None:
    figure = read_figure(b'{"value": "1.5E+3", "unit": "USD", "label": "x", "metric": "m"}')
    assert figure == {"value": "1500", "unit": "USD", "label": "x", "metric": "m"}
