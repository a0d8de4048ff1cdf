"""What a chat's first question would else wait for, made ready aside while it is being typed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from finops_repl.base.errors import SandboxUnavailable

if TYPE_CHECKING:
    from finops_repl.assembly.house import House

__all__ = ["Preparing"]

READY_WITHIN_S = 60.0
OF_ANY_QUESTION = ("finops_repl.agent.loop", "finops_repl.tools.execute_code", "boto3")


class Preparing:
    """The sandbox of a house and the libraries of a turn.

    `sandbox` is the state that the toolbar tells: starting, ready, unavailable or not built.
    """

    def __init__(self, house: House, sandbox: str) -> None:
        self._house = house
        self.sandbox = sandbox

    def begin(self, changed: Callable[[], None]) -> None:
        """Return at once; `changed` is called, from a thread, with every state of the sandbox."""
        self._house.sandbox  # noqa: B018  # here, so that no two threads make one each
        threading.Thread(
            target=self._prepare, args=(changed,), name="preparing", daemon=True
        ).start()

    def _prepare(self, changed: Callable[[], None]) -> None:
        if self.sandbox == "starting":
            self.sandbox = self._start_sandbox()
            changed()
        self._load()
        if self.sandbox == "starting":
            is_ready = self._house.sandbox.wait_ready(READY_WITHIN_S)
            self.sandbox = "ready" if is_ready else "unavailable"
            changed()

    def _start_sandbox(self) -> str:
        from finops_repl.assembly.engine import image_is_there

        try:
            if not image_is_there():
                return "not built"
        except SandboxUnavailable:
            return "unavailable"
        self._house.sandbox.prepare()
        return "starting"

    def _load(self) -> None:
        for name in OF_ANY_QUESTION:
            import_module(name)
        if self._house.model_name != "offline":
            from finops_repl.agent.models.messages_api import load_client

            load_client()
