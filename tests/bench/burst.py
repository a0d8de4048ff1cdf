"""Twenty jobs with four in flight: what a busy analyst, or a few agents, ask at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["IN_FLIGHT", "JOBS", "burst"]

JOBS = 20
IN_FLIGHT = 4


def burst(job: Callable[[], object]) -> Callable[[], None]:
    """All of the jobs, to the end of the last; one that fails ends the bench."""

    def once() -> None:
        with ThreadPoolExecutor(IN_FLIGHT) as workers:
            for ended in [workers.submit(job) for _ in range(JOBS)]:
                ended.result()

    return once
