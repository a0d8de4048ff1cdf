"""Every test lives in private folders of its own; nothing of the developer's home is seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

WITH_AN_ENGINE = ("acceptance", "attacks", "bench", "peers", "playbooks", "sandbox", "soak")
"""Folders whose tests count, name or time containers: one after the other."""


@pytest.hookimpl(tryfirst=True)  # before the distribution reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the engine's tests on one worker, where tests run on several."""
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in WITH_AN_ENGINE:
            item.add_marker(pytest.mark.xdist_group("engine"))


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
