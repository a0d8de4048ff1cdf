"""Attacks that exhaust: processes, memory, disk, connections. The box ends, the host does not."""

from __future__ import annotations

from finops_repl.sandbox.limits import Limits
from finops_repl.sandbox.pool import WORK_BYTES
from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs

LIMITS = Limits()


@attack(9)
@both(
    python="""
import os, time
started = 0
try:
    for _ in range(600):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        started += 1
except OSError:
    pass
print(started)
""",
    javascript="""
const { spawn } = require('child_process');
let started = 0, ended = 0;
const count = () => { ended += 1; if (ended === 600) { console.log(started); process.exit(); } };
for (let n = 0; n < 600; n += 1) {
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  child.on('spawn', () => { started += 1; count(); }).on('error', count);
}
""",
)
def test_six_hundred_processes_are_refused(run: Runs, language: Language, code: str) -> None:
    result = run(code, language)
    assert 50 < int(result.stdout) < LIMITS.pids, result.stderr


@attack(10)
@both(
    python="""
import os, time
print('begun')
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
""",
    javascript="""
console.log('begun');
require('child_process').spawn('/bin/sh', ['-c', 'b() { b | b & }; b'], { stdio: 'ignore' });
setTimeout(() => {}, 60_000);
""",
)
def test_fork_bomb_stays_within_the_boxs_processes_and_ends(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language, timeout_s=2)
    assert (result.reason, result.stdout) == ("timeout", "begun\n")


@attack(11)
@both(
    python="""
hoard = []
for taken in range(0, 3000, 10):
    print(taken)
    hoard.append(bytearray(10_000_000))
""",
    javascript="""
const hoard = [];
for (let taken = 0; taken < 3000; taken += 10) {
  console.log(taken);
  hoard.push(Buffer.alloc(10_000_000, 1));
}
""",
)
def test_memory_bomb_of_3_gb_is_ended_by_the_boxs_own_limit_and_called_so(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code) == ("memory", None)
    assert int(result.stdout.split()[-1]) * 1_000_000 < LIMITS.memory_bytes(WORK_BYTES)


@attack(12)
@both(
    python="""
import errno
for folder in ('/tmp', '/dev/shm', '/work'):
    written = 0
    try:
        with open(f'{folder}/fill', 'wb', buffering=0) as out:
            while written < 2_000_000_000:
                written += out.write(bytes(1_000_000))
    except OSError as error:
        print(folder, errno.errorcode[error.errno], written, flush=True)
""",
    javascript="""
for (const folder of ['/tmp', '/dev/shm', '/work']) {
  const out = fs.openSync(`${folder}/fill`, 'w');
  let written = 0;
  try {
    while (written < 2_000_000_000) written += fs.writeSync(out, Buffer.alloc(1_000_000));
  } catch (error) { console.log(folder, error.code, written); }
}
""",
)
def test_full_folder_is_an_error_of_the_script_and_no_kill(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.reason, result.exit_code) == ("exit", 0)
    most = {"/tmp": LIMITS.tmp_bytes, "/dev/shm": LIMITS.shared_bytes, "/work": WORK_BYTES}
    for (folder, room), line in zip(most.items(), result.stdout.splitlines(), strict=True):
        where, error, written = line.split()
        assert (where, error) == (folder, "ENOSPC")
        assert int(written) <= room


@attack(12, 36)
@both(
    python="""
made = 0
try:
    for n in range(100_000):
        open(f'data/file{n:06}', 'w').close()
        made += 1
except OSError:
    pass
print(made)
""",
    javascript="""
let made = 0;
try {
  for (; made < 100_000; made += 1) {
    fs.closeSync(fs.openSync(`data/file${String(made).padStart(6, '0')}`, 'w'));
  }
} catch {}
console.log(made);
""",
)
def test_hundred_thousand_files_are_not_all_taken(run: Runs, language: Language, code: str) -> None:
    result = run(code, language, timeout_s=60)
    assert int(result.stdout) <= LIMITS.inodes
    assert len(result.files) == 200
    assert "200 files" in "".join(result.rejected[:1])
    assert len(result.rejected) < 60
    assert len(list(run.data.iterdir())) == 200


@attack(33)
@both(
    python="""
import socket, time
request = b'POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n'
held = []
for _ in range(900):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(('127.0.0.1', 8765))
    held.append(client)
time.sleep(0.5)
for client in held:
    try:
        client.send(request)
    except OSError:
        pass
time.sleep(0.5)
print(len(held))
""",
    javascript="""
const held = [];
for (let n = 0; n < 900; n += 1) {
  const client = require('net').connect(8765, '127.0.0.1').pause();
  client.on('error', () => {});
  client.write('POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n');
  held.push(client);
}
setTimeout(() => { console.log(held.length); process.exit(); }, 1000);
""",
)
def test_nine_hundred_connections_that_are_never_read_hold_nothing_up(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert (result.reason, result.stdout) == ("exit", "900\n"), result.stderr


FILES_OPEN = """
import resource
print(resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE))
opened = []
try:
    while True:
        opened.append(open('/dev/null'))
except OSError as error:
    print(len(opened))
"""


@attack(9)
def test_descriptors_and_core_dumps_have_their_limit(run: Runs) -> None:
    result = run(FILES_OPEN)
    limits, opened = result.stdout.splitlines()
    assert 900 < int(opened) < LIMITS.open_files
    assert limits == f"(0, 0) ({LIMITS.open_files}, {LIMITS.open_files})"
