"""Where things live: the workspace a user shares, and the private folders they do not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finops_repl.base.files import private_dir

__all__ = ["Workspace", "bundled", "cache_dir", "find_workspace", "settings_dir", "state_dir"]

APP = "finops-repl"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that holds a team's scripts, workflows and exports."""

    root: Path

    @property
    def scripts(self) -> Path:
        return self.root / "scripts"

    @property
    def workflows(self) -> Path:
        return self.root / "workflows"

    @property
    def data(self) -> Path:
        return self.root / "data"


def find_workspace(
    chosen: str | None = None, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Workspace:
    """`chosen`, else FINOPS_WORKSPACE, else the nearest parent's `workspace/`, else XDG data."""
    env = os.environ if env is None else env
    named = chosen or env.get("FINOPS_WORKSPACE")
    if named:
        return Workspace(Path(named).expanduser().absolute())
    here = (cwd or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / "workspace" / "workflows").is_dir():
            return Workspace(folder / "workspace")
    return Workspace(_xdg(env, "XDG_DATA_HOME", ".local/share") / "workspace")


def state_dir(*parts: str) -> Path:
    """A private folder for sessions, audit and history (XDG state)."""
    return private_dir(_xdg(os.environ, "XDG_STATE_HOME", ".local/state").joinpath(*parts))


def cache_dir(*parts: str) -> Path:
    """A private folder for what can be made again (XDG cache)."""
    return private_dir(_xdg(os.environ, "XDG_CACHE_HOME", ".cache").joinpath(*parts))


def settings_dir() -> Path:
    """The user's own settings folder (XDG config); not created here."""
    return _xdg(os.environ, "XDG_CONFIG_HOME", ".config")


def bundled(name: str) -> Path:
    """The folder of files shipped with the product: `sandbox` or `workflows`.

    In a wheel they lie inside the package; in a checkout at the top level.
    """
    package = Path(__file__).resolve().parents[1]
    packaged = package / "_bundled" / name
    if packaged.is_dir():
        return packaged
    checkout = package.parent
    return checkout / ("workspace/workflows" if name == "workflows" else name)


def _xdg(env: Mapping[str, str], variable: str, fallback: str) -> Path:
    base = env.get(variable)
    return (Path(base) if base else Path.home() / fallback) / APP
