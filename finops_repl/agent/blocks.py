"""Streamed text as finished Markdown blocks, so that a screen only ever appends."""

from __future__ import annotations

import re

from finops_repl.agent.models.wire import encodable

__all__ = ["BlockSplitter"]

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


class BlockSplitter:
    """Collects pieces; a block ends at a blank line outside a code fence."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """The blocks that this piece finishes."""
        self._text += piece
        blocks = []
        while (end := self._end_of_block()) is not None:
            block, self._text = self._text[:end], self._text[end:]
            blocks.append(block)
        return [_shown(block) for block in blocks if block.strip()]

    def flush(self) -> list[str]:
        """What is left when the text ends."""
        block, self._text = self._text, ""
        return [_shown(block)] if block.strip() else []

    def _end_of_block(self) -> int | None:
        start = len(self._text) - len(self._text.lstrip("\n"))
        for blank in re.finditer(r"\n[ \t]*\n", self._text[start:]):
            head = self._text[: start + blank.start()]
            if len(FENCE.findall(head)) % 2 == 0:
                return start + blank.end()
        return None


def _shown(block: str) -> str:
    """The block as any screen and file can hold it: half a character may come in each piece."""
    return encodable(block).strip("\n").rstrip()
