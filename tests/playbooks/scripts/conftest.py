"""One small simulated organisation for the scripts, made once a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.simulator.key import AnswerKey
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.playbooks.scripts.investigated import exported, organisation


@pytest.fixture(scope="session")
def simulated(shared_cache: Path) -> Iterator[SimulatedOrganisation]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        made = organisation()
        assert made.store_path.is_file()
    yield made
    made.close()


@pytest.fixture(scope="session")
def key(simulated: SimulatedOrganisation) -> AnswerKey:
    return simulated.key("idle", "snapshots", "untagged", "nat")


@pytest.fixture(scope="session")
def exported_bill(
    simulated: SimulatedOrganisation, tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    return exported(simulated, tmp_path_factory.mktemp("exported"))
