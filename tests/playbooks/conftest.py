"""One simulated organisation and its exported bill, for all tests of playbooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.playbooks.simulated_house import bill_of, simulated


@pytest.fixture(scope="session")
def organisation(shared_cache: Path) -> Iterator[SimulatedOrganisation]:
    """The organisation on the day after `LAST`; its world stays for those who make it anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        with simulated() as made:
            assert made.store_path.is_file()
            yield made


@pytest.fixture(scope="session")
def bill(
    organisation: SimulatedOrganisation, tmp_path_factory: pytest.TempPathFactory
) -> pd.DataFrame:
    """The whole bill of it in pandas."""
    return bill_of(organisation, tmp_path_factory.mktemp("exported"))
