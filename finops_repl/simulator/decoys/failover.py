"""A planned failover: for two weeks an application has its capacity twice, in a second region."""

from __future__ import annotations

from finops_repl.simulator.decoys.decoy import Harmless
from finops_repl.simulator.event import Event, by_role, event, event_id
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.launches import (
    billed_as,
    charged,
    launched,
    launching,
    terminating,
)
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.world import Account, World

__all__ = ["Failover"]

DAYS_AGO, DAYS = 56, 14
BEGAN, ENDED = 21_600, 64_800
ACTOR = "continuity-exercise"
AGENT = "HashiCorp Terraform/1.9.2 terraform-provider-aws/5.58.0"


class Failover:
    """As many instances as each group of an application usually has, in its second region."""

    def staged(self, world: World, calendar: Calendar) -> tuple[Scene, Harmless]:
        """The instances of the exercise, with its change ticket in their tags and in the trail."""
        account = world.account("sim-search-prod")
        home, away = account.regions
        first = calendar.length - DAYS_AGO
        last = first + DAYS - 1
        ticket = f"CHG-{world.chance.between(20_000, 29_999, 'ticket')}"
        tags = {**world.tags(account, "failover"), "change-ticket": ticket}
        instances: list[Instance] = []
        for group in world.groups:
            if (group.account, group.region) == (account, home):
                instances += launched(
                    world, account, away, group.kind, max(1, group.usual),
                    name=f"{group.name}-exercise", tags=tags, first=first, second=BEGAN,
                    ended=last, ended_second=ENDED,
                )  # fmt: skip
        who = by_role(world, account, ACTOR)
        kinds = {each.kind for each in instances}
        by_kind = [[each for each in instances if each.kind == kind] for kind in sorted(kinds)]
        events = [
            launching(world, some, calendar.moment(first, BEGAN), who, agent=AGENT, tags=tags)
            for some in by_kind
        ]
        events.append(terminating(world, instances, calendar.moment(last, ENDED), who, agent=AGENT))
        change = _change(world, calendar, account, ticket, first)
        scene = Scene(
            tuple(instances), meters=charged(instances, calendar),
            loads=tuple(
                Load(each.id, "AWS/EC2 CPUUtilization", first, last, 20_000, 55_000)
                for each in instances
            ),
            events=(change, *events),
        )  # fmt: skip
        return scene, Harmless(
            "planned failover", (account,), (away.code,), first, last, billed_as(instances),
            f"an exercise under change {ticket}: capacity stood twice for {DAYS} days, as planned",
            f"tag change-ticket={ticket} in RunInstances, StartChangeRequestExecution the day"
            " before, TerminateInstances by the same role at the end",
        )  # fmt: skip


def _change(world: World, calendar: Calendar, account: Account, ticket: str, first: int) -> Event:
    """The approved change request of the exercise."""
    return event(
        event_id(world, "failover", ticket), calendar.moment(first - 1, 50_400), account,
        account.regions[1].code, "StartChangeRequestExecution", "ssm.amazonaws.com",
        by_role(world, account, ACTOR),
        {
            "changeRequestName": ticket,
            "documentName": "RegionFailoverExercise",
            "scheduledTime": calendar.moment(first, BEGAN).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "changeDetails": f"{ticket}: {DAYS} days of full capacity in the second region",
        },
        [("AWS::SSM::AutomationExecution", ticket)],
    )  # fmt: skip
