"""An idle instance under a reservation: stopping it saves nothing before the term ends."""

from __future__ import annotations

from datetime import timedelta

from finops_repl.simulator.decoys.decoy import Harmless
from finops_repl.simulator.launches import charged, launched
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.purchases import reservation
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.world import World

__all__ = ["Covered"]

TYPE, DAYS_HELD, PERCENT_OF_LIST = "r7g.2xlarge", 700, 40
POOL = "warm-standby"


class Covered:
    """One instance and the reservation that pays for it."""

    def staged(self, world: World, calendar: Calendar) -> tuple[Scene, Harmless]:
        """The instance at 1 % CPU, covered day and night."""
        account = world.account("sim-checkout-prod")
        region = account.regions[0]
        standby = launched(
            world, account, region, TYPE, 1, name="checkout-standby",
            tags={**world.tags(account, "standby"), "role": "warm-standby"}, first=0, pool=POOL,
        )  # fmt: skip
        reserved = reservation(
            world, calendar, POOL, account, TYPE, region, 1, percent=PERCENT_OF_LIST,
            begins=calendar.as_of - timedelta(days=DAYS_HELD), years=3,
        )  # fmt: skip
        loads = tuple(
            Load(each.id, f"AWS/EC2 {metric}", 0, calendar.last, 500, most)
            for each in standby
            for metric, most in (("CPUUtilization", 1_400), ("NetworkOut", 6_000_000))
        )
        scene = Scene(standby, (), charged(standby, calendar), (reserved,), loads)
        return scene, Harmless(
            "idle instance under a reservation", (account,), (region.code,), 0, calendar.last,
            (standby[0].id, reserved.arn),
            "its hours are paid by a reservation either way: stopping it saves its volume alone",
            f"DiscountedUsage under {reserved.arn} in every hour",
        )  # fmt: skip
