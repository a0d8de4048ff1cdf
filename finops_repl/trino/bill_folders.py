"""Which files make which table: one each, or a folder of months as one.

A folder in Hive's style (`billing_period=2026-09/`, `BILLING_PERIOD=..`, `year=2026/month=9/`) is
one table with these columns, as are two or more files of one kind of bill side by side, and the
periods of a legacy report (`20260901-20261001/`). All other files are a table each.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from finops_repl.base.errors import InputError
from finops_repl.trino.bill_columns import squeezed

__all__ = ["SUFFIXES", "SourceFile", "SourceTable", "source_tables", "suffix", "table_name"]

SUFFIXES = (".csv", ".csv.gz", ".parquet")
PARTITION = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.+)")
PERIOD = re.compile(r"\d{8}-\d{8}")
MOST_PATHS = 100_000
"""What a folder may hold: more is a disk, not an export, and takes minutes to go through."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file and the values that its folders give the partition columns."""

    path: Path
    partition: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The files of one table, all CSV or all Parquet, by path; `keys` name its partitions."""

    files: tuple[SourceFile, ...]
    keys: tuple[str, ...] = ()

    @property
    def is_parquet(self) -> bool:
        return suffix(self.files[0].path) == ".parquet"


def suffix(path: Path) -> str:
    """The ending that makes a file readable, empty for others."""
    return next((each for each in SUFFIXES if path.name.lower().endswith(each)), "")


def table_name(path: Path) -> str:
    """The stem of a file, or a folder's name, with `_` for what SQL would need quotes for."""
    stem = path.name[: len(path.name) - len(suffix(path))]
    name = re.sub(r"\W", "_", stem)
    return f"_{name}" if name[:1].isdigit() else name


def source_tables(paths: Sequence[Path]) -> dict[str, SourceTable]:
    """The tables behind `paths` by name.

    Raises `InputError` for a path that does not exist, for one of another kind, where two would
    be one table, and for a report that holds a month in several versions.
    """
    found: dict[str, SourceTable] = {}
    for path in paths:
        listed = dict(_folder(path)) if path.is_dir() else {}
        if path.is_file() and suffix(path):
            listed = {table_name(path): SourceTable((SourceFile(path),))}
        if not listed:
            raise InputError(
                f"{path} is no bill: {'no such file' if not path.exists() else 'nothing to read'}",
                hint=f"give a file or a folder of files that end in {', '.join(SUFFIXES)}",
            )
        for name, table in listed.items():
            other = found.setdefault(name, table)
            if other != table:
                raise _same_name(other.files[0].path, table.files[0].path, name)
    return found


def _same_name(one: Path, other: Path, name: str) -> InputError:
    return InputError(
        f"{one} and {other} would both be table {name}", hint="rename one, or give one of them"
    )


def _folder(root: Path) -> Iterator[tuple[str, SourceTable]]:
    parted: dict[Path, list[SourceFile]] = {}
    plain: dict[Path, list[Path]] = {}
    for path in _below(root):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if not path.is_file() or not suffix(path) or hidden:
            continue
        base = _base(path, root)
        if base is None:
            plain.setdefault(path.parent, []).append(path)
        else:
            values = {
                each["name"].lower(): each["value"]
                for part in path.relative_to(base).parts[:-1]
                if (each := PARTITION.fullmatch(part))
            }
            parted.setdefault(base, []).append(SourceFile(path, values))
    names: dict[str, Path] = {}
    tables = [(_folder_name(base), files) for base, files in parted.items()]
    tables += [each for folder, files in plain.items() for each in _side_by_side(folder, files)]
    for name, files in tables:
        if names.setdefault(name, files[0].path) != files[0].path:
            raise _same_name(names[name], files[0].path, name)
        kinds = {suffix(each.path) == ".parquet" for each in files}
        keys = tuple(dict.fromkeys(key for each in files for key in each.partition))
        if len(kinds) > 1 or any(set(each.partition) != set(keys) for each in files):
            raise InputError(
                f"{files[0].path.parent} mixes CSV and Parquet, or months and loose files",
                hint="give one of them: the same month could be counted twice",
            )
        yield name, SourceTable(tuple(files), keys)


def _below(root: Path) -> list[Path]:
    found = sorted(islice(root.rglob("*"), MOST_PATHS + 1))
    if len(found) > MOST_PATHS:
        raise InputError(
            f"{root} holds more than {MOST_PATHS:,} files and folders",
            hint="give the folder of the export itself, not one high above it",
        )
    return found


def _base(path: Path, root: Path) -> Path | None:
    """The folder whose months a file belongs to, if its folders name months."""
    parts = path.relative_to(root).parts[:-1]
    for index, part in enumerate(parts):
        if PARTITION.fullmatch(part):
            return root.joinpath(*parts[:index])
        if PERIOD.fullmatch(part):
            _one_version(root.joinpath(*parts[: index + 1]))
            return root.joinpath(*parts[:index])
    return None


def _one_version(period: Path) -> None:
    """A legacy report keeps each refresh of a month in a folder of its own, every one whole."""
    versions = [
        each for each in period.iterdir() if each.is_dir() and any(map(suffix, each.rglob("*")))
    ]
    loose = any(suffix(each) for each in period.iterdir() if each.is_file())
    if len(versions) + loose > 1:
        raise InputError(
            f"{period} holds {len(versions) + loose} versions of the same month",
            hint="keep the one that the manifest in it names (assemblyId)",
        )


def _folder_name(base: Path) -> str:
    """The export's name: Data Exports puts its months below a folder called data."""
    return table_name(base.parent if base.name == "data" and base.parent.name else base)


def _side_by_side(folder: Path, files: list[Path]) -> Iterator[tuple[str, list[SourceFile]]]:
    alike: dict[tuple[str, bool], list[Path]] = {}
    for path in files:
        alike.setdefault((_bill_of(path), suffix(path) == ".parquet"), []).append(path)
    for (bill, parquet), group in alike.items():
        if not bill or len(group) == 1:
            for path in group:
                yield table_name(path), [SourceFile(path)]
            continue
        several = sum(1 for other, _ in alike if other) > 1
        name = table_name(folder.resolve())
        name = f"{name}_{'parquet' if parquet else 'csv'}" if several else name
        yield name, [SourceFile(path) for path in group]


def _bill_of(path: Path) -> str:
    """What tells one kind of bill from another in its header; empty for no bill."""
    columns = _header(path)
    known = {squeezed(name): name for name in columns}
    if "lineitemunblendedcost" in known:
        return f"{known['lineitemunblendedcost']} {'resourcetags' in known}"
    return "focus" if {"billedcost", "chargeperiodstart"} <= known.keys() else ""


def _header(path: Path) -> list[str]:
    if suffix(path) == ".parquet":
        import duckdb

        try:
            with duckdb.connect() as store:
                described = store.execute("SELECT name FROM parquet_schema(?)", [str(path)])
                return [str(row[0]) for row in described.fetchall()]
        except duckdb.Error:
            return []  # loading it says what is wrong
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), [])
    except (OSError, EOFError, UnicodeDecodeError, csv.Error):
        return []
