"""Transfer between regions: after a deploy a service reads its data from another region's bucket.

The bill has it under S3 in the region of the bucket, as transfer out to the reader's.
"""

from __future__ import annotations

from dataclasses import replace

from finops_repl.simulator.event import by_role, event, event_id
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import (
    chosen_account,
    first_day,
    in_region,
    production,
)
from finops_repl.simulator.launches import charged
from finops_repl.simulator.meter import MICRO, Meter
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import REGIONS, between, offer
from finops_repl.simulator.resource import Resource, sized
from finops_repl.simulator.scene import Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Transfer"]

DAYS_AGO = 33
USUAL_GB, MOVED_GB = 150, 28_000
"""A day's bytes from the bucket to the other region: a replica's upkeep, and every read."""
STORED_GB = 3_000
NOISE = 700
ACTOR = "deploy-pipeline"
HOMES = ("us-east-1", "us-west-2")


class Transfer:
    """Placed in the region of the bucket; its reader is in the account's first region."""

    name: IncidentKind = "transfer"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account of the choice, else a production account, and a region it reads across."""
        among = production(world, "checkout", "search", "ranking")
        account = chosen_account(world, choice) or world.chance.pick(among, self.name, "account")
        elsewhere = [each for each in REGIONS.values() if each != account.regions[0]]
        default = next(each.code for each in elsewhere if each.code in HOMES)
        region = in_region(choice.place or default, elsewhere, account)
        return Place(account, region, first_day(calendar, choice, DAYS_AGO))

    def stage(self, site: Site) -> Stage:
        """A bucket read from its own region, or from the reader's."""
        world, calendar, place = site.world, site.calendar, site.place
        account, home, first, last = place.account, place.region, place.first, calendar.last
        reader = account.regions[0]
        words = ("transfer", account.name, reader.code)
        bucket = f"{account.application}-features-{home.code}-{world.chance.hex(8, *words)}"
        tags = world.tags(account, "/".join(words))
        usual = max(MICRO, world.scaled(USUAL_GB * MICRO, *words))
        moved = max(20 * usual, world.scaled(MOVED_GB * MICRO, *words))
        sent = between(home, reader, "s3")
        stored = sized(offer("s3", "TimedStorage-INT-FA-ByteHrs"), STORED_GB)
        held = Resource(
            "bucket", bucket, bucket, account, home, 0, None, (stored,), tags,
            facts={"role": "lake", "lifecycle": ""},
        )  # fmt: skip

        def scene(since_first: int) -> Scene:
            return Scene(
                meters=(
                    Meter(account, home, sent, bucket, 0, first - 1, usual, tags, noise=NOISE),
                    Meter(account, home, sent, bucket, first, last, since_first, tags,
                          noise=NOISE),
                    *charged((), calendar, (held,)),
                ),
                resources=(held,),
            )  # fmt: skip

        service = f"{account.application}-features"
        cause = event(
            event_id(world, *words), calendar.moment(first - 1, 77_700), account, reader.code,
            "RegisterTaskDefinition", "ecs.amazonaws.com", by_role(world, account, ACTOR),
            {
                "family": service,
                "containerDefinitions": [{
                    "name": service,
                    "environment": [
                        {"name": "FEATURES_BUCKET", "value": bucket},
                        {"name": "FEATURES_REGION", "value": home.code},
                    ],
                }],
            },
            [("AWS::ECS::TaskDefinition", service), ("AWS::S3::Bucket", bucket)],
        )  # fmt: skip
        return Stage(
            scene(usual),
            replace(scene(moved), events=(cause,)),
            Truth(
                last, True,
                f"a deploy of {service} by {ACTOR} made it read {bucket} in {home.code} from"
                f" {reader.code}",
                cause, (bucket,),
                f"let {service} read the replica in {reader.code} again",
                {"bucket": bucket, "from_region": home.code, "to_region": reader.code},
            ),
        )  # fmt: skip
