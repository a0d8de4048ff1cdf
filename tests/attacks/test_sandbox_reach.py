"""What a script may see and reach: no credential, no network but 127.0.0.1, no way up."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox.port import Language
from tests.sandbox.running import Runs, identity

SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYSECRETKEY"
"""A credential of the host, planted where a careless sandbox would pass it on."""

LOOK_AROUND_PYTHON = """
import json, os, socket, stat

seen = [f"{name}={value}" for name, value in os.environ.items()]
for root in ("/proc", "/"):
    for folder, folders, names in os.walk(root):
        if root == "/":
            folders[:] = [
                inner for inner in folders
                if os.path.join(folder, inner) not in ("/sys", "/node_modules", "/usr/local/lib")
                and not (folder == "/" and inner == "proc")
            ]
        elif folder.count("/") > 3:
            folders.clear()
        for name in names:
            path = os.path.join(folder, name)
            try:
                if not stat.S_ISREG(os.lstat(path).st_mode) or os.path.getsize(path) > 5_000_000:
                    continue
                descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                try:
                    seen.append(os.read(descriptor, 5_000_000).decode("latin-1"))
                finally:
                    os.close(descriptor)
            except OSError:
                pass
text = "".join(seen)

reached = []
targets = [("127.0.0.1", port) for port in range(1, 65536)]
targets += [(host, port) for host in params["hosts"] for port in params["ports"]]
for host, port in targets:
    with socket.socket() as client:
        client.settimeout(0.5)
        connected = client.connect_ex((host, port)) == 0
        # A connection may come to itself, where its own port is the one it looks for.
        if connected and client.getsockname() != client.getpeername():
            reached.append([host, port])
names = []
for name in ("example.com", "localhost.localdomain", "host.docker.internal", "sts.amazonaws.com"):
    try:
        names.append(socket.getaddrinfo(name, 443)[0][4][0])
    except OSError:
        pass
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
    try:
        datagrams.sendto(b"x", (params["hosts"][0], 53))
        reached.append("udp")
    except OSError:
        pass
print(json.dumps({
    "found": [secret for secret in params["secrets"] if secret in text],
    "read": len(seen), "reached": reached, "names": names,
    "interfaces": [name for _, name in socket.if_nameindex()],
    "environment": sorted(os.environ),
}))
"""

LOOK_AROUND_NODE = """
const net = require('net'), dns = require('dns').promises, os = require('os');
const room = Buffer.alloc(200_000);
const seen = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
function walk(folder, depth) {
  let entries = [];
  try { entries = fs.readdirSync(folder, {withFileTypes: true}); } catch { return; }
  for (const entry of entries) {
    const name = path.join(folder, entry.name);
    if (['/sys', '/node_modules', '/usr/local/lib'].includes(name)) continue;
    const deepest = name.startsWith('/proc') ? 4 : 12;
    if (entry.isDirectory() && depth < deepest) walk(name, depth + 1);
    else if (entry.isFile()) {
      try {
        if (fs.statSync(name).size > 5_000_000) continue;
        const file = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
        try { seen.push(room.latin1Slice(0, fs.readSync(file, room))); }
        finally { fs.closeSync(file); }
      } catch {}
    }
  }
}
walk('/', 0);
const text = seen.join('');
const connects = ([host, port]) => new Promise((resolve) => {
  const client = net.connect({host, port, timeout: 500});
  const end = (reached) => { client.destroy(); resolve(reached ? [host, port] : null); };
  client.on('connect', () => end(client.localPort !== port));
  client.on('error', () => end(false)).on('timeout', () => end(false));
});
const targets = params.hosts.flatMap((host) => params.ports.map((port) => [host, port]));
for (const port of params.ports) targets.push(['127.0.0.1', port]);
const reached = (await Promise.all(targets.map(connects))).filter(Boolean);
const names = [];
for (const name of ['example.com', 'host.docker.internal', 'sts.amazonaws.com']) {
  try { names.push((await dns.lookup(name)).address); } catch {}
}
console.log(JSON.stringify({
  found: params.secrets.filter((secret) => text.includes(secret)),
  read: seen.length, reached, names, interfaces: Object.keys(os.networkInterfaces()),
  environment: Object.keys(process.env).sort(),
}));
"""

ALLOWED_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "DATA_DIR",
    "HOME",
    "LANG",
    "LOGNAME",
    "MPLBACKEND",
    "MPLCONFIGDIR",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "TZ",
    "USER",
}
TUNNEL = 8765


def host_addresses() -> list[str]:
    """The addresses under which this host's services could be reached, and AWS's metadata."""
    found = {"169.254.169.254", "172.17.0.1", "192.0.2.1"}
    found |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    return sorted(
        address for address in found if not address.startswith("127.") and ":" not in address
    )


@pytest.mark.parametrize(
    ("language", "code"),
    [("python", LOOK_AROUND_PYTHON), ("javascript", LOOK_AROUND_NODE)],
)
def test_script_finds_no_credential_and_reaches_the_tunnel_alone(
    run: Runs,
    language: Language,
    code: str,
    private_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")
    (private_home / ".aws").mkdir()
    (private_home / ".aws" / "credentials").write_text(
        f"[default]\naws_secret_access_key={SECRET}\n"
    )
    docker_settings = private_home / ".docker"
    docker_settings.mkdir()
    proxy = f"http://user:{SECRET}@proxy.example:3128"
    settings = {"proxies": {"default": {"httpProxy": proxy, "httpsProxy": proxy}}}
    (docker_settings / "config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("DOCKER_CONFIG", str(docker_settings))
    (run.data / "private.csv").write_text(f"key\n{SECRET}\n")  # not named by the script

    with socket.create_server(("0.0.0.0", 0)) as service:
        port = service.getsockname()[1]
        result = run(
            code,
            language,
            timeout_s=60,
            params={
                "hosts": host_addresses(),
                "ports": sorted({22, 53, 80, 443, 2375, 2376, port, TUNNEL}),
                "secrets": [SECRET[:20], SECRET[20:], str(private_home)],
            },
        )
    assert result.exit_code == 0, result.stderr
    saw = json.loads(result.stdout)
    assert saw["read"] > 500  # it did look around
    # The params themselves are the script's own; they reach it by a pipe, no file or environment.
    assert saw["found"] == []
    assert saw["reached"] == [["127.0.0.1", TUNNEL]]
    assert saw["names"] == []
    assert saw["interfaces"] == ["lo"]
    assert set(saw["environment"]) <= ALLOWED_ENVIRONMENT


CLIMB = """
import ctypes, errno, os, socket

libc = ctypes.CDLL(None, use_errno=True)

def refused(name, attempt):
    try:
        result = attempt()
    except OSError as error:
        print(name, errno.errorcode[error.errno])
    else:
        print(name, "refused" if result == -1 else f"ALLOWED {result!r}")

def syscall(number, *arguments):
    return lambda: libc.syscall(number, *arguments)

refused("setuid", lambda: os.setuid(0))
refused("setgid", lambda: os.setgid(0))
refused("mount", lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
refused("unshare", lambda: libc.unshare(0x10000000))  # a user namespace
refused("mknod", lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(8, 0)))
refused("chroot", lambda: os.chroot("/tmp"))
refused("sethostname", lambda: socket.sethostname("x"))
refused("settime", lambda: __import__("time").clock_settime(0, 0))
refused("raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
refused("packet socket", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
refused("keyctl", syscall(250, 0, -3, 0))
refused("bpf", syscall(321, 0, 0, 0))
refused("perf", syscall(298, 0, 0, -1, -1, 0))
refused("userfaultfd", syscall(323, 0))
refused("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -10))
for path in ("/", "/etc", "/opt/finops", "/usr/bin", "/proc/sys/kernel", "/sys", "/dev", "/root"):
    refused(f"write {path}", lambda: os.open(f"{path}/planted", os.O_WRONLY | os.O_CREAT))
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/opt/finops/runner.py"):
    refused(f"open {path}", lambda: os.open(path, os.O_WRONLY))
for path in ("/var/run/docker.sock", "/run/containerd/containerd.sock", "/run/docker.sock"):
    refused(f"open {path}", lambda: os.stat(path))
lines = open("/proc/self/status").read().splitlines()
status = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
print("caps", int(status["CapEff"], 16) | int(status["CapPrm"], 16) | int(status["CapBnd"], 16))
print("no new privileges", status["NoNewPrivs"].strip())
print("seccomp", status["Seccomp"].strip())
print("user", os.getuid(), os.getgid(), os.getgroups())
setuid = []
for folder, _, names in os.walk("/usr"):
    for name in names:
        try:
            if os.lstat(os.path.join(folder, name)).st_mode & 0o6000:
                setuid.append(name)
        except OSError:
            pass
print("setuid programs", setuid)
"""


def test_script_has_no_privilege_to_begin_with_and_gets_none(run: Runs) -> None:
    result = run(CLIMB)
    assert result.exit_code == 0, result.stderr
    assert "ALLOWED" not in result.stdout, result.stdout
    said = result.stdout.splitlines()
    assert "caps 0" in said
    assert "no new privileges 1" in said
    assert "seccomp 2" in said
    assert "user 10001 10001 [10001]" in said or "user 10001 10001 []" in said
    assert "setuid programs []" in said


def test_programs_cannot_be_brought_along_and_started(run: Runs) -> None:
    result = run(
        "import os, shutil\n"
        "for folder in ('/tmp', '/work', '/dev/shm'):\n"
        "    shutil.copy('/bin/true', f'{folder}/mine')\n"
        "    os.chmod(f'{folder}/mine', 0o700)\n"
        "    try:\n"
        "        os.spawnv(os.P_WAIT, f'{folder}/mine', ['mine'])\n"
        "        os.posix_spawn(f'{folder}/mine', ['mine'], {})\n"
        "        print('started')\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
    )
    assert result.stdout == "refused\nrefused\nrefused\n", result.stderr


def test_one_run_finds_nothing_of_another(run: Runs) -> None:
    run("open('/tmp/left', 'w').write('x'); open('/work/left', 'w').write('x')")
    result = run(
        "import os; print(os.listdir('/tmp'), os.listdir('/work'), os.listdir('/dev/shm'))"
    )
    assert "left" not in result.stdout


def test_two_runs_at_a_time_see_only_themselves(run: Runs) -> None:
    both_begun = threading.Barrier(2, timeout=60)
    outputs: dict[str, str] = {}

    def one(name: str) -> None:
        code = (
            "import os, boto3\n"
            "boto3.client('sts').get_caller_identity()\n"  # the door opens when both are here
            "print(sum(name.isdigit() for name in os.listdir('/proc')))"
        )

        def door(request: WireRequest) -> WireResponse:
            both_begun.wait()
            return identity(request)

        outputs[name] = run(code, run=name, door=door).stdout

    threads = [threading.Thread(target=one, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == {"one": "2\n", "two": "2\n"}  # each sees its runner and itself


def test_host_process_ids_are_of_no_meaning_in_a_box(run: Runs) -> None:
    result = run(f"import os\nprint(os.path.exists('/proc/{os.getpid()}/environ'))")
    assert result.stdout == "False\n"
