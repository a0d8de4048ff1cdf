"""Answers in Markdown for a terminal: nothing boxed, money to the right, citations quiet."""

from __future__ import annotations

import re
from typing import ClassVar

from markdown_it import MarkdownIt
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement, Paragraph, TableElement
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from finops_repl.faces.escapes import plain
from finops_repl.faces.terminal.console import CODE_THEME

__all__ = ["Answer", "highlighted"]

NUMBER = re.compile(r"[-+−(]?\s*[$€£]?\s*[-−]?[\d,.]+\s*(?:%|[KMBk]|USD|[A-Z]?i?B|h)?\)?")
CITATION = r"\[(?:f\d+(?:\s*,\s*f\d+)*|run [0-9a-f]{4,32})\]"
TAIL = rf"(?:\s*(?:{CITATION}|\(unsourced\)))+\s*$"
"""What may follow the number in a cell of numbers."""
NARROWEST_TEXT = 12


def highlighted(code: str, language: str) -> Text:
    """Code in the terminal's colours, without padding or background."""
    syntax = Syntax("", language, theme=CODE_THEME, background_color="default")
    text = syntax.highlight(code.expandtabs(4))
    text.rstrip()
    text.no_wrap, text.overflow = False, "fold"
    return text


class _QuietHeading(Heading):
    LEVEL_ALIGN: ClassVar = {f"h{level}": "left" for level in range(1, 7)}


class _QuietParagraph(Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "default"
        self.text.highlight_regex(CITATION, "citation")
        yield self.text


class _PlainCode(CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield highlighted(str(self.text), self.lexer_name)


class _MoneyTable(TableElement):
    """Columns of numbers stand to the right and are never cut.

    Where the screen is too narrow for them, each row becomes lines of `column  value`.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        header = self.header.row if self.header else None
        names = [cell.content for cell in header.cells] if header else []
        rows = [[cell.content for cell in row.cells] for row in self.body.rows] if self.body else []
        for cell in (cell for row in rows for cell in row):
            cell.highlight_regex(CITATION, "citation")
        columns = [_MoneyColumn(name, [row[i] for row in rows]) for i, name in enumerate(names)]
        if sum(column.least + 2 for column in columns) - 2 > options.max_width:
            yield _records(names, rows)
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
        for column in columns:
            column.add_to(table)
        for row in rows:
            table.add_row(*row)
        yield table


class _MoneyColumn:
    """One column of an answer's table; `least` is the width below which it would be cut."""

    def __init__(self, name: Text, cells: list[Text]) -> None:
        self._name, self._cells = name, cells
        self._is_number = bool(cells) and all(_is_number(cell.plain) for cell in cells)
        widest = max(cell.cell_len for cell in (name, *cells))
        if self._is_number:
            tails = [_tail_length(cell.plain) for cell in cells]
            for cell, tail in zip(cells, tails, strict=True):
                # Without this a cited figure would not stand under an uncited one.
                cell.pad_right(max(tails) - tail)
            widest = max(cell.cell_len for cell in (name, *cells))
        self.least = widest if self._is_number else min(widest, NARROWEST_TEXT)

    def add_to(self, table: Table) -> None:
        heading = Text(self._name.plain, style="markdown.table.header")
        justify = self._name.justify or "default"
        for cell in self._cells:
            cell.justify = None
        if self._is_number:
            for cell in self._cells:
                cell.pad_left(self.least - cell.cell_len)
            heading.justify, justify = "right", "left"
        table.add_column(heading, justify=justify, no_wrap=self._is_number, overflow="fold")


def _is_number(text: str) -> bool:
    bare = re.sub(TAIL, "", text).strip()
    return bare in ("", "-", "–", "—", "n/a") or NUMBER.fullmatch(bare) is not None


def _tail_length(text: str) -> int:
    found = re.search(TAIL, text)
    return len(found.group()) if found else 0


def _records(names: list[Text], rows: list[list[Text]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for number, row in enumerate(rows):
        if number:
            grid.add_row("", "")
        for name, cell in zip(names, row, strict=False):
            cell.justify = None
            cell.rstrip()
            grid.add_row(Text(name.plain, style="markdown.table.header"), cell)
    return grid


class Answer(Markdown):
    """A finished block of an answer.

    HTML is shown as the text it is (rich drops it), links show their address.
    """

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _QuietHeading,
        "paragraph_open": _QuietParagraph,
        "fence": _PlainCode,
        "code_block": _PlainCode,
        "table_open": _MoneyTable,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False)
        parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
        self.markup = plain(text)
        self.parsed = parser.parse(self.markup)
