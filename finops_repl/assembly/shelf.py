"""The workspace that somebody chose and its workflows: no account is needed to look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace, find_workspace

if TYPE_CHECKING:
    from finops_repl.workflows.store import WorkflowStore

__all__ = ["chosen_workspace", "workflow_shelf"]


def chosen_workspace(flags: Mapping[str, Any]) -> Workspace:
    """The workspace of flags and environment; raises `ConfigError` for one that is no folder."""
    chosen = flags.get("workspace")
    workspace = find_workspace(str(chosen) if chosen else None)
    if workspace.root.exists() and not workspace.root.is_dir():
        raise ConfigError(
            f"the workspace {workspace.root} is no folder", hint="give --workspace a folder"
        )
    return workspace


def workflow_shelf(workspace: Workspace) -> WorkflowStore:
    """The workspace's workflows, and the examples where it has none of that name."""
    from finops_repl.workflows.store import WorkflowStore, examples

    return WorkflowStore(workspace.workflows, examples())
