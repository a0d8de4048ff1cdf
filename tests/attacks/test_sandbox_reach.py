"""Attacks by looking around: no credential to find, no network to reach but 127.0.0.1."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs

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
    "interfaces": [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line],
    "environment": sorted(os.environ),
}))
"""

LOOK_AROUND_NODE = """
const net = require('net'), dns = require('dns').promises;
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
  read: seen.length, reached, names,
  interfaces: fs.readFileSync('/proc/net/dev', 'utf8').split('\\n')
    .filter((line) => line.includes(':')).map((line) => line.split(':')[0].trim()),
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
    "NODE_COMPILE_CACHE",
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


@attack(14, 15, 16, 29, 30)
@both(python=LOOK_AROUND_PYTHON, javascript=LOOK_AROUND_NODE)
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
