"""Rows and columns of a Parquet file, read from the end of it and nothing else.

A file of a script is hostile input: every length is checked, depth is bounded, and no more is read
than the footer's beginning, where the schema and the number of rows stand before the row groups.
Source: Apache Parquet's format (parquet.thrift, FileMetaData) in Thrift's compact protocol.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

__all__ = ["parquet_shape"]

MAGIC = b"PAR1"
MAX_FOOTER_BYTES = 128 * 1024
"""Enough for the schema of some thousand columns; what follows it is not needed."""
MAX_DEPTH = 16

BOOLEANS = (1, 2)
INTEGERS = (3, 4, 5, 6)
I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 5, 6, 7, 8, 9, 10, 11, 12
SCHEMA, NUM_ROWS = 2, 3
NAME, NUM_CHILDREN = 4, 5


def parquet_shape(content: BinaryIO, size: int) -> tuple[int, list[str]] | None:
    """The number of rows and the names of the columns; None for what is no readable Parquet."""
    tail = len(MAGIC) + 4
    if size < len(MAGIC) + tail:
        return None
    content.seek(0)
    head = content.read(len(MAGIC))
    content.seek(size - tail)
    (length,) = struct.unpack("<I", content.read(4))
    if head != MAGIC or content.read(len(MAGIC)) != MAGIC or length > size - tail - len(MAGIC):
        return None
    content.seek(size - tail - length)
    try:
        return _Compact(content.read(min(length, MAX_FOOTER_BYTES))).shape()
    except _Malformed:
        return None


class _Malformed(Exception):
    """The footer is not what it should be."""


class _Compact:
    """Reads Thrift's compact protocol from bytes that may say anything."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def shape(self) -> tuple[int, list[str]]:
        """Of a FileMetaData; what follows the number of rows is left unread."""
        columns: list[str] | None = None
        field = 0
        while True:
            field, kind = self._field(field)
            if field == SCHEMA and kind == LIST:
                columns = self._columns()
            elif field == NUM_ROWS and kind == I64:
                rows = self._zigzag()
                if rows < 0 or columns is None:
                    raise _Malformed
                return rows, columns
            elif kind == 0:
                raise _Malformed
            else:
                self._skip(kind, MAX_DEPTH)

    def _columns(self) -> list[str]:
        """The root's own children: the schema lists its tree depth first."""
        count, kind = self._list()
        if kind != STRUCT or count == 0:
            raise _Malformed
        _, wanted = self._schema_element()
        columns: list[str] = []
        inside = 0
        for _ in range(count - 1):
            name, children = self._schema_element()
            if inside == 0:
                columns.append(name)
            else:
                inside -= 1
            inside += children
        if inside or len(columns) != wanted:
            raise _Malformed
        return columns

    def _schema_element(self) -> tuple[str, int]:
        name, children, field = "", 0, 0
        while True:
            field, kind = self._field(field)
            if kind == 0:
                return name, children
            if field == NAME and kind == BINARY:
                name = self._take(self._varint()).decode("utf-8", "replace")
            elif field == NUM_CHILDREN and kind == I32:
                children = self._zigzag()
                if children < 0:
                    raise _Malformed
            else:
                self._skip(kind, MAX_DEPTH)

    def _skip(self, kind: int, depth: int) -> None:
        if depth == 0:
            raise _Malformed
        if kind in BOOLEANS:
            return
        if kind in INTEGERS:
            self._varint()
        elif kind == DOUBLE:
            self._take(8)
        elif kind == BINARY:
            self._take(self._varint())
        elif kind in (LIST, SET):
            count, inner = self._list()
            for _ in range(count):
                self._skip_item(inner, depth - 1)
        elif kind == MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            for _ in range(count):
                self._skip_item(kinds >> 4, depth - 1)
                self._skip_item(kinds & 15, depth - 1)
        elif kind == STRUCT:
            field, inner = self._field(0)
            while inner:
                self._skip(inner, depth - 1)
                field, inner = self._field(field)
        else:
            raise _Malformed

    def _skip_item(self, kind: int, depth: int) -> None:
        """In a list or a map, a boolean takes a byte; no item takes none, so a lie ends soon."""
        if kind in BOOLEANS:
            self._byte()
        else:
            self._skip(kind, depth)

    def _field(self, last: int) -> tuple[int, int]:
        """The next field's id and kind; kind 0 ends a struct."""
        head = self._byte()
        kind, step = head & 15, head >> 4
        if kind == 0:
            return 0, 0
        return (last + step if step else self._zigzag()), kind

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        count = head >> 4
        return (self._varint() if count == 15 else count), head & 15

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise _Malformed

    def _byte(self) -> int:
        if self._at >= len(self._data):
            raise _Malformed
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        """What lacks at the end is missed by the next byte: a struct has one more."""
        begin, self._at = self._at, self._at + count
        return self._data[begin : self._at]
