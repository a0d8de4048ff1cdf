"""Tool results as the model reads them: JSON of bounded size, without secrets or escapes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finops_repl.tools.redaction import redact

__all__ = ["MAX_BYTES", "clean_text", "encode", "head_and_tail"]

MAX_BYTES = 6_000

ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"  # OSC, DCS and their like: titles, links, clipboard
    r"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
KEPT_CONTROLS = "\n\t"


def encode(content: Mapping[str, Any], max_bytes: int = MAX_BYTES) -> str:
    """`content` as JSON of at most `max_bytes`: the longest parts are cut, and say so.

    Whatever came from data (names, output, cells) is inside JSON strings, so it cannot close
    the result and speak as someone else.
    """
    cleaned = _clean(content)
    text = _dump(cleaned)
    while len(text.encode()) > max_bytes:
        path, size = _largest(cleaned)
        if size <= MIN_CUT:
            return _dump({"cut": "the result is too large to show; ask for less"})
        cleaned = _halved(cleaned, path)
        text = _dump(cleaned)
    return text


def head_and_tail(text: str, keep: int) -> str:
    """At most about `keep` characters of a text: its head, what was left out, its tail."""
    if len(text) <= keep:
        return text
    head, tail = keep * 2 // 3, keep // 3
    return f"{text[:head]}\n... {len(text) - head - tail} characters left out ...\n{text[-tail:]}"


def clean_text(text: str) -> str:
    """`text` without terminal escapes, control and direction characters and lone surrogates."""
    text = ESCAPE_SEQUENCE.sub("", text)
    kept = (c for c in text if c in KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cf"))
    return "".join(kept).encode("utf-8", "replace").decode()


MIN_CUT = 200
"""Strings and lists of fewer bytes are never cut; it also outweighs the words that mark a cut."""

Path = tuple[str | int, ...]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return redact(clean_text(value))
        case None | bool() | int():
            return value
        case float():
            return value if value == value and abs(value) != float("inf") else str(value)
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {clean_text(str(key)): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return clean_text(str(value))


def _largest(value: Any, path: Path = ()) -> tuple[Path, int]:
    """The path of the string or list that takes most room; a list counts only if it is long."""
    best: tuple[Path, int] = (path, 0)
    match value:
        case str():
            return path, len(value.encode())
        case dict():
            children = [_largest(item, (*path, key)) for key, item in value.items()]
        case list():
            children = [_largest(item, (*path, index)) for index, item in enumerate(value)]
            if len(value) > 3:
                best = (path, len(_dump(value).encode()))
        case _:
            return path, 0
    return max([best, *children], key=lambda found: found[1])


def _halved(value: Any, path: Path) -> Any:
    if path:
        key, rest = path[0], path[1:]
        if isinstance(value, dict):
            return {k: _halved(v, rest) if k == key else v for k, v in value.items()}
        return [_halved(item, rest) if i == key else item for i, item in enumerate(value)]
    if isinstance(value, str):
        return head_and_tail(value, len(value) // 2)
    kept = len(value) // 2
    marks = [item for item in value[kept:] if isinstance(item, dict) and set(item) == {"left_out"}]
    before = sum(mark["left_out"] - 1 for mark in marks)
    return [*value[:kept], {"left_out": len(value) - kept + before}]
