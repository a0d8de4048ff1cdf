"""Blocks are finished once, whole, whatever the pieces they come in."""

from __future__ import annotations

import pytest

from finops_repl.agent.blocks import BlockSplitter

TEXT = "# Title\n\nA paragraph\nof two lines.\n\n\n```sql\nSELECT 1\n\n-- more\n```\n\n- a\n- b\n"
BLOCKS = ["# Title", "A paragraph\nof two lines.", "```sql\nSELECT 1\n\n-- more\n```", "- a\n- b"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_give_the_same_blocks(size: int) -> None:
    splitter = BlockSplitter()
    blocks = []
    for start in range(0, len(TEXT), size):
        blocks += splitter.feed(TEXT[start : start + size])
    assert [*blocks, *splitter.flush()] == BLOCKS


def test_a_block_is_given_as_soon_as_it_is_finished() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("One.\n") == []
    assert splitter.feed("\nTwo") == ["One."]
    assert splitter.flush() == ["Two"]
    assert splitter.flush() == []
