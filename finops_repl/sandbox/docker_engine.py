"""Docker as the engine of boxes: starting a locked container, sweeping leftovers."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.scope import new_id
from finops_repl.base.setting_values import WhenUnproven
from finops_repl.sandbox.docker_connect import connect, engine_errors
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.limits import Limits
from finops_repl.sandbox.owner import LABEL, Owner
from finops_repl.sandbox.proving import Proving
from finops_repl.sandbox.seccomp import seccomp_profile

if TYPE_CHECKING:
    import docker

    from finops_repl.sandbox.docker_box import DockerBox
    from finops_repl.sandbox.verdict import Verdict

__all__ = ["DockerEngine"]

NO_IMAGE_HINT = "build it once: finops-repl sandbox build"
USER = "10001:10001"
CPU_PERIOD_US = 100_000


class DockerEngine:
    """Boxes as containers of one image; the engine is looked for when the first one is started.

    No box is handed out before it is proven that the engine holds the limits of boxes. Where it
    does not, `unproven` says whether that is refused or told in `warnings`.
    """

    def __init__(
        self,
        *,
        image: str | Callable[[], str] | None = None,
        limits: Limits | None = None,
        unproven: WhenUnproven = "refuse",
    ) -> None:
        self._image = image
        self.limits = limits or Limits()
        self._unproven = unproven
        self._proving = Proving(self.verdict, unproven)
        self._swept = False

    @cached_property
    def client(self) -> docker.DockerClient:
        client = connect()
        weakref.finalize(self, client.close)
        return client

    @cached_property
    def image(self) -> str:
        """The tag of the image; what names it is asked when the first box is started."""
        if callable(self._image):
            return self._image()
        return self._image or image_tag()

    @cached_property
    def _profile(self) -> tuple[str, ...]:
        from finops_repl.sandbox.docker_identity import takes_profiles

        return (f"seccomp={seccomp_profile()}",) if takes_profiles(self.client) else ()

    @cached_property
    def owner(self) -> Owner:
        return Owner.this_process()

    def start(self, name: str, *, data_bytes: int) -> DockerBox:
        """A new container, labelled as the box `name`, attached and running.

        Raises `SandboxUnavailable`, also where limits of boxes do not hold.
        """
        client, labels = self.client, self.owner.labels(name)  # before threads ask for them
        with self._as_ours("the sandbox did not start"):
            box = self._start(client, labels, data_bytes, created=self._look_aside)
            is_proven = False
            try:
                self._proving.require()
                is_proven = True
            finally:
                if not is_proven:
                    box.kill()
        return box

    @property
    def warnings(self) -> tuple[str, ...]:
        """The limits that do not hold, a line each, once a box was started; mostly none."""
        return self._proving.warnings

    def verdict(self, *, anew: bool = False) -> Verdict:
        """Whether the limits of boxes hold: as it is known, else tried in a box, about a second.

        A verdict against is asked for again, for an engine can be mended while it runs.
        """
        from finops_repl.sandbox.kept_verdicts import keep_verdict, kept_verdict
        from finops_repl.sandbox.self_test import WORK_BYTES, prove

        client, labels = self.client, self.owner.labels(new_id())
        key = self.profile()
        with self._as_ours("the sandbox's limits could not be tested"):
            kept = None if anew else kept_verdict(key)
            if kept is not None and (self._unproven == "warn" or not kept.broken):
                return kept
            found = prove(
                lambda command: self._start(client, labels, WORK_BYTES, command), self.limits
            )
        keep_verdict(key, found)
        return found

    def profile(self) -> str:
        """Names this start of the engine, the image and the options of boxes."""
        from finops_repl.sandbox.docker_identity import engine_key
        from finops_repl.sandbox.self_test import WORK_BYTES

        client = self.client
        with self._as_ours("the engine could not be asked what it is"):
            return engine_key(client, self.image, self._options(client, WORK_BYTES))

    def sweep(self) -> tuple[str, ...]:
        """Remove the boxes that dead processes of this installation left; their names."""
        import docker.errors

        removed = []
        with self._as_ours("the Docker engine failed"):
            for container, name in self._left_behind():
                try:
                    self.client.api.remove_container(container, force=True)
                except docker.errors.APIError:
                    continue  # it is going by itself
                removed.append(name)
        return tuple(removed)

    def leftovers(self) -> tuple[str, ...]:
        """The names of the boxes that `sweep` would remove."""
        with self._as_ours("the Docker engine failed"):
            return tuple(name for _, name in self._left_behind())

    def _left_behind(self) -> Iterator[tuple[str, str]]:
        ours = {"label": [f"{LABEL}.installation={self.owner.installation}"]}
        for found in self.client.api.containers(all=True, filters=ours):
            labels: dict[str, str] = found["Labels"]
            if self.owner.has_left(labels):
                yield found["Id"], labels[f"{LABEL}.box"]

    @contextlib.contextmanager
    def _as_ours(self, what: str) -> Iterator[None]:
        """The engine's errors as `SandboxUnavailable`, saying what went wrong by it."""
        import docker.errors

        with engine_errors(what):
            try:
                yield
            except docker.errors.ImageNotFound as error:
                raise SandboxUnavailable(
                    f"there is no sandbox image {self.image}", hint=NO_IMAGE_HINT
                ) from error

    def _look_aside(self) -> None:
        """Begin what takes less time than a start; raises where a verdict is against."""
        if not self._swept:
            self._swept = True
            threading.Thread(target=self._sweep_aside, name="sandbox sweep", daemon=True).start()
        self._proving.begin()

    def _sweep_aside(self) -> None:
        with contextlib.suppress(SandboxUnavailable):  # the run itself meets the same engine
            self.sweep()

    def _start(
        self,
        client: docker.DockerClient,
        labels: dict[str, str],
        work_bytes: int,
        command: Sequence[str] | None = None,
        created: Callable[[], None] = lambda: None,
    ) -> DockerBox:
        """A box that runs a command in place of the image's own: the runner.

        `created` is called once the engine has the container, and may refuse to start it.
        """
        container = self._create(client, labels, work_bytes, command)
        with contextlib.ExitStack() as undo:
            undo.callback(self._remove, client, container)
            created()
            from finops_repl.sandbox.docker_box import DockerBox, events_of

            attached = client.api.attach_socket(
                container, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            )
            undo.callback(getattr(attached, "_sock", attached).close)
            undo.callback(attached.close)
            # Before the start: what happens to the container is the engine's to say.
            events = events_of(client, container)
            undo.callback(events.close)
            client.api.start(container)
            box = DockerBox(client, container, attached, events)
            undo.pop_all()
        return box

    def _remove(self, client: docker.DockerClient, container: str) -> None:
        import docker.errors

        # One that did not start may be gone already, and that is not what went wrong.
        with contextlib.suppress(docker.errors.APIError):
            client.api.remove_container(container, force=True)

    def _create(
        self,
        client: docker.DockerClient,
        labels: dict[str, str],
        work_bytes: int,
        command: Sequence[str] | None,
    ) -> str:
        """A container that was created, not started; every door of it shut but its stdin."""
        created: dict[str, Any] = client.api.create_container(
            self.image,
            entrypoint=list(command) if command else None,
            hostname="sandbox",
            user=USER,
            stdin_open=True,  # attached at creation, so it closes with this connection
            host_config=self._options(client, work_bytes),
            labels=labels,
            # A user's Docker settings may name proxies, with passwords, for every container.
            use_config_proxy=False,
        )
        container: str = created["Id"]
        return container

    def _options(self, client: docker.DockerClient, work_bytes: int) -> dict[str, Any]:
        """What the engine is asked to hold a box to, one option a line."""
        from docker.types import LogConfig, Ulimit

        limits = self.limits
        memory = limits.memory_bytes(work_bytes)
        folder = f"rw,nosuid,nodev,noexec,nr_inodes={limits.inodes},uid=10001,gid=10001"
        options: dict[str, Any] = client.api.create_host_config(
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=[
                "no-new-privileges",  # without it the profile below lets no container start
                *self._profile,
            ],
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
        return options
