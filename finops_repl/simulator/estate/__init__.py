"""Everything but instances: volumes, databases, buckets, networks, functions, logs and the like.

Each module yields one family's resources; the same values become meters and inventory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from finops_repl.simulator.estate.databases import databases
from finops_repl.simulator.estate.networks import networks
from finops_repl.simulator.estate.objects import buckets
from finops_repl.simulator.estate.place import Place
from finops_repl.simulator.estate.services import services
from finops_repl.simulator.estate.volumes import volumes
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.resource import Resource
from finops_repl.simulator.world import World

__all__ = ["resources"]

FAMILIES: tuple[Callable[[Place], Iterator[Resource]], ...] = (
    volumes, databases, buckets, networks, services,
)  # fmt: skip


def resources(world: World, calendar: Calendar, standing: Iterable[Instance]) -> Iterator[Resource]:
    """Every resource that is no instance, on each of its days."""
    holders: dict[tuple[str, str], list[Instance]] = {}
    for each in standing:
        holders.setdefault((each.account.id, each.region.code), []).append(each)
    for account in world.members:
        for region in account.regions:
            here = tuple(holders.get((account.id, region.code), ()))
            place = Place(world, calendar, account, region, here)
            for family in FAMILIES:
                yield from family(place)
