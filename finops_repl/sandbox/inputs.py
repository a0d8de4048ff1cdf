"""Which files of workspace/data a job gets: those it lists, and those its code names in strings."""

from __future__ import annotations

import ast
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from finops_repl.base.errors import InputError, UnknownName
from finops_repl.sandbox.file_names import below_data, name_problem
from finops_repl.sandbox.limits import MAX_INPUT_BYTES, MB
from finops_repl.sandbox.port import Language

__all__ = ["InputFile", "choose_inputs", "list_data", "read_input"]

MAX_LISTED = 5_000
MAX_GLOBS = 100
GLOB = frozenset("*?[")
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
JS_STRING = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""", re.DOTALL)
JS_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A regular file below workspace/data, by its name there."""

    name: str
    size: int


def list_data(data: Path) -> tuple[InputFile, ...]:
    """The regular files below `data` whose names are safe, sorted; links are not followed."""
    if not data.is_dir():
        return ()
    top = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = [file for file, _ in zip(_walk(top, ""), range(MAX_LISTED), strict=False)]
    finally:
        os.close(top)
    return tuple(sorted(found, key=lambda file: file.name))


def choose_inputs(
    code: str, language: Language, listed: Iterable[str], there: tuple[InputFile, ...]
) -> tuple[InputFile, ...]:
    """The files to send: each pattern of `listed`, and what string literals of the code name.

    Raises `UnknownName` for a listed pattern that nothing matches, `InputError` beyond 64 MB.
    """
    chosen: dict[str, InputFile] = {}
    for pattern in listed:
        matching = [file for file in there if _matches(file.name, below_data(pattern))]
        if not matching:
            raise UnknownName("file in workspace/data", pattern, (file.name for file in there))
        chosen |= {file.name: file for file in matching}
    named = _named_files(_python_strings(code) if language == "python" else _js_strings(code))
    globs = [text for text in sorted(named) if GLOB & set(text)][:MAX_GLOBS]
    for file in there:
        if file.name in named or any(_matches(file.name, glob) for glob in globs):
            chosen[file.name] = file
    total = sum(file.size for file in chosen.values())
    if total > MAX_INPUT_BYTES:
        largest = max(chosen.values(), key=lambda file: file.size)
        raise InputError(
            f"the script's inputs take {total / MB:.0f} MB, at most {MAX_INPUT_BYTES // MB} fit",
            hint=f"the largest is {largest.name} with {largest.size / MB:.0f} MB; "
            "name fewer files, or query the bill in SQL",
        )
    return tuple(chosen.values())


def read_input(data: Path, file: InputFile, chunk_bytes: int) -> Iterator[bytes]:
    """The bytes of a file, as many as were listed, through no link on its way."""
    *folders, last = file.name.split("/")
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in folders:
            inner = os.open(name, FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        content = os.fdopen(os.open(last, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb")
    except OSError as error:
        raise _changed(file) from error
    finally:
        os.close(folder)
    with content:
        left = file.size
        while left:
            chunk = content.read(min(chunk_bytes, left))
            if not chunk:
                raise _changed(file)
            left -= len(chunk)
            yield chunk


def _changed(file: InputFile) -> InputError:
    return InputError(f"{file.name} changed while it was read", hint="run it again")


def _walk(folder: int, prefix: str) -> Iterator[InputFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if name_problem(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                inner = os.open(entry.name, FOLDER, dir_fd=folder)
                try:
                    yield from _walk(inner, f"{name}/")
                finally:
                    os.close(inner)
                continue
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                yield InputFile(name, status.st_size)


def _matches(name: str, pattern: str) -> bool:
    """Whether a glob, part by part, takes `name`; `**` stands for any number of folders."""
    if not GLOB & set(pattern):
        return name == pattern
    return _parts_match(name.split("/"), pattern.split("/"))


def _parts_match(parts: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_parts_match(parts[skip:], patterns[1:]) for skip in range(len(parts) + 1))
    if not parts or not fnmatchcase(parts[0], patterns[0]):
        return False
    return _parts_match(parts[1:], patterns[1:])


def _python_strings(code: str) -> set[str]:
    """The string literals; of an f-string its text, with `*` where a value goes in."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return set()  # the script will say so itself
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values
            )
            found.add("".join(parts))
    return found


def _js_strings(code: str) -> set[str]:
    """The same for JavaScript, where a template takes the place of an f-string."""
    return {
        JS_PLACEHOLDER.sub("*", match[2]) if match[1] == "`" else match[2]
        for match in JS_STRING.finditer(code)
    }


def _named_files(texts: set[str]) -> set[str]:
    """What may name a file of data/ among the strings, as names and globs below it.

    `{DATA_DIR}/costs.csv` and DATA_DIR + "/costs.csv" name one; prose and a bare `*` do not.
    """
    named = {below_data(text).removeprefix("*/").lstrip("/") for text in texts if len(text) <= 300}
    return {
        text
        for text in named
        if text and not (GLOB & set(text) and (text.strip("*?/.") == "" or "." not in text))
    }
