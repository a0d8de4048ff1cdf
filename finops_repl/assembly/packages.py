"""A workspace's own packages, from its files to an image: fetched, agreed to, added."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from finops_repl.base.errors import ConfigError

if TYPE_CHECKING:
    from finops_repl.base.places import Workspace
    from finops_repl.sandbox.package_lock import PackageLock

__all__ = ["Agree", "add_packages", "packages_state"]

Agree = Callable[["PackageLock"], bool]
"""Shows somebody the list and returns whether they agree to it."""


def add_packages(
    workspace: Workspace,
    agree: Agree,
    progress: Callable[[str], None],
    *,
    base: str | None = None,
    update: bool = False,
) -> tuple[str, PackageLock | None]:
    """The image for the workspace's scripts, built where it must be, and what it adds.

    `agree` is asked where this user has not agreed to exactly this list before; `update` resolves
    anew what a lock says already. Raises `ConfigError` for wishes that cannot be granted and for
    a list that is not agreed to, `SandboxUnavailable` where no engine or base is there.
    """
    from finops_repl.sandbox.docker_connect import connect
    from finops_repl.sandbox.docker_images import build_image, build_tools, find_image
    from finops_repl.sandbox.docker_packages import (
        architecture_of,
        fetch_packages,
        install_packages,
    )
    from finops_repl.sandbox.own_packages import derived_tag
    from finops_repl.sandbox.package_lock import PackageLock
    from finops_repl.sandbox.wanted_packages import read_wanted

    wanted = read_wanted(workspace)  # before anything is built: its errors cost nothing
    client = connect()
    image = build_image(client, base=base, progress=progress)
    if wanted is None:
        return image, None
    written = None if update else PackageLock.read(workspace)
    lock = written
    if lock and (lock.wanted, lock.architecture) != (wanted.digest, architecture_of(client, image)):
        lock = None
    if lock is not None:
        _require_agreement(workspace, lock, agree)
        if find_image(client, tag := derived_tag(image, lock)):
            return tag, lock
    tools = build_tools(client, base=base, progress=progress)
    with fetch_packages(client, image, tools, wanted, lock, progress=progress) as fetched:
        _require_agreement(workspace, fetched.lock, agree)
        if fetched.lock != written:
            fetched.lock.write(workspace)
        return install_packages(client, fetched, progress=progress), fetched.lock


def packages_state(workspace: Workspace) -> str:
    """In a phrase: what the workspace adds to the image, and what is left to do for it."""
    from finops_repl.sandbox.docker_connect import connect
    from finops_repl.sandbox.docker_images import find_image
    from finops_repl.sandbox.own_packages import command_for, image_for
    from finops_repl.sandbox.package_lock import PackageLock
    from finops_repl.sandbox.wanted_packages import read_wanted

    if read_wanted(workspace) is None:
        return "none"
    try:
        image = image_for(workspace)
    except ConfigError as error:
        return f"{error.message}: {command_for(workspace)}"
    lock = PackageLock.read(workspace)
    count = len(lock.python) + len(lock.javascript) if lock else 0
    state = "ready" if find_image(connect(), image) else f"not built: run {command_for(workspace)}"
    return f"{count} of {workspace.root}: {image} ({state})"


def _require_agreement(workspace: Workspace, lock: PackageLock, agree: Agree) -> None:
    from finops_repl.sandbox.own_packages import command_for, confirm, is_confirmed

    if is_confirmed(lock):
        return
    if not agree(lock):
        raise ConfigError(
            "the packages were not agreed to: nothing was added",
            hint=f"scripts wait for them: {command_for(workspace)}; or remove what asks for them",
        )
    confirm(lock)
