"""Byte streams that were honest once: frames with something about them changed, cut anywhere."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import strategies as st

from finops_repl.sandbox.frames import HEADER, frame

__all__ = ["mutated", "pieces"]

Frame = tuple[int, bytes]


@st.composite
def mutated(draw: st.DrawFn, sessions: st.SearchStrategy[list[Frame]]) -> bytes:
    """A session's bytes after frames were dropped, doubled or swapped and bytes were changed."""
    session = list(draw(sessions))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(session) - 1)))
        change = draw(st.sampled_from(["drop", "double", "swap", "insert", "leave"]))
        if change == "drop":
            del session[at : at + 1]
        elif change == "double":
            session[at:at] = session[at : at + 1]
        elif change == "swap":
            session[at : at + 2] = reversed(session[at : at + 2])
        elif change == "insert":
            session.insert(at, (draw(st.integers(0, 255)), draw(st.binary(max_size=20))))
    stream = bytearray().join(frame(kind, payload) for kind, payload in session)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(stream)))
        change = draw(st.sampled_from(["flip", "cut", "insert", "length", "leave"]))
        if change == "flip" and at < len(stream):
            stream[at] ^= 1 << draw(st.integers(0, 7))
        elif change == "cut":
            del stream[at:]
        elif change == "insert":
            stream[at:at] = draw(st.binary(max_size=12))
        elif change == "length":
            stream[at:at] = HEADER.pack(draw(st.integers(0, 45)), draw(st.integers(0, 2**32 - 1)))
    return bytes(stream)


def pieces(stream: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The stream in pieces, cut at these places."""
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    for start, end in itertools.pairwise(places):
        yield stream[start:end]
