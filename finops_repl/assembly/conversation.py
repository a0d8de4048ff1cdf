"""The agent of a house: of a new session, or of one that is gone on with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from finops_repl.agent.approval import ApprovalPolicy
from finops_repl.agent.branches import for_model
from finops_repl.agent.history import History
from finops_repl.agent.loop import Agent
from finops_repl.agent.models.offline import OfflineModel
from finops_repl.agent.models.port import Model
from finops_repl.assembly.account import Account
from finops_repl.assembly.caps import turn_limits
from finops_repl.assembly.sandbox_state import EngineState
from finops_repl.base.events import EventLog
from finops_repl.base.setting_values import ApprovalKind, ApprovalMode

if TYPE_CHECKING:
    from finops_repl.assembly.house import House

__all__ = ["fallback_of", "opened_agent"]


def opened_agent(house: House) -> Agent:
    """An agent whose every event is on disk before a face sees it.

    Where another model answers than the one that the session was last on, a branch is opened.
    """
    earlier, file = house.resumed, house.session_file
    agent = Agent(
        house.scope,
        house.model,
        house.tools,
        _approval_policy(house),
        earlier.log if earlier else EventLog(house.scope),
        file.record,
        figures=earlier.figures if earlier else None,
        history=earlier.history if earlier else History((), file.commit),
        limits=turn_limits(house.settings),
        today=lambda: _today(house.account),
        fallback=fallback_of(house.model),
        context=_context(house),
    )
    if earlier and earlier.model not in ("", house.model.name):
        agent.open_branch(for_model(agent.messages, house.model.name))
    return agent


def fallback_of(model: Model) -> Model | None:
    """Who goes on where the model stays away: the offline analyst, unless it is the model."""
    return None if isinstance(model, OfflineModel) else OfflineModel()


def _approval_policy(house: House) -> ApprovalPolicy:
    """Code runs unasked on the simulated account; the scope holds what was granted."""
    modes: dict[ApprovalKind, ApprovalMode] = {}
    if house.account.is_simulated:
        modes["code"] = "auto"
    settings, earlier = house.settings, house.resumed
    is_typed = settings.origins["approve"] in ("flag", "environment")
    approved_anew = settings.approve if is_typed else frozenset[str]()
    return ApprovalPolicy(
        {**modes, **settings.approval},
        attended=house.attended,
        sandbox=EngineState(lambda: house.engine, settings.sandbox_unproven),
        always=earlier.always if earlier else {},
        revoked=earlier.revoked - approved_anew if earlier else frozenset(),
    )


def _context(house: House) -> dict[str, str]:
    """What stands beside each question."""
    piped_in = f"{len(house.piped_in):,} characters" if house.piped_in else ""
    known = {"bill": house.account.kind_of_bill, "piped_in": piped_in}
    return {name: value for name, value in known.items() if value}


def _today(account: Account) -> date:
    """The account's own day: a simulated one lives on the day after its last data."""
    if account.as_of is not None:
        return account.as_of + timedelta(days=1)
    return datetime.now(UTC).date()
