"""The caps of a session as its user's settings have them, with where each is raised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finops_repl.base.config import Settings
from finops_repl.base.settings_files import where_set
from finops_repl.base.spend import Spend

if TYPE_CHECKING:
    from finops_repl.agent.limits import TurnLimits
    from finops_repl.gateway.meter import EstimatesScan, Meter

__all__ = ["capped_meter", "session_spend", "turn_limits"]


def session_spend(settings: Settings) -> Spend:
    """The session's ledger, under `limits.session_usd`."""
    raised_by = f"--session-usd, {where_set('limits.session_usd')}"
    return Spend(settings.session_usd, raised_by=raised_by)


def capped_meter(settings: Settings, spend: Spend, *, bill: EstimatesScan | None = None) -> Meter:
    """What prices the session's calls, each under `limits.call_usd`; see `Meter` for `bill`."""
    from finops_repl.gateway.meter import Meter

    raised_by = where_set("limits.call_usd")
    return Meter(spend, call_usd=settings.call_usd, raised_by=raised_by, bill=bill)


def turn_limits(settings: Settings) -> TurnLimits:
    """How far a turn and the session may go."""
    from finops_repl.agent.limits import TurnLimits

    return TurnLimits(turn=settings.turn_caps, session=settings.session_caps)
