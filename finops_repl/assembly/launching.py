"""A saved workflow's box, started while account, gateway and workflow are still being read.

A container takes longer to start than all of those take to load; so it goes first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from finops_repl.assembly.shelf import chosen_workspace
from finops_repl.base.config import read_settings
from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.places import Workspace, bundled

if TYPE_CHECKING:
    from finops_repl.sandbox.container import ContainerSandbox
    from finops_repl.sandbox.port import Language

__all__ = ["launched_sandbox"]

LAUNCH_S = 2.0
"""How long a command waits for the engine to make its container, before it loads the rest."""


def launched_sandbox(flags: Mapping[str, Any], workflow: str) -> ContainerSandbox | None:
    """A sandbox whose box is on its way; None where no file or no engine is there for it.

    What is wrong with the workflow, the account or the engine is not said here: the run meets it.
    Raises `ConfigError` as `read_settings` does.
    """
    workspace = chosen_workspace(flags)
    language = _language_of(workflow, workspace)
    if language is None:
        return None
    settings = read_settings(flags, workspace)
    from finops_repl.sandbox.container import ContainerSandbox
    from finops_repl.sandbox.docker_engine import DockerEngine
    from finops_repl.sandbox.own_packages import image_for

    engine = DockerEngine(image=lambda: image_for(workspace), unproven=settings.sandbox_unproven)
    try:
        engine.client  # noqa: B018  # here, before others load: aside it would come last
    except SandboxUnavailable:
        return None
    sandbox = ContainerSandbox(engine)
    sandbox.launch(language)
    # Loading the others meanwhile would keep the launch from the processor; the container itself
    # takes longer to start than all of it.
    engine.wait_asked(LAUNCH_S)
    return sandbox


def _language_of(workflow: str, workspace: Workspace) -> Language | None:
    """By a look at its file: to read it whole loads more than a start waits for."""
    for folder in (workspace.workflows, bundled("workflows")):
        path = folder / f"{workflow}.json"
        if path.parent != folder or not path.is_file():
            continue
        try:
            language = json.loads(path.read_text("utf-8")).get("language")
        except (OSError, ValueError, AttributeError):
            return None
        return language if language in ("python", "javascript") else None
    return None
