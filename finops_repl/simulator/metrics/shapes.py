"""How a day goes by: a weight for each of its hours, in the time of the place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from finops_repl.simulator.demand import Pattern

__all__ = ["shape"]

_DAYS: dict[Pattern, tuple[int, ...]] = {  # midnight to 23:00, local time, 255 at the peak
    "steady": (240, 238, 236, 235, 235, 236, 240, 244, 248, 251, 253, 254,
               255, 254, 253, 252, 251, 250, 249, 248, 247, 245, 243, 241),
    "business": (50, 45, 42, 40, 42, 55, 90, 150, 210, 245, 255, 250,
                 225, 240, 252, 248, 230, 190, 140, 105, 85, 72, 62, 55),
    "consumer": (90, 65, 48, 40, 42, 55, 85, 120, 145, 160, 170, 182,
                 195, 190, 185, 188, 200, 218, 236, 250, 255, 240, 190, 130),
    "batch": (230, 248, 255, 255, 245, 220, 170, 120, 95, 85, 80, 80,
              85, 85, 85, 85, 90, 95, 100, 110, 130, 160, 190, 212),
}  # fmt: skip
_HOURS_AHEAD = {  # of UTC, standard time
    "us-east-1": -5, "us-west-2": -8, "eu-west-1": 0, "eu-central-1": 1, "ap-southeast-1": 8,
    "ap-northeast-1": 9, "sa-east-1": -3,
}  # fmt: skip


@cache
def shape(pattern: Pattern, region: str) -> Sequence[int]:
    """The weights of the hours of a UTC day in a region; what has no rhythm of its own is even."""
    local = _DAYS.get(pattern, _DAYS["steady"])
    ahead = _HOURS_AHEAD[region]
    return tuple(local[(hour + ahead) % 24] for hour in range(24))
