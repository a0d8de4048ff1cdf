"""Frames: cut anywhere they arrive whole; what is not allowed never arrives."""

from __future__ import annotations

import importlib.util
import itertools
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_repl.base.places import bundled
from finops_repl.sandbox import frames

KINDS = frozenset(frames.LONGEST)


def runners_frames() -> ModuleType:
    """The runner's own module, which lies outside the package."""
    spec = importlib.util.spec_from_file_location("box_frames", bundled("sandbox") / "frames.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_ends_have_the_same_table() -> None:
    theirs = runners_frames()
    names = [name for name in vars(frames) if name.isupper()]
    assert len(names) > 25
    for name in names:
        ours_value, their_value = getattr(frames, name), getattr(theirs, name)
        if hasattr(ours_value, "format"):  # a struct
            ours_value, their_value = ours_value.format, their_value.format
        assert ours_value == their_value, name


ANY_FRAME = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.binary(max_size=min(frames.LONGEST[kind], 2000)))
)


@given(st.lists(ANY_FRAME, max_size=20), st.lists(st.integers(0, 5000), max_size=20))
def test_frames_arrive_whole_wherever_the_stream_was_cut(
    sent: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(frames.frame(kind, payload) for kind, payload in sent)
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    decoder = frames.Decoder(KINDS)
    arrived = [
        frame
        for start, end in itertools.pairwise(places)
        for frame in decoder.feed(stream[start:end])
    ]
    assert arrived == sent


@given(st.binary(max_size=3000))
def test_any_bytes_give_allowed_frames_or_a_breach(noise: bytes) -> None:
    decoder = frames.Decoder(KINDS)
    try:
        for kind, payload in decoder.feed(noise):
            assert len(payload) <= frames.LONGEST[kind]
    except frames.FrameError:
        pass


@pytest.mark.parametrize("kind", [0, 19, 99, 255])
def test_unknown_kind_is_a_breach(kind: int) -> None:
    with pytest.raises(frames.FrameError, match="kind"):
        list(frames.Decoder(KINDS).feed(frames.HEADER.pack(kind, 0)))


def test_kind_that_is_known_but_not_expected_here_is_a_breach() -> None:
    with pytest.raises(frames.FrameError, match="kind"):
        list(frames.Decoder(frozenset({frames.STDOUT})).feed(frames.frame(frames.PING)))


def test_excessive_length_is_a_breach_before_its_bytes_come() -> None:
    header = frames.HEADER.pack(frames.STDOUT, 0xFFFFFFFF)
    with pytest.raises(frames.FrameError, match="too long"):
        list(frames.Decoder(KINDS).feed(header))
