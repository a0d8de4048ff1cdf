"""The questions of all modules of this folder."""

from __future__ import annotations

import importlib
import pkgutil

from tests.simulator import offered
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

WITHOUT_QUESTIONS = ("days", "every", "probe", "test_offered")

PROBES: tuple[Probe, ...] = tuple(
    probe
    for module in pkgutil.iter_modules(offered.__path__)
    if module.name not in WITHOUT_QUESTIONS
    for probe in importlib.import_module(f"{offered.__name__}.{module.name}").PROBES
)
