"""A region of an account, and the spots in it where resources stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.meter import MICRO
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import Offer, Region
from finops_repl.simulator.resource import Fact, Resource, Use
from finops_repl.simulator.world import Account, Tags, World

__all__ = ["Place", "Spot"]

T = TypeVar("T")
YOUNG_PER_MILLE = 200
_NEEDED = {
    ("sim-shop-prod", "bucket"): ("assets", "backups"),
    ("sim-data-prod", "bucket"): ("exports", "lake", "logs"),
    ("sim-data-prod", "volume"): ("archive", "data", "journal", "redo", "scratch"),
    ("sim-mobile-prod", "database"): ("aurora",),
    ("sim-checkout-prod", "database"): ("cache",),
    ("sim-shop-prod", "database"): ("database",),
}


@dataclass(frozen=True)
class Place:
    """An account's region; `spots` gives as many of a kind as the organisation's size has.

    `holders` are the instances that stand here, which volumes can be attached to.
    """

    world: World
    calendar: Calendar
    account: Account
    region: Region
    holders: tuple[Instance, ...] = ()

    @property
    def production(self) -> bool:
        return self.account.environment == "prod"

    @property
    def is_first(self) -> bool:
        """True in the account's main region, where what is global or single stands."""
        return self.region is self.account.regions[0]

    def needed(self, family: str) -> Sequence[str]:
        """The kinds of a family of which there is one here however small the organisation is."""
        return _NEEDED.get((self.account.name, family), ()) if self.is_first else ()

    def spots(self, kind: str, count: int, *, fewest: int = 0) -> Iterator[Spot]:
        """`count` of a kind in an organisation of a million rows, `fewest` in any."""
        number = self.world.scaled(count, self.account.name, self.region.code, kind)
        for place in range(max(fewest, number)):
            yield Spot(self, kind, place)


@dataclass(frozen=True)
class Spot:
    """Where one resource stands: its name, its ids, its age and its sizes come from here."""

    place: Place
    kind: str
    number: int

    @property
    def name(self) -> str:
        account = self.place.account
        return f"{account.application}-{self.kind}-{account.environment}-{self.number + 1:02d}"

    @cached_property
    def words(self) -> tuple[str | int, ...]:
        return (self.place.account.name, self.place.region.code, self.kind, self.number)

    @cached_property
    def digits(self) -> str:
        """Sixteen hexadecimal digits, of which ids are made."""
        return self.place.world.chance.hex(16, *self.words)

    @property
    def zone(self) -> str:
        return self.place.region.code + self.pick("abc", "zone")

    @cached_property
    def tags(self) -> Tags:
        return self.place.world.tags(self.place.account, "/".join(map(str, self.words)))

    @property
    def first(self) -> int:
        """Four in five have been there from the start; the others came during the year."""
        chance = self.place.world.chance
        if not chance.happens(YOUNG_PER_MILLE, "young", *self.words):
            return 0
        return chance.below(max(1, self.place.calendar.length - 30), "born", *self.words)

    def arn(self, service: str, what: str) -> str:
        place = self.place
        return f"arn:aws:{service}:{place.region.code}:{place.account.id}:{what}"

    def pick(self, items: Sequence[T], word: str) -> T:
        return self.place.world.chance.pick(items, word, *self.words)

    def between(self, least: int, most: int, word: str) -> int:
        """A whole number; most are small, few are large."""
        part = self.place.world.chance.below(10_000, "size", word, *self.words)
        return least + (most - least) * part * part // 10**8

    def used(
        self, given: Offer, least: float, most: float, pattern: Pattern = "steady",
        growth: int = 0, noise: int = 600,
    ) -> Use:  # fmt: skip
        """A usage whose average day lies between `least` and `most` units."""
        low, high = round(least * MICRO), round(most * MICRO)
        part = self.place.world.chance.below(
            10_000, "size", given.usage, given.operation, *self.words
        )
        return Use(given, low + (high - low) * part * part // 10**8, pattern, growth, noise)

    def resource(
        self, id_: str, on_bill: str, uses: Sequence[Use], *, tagged: bool = True,
        zone: str = "", kind: str = "", first: int | None = None, tags: Tags | None = None,
        **facts: Fact,
    ) -> Resource:  # fmt: skip
        """The resource that stands here."""
        place = self.place
        given = self.tags if tags is None else tags
        return Resource(
            kind or self.kind, id_, on_bill, place.account, place.region,
            self.first if first is None else first, None, tuple(uses),
            given if tagged else {}, zone, facts,
        )  # fmt: skip
