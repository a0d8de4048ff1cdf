"""Readings of a series: a pure function of its key and the time.

One hash of the key and the hour holds a byte for each minute, and one of the key and the day a byte
for each hour. So an hour is summed up at the price of a hash, and every finer period lies within it
and agrees with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

__all__ = ["DAY", "HOUR", "MINUTE", "Part", "Span", "Tally", "tallies"]

MINUTE, HOUR, DAY = 60, 3_600, 86_400
JITTER = 0.25
"""How much of a level's range its minutes differ by."""
LEAST_WEIGHT = 128
"""What a minute weighs at least of an amount; at most it weighs 255 more."""
WEIGHTS = 255 * 255
"""The greatest weight of an hour: of its day, and by the shape."""
SHORTEST, LONGEST = 0.4, 1.6
"""The duration of a call between these times the day's average."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is measured from second `begin` to `end` of the epoch, within one UTC day if it varies.

    A level's readings lie between `least` and `most`. An amount's readings add up to `total`, in
    the metric's unit; where they are durations, `calls` says of how many.
    """

    begin: int
    end: int
    least: float = 0
    most: float = 0
    total: float | None = None
    calls: float | None = None

    @property
    def varies(self) -> bool:
        """False where every reading is the same."""
        return self.least != self.most if self.total is None else bool(self.total)


@dataclass(frozen=True, slots=True)
class Part:
    """One resource's share of a series: most series have one, a group's one for each member.

    `shape` has a weight from 1 to 255 for each hour of a UTC day.
    """

    key: int
    shape: Sequence[int]
    spans: Sequence[Span]


@dataclass(slots=True)
class Tally:
    """The readings of one period; `values` only where percentiles are asked for."""

    count: float = 0
    total: float = 0
    least: float = float("inf")
    most: float = float("-inf")
    values: list[float] = field(default_factory=list)

    def joined(self, other: Tally) -> Tally:
        """The readings of both, without values."""
        return Tally(
            self.count + other.count,
            self.total + other.total,
            min(self.least, other.least),
            max(self.most, other.most),
        )


class _Block(NamedTuple):
    """Readings `step` seconds apart from `first` on, each `base + swing * mark`.

    Of durations, `calls` says how many calls a mark stands for and `a_call` how long one is.
    """

    first: int
    step: int
    base: float
    swing: float
    marks: bytes
    calls: float = 0
    a_call: float = 0


def tallies(
    parts: Iterable[Part], resolution: int, start: int, end: int, period: int, *,
    values: bool = False,
) -> dict[int, Tally]:  # fmt: skip
    """The readings of each period, by the second it begins at, counted from `start` in `period`s.

    Readings are `resolution` seconds apart; those at `start` belong to it, those at `end` do not.
    """
    found: dict[int, Tally] = {}
    for part in parts:
        for span in part.spans:
            if span.begin < end and span.end > start:
                for block in _blocks(part, span, resolution, start, end):
                    _add(found, block, start, period, values=values)
    return found


def _blocks(
    part: Part, span: Span, resolution: int, start: int, end: int
) -> Iterator[_Block]:  # fmt: skip
    """The readings of a span that lie between two moments, hour by hour where they vary."""
    begin, until = max(start, span.begin), min(end, span.end)
    if not span.varies:
        first = _next(begin, resolution)
        if first < until:
            marks = bytes(_count(first, until, resolution))
            yield _Block(first, resolution, span.least, 0, marks)
        return
    weights = _weights(part.key, span.begin // DAY)
    shape, whole = part.shape, 0.0
    if span.total is not None:
        for hour in range(span.begin // HOUR, -(-span.end // HOUR)):
            low, high = max(span.begin, hour * HOUR), min(span.end, (hour + 1) * HOUR)
            whole += weights[hour % 24] * shape[hour % 24] * _count(low, high, resolution)
        if not whole:
            return
    for hour in range(begin // HOUR, -(-until // HOUR)):
        starts, ends = hour * HOUR, (hour + 1) * HOUR
        hashed = blake2b(b"%d/%d" % (part.key, hour), digest_size=64).digest()
        if begin <= starts and ends <= until:
            first, count = starts, HOUR // resolution
            mine = marks = hashed[:count]
        else:
            first, mine, marks = _part_of(hashed, hour, span, resolution, begin, until)
            count = len(mine)
        if not marks:
            continue
        weight = weights[hour % 24] * shape[hour % 24]
        if span.total is None:
            room = span.most - span.least
            base = span.least + room * (1 - JITTER) * weight / WEIGHTS
            yield _Block(first, resolution, base, room * JITTER / 255, marks)
            continue
        unit = span.total * weight * count / whole / (LEAST_WEIGHT * count + sum(mine))
        calls = (span.calls or 0) / span.total * unit
        a_call = span.total / span.calls if span.calls else 0
        yield _Block(first, resolution, unit * LEAST_WEIGHT, unit, marks, calls, a_call)


def _part_of(
    hashed: bytes, hour: int, span: Span, resolution: int, begin: int, until: int
) -> tuple[int, bytes, bytes]:  # fmt: skip
    """When the asked readings of an hour begin; the marks of its part of a span; the asked ones."""
    starts, ends = hour * HOUR, (hour + 1) * HOUR

    def between(low: int, high: int) -> bytes:
        place = (_next(low, resolution) - starts) // resolution
        return hashed[place : place + _count(low, high, resolution)]

    low = max(begin, starts)
    mine = between(max(starts, span.begin), min(ends, span.end))
    return _next(low, resolution), mine, between(low, min(until, ends))


def _next(second: int, resolution: int) -> int:
    """The first moment of a reading from a second on."""
    return -(-second // resolution) * resolution


def _count(begin: int, end: int, resolution: int) -> int:
    """How many readings lie from one second to another."""
    return max(0, -(-end // resolution) - -(-begin // resolution))


def _weights(key: int, day: int) -> tuple[int, ...]:
    """A weight from 192 to 255 for each hour of a day."""
    hashed = blake2b(b"%d:%d" % (key, day), digest_size=24).digest()
    return tuple(192 + mark // 4 for mark in hashed)


def _add(
    found: dict[int, Tally], block: _Block, start: int, period: int, *, values: bool
) -> None:  # fmt: skip
    """Add readings to the tallies of the periods they are in."""
    first, step, count = block.first, block.step, len(block.marks)
    place = 0
    while place < count:
        begins = start + (first + place * step - start) // period * period
        stop = min(count, -(-(begins + period - first) // step))
        tally = found.get(begins)
        if tally is None:
            tally = found[begins] = Tally()
        whole = stop - place == count
        _count_in(tally, block, block.marks if whole else block.marks[place:stop], values=values)
        place = stop


def _count_in(tally: Tally, block: _Block, marks: bytes, *, values: bool) -> None:
    base, rise, size, marked = block.base, block.swing, len(marks), sum(marks)
    tally.total += size * base + rise * marked
    if block.calls:
        tally.count += block.calls * (size * LEAST_WEIGHT + marked)
        base, rise = block.a_call * SHORTEST, block.a_call * (LONGEST - SHORTEST) / 255
    else:
        tally.count += size
    least, most = base + rise * min(marks), base + rise * max(marks)
    # Comparing is cheaper than min() and max(), and this is done for every hour of every series.
    if least < tally.least:
        tally.least = least
    if most > tally.most:
        tally.most = most
    if values:
        tally.values += [base + rise * mark for mark in marks]
