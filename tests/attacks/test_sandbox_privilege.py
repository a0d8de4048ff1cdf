"""Attacks for privilege: nothing to begin with, nothing to be had, nothing to write to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import docker

from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs

CLIMB_PYTHON = """
import errno, json, os, socket, subprocess, time

said = {}

def attempt(name, call):
    try:
        call()
    except OSError as error:
        said[name] = errno.errorcode[error.errno]
    else:
        said[name] = "ALLOWED"

def write(path):
    return lambda: os.close(os.open(path, os.O_WRONLY))

attempt("setuid", lambda: os.setuid(0))
attempt("setgid", lambda: os.setgid(0))
attempt("setgroups", lambda: os.setgroups([0]))
attempt("chown", lambda: os.chown("data", 0, 0))
attempt("mknod", lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(8, 0)))
attempt("mknod of a tty", lambda: os.mknod("/tmp/tty", 0o20600, os.makedev(5, 0)))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("sethostname", lambda: socket.sethostname("x"))
attempt("settime", lambda: time.clock_settime(0, 0))
attempt("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))
attempt("realtime", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
for path in params["closed"]:
    attempt(path, write(path))
for path in params["absent"]:
    attempt(path, lambda: os.stat(path))
setuid = [
    name for folder, _, names in os.walk("/usr") for name in names
    if os.path.lexists(os.path.join(folder, name))
    and os.lstat(os.path.join(folder, name)).st_mode & 0o6000
]
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(json.dumps({"said": said, "setuid": setuid, "status": status}))
"""

CLIMB_NODE = """
const { spawnSync } = require('child_process');
const said = {};
function attempt(name, call) {
  try {
    call();
    said[name] = 'ALLOWED';
  } catch (error) { said[name] = error.info?.code ?? error.code; }
}
function program(name, ...args) {
  const { status, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  said[name] = status === 0 ? 'ALLOWED' : /Operation not permitted/.test(stderr) ? 'EPERM' : stderr;
}
attempt('setuid', () => process.setuid(0));
attempt('setgid', () => process.setgid(0));
attempt('setgroups', () => process.setgroups([0]));
attempt('chown', () => fs.chownSync('data', 0, 0));
attempt('nice', () => require('os').setPriority(-10));
attempt('child as root', () => {
  const { error } = spawnSync('/bin/true', [], { uid: 0 });
  if (error) throw error;
});
program('mknod', '/tmp/disk', 'b', '8', '0');
program('date', '--set', '2001-01-01');
program('chroot', '/tmp');
for (const name of params.closed) attempt(name, () => fs.closeSync(fs.openSync(name, 'r+')));
for (const name of params.absent) attempt(name, () => fs.statSync(name));
const setuid = fs.readdirSync('/usr', { recursive: true })
  .filter((name) => (fs.lstatSync(`/usr/${name}`).mode & 0o6000) !== 0);
const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n')
  .filter((line) => line.includes(':')).map((line) => [line.split(':')[0], line.split(':')[1]]));
console.log(JSON.stringify({ said, setuid, status }));
"""

CLOSED = (
    "/proc/sysrq-trigger",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/1/oom_score_adj",
    "/proc/1/mem",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup",
    "/opt/finops/runner.py",
    "/etc/passwd",
)
"""What is there, or may be, and must not open for writing."""
ABSENT = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/dev/sda",
    "/dev/vda",
    "/dev/mem",
    "/dev/kmsg",
    "/dev/fuse",
    "/dev/kvm",
    "/dev/net/tun",
)
REFUSED = {"EPERM", "EACCES", "EROFS", "ENOENT", "ENOSYS", "EISDIR"}


@attack(21, 25, 26, 27, 29)
@both(python=CLIMB_PYTHON, javascript=CLIMB_NODE)
def test_script_has_no_privilege_to_begin_with_and_gets_none(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language, params={"closed": CLOSED, "absent": ABSENT})
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    said = found["said"]
    assert {name: how for name, how in said.items() if how not in REFUSED} == {}
    assert {name: said[name] for name in ABSENT if said[name] != "ENOENT"} == {}
    assert found["setuid"] == []
    status = {name: value.split() for name, value in found["status"].items()}
    capabilities = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    assert {name: int(status[name][0], 16) for name in capabilities} == dict.fromkeys(
        capabilities, 0
    )
    assert status["NoNewPrivs"] == ["1"]
    assert status["Seccomp"] == ["2"]
    assert status["Uid"] == ["10001"] * 4
    assert status["Gid"] == ["10001"] * 4
    assert set(status["Groups"]) <= {"10001"}


def test_image_has_an_unprivileged_user_even_where_nobody_names_one(
    engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    assert engine_client.images.get(sandbox_image).attrs["Config"]["User"] == "10001:10001"


@attack(28)
@both(
    python="""
import json, os
writable = []
for folder, folders, _ in os.walk('/'):
    if folder == '/':
        folders.remove('proc')
    try:
        os.close(os.open(f'{folder}/planted', os.O_WRONLY | os.O_CREAT))
        writable.append(folder)
    except OSError:
        pass
print(json.dumps({'writable': writable, 'mounts': open('/proc/self/mounts').read()}))
""",
    javascript="""
const writable = [];
function walk(folder) {
  try {
    fs.closeSync(fs.openSync(path.join(folder, 'planted'), 'w'));
    writable.push(folder);
  } catch {}
  let entries = [];
  try { entries = fs.readdirSync(folder, { withFileTypes: true }); } catch { return; }
  for (const entry of entries) {
    const inner = path.join(folder, entry.name);
    if (entry.isDirectory() && inner !== '/proc') walk(inner);
  }
}
walk('/');
console.log(JSON.stringify({ writable, mounts: fs.readFileSync('/proc/self/mounts', 'utf8') }));
""",
)
def test_nothing_but_the_runs_own_folders_can_be_written(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    tops = {folder.split("/")[1] for folder in found["writable"]}
    assert tops == {"work", "tmp", "dev"}, found["writable"]
    assert {f for f in found["writable"] if f.startswith("/dev")} <= {"/dev/shm", "/dev/mqueue"}
    mounts = [line.split() for line in found["mounts"].splitlines()]
    options = {where: set(said.split(",")) for _, where, _, said, *_ in mounts}
    assert "ro" in options["/"]
    for folder in ("/tmp", "/work", "/dev/shm"):
        assert options[folder] >= {"nosuid", "nodev", "noexec"}
    for folder in ("/proc/sys", "/sys"):
        assert "ro" in options[folder]


@attack(25)
@both(
    python="""
import os, shutil
for folder in ('/tmp', '/work', '/dev/shm'):
    shutil.copy('/bin/true', f'{folder}/mine')
    os.chmod(f'{folder}/mine', 0o6755)
    try:
        os.posix_spawn(f'{folder}/mine', ['mine'], {})
        print('started')
    except PermissionError:
        print('refused')
""",
    javascript="""
for (const folder of ['/tmp', '/work', '/dev/shm']) {
  fs.copyFileSync('/bin/true', `${folder}/mine`);
  fs.chmodSync(`${folder}/mine`, 0o6755);
  const { error } = require('child_process').spawnSync(`${folder}/mine`);
  console.log(error?.code === 'EACCES' ? 'refused' : 'started');
}
""",
)
def test_programs_cannot_be_brought_along_and_started(
    run: Runs, language: Language, code: str
) -> None:
    result = run(code, language)
    assert result.stdout == "refused\nrefused\nrefused\n", result.stderr


@attack(14, 22, 40)
@both(
    python="""
import json, os
kinds = ('ipc', 'mnt', 'net', 'pid', 'uts')
print(json.dumps({kind: os.readlink(f'/proc/self/ns/{kind}') for kind in kinds}))
print(os.path.exists(f"/proc/{params['host']}/environ"))
""",
    javascript="""
const kinds = ['ipc', 'mnt', 'net', 'pid', 'uts'];
const found = kinds.map((kind) => [kind, fs.readlinkSync(`/proc/self/ns/${kind}`)]);
console.log(JSON.stringify(Object.fromEntries(found)));
console.log(fs.existsSync(`/proc/${params.host}/environ`) ? 'True' : 'False');
""",
)
def test_box_shares_no_namespace_with_the_host(run: Runs, language: Language, code: str) -> None:
    result = run(code, language, params={"host": os.getpid()})
    inside, there = result.stdout.splitlines()
    for kind, namespace in json.loads(inside).items():
        assert namespace != str(Path(f"/proc/self/ns/{kind}").readlink()), kind
    assert there == "False"  # process ids of the host mean nothing here
