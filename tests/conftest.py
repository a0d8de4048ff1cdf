"""Every test lives in private folders of its own; nothing of the developer's home is seen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

WITH_AN_ENGINE = ("acceptance", "attacks", "bench", "peers", "playbooks", "sandbox", "soak")
"""Folders whose tests count, name or time containers: one after the other."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the engine's tests on one worker, where tests run on several, and files together."""
    from xdist.scheduler import LoadScopeScheduling

    class EngineApart(LoadScopeScheduling):  # type: ignore[misc]  # xdist bears no types
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "engine" if file.split("/")[1] in WITH_AN_ENGINE else file

    return EngineApart(config, log)


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What can be made again (simulated worlds, the wire index) is made once a test run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def private_home(
    tmp_path_factory: pytest.TempPathFactory, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home without settings, credentials or AWS variables."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("AWS_", "ANTHROPIC_", "FINOPS_")) and name != "AWS_CA_BUNDLE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared_cache))
    return home
