"""Answers on their way from AWS take no more memory together than they may."""

from __future__ import annotations

import threading

import pytest

from finops_repl.aws.call import Refusal, Result
from finops_repl.gateway.body_room import BodyRoom
from finops_repl.gateway.identity import Identity
from finops_repl.gateway.real_account import MAX_BODY_BYTES, RealAccount

NEVER = threading.Event()


def test_who_wants_more_than_is_free_waits_until_it_is() -> None:
    room, most = BodyRoom(100), []
    free = threading.Event()

    def take() -> None:
        with room.of(60, NEVER) as got:
            assert got
            most.append(room.taken)
            free.wait(5)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    threading.Event().wait(0.1)
    assert most == [60]
    free.set()
    for thread in threads:
        thread.join()
    assert most == [60, 60, 60]
    assert room.taken == 0


def test_who_is_cancelled_waits_no_longer_and_takes_nothing() -> None:
    room, cancelled = BodyRoom(100), threading.Event()
    with room.of(100, NEVER):
        cancelled.set()
        with room.of(1, cancelled) as got:
            assert not got
        assert room.taken == 100
    assert room.taken == 0


def test_one_that_is_larger_than_all_the_room_goes_alone() -> None:
    room = BodyRoom(100)
    with room.of(1_000, NEVER) as got:
        assert got


class Endless:
    """A body that never ends; `cancel_at` sets the event after so many bytes."""

    def __init__(self, cancelled: threading.Event, cancel_at: int) -> None:
        self.read_bytes, self.closed = 0, False
        self._cancelled, self._cancel_at = cancelled, cancel_at

    def read(self, size: int) -> bytes:
        self.read_bytes += size
        if self.read_bytes >= self._cancel_at:
            self._cancelled.set()
        return b"x" * size

    def close(self) -> None:
        self.closed = True


def test_a_body_that_nobody_waits_for_is_not_read_on() -> None:
    account, cancelled = RealAccount(Identity()), threading.Event()
    body = Endless(cancelled, 3 * 1024 * 1024)
    told = account._read({"Body": body, "ContentLength": 60 * 1024 * 1024}, None, cancelled)
    assert told == Refusal("RequestAborted", "the run was cancelled")
    assert (body.read_bytes, body.closed) == (3 * 1024 * 1024, True)
    assert account._bodies.taken == 0


@pytest.mark.parametrize("announced", [MAX_BODY_BYTES + 1, 10])
def test_a_body_above_64_mb_is_refused_also_where_it_was_announced_smaller(announced: int) -> None:
    from finops_repl.base.errors import ConnectionFailed

    account, cancelled = RealAccount(Identity()), threading.Event()
    body = Endless(cancelled, 1 << 40)
    with pytest.raises(ConnectionFailed, match="larger than 64 MB"):
        account._read({"Body": body, "ContentLength": announced}, None, cancelled)
    assert body.closed
    assert body.read_bytes <= MAX_BODY_BYTES + (1 << 20)
    assert account._bodies.taken == 0


def test_a_whole_body_comes_as_bytes() -> None:
    import io

    account = RealAccount(Identity())
    told = account._read({"Body": io.BytesIO(b"abc"), "ContentLength": 3}, None, NEVER)
    assert told == Result({"Body": b"abc", "ContentLength": 3})
