"""The image as a real engine builds it: what is in it, what is not, and when it is built."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import botocore
import certifi
import docker
import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.places import bundled
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_images import build_image, find_base, find_image
from finops_repl.sandbox.host_settings import CA_VARIABLES, MARK, PROXY_VARIABLES
from finops_repl.sandbox.image import image_tag
from tests.sandbox.image_search import find_in_image


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


@pytest.fixture(scope="module")
def image(client: docker.DockerClient) -> str:
    return build_image(client, progress=lambda line: None)


def run(client: docker.DockerClient, image: str, *command: str) -> str:
    """What a command prints in the image, with the confinement that runs have."""
    output = client.containers.run(
        image,
        list(command[1:]),
        entrypoint=[command[0]],
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": "", "/work": "uid=10001"},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        remove=True,
    )
    return bytes(output).decode()


def test_image_that_is_there_is_not_built_again(client: docker.DockerClient, image: str) -> None:
    steps: list[str] = []
    assert build_image(client, progress=steps.append) == image == image_tag()
    assert steps == []


def test_python_jobs_find_their_packages_compiled(client: docker.DockerClient, image: str) -> None:
    code = """
import os, sys, boto3, pandas, pyathena, matplotlib.pyplot as plt
plt.plot([1, 2]); plt.savefig("/work/figure.png")
specs = [module.__spec__ for module in sys.modules.values()]
uncompiled = [spec.name for spec in specs
    if spec and spec.has_location and spec.cached and not os.path.exists(spec.cached)]
print(sys.version_info[:2], plt.get_backend(), uncompiled)
"""
    assert run(client, image, "python3", "-I", "-c", code) == "(3, 13) Agg []\n"


def test_node_jobs_find_every_aws_client_from_any_folder(
    client: docker.DockerClient, image: str
) -> None:
    manifest = json.loads((bundled("sandbox") / "package.json").read_text(encoding="utf-8"))
    names = json.dumps(list(manifest["dependencies"]))
    code = f"""
Promise.all({names}.map(name => import(name))).then(() => {{
    {names}.forEach(name => require(name));
    console.log(process.version.split(".")[0], process.cwd());
}})"""
    assert run(client, image, "node", "-e", code) == "v24 /work\n"


def test_javascript_clients_are_compiled_in_the_image(
    client: docker.DockerClient, image: str
) -> None:
    script = """
cd /node_modules
NODE_COMPILE_CACHE=/opt/finops/node-cache NODE_DEBUG_NATIVE=COMPILE_CACHE \\
    node -e 'process.argv.slice(1).forEach((name) => require(name))' @aws-sdk/client-* 2>&1 \\
    | sed -n 's|.* for CommonJS /node_modules/.* was \\([a-z ]*\\),.*|\\1|p' | sort -u
"""
    assert run(client, image, "sh", "-c", script) == "accepted\n"


def test_python_jobs_read_and_write_parquet(client: docker.DockerClient, image: str) -> None:
    code = """
import decimal, pandas
costs = pandas.DataFrame({
    "day": pandas.to_datetime(["2026-05-01", None], utc=True),
    "service": ["AmazonEC2", None], "cost": [decimal.Decimal("1.10"), None]})
for name in ("snappy", "zstd", "gzip"):
    costs.to_parquet(f"/work/{name}.parquet", compression=name)
    print(pandas.read_parquet(f"/work/{name}.parquet").iloc[0].tolist())
"""
    row = "[Timestamp('2026-05-01 00:00:00+0000', tz='UTC'), 'AmazonEC2', Decimal('1.10')]\n"
    assert run(client, image, "python3", "-I", "-c", code) == row * 3


def test_image_runs_as_nobody_special_and_holds_no_installers(
    client: docker.DockerClient, image: str
) -> None:
    script = """
id -u; id -g
find / -xdev -perm /6000 -type f 2>/dev/null
find / -xdev -writable -not -type l -not -path /tmp -not -path /work 2>/dev/null | sort
for tool in pip pip3 npm npx gcc make curl git sudo; do command -v $tool; done
python3 -c 'import pip' 2>&1 | tail -n 1
"""
    assert run(client, image, "sh", "-c", script).splitlines() == [
        "10001",
        "10001",
        "ModuleNotFoundError: No module named 'pip'",
    ]


def test_nothing_of_the_hosts_settings_is_in_any_layer_or_in_the_configuration(
    client: docker.DockerClient, image: str, tmp_path: Path
) -> None:
    secrets = {MARK.encode(), *private_certificates(client, image), *host_proxies()}
    assert find_in_image(client, image, secrets, tmp_path) == set()


@pytest.mark.parametrize(
    "leak",
    [
        "COPY host-settings/ca-1.crt /etc/ca.crt",
        "COPY host-settings/env /env\nCOPY overwritten.py /env",
        "ENV HOST_SETTINGS={mark}",
        "LABEL settings={mark}",
    ],
)
def test_the_search_finds_settings_that_did_come_through(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    (folder / "overwritten.py").write_text("")
    leak = leak.format(mark=MARK)
    (folder / "Dockerfile").write_text(f"FROM scratch\nCOPY overwritten.py /\n{leak}\n")
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    tag = build_image(client, base="scratch", progress=lambda line: None, folder=folder)
    try:
        assert find_in_image(client, tag, [MARK.encode()], tmp_path) == {MARK.encode()}
    finally:
        client.images.remove(tag)


def test_failed_build_shows_the_end_of_its_output(
    client: docker.DockerClient, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY missing.py /\n")
    shown: list[str] = []
    with pytest.raises(SandboxUnavailable, match="could not be built"):
        build_image(client, base="scratch", progress=shown.append, folder=tmp_path)
    assert "COPY missing.py" in "\n".join(shown)
    assert not find_image(client, image_tag(tmp_path))


def test_without_base_and_registry_the_error_says_what_to_do() -> None:
    with empty_engine() as engine:
        assert find_base(engine, progress=lambda line: None) is None
        with pytest.raises(SandboxUnavailable) as raised:
            build_image(engine, progress=lambda line: None)
    assert "no image registry answers" in raised.value.message
    assert "make setup" in raised.value.hint


@contextmanager
def empty_engine() -> Iterator[docker.DockerClient]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _EmptyEngine)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    client = docker.DockerClient(f"tcp://127.0.0.1:{server.server_port}", version="1.41")
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        serving.join()
        server.server_close()


class _EmptyEngine(BaseHTTPRequestHandler):
    """An engine without any image, to which no registry answers."""

    def do_GET(self) -> None:
        status = 404 if "/images/" in self.path else 500
        body = b'{"message": "no such image"}' if status == 404 else b'{"message": "no such host"}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is the client's."""


def host_proxies() -> set[bytes]:
    values = (os.environ.get(name) or os.environ.get(name.lower()) for name in PROXY_VARIABLES)
    return {value.encode() for value in values if value and "://" in value}


def private_certificates(client: docker.DockerClient, image: str) -> list[bytes]:
    """A line of the last three certificates that this host trusts and that Node does not.

    Private authorities stand at the end of a bundle, and three of them keep the search short.
    """
    known = run(client, image, "node", "-p", "require('tls').rootCertificates.join('\\n')")
    known += Path(botocore.__file__).with_name("cacert.pem").read_text(encoding="utf-8")
    public = {unwrapped(cert) for cert in certificates(known)}
    bundles = [Path(os.environ[name]) for name in CA_VARIABLES if name in os.environ]
    trusted = [cert for bundle in bundles for cert in certificates(bundle.read_text("utf-8"))]
    private = [cert for cert in trusted if unwrapped(cert) not in public]
    return [cert.splitlines()[-2].encode() for cert in private[-3:]]


def certificates(bundle: str) -> list[str]:
    pattern = "-----BEGIN CERTIFICATE-----\n(.+?)-----END CERTIFICATE-----"
    return re.findall(pattern, bundle, re.DOTALL)


def unwrapped(certificate: str) -> str:
    """Without line ends: bundles wrap their lines differently."""
    return "".join(certificate.split())
