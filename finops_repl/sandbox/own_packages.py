"""Which image a workspace's scripts run in, and which lists of packages this user agreed to.

A workspace travels: a colleague's may ask for packages that this user never saw. So what is
confirmed is the exact list, kept in the user's own state folder by its digest, and a list that is
not confirmed stops a run: neither it nor the plain image is what the user would expect.
"""

from __future__ import annotations

import hashlib
import shlex

from finops_repl.base.errors import ConfigError
from finops_repl.base.files import read_versioned, write_versioned
from finops_repl.base.places import Workspace, find_workspace, state_dir
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.package_lock import PackageLock
from finops_repl.sandbox.wanted_packages import PACKAGE_JSON, REQUIREMENTS, read_wanted

__all__ = ["command_for", "confirm", "derived_tag", "image_for", "is_confirmed"]

COMMAND = "finops-repl sandbox packages"
REPOSITORY = "finops-repl-sandbox-own"
CONFIRMED = "confirmed-packages.json"
SCHEMA = 1


def image_for(workspace: Workspace) -> str:
    """The image that the workspace's scripts run in: the product's, or that with its packages.

    Asks no engine. Raises `ConfigError` where the workspace asks for packages that this user has
    not confirmed, or asks otherwise than it did when its list was made.
    """
    wanted = read_wanted(workspace)
    if wanted is None:
        return image_tag()
    lock = PackageLock.read(workspace)
    command = command_for(workspace)
    hint = f"see the list and agree to it: {command} (without a terminal: add --yes)"
    asks = f"{workspace.root} asks for packages of its own ({REQUIREMENTS}, {PACKAGE_JSON})"
    if lock is None:
        raise ConfigError(f"{asks}, which are not in the sandbox", hint=hint)
    if lock.wanted != wanted.digest:
        raise ConfigError(f"{asks}, and asks for others since its list was made", hint=hint)
    if not is_confirmed(lock):
        raise ConfigError(f"{asks}, whose list you have not confirmed", hint=hint)
    return derived_tag(image_tag(), lock)


def command_for(workspace: Workspace) -> str:
    """What adds the workspace's packages, to be typed where the user is now."""
    usual = find_workspace().root == workspace.root
    return COMMAND if usual else shlex.join([*COMMAND.split(), "--workspace", str(workspace.root)])


def derived_tag(image: str, lock: PackageLock) -> str:
    """The name of the image with these packages added: its own when there are none to add."""
    if lock.is_empty:
        return image
    digest = hashlib.sha256(f"{image}\0{lock.digest}".encode()).hexdigest()
    return f"{REPOSITORY}:{digest[:12]}"


def is_confirmed(lock: PackageLock) -> bool:
    """Whether this user agreed to exactly these packages, in whatever workspace."""
    return lock.is_empty or lock.digest in _confirmed()


def confirm(lock: PackageLock) -> None:
    """Remember that this user agreed to exactly these packages."""
    digests = sorted({*_confirmed(), lock.digest})
    write_versioned(state_dir() / CONFIRMED, SCHEMA, {"lists": digests}, mode=0o600)


def _confirmed() -> frozenset[str]:
    path = state_dir() / CONFIRMED
    return frozenset(read_versioned(path, SCHEMA)["lists"]) if path.exists() else frozenset()
