"""Docker as the engine of boxes: finding it, starting a locked container, sweeping leftovers."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.limits import Limits
from finops_repl.sandbox.owner import LABEL, Owner

if TYPE_CHECKING:
    import docker

    from finops_repl.sandbox.docker_box import DockerBox

__all__ = ["DockerEngine", "connect"]

NO_ENGINE_HINT = (
    "start Docker, or let DOCKER_HOST name a running engine; on Debian or Ubuntu:"
    " apt-get install docker.io"
)
NO_IMAGE_HINT = "build it once: finops-repl sandbox build"
USER = "10001:10001"
CPU_PERIOD_US = 100_000


def connect() -> docker.DockerClient:
    """The client of the engine that DOCKER_HOST or the local socket names."""
    import docker  # 0.1 s: only runs and image builds pay for it
    import docker.errors

    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException as error:
        where = os.environ.get("DOCKER_HOST") or "the local socket"
        raise SandboxUnavailable(
            f"no Docker engine answers at {where}", hint=NO_ENGINE_HINT
        ) from error
    return client


class DockerEngine:
    """Boxes as containers of one image; the engine is looked for when the first one is started."""

    def __init__(self, *, image: str | None = None, limits: Limits | None = None) -> None:
        self._image = image
        self.limits = limits or Limits()
        self._swept = False

    @cached_property
    def client(self) -> docker.DockerClient:
        client = connect()
        weakref.finalize(self, client.close)
        return client

    @cached_property
    def image(self) -> str:
        return self._image or image_tag()

    @cached_property
    def owner(self) -> Owner:
        return Owner.this_process()

    def start(self, run: str, *, data_bytes: int) -> DockerBox:
        """A container of its own for `run`, attached and running."""
        import docker.errors
        import requests.exceptions

        client = self.client
        if not self._swept:
            self._swept = True
            threading.Thread(target=self._sweep_aside, name="sandbox sweep", daemon=True).start()
        try:
            return self._start(client, run, data_bytes)
        except docker.errors.ImageNotFound as error:
            raise SandboxUnavailable(
                f"there is no sandbox image {self.image}", hint=NO_IMAGE_HINT
            ) from error
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise SandboxUnavailable(f"the sandbox did not start: {error}") from error

    def sweep(self) -> tuple[str, ...]:
        """Remove what dead processes of this user and installation left; the ids of their runs."""
        import docker.errors
        import requests.exceptions

        ours = {"label": [f"{LABEL}.installation={self.owner.installation}"]}
        removed = []
        try:
            for found in self.client.api.containers(all=True, filters=ours):
                labels: dict[str, str] = found["Labels"]
                if not self.owner.has_left(labels):
                    continue
                try:
                    self.client.api.remove_container(found["Id"], force=True)
                except docker.errors.APIError:
                    continue  # it is going by itself
                removed.append(labels[f"{LABEL}.run"])
        except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
            raise SandboxUnavailable(f"the Docker engine failed: {error}") from error
        return tuple(removed)

    def _sweep_aside(self) -> None:
        with contextlib.suppress(SandboxUnavailable):  # the run itself meets the same engine
            self.sweep()

    def _start(self, client: docker.DockerClient, run: str, work_bytes: int) -> DockerBox:
        from finops_repl.sandbox.docker_box import DockerBox, events_of

        container = self._create(client, run, work_bytes)
        started = False
        try:
            attached = client.api.attach_socket(
                container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            )
            # Before the start: what happens to the container is the engine's to say.
            events = events_of(client, container)
            client.api.start(container)
            started = True
        finally:
            if not started:
                client.api.remove_container(container, force=True)
        return DockerBox(client, container, attached, events)

    def _create(self, client: docker.DockerClient, run: str, work_bytes: int) -> str:
        """A container that was created, not started; every door of it shut but its stdin."""
        from docker.types import LogConfig, Ulimit

        limits = self.limits
        memory = limits.memory_bytes(work_bytes)
        folder = f"rw,nosuid,nodev,noexec,nr_inodes={limits.inodes},uid=10001,gid=10001"
        host_config = client.api.create_host_config(
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            privileged=False,
            ipc_mode="private",
            pid_mode=None,
            mem_limit=memory,
            memswap_limit=memory,
            shm_size=limits.shared_bytes,
            cpu_period=CPU_PERIOD_US,
            cpu_quota=int(limits.cpus * CPU_PERIOD_US),
            pids_limit=limits.pids,
            ulimits=[
                Ulimit(name="nofile", soft=limits.open_files, hard=limits.open_files),
                Ulimit(name="core", soft=0, hard=0),
            ],
            tmpfs={
                "/tmp": f"{folder},mode=1777,size={limits.tmp_bytes}",  # noqa: S108 - the box's own
                "/work": f"{folder},mode=0700,size={work_bytes}",
            },
            log_config=LogConfig(type="none"),  # a log would write every byte to disk
            auto_remove=True,
            init=False,
        )
        created: dict[str, Any] = client.api.create_container(
            self.image,
            hostname="sandbox",
            user=USER,
            stdin_open=True,  # attached at creation, so it closes with this connection
            host_config=host_config,
            labels=self.owner.labels(run),
            # A user's Docker settings may name proxies, with passwords, for every container.
            use_config_proxy=False,
        )
        container: str = created["Id"]
        return container
