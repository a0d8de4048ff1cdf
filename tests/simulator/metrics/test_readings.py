"""Readings are one thing, however they are asked for: every period lies within the longer ones."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from finops_repl.simulator.metrics.readings import Part, Span, Tally, tallies
from finops_repl.simulator.metrics.statistics import kept, moments, rounded, value

DAY, HOUR = 86_400, 3_600
START = 20_000 * DAY
SHAPE = tuple(range(40, 40 + 24 * 9, 9))


def part(kind: str, begin: int, length: int) -> Part:
    begins, ends = START + begin, min(START + DAY, START + begin + length)
    span = {
        "level": Span(begins, ends, 3, 71),
        "steady": Span(begins, ends, 5, 5),
        "amount": Span(begins, ends, total=123_456_789),
        "durations": Span(begins, ends, total=9_000, calls=700),
        "nothing": Span(begins, ends, total=0),
    }[kind]
    return Part(77, SHAPE, [span])


kinds = st.sampled_from(["level", "steady", "amount", "durations", "nothing"])
seconds = st.integers(0, DAY - 1)


@settings(max_examples=60, deadline=None)
@given(
    kind=kinds, begin=seconds, length=st.integers(1, DAY), resolution=st.sampled_from([60, 300]),
    cuts=st.lists(seconds, max_size=4), period=st.sampled_from([60, 300, 900, 3_600, 21_600]),
)  # fmt: skip
def test_the_parts_of_a_time_make_the_whole(
    kind: str, begin: int, length: int, resolution: int, cuts: list[int], period: int
) -> None:
    one = part(kind, begin, length)
    whole = tallies([one], resolution, START, START + DAY, DAY)
    edges = sorted({START, *(START + cut - cut % 300 for cut in cuts), START + DAY})
    pieces = [
        tally
        for low, high in pairwise(edges)
        for tally in tallies([one], resolution, low, high, period).values()
    ]
    assert bool(pieces) == bool(whole)
    if whole:
        ((_, all_),) = whole.items()
        assert abs(sum(each.count for each in pieces) - all_.count) < 1e-6
        assert abs(sum(each.total for each in pieces) - all_.total) < 1e-3
        assert abs(min(each.least for each in pieces) - all_.least) < 1e-9
        assert abs(max(each.most for each in pieces) - all_.most) < 1e-9


@settings(max_examples=40, deadline=None)
@given(kind=kinds, begin=seconds, length=st.integers(600, DAY))
def test_statistics_are_those_of_the_values(kind: str, begin: int, length: int) -> None:
    found = tallies([part(kind, begin, length)], 60, START, START + DAY, HOUR, values=True)
    for at, tally in found.items():
        assert START + begin - HOUR < at < START + DAY
        assert min(tally.values) == tally.least
        assert max(tally.values) == tally.most
        assert value(tally, "p0") == tally.least
        assert value(tally, "p100") == tally.most
        middle = sorted(tally.values)[len(tally.values) // 2]
        assert tally.least <= value(tally, "p50") <= max(middle, value(tally, "p90"))
        if kind != "durations":
            assert tally.count == len(tally.values)
            assert abs(sum(tally.values) - tally.total) < 1e-3
            assert abs(value(tally, "Average") - tally.total / tally.count) < 1e-9


def test_a_days_amount_is_spread_over_all_of_it_and_adds_up() -> None:
    found = tallies([part("amount", 0, DAY)], 60, START, START + DAY, HOUR)
    totals = [tally.total for tally in found.values()]
    assert len(totals) == 24
    assert abs(sum(totals) - 123_456_789) < 1e-3
    assert len({round(total) for total in totals}) == 24
    assert min(totals) > 0
    assert max(totals) > 3 * min(totals)  # the shape of the day shows


def test_levels_stay_in_their_range_and_reach_for_its_top() -> None:
    ((_, day),) = tallies([part("level", 0, DAY)], 300, START, START + DAY, DAY).items()
    assert 3 <= day.least < day.most <= 71
    assert day.most > 60


def test_old_readings_are_kept_by_longer_periods_alone() -> None:
    now = START + 500 * DAY
    for days, periods in ((1, {60, 300, 3_600}), (20, {300, 3_600}), (100, {3_600}), (460, set())):
        begins = rounded(now - days * DAY, now)
        begins -= begins % DAY
        some = Part(1, SHAPE, [Span(begins, begins + HOUR, 1, 2)])
        for period in (60, 300, 3_600):
            found = kept(tallies([some], 60, begins, begins + HOUR, period), period, now)
            assert bool(found) == (period in periods), (days, period)


def test_the_moments_of_a_time_are_those_of_which_readings_are_kept() -> None:
    now = START + 8 * HOUR
    for days, period in ((20, 60), (70, 300), (460, 3_600), (460, DAY)):
        start = rounded(now - days * DAY, now) + 600
        dense = {at: Tally(1, 1, 1, 1) for at in range(start, now, period)}
        found = moments(start, now, period, now)
        assert list(found) == list(kept(dense, period, now))
        assert 0 < len(found) < len(dense)
    assert len(moments(0, now, 1, now)) == 3 * HOUR
    assert not moments(now, now - 60, 60, now)
