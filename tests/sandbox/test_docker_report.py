"""What is said of an engine and its image."""

from __future__ import annotations

import docker
import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.docker_report import engine_finding, image_finding
from finops_repl.sandbox.engine_choice import EngineChoice, TlsFiles

LOCAL = EngineChoice("unix:///var/run/docker.sock", "the local socket")


def test_engine_is_named_with_its_way_and_what_limits_depend_on(
    engine_client: docker.DockerClient,
) -> None:
    found = engine_finding(engine_client, LOCAL)
    assert found.remedy == ""
    assert str(LOCAL) in found.found
    assert found.details["version"] == engine_client.version()["Version"]
    assert found.details["cgroup_version"] in ("1", "2")
    assert found.details["remote"] is False
    assert f"cgroup v{found.details['cgroup_version']}" in found.found


@pytest.mark.parametrize(
    ("choice", "remedy"),
    [
        (EngineChoice("tcp://127.0.0.1:2375", "DOCKER_HOST"), ""),
        (EngineChoice("tcp://[::1]:2375", "DOCKER_HOST"), ""),
        (EngineChoice("tcp://localhost:2375", "DOCKER_HOST"), ""),
        (EngineChoice("ssh://far", "DOCKER_HOST"), ""),
        (EngineChoice("tcp://10.0.0.7:2375", "DOCKER_HOST"), "TLS"),
        (EngineChoice("tcp://far:2375", "context far"), "TLS"),
        (EngineChoice("tcp://far:2376", "context far", TlsFiles(verify=True)), ""),
        (EngineChoice("tcp://far:2376", "context far", TlsFiles(verify=False)), "verified"),
    ],
)
def test_way_to_an_engine_that_others_could_take_has_a_remedy(
    engine_client: docker.DockerClient, choice: EngineChoice, remedy: str
) -> None:
    found = engine_finding(engine_client, choice)
    assert (found.remedy == "") if remedy == "" else (remedy in found.remedy)


def test_image_has_a_size_and_a_missing_one_a_command(
    engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    found = image_finding(engine_client, sandbox_image)
    assert found.details["tag"] == sandbox_image
    assert isinstance(found.details["size_mb"], int)
    assert found.details["size_mb"] > 50
    with pytest.raises(SandboxUnavailable, match="finops-repl sandbox build"):
        image_finding(engine_client, "finops-repl-sandbox:none")
