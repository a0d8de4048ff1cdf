"""A script of one's own: read from a file or from stdin, in the language that its name says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from finops_repl.base.errors import InputError
from finops_repl.sandbox.container import MAX_ORDER_BYTES
from finops_repl.sandbox.port import Language

__all__ = ["STDIN", "language_of", "read_script"]

STDIN = "-"
LANGUAGES: dict[str, Language] = {
    ".py": "python",
    ".js": "javascript",
    ".cjs": "javascript",
    ".mjs": "javascript",
}


def language_of(name: str) -> Language:
    """The language of a script by its suffix; what comes from stdin is Python.

    Raises `InputError` for any other suffix.
    """
    if name == STDIN:
        return "python"
    _refuse_folder(name)
    suffix = Path(name).suffix.lower()
    if suffix not in LANGUAGES:
        raise InputError(
            f"{name} does not say its language by its suffix",
            hint=f"give --language, or a name that ends in {', '.join(LANGUAGES)}",
        )
    return LANGUAGES[suffix]


def read_script(name: str) -> str:
    """The text of a script; raises `InputError` for what cannot be one."""
    shown = "the script on stdin" if name == STDIN else name
    content = _read_stdin() if name == STDIN else _read_file(name)
    if len(content) > MAX_ORDER_BYTES:
        raise InputError(
            f"{shown} is larger than a script may be ({MAX_ORDER_BYTES >> 20} MB)",
            hint="put its data into workspace/data and name the file in --input",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{shown} is not UTF-8 text: byte {error.start + 1} is 0x{content[error.start]:02x}",
            hint="save it as UTF-8",
        ) from error
    if "\0" in text:
        raise InputError(f"{shown} holds NUL bytes", hint="a script is text")
    if not text.strip():
        raise InputError(
            f"{shown} is empty", hint="for example: echo 'print(1)' | finops-repl run -"
        )
    return text


def _read_file(name: str) -> bytes:
    _refuse_folder(name)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_ORDER_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"{name} cannot be read: {error.strerror}",
            hint="give the path of a script, or - for stdin",
        ) from error


def _refuse_folder(name: str) -> None:
    if Path(name).is_dir():
        raise InputError(f"{name} is a folder", hint="name a script in it")


def _read_stdin() -> bytes:
    if sys.stdin is None:  # a caller that closed it
        raise InputError("stdin is closed", hint="pipe a script in, or name a file")
    stream: BinaryIO = sys.stdin.buffer
    try:
        return stream.read(MAX_ORDER_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"stdin cannot be read: {error.strerror}", hint="pipe a script in, or name a file"
        ) from error
