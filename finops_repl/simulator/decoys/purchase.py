"""A Savings Plan purchase: on-demand cost falls and a recurring fee appears, by decision."""

from __future__ import annotations

from finops_repl.simulator import purchases
from finops_repl.simulator.decoys.decoy import Harmless
from finops_repl.simulator.event import BROWSER, by_role, event, event_id
from finops_repl.simulator.launches import billed_as, charged, launched
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.world import World

__all__ = ["Purchase"]

DAYS_AGO = 40
FLEET, TYPE, SMALL_TYPE = 2, "m6g.16xlarge", "m6g.large"
BUYER = "finops-commitments"
POOL = "bought"


class Purchase:
    """A fleet that ran on demand and is covered from one day on."""

    def staged(self, world: World, calendar: Calendar) -> tuple[Scene, Harmless]:
        """The fleet, the plan, and who bought it."""
        account, payer = world.account("sim-mobile-prod"), world.payer
        region, first = account.regions[0], calendar.length - DAYS_AGO
        count = world.scaled(FLEET, "purchase")
        kind = TYPE if count else SMALL_TYPE
        fleet = launched(
            world, account, region, kind, max(1, count), name="mobile-render",
            tags=world.tags(account, "purchase"), first=0, pool=POOL,
        )  # fmt: skip
        plan = purchases.plan(
            world, calendar, POOL, account, kind, region, len(fleet), begins=calendar.day(first),
            years=1,
        )  # fmt: skip
        purchase = event(
            event_id(world, "purchase"), calendar.moment(first, 32_400), payer, "us-east-1",
            "CreateSavingsPlan", "savingsplans.amazonaws.com", by_role(world, payer, BUYER),
            {"commitment": plan.hourly}, [("AWS::SavingsPlans::SavingsPlan", plan.id)], None,
            BROWSER,
        )  # fmt: skip
        loads = tuple(
            Load(each.id, "AWS/EC2 CPUUtilization", 0, calendar.last, 45_000, 70_000)
            for each in fleet
        )
        scene = Scene(fleet, (), charged(fleet, calendar), (plan,), loads, (purchase,))
        return scene, Harmless(
            "Savings Plan purchase", (account, payer), (region.code,), first, calendar.last,
            (*billed_as(fleet), plan.arn),
            "the fee replaces a larger on-demand cost of the same fleet",
            f"CreateSavingsPlan by {BUYER}; negation and covered usage from"
            f" {calendar.day(first)} on",
        )  # fmt: skip
