"""Reading a choice of day, account and region against what the organisation has."""

from __future__ import annotations

from collections.abc import Sequence

from finops_repl.base.errors import InputError, UnknownName
from finops_repl.simulator.incidents.kind import Place
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Region
from finops_repl.simulator.spec import IncidentChoice
from finops_repl.simulator.world import Account, World

__all__ = ["chosen_account", "first_day", "in_region", "placed", "production"]

EARLIEST = 28
"""Every incident has four weeks before it to be compared with."""


def placed(
    world: World,
    calendar: Calendar,
    choice: IncidentChoice,
    *,
    days_ago: int,
    among: Sequence[Account],
) -> Place:
    """The place in one of an account's own regions; by default one of `among`."""
    account = chosen_account(world, choice) or world.chance.pick(among, choice.kind, "account")
    region = account.regions[0]
    if choice.place:
        region = in_region(choice.place, account.regions, account)
    return Place(account, region, first_day(calendar, choice, days_ago))


def first_day(
    calendar: Calendar, choice: IncidentChoice, days_ago: int, earliest: int = EARLIEST
) -> int:
    """The chosen first day, or the one `days_ago` days before the day after the last."""
    if choice.first_day is None:
        return calendar.length - days_ago
    first = calendar.index(choice.first_day)
    if not earliest <= first <= calendar.last:
        raise InputError(
            f"{choice.kind} cannot begin on {choice.first_day}",
            hint=f"choose a day from {calendar.day(earliest)} to {calendar.as_of}",
        )
    return first


def chosen_account(world: World, choice: IncidentChoice) -> Account | None:
    """The member account of a choice; None where it names none."""
    if not choice.account:
        return None
    for account in world.members:
        if choice.account in (account.name, account.id):
            return account
    raise UnknownName("member account", choice.account, [item.name for item in world.members])


def in_region(code: str, regions: Sequence[Region], account: Account) -> Region:
    """The region of this code among those that may be chosen in an account."""
    for region in regions:
        if region.code == code:
            return region
    raise UnknownName(f"region for {account.name}", code, [region.code for region in regions])


def production(world: World, *applications: str) -> Sequence[Account]:
    """The production accounts of these applications, of all where none is named."""
    return [
        account
        for account in world.members
        if account.environment == "prod"
        and (account.application in applications or not applications)
    ]
