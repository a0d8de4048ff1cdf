"""Oversized databases: raised for a reporting deadline, and never lowered again.

From one day on the databases are eight times as large as their load needs.
"""

from __future__ import annotations

from dataclasses import replace

from finops_repl.simulator.event import by_role, event, event_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import placed, production
from finops_repl.simulator.meter import DAY, MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import database, instance
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Oversized"]

DAYS_AGO = 60
COUNT = 6
ENOUGH, TOO_LARGE = "db.r5.xlarge", "db.r5.8xlarge"
GB_LARGE, GB_ENOUGH = 256, 32  # memory of the two classes
LEAST_GB, MOST_GB = 22, 27
"""What the databases hold in memory, whatever their class."""
STORAGE_GB = 800
ENGINE = "PostgreSQL"
ACTOR = "database-admin"


class Oversized:
    """Placed in an account's region; by default in a production account that keeps much data."""

    name: IncidentKind = "oversized"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account and region of the choice, else a production account's own."""
        among = production(world, "checkout", "lake", "platform")
        return placed(world, calendar, choice, days_ago=DAYS_AGO, among=among)

    def stage(self, site: Site) -> Stage:
        """The databases at the size they need, or larger from the first day on."""
        world, calendar, place = site.world, site.calendar, site.place
        account, region, first, last = place.account, place.region, place.first, calendar.last
        count = max(1, world.scaled(COUNT, "oversized", account.name))
        names = [f"{account.application}-reporting-{number + 1:02d}" for number in range(count)]
        tags = {name: world.tags(account, f"oversized/{name}") for name in names}
        arns = {name: f"arn:aws:rds:{region.code}:{account.id}:db:{name}" for name in names}

        def runs(name: str, class_: str, since: int, until: int) -> Meter:
            hours = instance(class_, engine=ENGINE)
            return Meter(account, region, hours, arns[name], since, until, DAY, tags[name])

        def scene(class_: str, gb: int, cpu: tuple[int, int]) -> Scene:
            meters = [
                meter
                for name in names
                for meter in (
                    runs(name, ENOUGH, 0, first - 1),
                    runs(name, class_, first, last),
                    Meter(account, region, database("RDS:GP3-Storage", ENGINE), arns[name], 0, last,
                          STORAGE_GB * MICRO, tags[name]),
                )
            ]  # fmt: skip
            resources = tuple(
                Resource("database", name, arns[name], account, region, 0, None, (), tags[name],
                         facts={"type": class_, "engine": ENGINE, "gb": STORAGE_GB,
                                "storage": "gp3", "iops": 0, "multi_az": 0})
                for name in names
            )  # fmt: skip
            loads = [
                Load(name, f"AWS/RDS {metric}", first, last, least, most)
                for name in names
                for metric, least, most in (
                    ("CPUUtilization", *cpu), ("DatabaseConnections", 6_000, 14_000),
                    ("FreeableMemory", _bytes(gb - MOST_GB), _bytes(gb - LEAST_GB)),
                )
            ]  # fmt: skip
            return Scene((), resources, tuple(meters), loads=tuple(loads))

        raised = tuple(
            event(
                event_id(world, "oversized", name), calendar.moment(first - 1, 79_200 + place_),
                account, region.code, "ModifyDBInstance", "rds.amazonaws.com",
                by_role(world, account, ACTOR),
                {"dBInstanceIdentifier": name, "dBInstanceClass": TOO_LARGE,
                 "applyImmediately": True},
                [("AWS::RDS::DBInstance", name)],
            )
            for place_, name in enumerate(names)
        )  # fmt: skip
        wrong = scene(TOO_LARGE, GB_LARGE, (2_000, 5_000))
        return Stage(
            scene(ENOUGH, GB_ENOUGH, (18_000, 40_000)),
            replace(wrong, events=raised),
            Truth(
                last, True,
                f"{ACTOR} raised {count} databases from {ENOUGH} to {TOO_LARGE} for a report and"
                " nobody lowered them again; CPU stays below 5 %",
                raised[0], tuple(arns.values()),
                f"modify the databases back to {ENOUGH} in their maintenance window",
                {"class_before": ENOUGH, "class_after": TOO_LARGE, "databases": count},
            ),
        )  # fmt: skip


def _bytes(gb: int) -> int:
    """GiB as thousandths of a byte."""
    return gb * 1_024**3 * 1_000
