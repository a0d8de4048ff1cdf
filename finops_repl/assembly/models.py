"""Which model a session asks: one of the Messages API, or the offline analyst."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from finops_repl.base.config import Settings
from finops_repl.base.errors import ConfigError, UnknownName

if TYPE_CHECKING:
    from finops_repl.agent.models.messages_api import ModelSettings
    from finops_repl.agent.models.port import Model

__all__ = [
    "OFFLINE",
    "chosen_model",
    "known_models",
    "model_instead",
    "model_named",
    "opened_model",
]

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


def model_instead(settings: Settings) -> str:
    """What answers where no model was chosen, in words."""
    found = chosen_model(replace(settings, model=""))
    return found.model if found else f"{OFFLINE}, for no key is set"


def opened_model(chosen: ModelSettings | None, *, attended: bool) -> Model:
    """The model behind these settings; the offline analyst where there are none.

    Where somebody looks at a toolbar, its server is asked how much it can read.
    """
    if chosen is not None:
        from finops_repl.agent.models.messages_api import MessagesModel

        return MessagesModel(replace(chosen, asks_window=attended))
    from finops_repl.agent.models.offline import OfflineModel

    return OfflineModel()


def known_models() -> tuple[str, ...]:
    """The names that we know: models with a listed price, and the offline analyst."""
    from finops_repl.agent.models.prices import LIST

    return (*LIST, OFFLINE)


def model_named(settings: Settings, name: str) -> ModelSettings | None:
    """How to reach the model of that name; None is offline.

    A server of one's own may call its models as it likes. Of the vendor's, a name that is not
    known raises `UnknownName`, for it would fail at the next question only.
    """
    chosen = chosen_model(replace(settings, model=name))
    if chosen is not None and not chosen.base_url and name not in known_models():
        raise UnknownName("model", name, known_models())
    return chosen
