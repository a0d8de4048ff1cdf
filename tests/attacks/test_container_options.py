"""Options of a box that show in no attack on this machine, read back from the engine."""

from __future__ import annotations

import docker

from finops_repl.base.scope import new_id
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.limits import MB


def test_box_has_no_swap_and_its_share_of_processors_alone(
    engine: DockerEngine, engine_client: docker.DockerClient
) -> None:
    name = new_id()
    box = engine.start(name, data_bytes=16 * MB)
    try:
        (found,) = engine_client.api.containers(filters={"label": f"finops-repl.box={name}"})
        host = engine_client.api.inspect_container(found["Id"])["HostConfig"]
    finally:
        box.kill()
    assert host["MemorySwap"] == host["Memory"]
    assert host["CpuQuota"] == 2 * host["CpuPeriod"]
