"""Attacks by what a script leaves: links, devices and names that point elsewhere."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.running import Runs


def test_only_regular_files_with_safe_names_are_taken(run: Runs, tmp_path: Path) -> None:
    result = run(
        "import os, socket\n"
        "os.symlink('/etc/passwd', 'data/link.csv')\n"
        "os.symlink('/etc', 'data/folder')\n"
        "os.mkfifo('data/fifo.csv')\n"
        "socket.socket(socket.AF_UNIX).bind('data/socket.csv')\n"
        "open('data/one.csv', 'w').write('x'); os.link('data/one.csv', 'data/two.csv')\n"
        "for name in (b'back\\\\slash', b'new\\nline', b'esc\\x1b[31m', b'.hidden', b' blank',\n"
        "             b'not\\xfftext', b'C:drive', b'n' * 200, 'r\\u202etl.csv'.encode()):\n"
        "    open(b'data/' + name, 'w').write('x')\n"
        "os.makedirs('data/a/b/c/d/e'); open('data/a/b/c/d/e/deep.csv', 'w').write('x')\n"
        "open('data/secret.csv', 'w').write('x'); os.chmod('data/secret.csv', 0)\n"
        "os.mkdir('data/sub'); open('data/sub/fine.csv', 'w').write('a\\n1\\n')\n"
    )
    assert result.exit_code == 0, result.stderr
    assert [file.name for file in result.files] == ["sub/fine.csv"]
    placed = [path for path in run.data.rglob("*") if not path.is_dir()]
    assert placed == [run.data / "sub" / "fine.csv"]
    told = "\n".join(result.rejected)
    for name in (
        "link.csv: a link",
        "fifo.csv: not a regular file",
        "one.csv: a hard link",
        "a/b/c/d: more",
    ):
        assert name in told
    assert "\x1b" not in told
    assert len(result.rejected) == 17


def test_data_folder_that_became_a_link_is_not_followed(run: Runs) -> None:
    result = run("import os\nos.rmdir('data'); os.symlink('/etc', 'data')")
    assert (result.exit_code, result.files) == (0, ())


def test_link_planted_on_the_host_is_replaced_and_never_written_through(
    run: Runs, tmp_path: Path
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    outside = tmp_path / "outside"
    outside.mkdir()
    (run.data / "report.csv").symlink_to(victim)
    (run.data / "sub").symlink_to(outside)
    result = run(
        "import os\n"
        "open('data/report.csv', 'w').write('a\\n1\\n')\n"
        "os.mkdir('data/sub'); open('data/sub/report.csv', 'w').write('a\\n1\\n')\n"
    )
    assert victim.read_text() == "mine"
    assert list(outside.iterdir()) == []
    assert [file.name for file in result.files] == ["report.csv"]
    assert not (run.data / "report.csv").is_symlink()
    assert "sub/report.csv: cannot be placed" in result.rejected[0]


def test_links_in_the_data_folder_lead_no_host_file_into_a_box(run: Runs, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "key.csv").write_text("secret")
    (run.data / "key.csv").symlink_to(private / "key.csv")
    (run.data / "folder").symlink_to(private)
    result = run(
        "import os\nprint(os.path.exists('data/key.csv'), os.path.exists('data/folder/key.csv'))"
    )
    assert result.stdout == "False False\n"


def test_folder_in_the_place_of_a_file_is_kept(run: Runs) -> None:
    (run.data / "costs.csv").mkdir()
    result = run("import os\nopen('data/costs.csv', 'w').write('x')")
    assert (run.data / "costs.csv").is_dir()
    assert "costs.csv: cannot be placed" in result.rejected[0]
