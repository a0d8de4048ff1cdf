"""What was piped in reaches the model whole, page by page, as data and without secrets."""

from __future__ import annotations

from finops_repl.tools.encoding import MAX_BYTES, encode
from finops_repl.tools.read_piped import ReadPiped
from tests.tools.conftest import Bench


def read_all(bench: Bench, text: str) -> tuple[str, int]:
    """The whole text, as its pages give it, and how many there were."""
    tool, read, pages, offset = ReadPiped(text), "", 0, 0
    while True:
        result = bench.call(tool, offset=offset)
        encoded = encode(result.content)
        assert len(encoded.encode()) <= MAX_BYTES
        assert "left out" not in encoded
        read += result.content["piped_in"]
        pages += 1
        if "next_offset" not in result.content:
            return read, pages
        offset = result.content["next_offset"]


def test_a_short_text_is_one_page(bench: Bench) -> None:
    assert read_all(bench, "AmazonEC2 100\nAmazonS3 3\n") == ("AmazonEC2 100\nAmazonS3 3\n", 1)


def test_a_long_text_loses_nothing_at_the_seams_whatever_it_is_made_of(bench: Bench) -> None:
    for text in ("line of costs\n" * 2_000, "漢字サービス" * 2_000, '"\\\n' * 4_000):
        read, pages = read_all(bench, text)
        assert read == text
        assert pages > 2


def test_a_secret_on_the_seam_of_two_pages_is_redacted(bench: Bench) -> None:
    text = "x" * 4_980 + " AKIAEXAMPLEEXAMPLE22 " + "y" * 100
    read, pages = read_all(bench, text)
    assert pages == 2
    assert "AKIA" not in read
    assert "[redacted]" in read


def test_where_nothing_is_there_or_left_the_error_says_so(bench: Bench) -> None:
    assert "nothing was piped in" in bench.call(ReadPiped("")).content["error"]
    beyond = bench.call(ReadPiped("short"), offset=5)
    assert beyond.is_error
    assert beyond.content["hint"] == "the text has 5 characters"
