"""Which files a job gets, and what it is told of those that it did not."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from pathlib import Path

import pytest

from finops_repl.base.errors import InputError, UnknownName
from finops_repl.sandbox.inputs import InputFile, choose_inputs, list_data, read_input
from finops_repl.sandbox.limits import MB
from finops_repl.sandbox.port import Language
from tests.sandbox.running import Runs

THERE = tuple(
    InputFile(name, 10)
    for name in ("a.csv", "b.csv", "costs-2026-10.csv", "notes.txt", "sub/c.csv", "sub/deep/d.csv")
)


def chosen(code: str, language: Language = "python", listed: tuple[str, ...] = ()) -> set[str]:
    return {file.name for file in choose_inputs(code, language, listed, THERE)}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("open('data/a.csv')", {"a.csv"}),
        ("open('./workspace/data/a.csv')", {"a.csv"}),
        ("open(DATA_DIR / 'a.csv')", {"a.csv"}),
        ("open(f'{DATA_DIR}/a.csv')", {"a.csv"}),
        ("open(str(DATA_DIR) + '/sub/c.csv')", {"sub/c.csv"}),
        ("open(f'data/costs-{month}.csv')", {"costs-2026-10.csv"}),
        ("glob('data/*.csv')", {"a.csv", "b.csv", "costs-2026-10.csv"}),
        ("DATA_DIR.glob('**/*.csv')", {f.name for f in THERE} - {"notes.txt"}),
        ("print('a cost of 3.5 in all'); print('*'); f'{x}{y}'; f'{x}-{y}'", set()),
        ("print(f'{x:.2f} a.csv')", set()),
        ("this is no python 'a.csv'", set()),
    ],
)
def test_python_literals_name_inputs(code: str, names: set[str]) -> None:
    assert chosen(code) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("fs.readFileSync('data/a.csv')", {"a.csv"}),
        ('fs.readFileSync(path.join(DATA_DIR, "a.csv"))', {"a.csv"}),
        ("fs.readFileSync(`${DATA_DIR}/costs-${month}.csv`)", {"costs-2026-10.csv"}),
        ("DATA_DIR + '/b.csv'", {"b.csv"}),
        ("const text = 'it\\'s a.csv';", set()),
    ],
)
def test_javascript_literals_name_inputs(code: str, names: set[str]) -> None:
    assert chosen(code, "javascript") == names


def test_listed_names_and_globs_are_added() -> None:
    assert chosen("", listed=("workspace/data/notes.txt", "sub/*")) == {"notes.txt", "sub/c.csv"}


def test_listed_file_that_is_not_there_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"did you mean notes\.txt"):
        chosen("", listed=("note.txt",))


def test_more_than_64_mb_is_an_error_that_names_the_largest() -> None:
    there = (InputFile("small.csv", 1), InputFile("large.csv", 65 * MB))
    with pytest.raises(InputError, match=r"large\.csv with 65 MB"):
        choose_inputs("", "python", ("*.csv",), there)


def test_only_regular_files_with_safe_names_are_listed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "sub").mkdir(parents=True)
    for name in ("a.csv", ".hidden", "new\nline", "sub/b.csv"):
        (data / name).write_text("x")
    (tmp_path / "outside.csv").write_text("x")
    (data / "link.csv").symlink_to(tmp_path / "outside.csv")
    (data / "folder").symlink_to(tmp_path)
    assert [file.name for file in list_data(data)] == ["a.csv", "sub/b.csv"]
    assert list_data(tmp_path / "nowhere") == ()


def test_no_more_files_are_listed_than_anyone_works_with(tmp_path: Path) -> None:
    for number in range(5_200):
        (tmp_path / f"{number}.csv").touch()
    assert len(list_data(tmp_path)) == 5_000


@pytest.mark.parametrize("planted", ["a.csv", "sub"])
def test_link_put_in_a_files_way_after_it_was_listed_is_not_followed(
    tmp_path: Path, planted: str
) -> None:
    data, private = tmp_path / "data", tmp_path / "private"
    for folder in (data / "sub", private):
        folder.mkdir(parents=True)
    for folder in (data, data / "sub", private):
        (folder / "a.csv").write_text("secret")
    name = "a.csv" if planted == "a.csv" else "sub/a.csv"
    (listed,) = (file for file in list_data(data) if file.name == name)
    shutil.move(data / planted, tmp_path / "moved")
    (data / planted).symlink_to(private / planted if planted == "a.csv" else private)
    with pytest.raises(InputError, match="changed while it was read"):
        list(read_input(data, listed, 100))


def test_file_that_grew_or_shrank_after_it_was_listed_is_sent_as_listed_or_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("12345")
    (listed,) = list_data(tmp_path)
    (tmp_path / "a.csv").write_text("1234567")
    sent = b""
    with contextlib.suppress(InputError):
        for chunk in read_input(tmp_path, listed, 2):
            sent += chunk
    assert sent == b"12345"
    (tmp_path / "a.csv").write_text("123")
    with pytest.raises(InputError, match="changed while it was read"):
        list(read_input(tmp_path, listed, 2))


def test_inputs_arrive_whole_and_only_changed_files_come_back(run: Runs) -> None:
    content = bytes(range(256)) * 10_000
    (run.data / "sub").mkdir()
    (run.data / "sub" / "in.bin").write_bytes(content)
    (run.data / "empty.txt").write_bytes(b"")
    (run.data / "same.csv").write_text("a\n1\n")
    result = run(
        "import hashlib, os\n"
        "print(hashlib.sha256(open('data/sub/in.bin', 'rb').read()).hexdigest()[:8])\n"
        "print(os.path.getsize('data/empty.txt'))\n"
        "before = os.stat('data/same.csv')\n"
        "open('data/same.csv', 'w').write('a\\n2\\n')\n"
        "os.utime('data/same.csv', ns=(before.st_atime_ns, before.st_mtime_ns))\n"
    )
    assert result.stdout == f"{hashlib.sha256(content).hexdigest()[:8]}\n0\n"
    assert [file.name for file in result.files] == ["same.csv"]
    assert (run.data / "same.csv").read_text() == "a\n2\n"


@pytest.mark.parametrize(
    ("language", "code"),
    [
        (
            "python",
            "name = 'cost' + 's.csv'\nopen(f'data/' + name)\n# 'a.csv' is named\nx = 'a.csv'",
        ),
        ("javascript", "const x = 'a.csv'; fs.readFileSync('data/' + 'cost' + 's.csv');"),
    ],
)
def test_missing_input_is_answered_with_what_there_is(
    run: Runs, language: Language, code: str
) -> None:
    for name in ("a.csv", "costs.csv"):
        (run.data / name).write_text("a\n")
    result = run(code, language)
    assert result.exit_code == 1
    assert "data/ holds: a.csv" in result.stderr
    assert "workspace/data also holds: costs.csv" in result.stderr
