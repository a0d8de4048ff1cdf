"""What is known of an engine is kept until the engine, its image or its options are others."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import docker
import pytest

from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.docker_identity import engine_key, takes_profiles
from finops_repl.sandbox.limits import MB

INFO = {"ID": "GHNC:6FW2", "ServerVersion": "20.10.24", "CgroupVersion": "1", "NGoroutines": 61}
BRIDGE = {"Name": "bridge", "Created": "2026-11-21T04:24:30.388175883Z"}


@contextmanager
def engine_that_says(
    answers: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Iterator[docker.DockerClient]:
    """A client of a stand-in that answers by the last part of a path, and knows nothing else."""

    class Engine(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = answers.get(self.path.rpartition("/")[2])
            body = json.dumps({"message": "not found"} if said is None else said).encode()
            self.send_response(404 if said is None else 200)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
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


def key_of(info: Mapping[str, Any], bridge: Mapping[str, Any] | None, *rest: Any) -> str:
    answers = {"info": info} | ({"bridge": bridge} if bridge else {})
    with engine_that_says(answers) as client:
        return engine_key(client, *(rest or ("image:1", {"PidsLimit": 128})))


def test_same_engine_image_and_options_have_one_key() -> None:
    assert key_of(INFO, BRIDGE) == key_of(INFO | {"NGoroutines": 99}, BRIDGE)


@pytest.mark.parametrize(
    "other",
    [
        (INFO | {"ID": "another"}, BRIDGE),
        (INFO | {"ServerVersion": "28.2.2"}, BRIDGE),
        (INFO | {"CgroupVersion": "2"}, BRIDGE),
        (INFO, BRIDGE | {"Created": "2026-11-22T04:24:30.388175883Z"}),
        (INFO, BRIDGE, "image:2", {"PidsLimit": 128}),
        (INFO, BRIDGE, "image:1", {"PidsLimit": 256}),
    ],
    ids=["engine", "version", "cgroups", "started again", "image", "options"],
)
def test_whatever_could_change_a_verdict_changes_the_key(other: tuple[Any, ...]) -> None:
    assert key_of(*other) != key_of(INFO, BRIDGE)


def test_engine_that_does_not_tell_its_start_is_known_all_the_same() -> None:
    assert key_of(INFO, None) != key_of(INFO, BRIDGE)


def test_key_of_the_engine_here_stays_while_it_runs(engine_client: docker.DockerClient) -> None:
    keys = {engine_key(engine_client, "image:1", {}) for _ in range(3)}
    assert len(keys) == 1


def test_podman_is_given_no_profile_that_it_would_take_for_a_path(
    engine_client: docker.DockerClient,
) -> None:
    assert takes_profiles(engine_client)
    engine = DockerEngine(image="image:1")
    with engine_that_says({"_ping": "OK"}, {"Libpod-API-Version": "4.9.3"}) as podman:
        engine.client = podman
        assert engine._options(podman, MB)["SecurityOpt"] == ["no-new-privileges"]
