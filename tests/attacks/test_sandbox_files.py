"""Attacks by what a script leaves: links, devices and names that point elsewhere."""

from __future__ import annotations

from pathlib import Path

from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs


@attack(35, 36)
@both(
    python="""
import os, socket
os.symlink('/etc/passwd', 'data/link.csv')
os.symlink('/etc', 'data/folder')
os.mkfifo('data/fifo.csv')
socket.socket(socket.AF_UNIX).bind('data/socket.csv')
open('data/one.csv', 'w').write('x'); os.link('data/one.csv', 'data/two.csv')
for name in (b'back\\\\slash', b'new\\nline', b'esc\\x1b[31m', b'.hidden', b' blank',
             b'not\\xfftext', b'C:drive', b'n' * 200, 'r\\u202etl.csv'.encode()):
    open(b'data/' + name, 'w').write('x')
os.makedirs('data/a/b/c/d/e'); open('data/a/b/c/d/e/deep.csv', 'w').write('x')
open('data/secret.csv', 'w').write('x'); os.chmod('data/secret.csv', 0)
open('data/huge.csv', 'wb').truncate(1 << 40)
os.mkdir('data/sub'); open('data/sub/fine.csv', 'w').write('a\\n1\\n')
""",
    javascript="""
fs.symlinkSync('/etc/passwd', 'data/link.csv');
fs.symlinkSync('/etc', 'data/folder');
require('child_process').spawnSync('/usr/bin/mkfifo', ['data/fifo.csv']);
const server = require('net').createServer().listen('data/socket.csv');
fs.writeFileSync('data/one.csv', 'x'); fs.linkSync('data/one.csv', 'data/two.csv');
for (const name of ['back\\\\slash', 'new\\nline', 'esc\\x1b[31m', '.hidden', ' blank',
  Buffer.from('not\\xfftext', 'latin1'), 'C:drive', 'n'.repeat(200), 'r\\u202etl.csv']) {
  fs.writeFileSync(Buffer.concat([Buffer.from('data/'), Buffer.from(name)]), 'x');
}
fs.mkdirSync('data/a/b/c/d/e', { recursive: true });
fs.writeFileSync('data/a/b/c/d/e/deep.csv', 'x');
fs.writeFileSync('data/secret.csv', 'x'); fs.chmodSync('data/secret.csv', 0);
fs.ftruncateSync(fs.openSync('data/huge.csv', 'w'), 2 ** 40);
fs.mkdirSync('data/sub'); fs.writeFileSync('data/sub/fine.csv', 'a\\n1\\n');
server.on('listening', () => process.reallyExit(0));
""",
)
def test_only_regular_files_with_safe_names_are_taken(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert result.exit_code == 0, result.stderr
    assert [file.name for file in result.files] == ["sub/fine.csv"]
    placed = [path for path in run.data.rglob("*") if not path.is_dir()]
    assert placed == [run.data / "sub" / "fine.csv"]
    told = "\n".join(result.rejected)
    for name in (
        "link.csv: a link",
        "folder: a link",
        "fifo.csv: not a regular file",
        "socket.csv: not a regular file",
        "one.csv: a hard link",
        "two.csv: a hard link",
        "a/b/c/d: more",
        "secret.csv: Permission denied",
        "huge.csv: larger than 64 MB",
    ):
        assert name in told
    assert told.isascii()
    assert "\x1b" not in told
    assert len(result.rejected) == 18


@attack(35)
@both(
    python="import os\nos.rmdir('data'); os.symlink('/etc', 'data')",
    javascript="fs.rmdirSync('data'); fs.symlinkSync('/etc', 'data');",
)
def test_data_folder_that_became_a_link_is_not_followed(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.exit_code, result.files, result.rejected) == (0, (), ())


@attack(35)
@both(
    python="""
import os
os.symlink('/etc', 'data/below')
os.mkdir('data/real'); os.symlink('/etc/passwd', 'data/real/inner.csv')
""",
    javascript="""
fs.symlinkSync('/etc', 'data/below');
fs.mkdirSync('data/real'); fs.symlinkSync('/etc/passwd', 'data/real/inner.csv');
""",
)
def test_links_below_the_data_folder_are_told_and_not_entered(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert result.files == ()
    assert sorted(result.rejected) == ["below: a link", "real/inner.csv: a link"]


REPORT: dict[Language, str] = {
    "python": """
import os
open('data/report.csv', 'w').write('a\\n1\\n')
os.mkdir('data/sub'); open('data/sub/report.csv', 'w').write('a\\n1\\n')
""",
    "javascript": """
fs.writeFileSync('data/report.csv', 'a\\n1\\n');
fs.mkdirSync('data/sub'); fs.writeFileSync('data/sub/report.csv', 'a\\n1\\n');
""",
}


@attack(35)
@both(python=REPORT["python"], javascript=REPORT["javascript"])
def test_link_planted_on_the_host_is_replaced_and_never_written_through(
    run: Runs, tmp_path: Path, language: Language, code: str
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    outside = tmp_path / "outside"
    outside.mkdir()
    (run.data / "report.csv").symlink_to(victim)
    (run.data / "sub").symlink_to(outside)
    result = run(code, language)
    assert victim.read_text() == "mine"
    assert list(outside.iterdir()) == []
    assert [file.name for file in result.files] == ["report.csv"]
    assert not (run.data / "report.csv").is_symlink()
    assert "sub/report.csv: cannot be placed" in result.rejected[0]


@attack(29, 35)
@both(
    python="""
import os
print(os.path.exists('data/key.csv'), os.path.exists('data/folder/key.csv'))
""",
    javascript="""
const shown = [fs.existsSync('data/key.csv'), fs.existsSync('data/folder/key.csv')];
console.log(shown.map((there) => (there ? 'True' : 'False')).join(' '));
""",
)
def test_links_in_the_data_folder_lead_no_host_file_into_a_box(
    run: Runs, tmp_path: Path, language: Language, code: str
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "key.csv").write_text("secret")
    (run.data / "key.csv").symlink_to(private / "key.csv")
    (run.data / "folder").symlink_to(private)
    assert run(code, language).stdout == "False False\n"


def test_folder_in_the_place_of_a_file_is_kept(run: Runs) -> None:
    (run.data / "costs.csv").mkdir()
    result = run("import os\nopen('data/costs.csv', 'w').write('x')")
    assert (run.data / "costs.csv").is_dir()
    assert "costs.csv: cannot be placed" in result.rejected[0]
