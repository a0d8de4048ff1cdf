"""Containers as they are started, whose they are, and what a sweep takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.scope import new_id
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.limits import MB, Limits
from finops_repl.sandbox.owner import Owner
from finops_repl.sandbox.seccomp import seccomp_profile


def test_container_is_shut_in_as_promised(
    engine: DockerEngine,
    engine_client: docker.DockerClient,
    private_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxies = {"proxies": {"default": {"httpsProxy": "http://user:password@proxy.example"}}}
    (private_home / "config.json").write_text(json.dumps(proxies))
    monkeypatch.setenv("DOCKER_CONFIG", str(private_home))
    name = new_id()
    box = engine.start(name, data_bytes=64 * MB)
    try:
        found = engine_client.api.containers(filters={"label": f"finops-repl.box={name}"})
        inspected = engine_client.api.inspect_container(found[0]["Id"])
    finally:
        box.kill()
    host, config = inspected["HostConfig"], inspected["Config"]
    assert host["NetworkMode"] == "none"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] in (None, [])
    assert host["SecurityOpt"] == ["no-new-privileges", f"seccomp={seccomp_profile()}"]
    assert host["Privileged"] is False
    assert host["LogConfig"]["Type"] == "none"
    assert host["Binds"] in (None, [])
    assert inspected["Mounts"] == []
    assert host["AutoRemove"]
    assert host["PidsLimit"] == 128
    assert host["Memory"] == host["MemorySwap"] == (64 + 64 + 16 + 256) * MB
    assert set(host["Tmpfs"]) == {"/tmp", "/work"}
    assert all("noexec" in options for options in host["Tmpfs"].values())
    assert not [variable for variable in config["Env"] if "proxy" in variable.lower()]
    assert config["User"] == "10001:10001"
    assert config["StdinOnce"]
    assert config["Tty"] is False
    assert config["Hostname"] == "sandbox"


def test_killed_box_is_said_to_be_killed_and_not_out_of_memory(engine: DockerEngine) -> None:
    box = engine.start(new_id(), data_bytes=16 * MB)
    assert box.receive() != b""
    box.kill()
    box.kill()
    end = box.wait()
    assert (end.exit_code, end.out_of_memory) == (137, False)
    with pytest.raises(OSError, match="descriptor"):
        box.send(b"x")


def test_missing_image_says_how_to_build_it() -> None:
    with pytest.raises(SandboxUnavailable, match="finops-repl sandbox build"):
        DockerEngine(image="finops-repl-sandbox:none").start("x", data_bytes=MB)


def test_engine_that_refuses_the_container_leaves_none(
    engine: DockerEngine, engine_client: docker.DockerClient
) -> None:
    name = new_id()
    engine.limits = Limits(process_bytes=-(1 << 30))
    with pytest.raises(SandboxUnavailable, match="did not start"):
        engine.start(name, data_bytes=16 * MB)
    assert (
        engine_client.api.containers(all=True, filters={"label": f"finops-repl.box={name}"}) == []
    )


def test_owner_has_left_only_where_its_own_process_is_gone() -> None:
    here = Owner.this_process()
    assert here == Owner.this_process()
    assert not here.has_left(here.labels("run"))
    assert here.has_left(replace(here, pid=2**22 + 1).labels("run"))
    assert here.has_left(replace(here, pid_start="1").labels("run"))  # the number was reused
    assert here.has_left(replace(here, boot="an earlier one").labels("run"))
    dead = replace(here, pid=2**22 + 1)
    assert not here.has_left(replace(dead, installation="a colleague's").labels("run"))
    assert not here.has_left(replace(dead, user="0000").labels("run"))
    assert not here.has_left({})


def test_sweep_takes_leftovers_of_the_dead_and_nothing_else(
    engine: DockerEngine, engine_client: docker.DockerClient, sandbox_image: str
) -> None:
    here = engine.owner
    dead = replace(here, pid=2**22 + 1)
    owners = {
        "alive": here,
        "dead": dead,
        "rebooted": replace(here, boot="earlier"),
        "colleague": replace(dead, installation="theirs"),
        "other user": replace(dead, user="4242"),
    }
    made: dict[str, str] = {}
    try:
        for kind, owner in owners.items():
            made[kind] = engine_client.api.create_container(
                sandbox_image, labels=owner.labels(kind), network_disabled=True
            )["Id"]
        assert sorted(engine.sweep()) == ["dead", "rebooted"]
        left = {
            container["Id"]
            for container in engine_client.api.containers(
                all=True, filters={"label": "finops-repl.box"}
            )
        }
        assert {kind for kind, made_id in made.items() if made_id in left} == {
            "alive",
            "colleague",
            "other user",
        }
    finally:
        for made_id in made.values():
            try:
                engine_client.api.remove_container(made_id, force=True)
            except docker.errors.NotFound:
                continue
