"""Packages from the real registries, in a real image: used in both languages, and nothing more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import docker
import pytest

from finops_repl.assembly.packages import add_packages
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace, bundled
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_build import run_build
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.docker_images import build_tools
from finops_repl.sandbox.docker_packages import Fetched, fetch_packages, install_packages
from finops_repl.sandbox.host_settings import MARK
from finops_repl.sandbox.image import pack
from finops_repl.sandbox.own_packages import image_for
from finops_repl.sandbox.package_lock import LOCK, PackageLock, Wheel
from finops_repl.sandbox.wanted_packages import WantedPackages
from tests.sandbox.image_search import find_in_image
from tests.sandbox.npm_registry import NAME, npm_registry
from tests.sandbox.running import Runs


def silent(_line: str) -> None:
    """Progress that nobody follows."""


@dataclass
class Added:
    """A workspace whose packages were agreed to, its image, and the lists that were shown."""

    workspace: Workspace
    image: str
    shown: list[PackageLock]

    def again(self) -> str:
        """The image when the same is asked for again; any list that is shown is refused."""
        return add_packages(self.workspace, lambda lock: False, silent)[0]


@pytest.fixture(scope="module")
def added(
    engine_client: docker.DockerClient, sandbox_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Added]:
    """One wheel and one module of each registry, beside two that the image holds already."""
    folder = tmp_path_factory.mktemp("added")
    workspace = Workspace(folder / "workspace")
    workspace.root.mkdir()
    (workspace.root / "requirements.txt").write_text("iniconfig==2.0.0\npandas>=3\n")
    dependencies = {"ms": "2.1.3", "tslib": "^2.0.0"}
    (workspace.root / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    shown: list[PackageLock] = []

    def agree(lock: PackageLock) -> bool:
        shown.append(lock)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        image, _ = add_packages(workspace, agree, silent)
    yield Added(workspace, image, shown)
    engine_client.images.remove(image, force=True)


@pytest.fixture
def agreed(added: Added, monkeypatch: pytest.MonkeyPatch) -> Added:
    """The same, in the home of the user who agreed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(added.workspace.root.parent / "state"))
    return added


def test_the_list_that_is_shown_holds_what_the_image_lacks(added: Added) -> None:
    (shown,) = added.shown
    assert [(w.name, w.version) for w in shown.python] == [("iniconfig", "2.0.0")]
    assert [(m.name, m.version) for m in shown.javascript] == [("ms", "2.1.3")]
    assert 5_000 < shown.python[0].size < 50_000
    assert 2_000 < shown.javascript[0].size < 50_000
    assert PackageLock.read(added.workspace) == shown


def test_scripts_in_both_languages_use_the_packages(agreed: Added, tmp_path: Path) -> None:
    assert image_for(agreed.workspace) == agreed.image
    run = Runs(ContainerSandbox(DockerEngine(image=agreed.image)), tmp_path)
    result = run("import iniconfig, pandas; print(iniconfig.__name__, iniconfig.__cached__)")
    assert (result.stderr, result.exit_code) == ("", 0)
    assert result.stdout.startswith("iniconfig /opt/own/python/iniconfig/__pycache__/")
    result = run("console.log(require('ms')('2 days'), require('tslib').__esModule)", "javascript")
    assert (result.stdout, result.stderr) == ("172800000 true\n", "")


def test_what_was_agreed_to_is_neither_asked_nor_built_again(agreed: Added) -> None:
    assert agreed.again() == agreed.image


def test_another_user_is_asked(added: Added) -> None:
    with pytest.raises(ConfigError, match="nothing was added"):
        added.again()


def test_a_lock_gives_the_same_bytes_again(
    engine_client: docker.DockerClient, sandbox_image: str, added: Added
) -> None:
    tools = build_tools(engine_client, base=None, progress=silent)
    (lock,) = added.shown
    wanted = WantedPackages(("iniconfig",), {"ms": "*"})
    with fetch_packages(
        engine_client, sandbox_image, tools, wanted, lock, progress=silent
    ) as fetched:
        assert (fetched.lock.python, fetched.lock.javascript) == (lock.python, lock.javascript)
    wanted = WantedPackages(("iniconfig",))
    other = PackageLock("", "amd64", (Wheel("iniconfig", "2.0.0", "a" * 64, 1),), ())
    with (
        pytest.raises(ConfigError, match="THESE PACKAGES DO NOT MATCH THE HASHES"),
        fetch_packages(engine_client, sandbox_image, tools, wanted, other, progress=silent),
    ):
        pass


def test_nothing_of_the_hosts_settings_is_in_the_image_or_left_beside_it(
    engine_client: docker.DockerClient, added: Added, tmp_path: Path
) -> None:
    assert left_of_fetching(engine_client) == []
    assert find_in_image(engine_client, added.image, [MARK.encode()], tmp_path) == set()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("docopt==0.6.2", "No matching distribution found for docopt"),  # there is a source alone
        ("pandas<2", r"Cannot install pandas<2|No matching distribution found for pandas<2"),
    ],
)
def test_what_cannot_be_had_is_said_and_leaves_nothing(
    engine_client: docker.DockerClient, workspace: Workspace, line: str, said: str
) -> None:
    (workspace.root / "requirements.txt").write_text(line)
    with pytest.raises(ConfigError, match=said) as raised:
        add_packages(workspace, lambda lock: True, silent)
    assert "no source is built" in raised.value.hint
    assert not (workspace.root / LOCK).exists()
    assert left_of_fetching(engine_client) == []


def test_a_module_that_the_image_holds_otherwise_is_refused(workspace: Workspace) -> None:
    (workspace.root / "package.json").write_text('{"dependencies": {"tslib": "1.14.1"}}')
    with pytest.raises(ConfigError, match=r"it does not go with tslib 2\.\d+\.\d+ of the sandbox"):
        add_packages(workspace, lambda lock: True, silent)


@pytest.fixture
def workspace(sandbox_image: str, tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "workspace")
    workspace.root.mkdir()
    return workspace


def test_install_scripts_are_shown_and_not_run(
    engine_client: docker.DockerClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.root / "package.json").write_text(json.dumps({"dependencies": {NAME: "1.0.0"}}))
    config = engine_client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    # An engine that found its bridge there from an earlier start does not tell its address.
    bridge = config.get("Gateway") or str(next(ip_network(config["Subnet"]).hosts()))
    with npm_registry(bridge) as url:
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", url)
        image, lock = add_packages(workspace, lambda lock: True, silent)
    try:
        assert lock is not None
        assert [module.has_install_script for module in lock.javascript] == [True]
        there = look(engine_client, image, f"ls /node_modules/{NAME}").split()
        assert there == ["index.js", "package.json"]
    finally:
        engine_client.images.remove(image, force=True)


def test_packages_are_put_in_without_a_network_and_take_no_ones_place(
    engine_client: docker.DockerClient, sandbox_image: str, tmp_path: Path
) -> None:
    folder = tmp_path / "packages"
    shutil.copytree(bundled("sandbox") / "packages", folder)
    with (folder / "install.Dockerfile").open("a") as steps:
        steps.write("USER 0:0\nRUN ls /sys/class/net > /interfaces.txt\nUSER 10001:10001\n")
    hostile = {
        "Dockerfile": b"FROM scratch\nCOPY python /python\nCOPY node_modules /node_modules\n",
        "python/evil.pth": b"import pathlib; pathlib.Path('/tmp/evil').touch()\n",
        "python/sitecustomize.py": b"import pathlib; pathlib.Path('/tmp/evil').touch()\n",
        "python/json.py": b"raise SystemExit('evil')\n",
        "python/boto3/__init__.py": b"raise SystemExit('evil')\n",
        "python/broken.py": b"def (\n",
        "node_modules/fs/index.js": b"throw new Error('evil');\n",
    }
    name = "finops-repl-fetched:hostile"
    context = pack(hostile)
    assert run_build(engine_client, name, context, arguments={}, progress=silent) is None
    lock = PackageLock("", "amd64", (Wheel("evil", "1", "a" * 64, 1),), ())
    fetched = Fetched(sandbox_image, name, lock)
    image = install_packages(engine_client, fetched, progress=silent, folder=folder)
    try:
        assert look(engine_client, image, "cat /interfaces.txt") == "lo\n"
        python = "python3 -c 'import json, boto3; print(boto3.__file__)'; ls /tmp"
        site = "/usr/local/lib/python3.13/dist-packages"
        assert look(engine_client, image, python) == f"{site}/boto3/__init__.py\n"
        assert look(engine_client, image, "node -p 'typeof require(\"fs\").readFileSync'") == (
            "function\n"
        )
    finally:
        engine_client.images.remove(image, force=True)
        engine_client.images.remove(name, force=True)


def left_of_fetching(client: docker.DockerClient) -> list[str]:
    stages = client.images.list(all=True, filters={"label": "finops-repl.fetch"})
    return [str(image.id) for image in [*client.images.list("finops-repl-fetched"), *stages]]


def look(client: docker.DockerClient, image: str, command: str) -> str:
    """What a command prints in the image, confined as runs are."""
    output = client.containers.run(
        image,
        ["-c", command],
        entrypoint=["sh"],
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": ""},
        remove=True,
    )
    return bytes(output).decode()
