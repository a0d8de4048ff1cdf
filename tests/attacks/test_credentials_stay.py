"""The credentials of a real account: in nothing that a box, a file, a log or an error shows."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import docker
import pytest

from finops_repl.assembly.house import House
from finops_repl.base.errors import ConnectionFailed
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.port import Box, BoxExit, Bytes, Order
from finops_repl.sandbox.scripts import ScriptReport
from tests.standin.aws_account import AwsStandIn, profile_text

ACCESS_KEY = "AKIAMARKEDMARKED0001"
SECRET_KEY = "marked/secret+of=the-session"
TOKEN = "marked//token+of==the-session"
MARKED = (ACCESS_KEY, SECRET_KEY, TOKEN)

SCRIPT = """
import boto3, os, pathlib
from botocore.exceptions import ClientError
print(boto3.client("sts").get_caller_identity()["Account"])
for service, operation, params in (
    ("ec2", "describe_vpcs", {}),
    ("rds", "describe_db_instances", {}),
    ("ec2", "terminate_instances", {"InstanceIds": ["i-0123456789abcdef0"]}),
    ("s3", "get_bucket_location", {"Bucket": "nobodys"}),
):
    try:
        print(operation, getattr(boto3.client(service), operation)(**params))
    except ClientError as refused:
        print(operation, refused, refused.response)
print(dict(os.environ))
for place in ("/proc", "/work", "/tmp", "/run"):
    for path in pathlib.Path(place).glob("**/environ" if place == "/proc" else "**/*"):
        try:
            print(path, path.read_bytes()[:20_000])
        except OSError:
            pass
pathlib.Path("data/left.txt").write_text(str(boto3.client("ec2").describe_vpcs()))
"""


@dataclass
class Recorded:
    """A box whose wire is kept in both directions."""

    box: Box
    wire: list[bytes]

    def send(self, data: Bytes) -> None:
        self.wire.append(bytes(data))
        self.box.send(data)

    def receive(self) -> bytes:
        data = self.box.receive()
        self.wire.append(data)
        return data

    def kill(self) -> None:
        self.box.kill()

    def wait(self) -> BoxExit:
        return self.box.wait()


@dataclass
class RecordingEngine:
    """Docker, with what the engine itself says of each container, and its wire."""

    engine: DockerEngine
    client: docker.DockerClient
    wire: list[bytes] = field(default_factory=list)
    inspected: list[str] = field(default_factory=list)

    def start(self, name: str, *, data_bytes: int) -> Recorded:
        box = self.engine.start(name, data_bytes=data_bytes)
        filters = {"label": f"finops-repl.box={name}"}
        for found in self.client.api.containers(all=True, filters=filters):
            self.inspected.append(json.dumps(self.client.api.inspect_container(found["Id"])))
        return Recorded(box, self.wire)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.engine.warnings


@dataclass
class Session:
    """A session on a stand-in's account, and every place where something of it may be left."""

    house: House
    engine: RecordingEngine
    folders: list[Path]
    logged: pytest.LogCaptureFixture
    shown: list[str] = field(default_factory=list)
    searched: set[str] = field(default_factory=set)

    def run(self, code: str) -> ScriptReport:
        report = self.house.scripts.run(
            self.house.scope,
            Order(code, "python"),
            on_output=lambda stream, text: self.shown.append(text),
            cancelled=threading.Event(),
        )
        self.shown.append(f"{report}")
        return report

    def found(self) -> set[str]:
        """The places that hold a marked credential, plain or written in another way."""
        places = {
            "wire": b"".join(self.engine.wire),
            "container": "".join(self.engine.inspected).encode(),
            "shown": "".join(self.shown).encode(),
            "logged": self.logged.text.encode(),
        }
        for folder in self.folders:
            for path in folder.rglob("*"):
                if path.is_file():
                    places[str(path.relative_to(folder.parent))] = path.read_bytes()
        self.searched = set(places)
        assert all(places[name] for name in ("wire", "container", "shown"))
        written = [way(text) for text in MARKED for way in WAYS]
        return {name for name, held in places.items() if any(each in held for each in written)}


WAYS: tuple[Callable[[str], bytes], ...] = (
    str.encode,
    lambda text: quote(text, safe="").encode(),
    lambda text: json.dumps(text.replace("/", "\\/"))[1:-1].encode(),
    lambda text: base64.b64encode(text.encode())[:-4],
    lambda text: text.encode().hex().encode(),
    lambda text: text.encode("utf-16-le"),
)


@pytest.fixture(scope="module")
def standin() -> Iterator[AwsStandIn]:
    keys = {ACCESS_KEY: SECRET_KEY}
    with AwsStandIn(keys=keys, session_token=TOKEN, refuses="rds") as running:
        yield running


@pytest.fixture
def aws_settings(
    standin: AwsStandIn,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path_factory.mktemp("aws")
    (folder / "credentials").write_text(profile_text("default", *MARKED))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("FINOPS_AWS_ENDPOINT_URL", standin.url)


@pytest.fixture
def session(
    aws_settings: None,
    engine: DockerEngine,
    engine_client: docker.DockerClient,
    tmp_path: Path,
    private_home: Path,
    shared_cache: Path,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Session]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    house = House.open({"workspace": str(workspace), "account": "aws"}, headless=True)
    recording = RecordingEngine(engine, engine_client)
    house.sandbox = ContainerSandbox(recording)
    with caplog.at_level(logging.INFO):
        yield Session(house, recording, [workspace, private_home, shared_cache], caplog)
    house.sandbox.close()
    house.close()


def test_credentials_of_the_account_are_found_nowhere(
    session: Session, standin: AwsStandIn
) -> None:
    standin.arrived.clear()
    report = session.run(SCRIPT)

    assert report.result.stdout.startswith("123456789012\n"), report.result.stderr
    for told in ("describe_vpcs {'Vpcs'", "UnauthorizedOperation", "(not shown)", "NoSuchBucket"):
        assert told in report.result.stdout
    assert ("us-east-1", "ec2") in standin.verified
    assert any("does not fit" in why and TOKEN in why for why in standin.refused)
    assert [file.name for file in report.result.files] == ["left.txt"]
    assert session.found() == set()
    for kind in ("scripts/script_", ".log", "data/left.txt", "state/finops-repl/audit/"):
        assert any(kind in name for name in session.searched), kind


def test_search_finds_what_a_script_was_given(session: Session) -> None:
    session.run(
        f"# {TOKEN}\nprint({SECRET_KEY!r})\nopen('data/left.txt', 'w').write({ACCESS_KEY!r})"
    )
    found = session.found()
    assert {"wire", "shown"} <= found
    assert any(name.endswith(".py") for name in found)
    assert any(name.endswith(".log") for name in found)
    assert any(name.endswith("left.txt") for name in found)


def test_who_is_not_known_to_aws_is_told_without_credentials(
    aws_settings: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = profile_text("default", ACCESS_KEY, f"{SECRET_KEY}x", TOKEN)
    (tmp_path / "other").write_text(other)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "other"))
    with pytest.raises(ConnectionFailed, match="AWS refuses these credentials") as failed:
        House.open({"workspace": str(tmp_path / "workspace"), "account": "aws"}, headless=True)
    said = f"{failed.value}{failed.value.hint}{failed.getrepr(chain=True)}"
    assert "does not fit" in said
    assert [marked for marked in MARKED if marked in said] == []
