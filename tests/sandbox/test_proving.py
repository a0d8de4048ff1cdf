"""A verdict is found once, aside; nobody gets a box before it."""

from __future__ import annotations

import threading

import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.proving import Proving
from finops_repl.sandbox.verdict import Proof, Verdict

GOOD = Verdict((Proof("memory", "use more", "killed", True),), "v1", "", 0.5)
BAD = Verdict((Proof("memory", "use more", "went on", False),), "v1", "", 0.5)


class Search:
    """Finds verdicts when it is let, and counts how often it was asked."""

    def __init__(self, *found: Verdict | SandboxUnavailable) -> None:
        self._found = list(found)
        self.let = threading.Event()
        self.asked = 0

    def __call__(self) -> Verdict:
        self.asked += 1
        assert self.let.wait(10)
        found = self._found.pop(0)
        if isinstance(found, SandboxUnavailable):
            raise found
        return found


def test_many_boxes_wait_for_one_search() -> None:
    search = Search(GOOD)
    proving = Proving(search, "refuse")
    through: list[int] = []

    def want_a_box(number: int) -> None:
        proving.begin()
        proving.require()
        through.append(number)

    waiting = [threading.Thread(target=want_a_box, args=(number,)) for number in range(5)]
    for thread in waiting:
        thread.start()
    proving.begin()
    assert through == []
    search.let.set()
    for thread in waiting:
        thread.join()
    assert sorted(through) == [0, 1, 2, 3, 4]
    assert search.asked == 1
    assert proving.warnings == ()


def test_who_comes_after_a_verdict_against_is_refused_at_once() -> None:
    search = Search(BAD)
    search.let.set()
    proving = Proving(search, "refuse")
    proving.begin()
    for refuses in (proving.require, proving.begin, proving.begin):
        with pytest.raises(SandboxUnavailable, match="went on"):
            refuses()
    assert search.asked == 1


def test_who_was_asked_to_warn_lets_through_and_warns() -> None:
    search = Search(BAD)
    proving = Proving(search, "warn")
    proving.begin()
    before = proving.warnings
    search.let.set()
    proving.require()
    proving.begin()
    assert before == ()
    assert proving.warnings == ("the sandbox does not limit memory: use more: went on",)


def test_search_that_failed_is_no_verdict_and_begins_anew() -> None:
    search = Search(SandboxUnavailable("the engine went away"), GOOD)
    search.let.set()
    proving = Proving(search, "warn")
    proving.begin()
    with pytest.raises(SandboxUnavailable, match="went away"):
        proving.require()
    assert proving.warnings == ()
    proving.begin()
    proving.require()
    assert search.asked == 2
