"""A Savings Plan that expired and was not renewed: its fleet is back to on-demand prices.

The plan covers one family, which nothing else of the organisation runs, so that no other usage is
covered in place of this one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from finops_repl.simulator.event import BROWSER, by_role, event, event_id
from finops_repl.simulator.fleet import meters
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.launches import UNCOVERED, launched
from finops_repl.simulator.meter import Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.purchases import plan
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Expiry"]

DAYS_AGO = 45
FLEET, TYPE, SMALL_TYPE = 8, "c6g.16xlarge", "c6g.2xlarge"
YEARS = 1
BUYER = "finops-commitments"


class Expiry:
    """Placed in an account's region; by default in a production account's."""

    name: IncidentKind = "expiry"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "mobile", "media", "ranking")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """The plan renewed on the day it ended, or not."""
        world, calendar, place = site.world, site.calendar, site.place
        account, region, first = place.account, place.region, place.first
        count = world.scaled(FLEET, "expiry", account.name)
        kind = TYPE if count else SMALL_TYPE
        fleet = launched(
            world, account, region, kind, max(1, count), name=f"{account.application}-engine",
            tags=world.tags(account, "expiry"), first=0,
        )  # fmt: skip
        ended, renewed = (
            plan(
                world, calendar, pool, account, kind, region, len(fleet), begins=begins,
                years=YEARS,
            )
            for pool, begins in (
                ("expired", calendar.day(first) - timedelta(days=365 * YEARS)),
                ("renewed", calendar.day(first)),
            )
        )  # fmt: skip
        loads = tuple(
            Load(each.id, "AWS/EC2 CPUUtilization", 0, calendar.last, 45_000, 75_000)
            for each in fleet
        )

        def covered(pools: tuple[str, str]) -> tuple[Meter, ...]:
            """The fleet's meters, its hours cut in two at the day of the change."""
            found = []
            for each in fleet:
                hours, *others = meters(each, calendar.last)
                found += [
                    replace(hours, last=first - 1, pool=pools[0]),
                    replace(hours, first=first, pool=pools[1]),
                    *others,
                ]
            return tuple(found)

        who = by_role(world, account, BUYER)
        renewal = event(
            event_id(world, "expiry", account.id), calendar.moment(first, 600), account,
            "us-east-1", "CreateSavingsPlan", "savingsplans.amazonaws.com", who,
            {"commitment": renewed.hourly,
             "savingsPlanOfferingId": world.chance.hex(32, "offering", account.id)},
            [("AWS::SavingsPlans::SavingsPlan", renewed.id)], None, BROWSER,
        )  # fmt: skip
        return Stage(
            Scene(fleet, (), covered(("expired", "renewed")), (ended, renewed), loads, (renewal,)),
            Scene(fleet, (), covered(("expired", UNCOVERED)), (ended,), loads),
            Truth(
                calendar.last, True,
                f"the Savings Plan {ended.id} of {account.name} ended on {calendar.day(first)} and"
                " was not renewed, so that its fleet is charged on demand",
                None, (*(each.id for each in fleet), ended.arn, renewed.arn),
                f"buy an EC2 Instance Savings Plan for {kind.partition('.')[0]} in {region.code} of"
                f" ${renewed.hourly} an hour",
                {"savings_plan": ended.id, "instance_type": kind, "instances": len(fleet)},
            ),
        )  # fmt: skip
