"""A tool of no sandbox at all, for tests of the contest: it prints what its way would."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.bench.scripts import DONE
from tests.peers.contest import LEAVE, LOOK
from tests.peers.driving import NothingKept, drive


class Apart(NothingKept):
    """Every script is run, and none finds what another left."""

    shares = False

    def __init__(self, in_flight: int) -> None:
        self._left = False

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        if code == LOOK:
            yield "found\n" if self._left else "nothing\n"
            return
        self._left = self.shares and (self._left or code == LEAVE)
        yield f"{DONE}\n"


class Shared(Apart):
    """All scripts find what one left."""

    shares = True


class Broken(Apart):
    """Opens, and runs nothing."""

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        raise RuntimeError("no kernel")
        yield ""


class Idle(Apart):
    """Says that a script was run which was not."""

    @contextlib.contextmanager
    def output(self, code: str) -> Iterator[str]:
        yield "nothing\n"


if __name__ == "__main__":
    drive({"apart": Apart, "shared": Shared, "broken": Broken, "idle": Idle})
