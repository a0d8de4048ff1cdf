"""A migration between accounts: one account falls by exactly what another rises by."""

from __future__ import annotations

from finops_repl.simulator.decoys.decoy import Harmless
from finops_repl.simulator.event import by_role
from finops_repl.simulator.launches import (
    MIDNIGHT,
    billed_as,
    charged,
    launched,
    launching,
    terminating,
)
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.world import World

__all__ = ["Migration"]

DAYS_AGO = 66
FLEET, TYPE, SMALL_TYPE = 6, "r5.4xlarge", "r5.large"
ACTOR, AGENT = "account-migration", "HashiCorp Terraform/1.9.2 terraform-provider-aws/5.58.0"


class Migration:
    """A fleet that ends in one account at midnight and begins in another."""

    def staged(self, world: World, calendar: Calendar) -> tuple[Scene, Harmless]:
        """The same instances before and after, with the same tags, in the same region."""
        left, reached = world.account("sim-search-dev"), world.account("sim-data-dev")
        region = left.regions[0]
        first = calendar.length - DAYS_AGO
        count = world.scaled(FLEET, "migration")
        kind = TYPE if count else SMALL_TYPE
        tags = {"project": "relevance-lab", "team": "search", "application": "relevance"}
        before = launched(
            world, left, region, kind, max(1, count), name="relevance", tags=tags, first=0,
            ended=first - 1,
        )  # fmt: skip
        after = launched(
            world, reached, region, kind, max(1, count), name="relevance", tags=tags, first=first
        )
        moment, role = calendar.moment(first - 1, MIDNIGHT), ACTOR
        events = (
            launching(world, after, moment, by_role(world, reached, role), agent=AGENT, tags=tags),
            terminating(world, before, moment, by_role(world, left, role), agent=AGENT),
        )
        instances = (*before, *after)
        scene = Scene(
            instances, meters=charged(instances, calendar), events=events,
            loads=tuple(
                Load(each.id, "AWS/EC2 CPUUtilization", each.launched,
                     calendar.last if each.ended is None else each.ended, 30_000, 60_000)
                for each in instances
            ),
        )  # fmt: skip
        return scene, Harmless(
            "migration between accounts", (left, reached), (region.code,), first, calendar.last,
            billed_as(instances),
            f"the same fleet moved from {left.name} to {reached.name}: the sum of both accounts"
            " does not change",
            f"TerminateInstances in {left.name} and RunInstances in {reached.name} at the same"
            f" time by {ACTOR}, the same names, types and tags",
        )  # fmt: skip
