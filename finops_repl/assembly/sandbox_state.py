"""The sandbox as approvals see it: which one it is, and whether its limits are proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.setting_values import WhenUnproven

if TYPE_CHECKING:
    from finops_repl.sandbox.docker_engine import DockerEngine

__all__ = ["EngineState"]

PROFILE_LENGTH = 12


class EngineState:
    """What is known of an engine's boxes; where no engine answers, no script runs unasked or asked.

    `unproven` is the setting: with `refuse` the engine itself runs nothing that is not proven.
    """

    def __init__(self, engine: Callable[[], DockerEngine], unproven: WhenUnproven) -> None:
        self._engine = engine
        self._unproven = unproven

    def profile(self) -> str:
        """Engine, image and options as one short name; empty where no engine answers."""
        try:
            return self._engine().profile()[:PROFILE_LENGTH]
        except SandboxUnavailable:
            return ""

    def holds(self) -> bool:
        """Whether no script can run in a box whose limits do not hold."""
        if self._unproven == "refuse":
            return True
        try:
            return not self._engine().verdict().broken
        except SandboxUnavailable:
            return True
