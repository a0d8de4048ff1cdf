"""A real engine with the image of this checkout, and boxes of it to run jobs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.docker_images import build_image
from tests.sandbox.running import Runs


@pytest.fixture(scope="session")
def engine_client() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


@pytest.fixture(scope="session")
def sandbox_image(engine_client: docker.DockerClient) -> str:
    """The image of this checkout's inputs; built once, then found."""
    return build_image(engine_client, progress=lambda line: None)


@pytest.fixture
def engine(sandbox_image: str) -> DockerEngine:
    return DockerEngine(image=sandbox_image)


@pytest.fixture
def run(engine: DockerEngine, tmp_path: Path) -> Runs:
    """Runs a job in a box of its own: run("print(1)")."""
    data = tmp_path / "data"
    data.mkdir()
    return Runs(ContainerSandbox(engine), data)
