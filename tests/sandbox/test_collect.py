"""What a run left is placed by the host; what a failed one left takes nobody's place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.sandbox.collect import Collection
from finops_repl.sandbox.file_names import name_problem
from finops_repl.sandbox.port import OutputFile


def left(data: Path, name: str, content: bytes, *, failed_run: str = "") -> OutputFile:
    collection = Collection(data)
    if failed_run:
        collection.keep_what_is_there(failed_run)
    collection.begin(json.dumps({"name": name, "size": len(content)}).encode())
    if content:
        collection.add(content)
    collection.finish()
    collection.close()
    assert collection.rejected == []
    [file] = collection.files
    return file


def test_a_run_that_ended_well_replaces_its_export(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_bytes(b"a\n1\n")
    assert left(tmp_path, "costs.csv", b"a\n2\n").instead_of == ""
    assert (tmp_path / "costs.csv").read_bytes() == b"a\n2\n"


@pytest.mark.parametrize(
    ("name", "beside"),
    [
        ("costs.csv", "costs.failed-ab12cd34.csv"),
        ("month/costs.csv.gz", "month/costs.failed-ab12cd34.csv.gz"),
        ("README", "README.failed-ab12cd34"),
        ("é" * 73 + ".csv", "é" * 65 + ".failed-ab12cd34.csv"),
        ("a." + "b" * 148, "a." + "b" * 132 + ".failed-ab12cd34"),
    ],
)
def test_a_failed_run_keeps_the_export_that_is_there(
    tmp_path: Path, name: str, beside: str
) -> None:
    old = tmp_path / name
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(b"good")
    file = left(tmp_path, name, b"half", failed_run="ab12cd34")
    assert (file.name, file.instead_of) == (beside, name)
    assert (old.read_bytes(), (tmp_path / beside).read_bytes()) == (b"good", b"half")
    assert name_problem(beside) == ""
    assert sorted(tmp_path.rglob("*.part")) == []


def test_a_failed_run_whose_names_are_free_takes_them(tmp_path: Path) -> None:
    assert left(tmp_path, "costs.csv", b"half", failed_run="ab12cd34").name == "costs.csv"
    assert (tmp_path / "costs.csv").read_bytes() == b"half"


def test_a_link_that_bears_the_name_stays_and_is_not_followed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "outside").write_bytes(b"private")
    for target in ("outside", "nowhere"):
        link = data / f"{target}.csv"
        link.symlink_to(tmp_path / target)
        file = left(data, link.name, b"half", failed_run="ab12cd34")
        assert (link.is_symlink(), file.instead_of) == (True, link.name)
    assert (tmp_path / "outside").read_bytes() == b"private"
    assert not (tmp_path / "nowhere").exists()
