"""Which model a session asks: one of the Messages API, or the offline analyst."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finops_repl.base.config import Settings
from finops_repl.base.errors import ConfigError

if TYPE_CHECKING:
    from finops_repl.agent.models.messages_api import ModelSettings

__all__ = ["OFFLINE", "chosen_model"]

OFFLINE = "offline"


def chosen_model(settings: Settings) -> ModelSettings | None:
    """The model that was chosen, else the one the environment has a key for; None is offline.

    Raises `ConfigError` for a model of the Messages API that nothing gives access to.
    """
    if settings.model == OFFLINE:
        return None
    from finops_repl.agent.models.messages_api import ModelSettings

    chosen = ModelSettings.from_environment(settings.model or None)
    if chosen is None and settings.model:
        raise ConfigError(
            f"the model {settings.model!r} needs a key",
            hint="set ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL for a server of your own;"
            " --model offline needs neither",
        )
    return chosen
