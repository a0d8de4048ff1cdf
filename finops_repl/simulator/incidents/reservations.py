"""Unused reservations: a fleet moves to a newer family, and its Reserved Instances stay behind.

The new family gets reservations of its own, so that usage costs as little as before. Nothing else
of the organisation runs the old one, so that nobody else gets the benefit of what stays behind. Put
right, it is sold on the Reserved Instance Marketplace on the day of the move.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from finops_repl.simulator.event import BROWSER, EC2, by_role, event, event_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.launches import MIDNIGHT, charged, launched, launching, terminating
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.purchases import reservation, until
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Reservations"]

DAYS_AGO = 80
FLEET = 12
OLD, NEW = "i3.8xlarge", "i4i.8xlarge"
OLD_SMALL, NEW_SMALL = "i3.xlarge", "i4i.xlarge"
YEARS, DAYS_HELD, PERCENT_OF_LIST = 3, 500, 45
ACTOR, AGENT = "storage-migration", "HashiCorp Terraform/1.9.2 terraform-provider-aws/5.58.0"
BUYER = "finops-commitments"
OLD_POOL, NEW_POOL = "left-behind", "moved-to"


class Reservations:
    """Placed in an account's region; by default in a production account that keeps much data."""

    name: IncidentKind = "reservations"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "lake", "media")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """The reservations sold when the fleet moved, or still paid for."""
        world, calendar, place = site.world, site.calendar, site.place
        account, region, first = place.account, place.region, place.first
        count = world.scaled(FLEET, "reservations", account.name)
        old_kind, new_kind = (OLD, NEW) if count else (OLD_SMALL, NEW_SMALL)
        count = max(1, count)
        tags, name = world.tags(account, "reservations"), f"{account.application}-broker"
        old = launched(
            world, account, region, old_kind, count, name=name, tags=tags, first=0,
            ended=first - 1, pool=OLD_POOL,
        )  # fmt: skip
        new = launched(
            world, account, region, new_kind, max(1, count * 2 // 3), name=f"{name}-v2",
            tags=tags, first=first, pool=NEW_POOL,
        )  # fmt: skip
        reserved = reservation(
            world, calendar, OLD_POOL, account, old_kind, region, count,
            percent=PERCENT_OF_LIST, begins=calendar.day(first) - timedelta(days=DAYS_HELD),
            years=YEARS,
        )  # fmt: skip
        anew = reservation(
            world, calendar, NEW_POOL, account, new_kind, region, len(new),
            percent=PERCENT_OF_LIST, begins=calendar.day(first), years=YEARS,
        )  # fmt: skip
        who = by_role(world, account, ACTOR)
        moved = launching(world, new, calendar.moment(first), who, agent=AGENT, tags=tags)
        gone = terminating(world, old, calendar.moment(first - 1, MIDNIGHT), who, agent=AGENT)
        purchase, sold = (
            event(
                event_id(world, name, commitment.id), calendar.moment(first, second), account,
                region.code, name, EC2, by_role(world, account, BUYER), request,
                [("AWS::EC2::ReservedInstance", commitment.id)], None, BROWSER,
            )
            for name, commitment, second, request in (
                ("PurchaseReservedInstancesOffering", anew, 300, {"instanceCount": len(new)}),
                ("CreateReservedInstancesListing", reserved, 39_600,
                 {"reservedInstancesId": reserved.id, "instanceCount": count}),
            )
        )  # fmt: skip
        loads = tuple(
            Load(each.id, "AWS/EC2 CPUUtilization", first, calendar.last, 35_000, 60_000)
            for each in new
        )
        fleet = Scene(
            (*old, *new),
            meters=charged((*old, *new), calendar),
            loads=loads,
            events=(moved, gone, purchase),
        )
        return Stage(
            replace(fleet, commitments=(until(reserved, first - 1), anew),
                    events=(moved, gone, purchase, sold)),
            replace(fleet, commitments=(reserved, anew)),
            Truth(
                calendar.last, True,
                f"{ACTOR} moved {name} from {old_kind} to {new_kind} and new Reserved"
                f" Instances; the {count} for {old_kind} run until {reserved.ends} and cover"
                " nothing",
                moved, (reserved.arn,),
                f"sell the {count} Reserved Instances on the marketplace, or run {old_kind} again"
                " where it fits, and buy none for a family that is about to be left",
                {"reservation": reserved.id, "instance_type": old_kind, "reserved": count,
                 "moved_to": new_kind},
            ),
        )  # fmt: skip
