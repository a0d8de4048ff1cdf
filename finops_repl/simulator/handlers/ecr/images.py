"""The images of a repository: together as large as what the bill has stored, day after day.

How a repository fills is the simulation's own. Where no policy expires anything, an image is pushed
on the day on which the bill's storage has grown by its size, and stays; each takes the tag `latest`
from the one before, and only releases keep one of their own. Where a policy does, as many images
stay as it says, and the newest came day after day. Images share no layer, so that their sizes add
up to what is billed: on AWS, which bills a shared layer once, they add up to more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from finops_repl.simulator.handlers.resources.standing import Standing
from finops_repl.simulator.handlers.resources.stored import stored_by_day
from finops_repl.simulator.view import View

__all__ = ["Image", "images"]

MIB = 1 << 20
DAY_SECONDS = 86_400
RELEASED_EVERY = 6
LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Image:
    """An image; `pulled` is when it was last wanted."""

    digest: str
    tags: tuple[str, ...]
    size: int
    pushed: datetime
    pulled: datetime


def images(view: View, repository: Standing) -> Sequence[Image]:
    """The images of a repository, the oldest first."""
    chance, name = view.world.chance, repository.on_bill
    by_day = stored_by_day(view, name)
    stored = by_day[-1][1]
    usual = chance.between(300, 900, "image size", name) * MIB
    number = max(2, stored // usual)
    weights = [chance.between(700, 1_300, "image", name, each) for each in range(number)]
    whole = sum(weights)
    ends = [stored * until // whole for until in accumulate(weights)]
    expires = bool(repository.number("expires"))
    times = _daily(view, repository, number) if expires else _grown(view, repository, ends, by_day)
    pushed = sorted(times)
    pulled = [*pushed[1:], view.calendar.now - timedelta(hours=chance.below(20, "pulled", name))]
    return [
        Image(
            f"sha256:{chance.hex(64, 'image', name, each)}",
            _tags(each + 1, number, every=1 if expires else RELEASED_EVERY),
            end - begin, pushed[each], pulled[each],
        )
        for each, (begin, end) in enumerate(pairwise([0, *ends]))
    ]  # fmt: skip


def _tags(build: int, last: int, *, every: int) -> tuple[str, ...]:
    released = (f"1.{build // every}",) if build % every == 0 else ()
    return (LATEST, *released) if build == last else released


def _daily(view: View, repository: Standing, number: int) -> Iterator[datetime]:
    """One a day up to the last day, or more where the repository is younger than that."""
    end = view.calendar.moment(view.calendar.length)
    apart = int(min(DAY_SECONDS, (end - repository.created).total_seconds() // (number + 1)))
    for each in range(number):
        after = view.world.chance.below(max(1, apart), "pushed", repository.on_bill, each)
        yield end - timedelta(seconds=apart * (each + 1) - after)


def _grown(
    view: View, repository: Standing, ends: Sequence[int], days: Sequence[tuple[date, int]]
) -> Iterator[datetime]:
    """When the bill had as much stored as each image's end.

    What was there on the first day of all came evenly since the repository was made.
    """
    calendar, chance = view.calendar, view.world.chance
    first = calendar.moment(calendar.index(days[0][0]))
    there = sum(end <= days[0][1] for end in ends)
    since = (first - repository.created) / (there + 1)
    yield from (repository.created + since * (each + 1) for each in range(there))
    for each, end in enumerate(ends[there:], there):
        day = next(day for day, stored in days if stored >= end)
        second = chance.below(DAY_SECONDS, "pushed", repository.on_bill, each)
        yield calendar.moment(calendar.index(day), second)
