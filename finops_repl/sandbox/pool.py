"""Boxes made ready ahead of need: each is used for one run and then ended, never again."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from typing import get_args

from finops_repl.base.errors import FinopsError, SandboxUnavailable
from finops_repl.base.scope import new_id
from finops_repl.sandbox import frames
from finops_repl.sandbox.conversation import Conversation, WireClosed
from finops_repl.sandbox.limits import MAX_INPUT_BYTES, MAX_TOTAL_BYTES
from finops_repl.sandbox.port import Engine, Language

__all__ = ["BoxPool"]

WORK_BYTES = MAX_INPUT_BYTES + MAX_TOTAL_BYTES
"""What the work folder of a box holds: all that a run may be given, and all that it may leave."""
WARM_S = 60.0
"""How long a box may take to become ready."""
LANGUAGES = get_args(Language)


class BoxPool:
    """Keeps `size` boxes ready once `prepare` was called; until then, and with 0, none.

    A ready box has an interpreter of each language waiting, with what scripts mostly use loaded.
    Boxes are made ready while no run has one: a run and a start would slow each other down.
    """

    def __init__(self, engine: Engine, size: int) -> None:
        self._engine = engine
        self._size = size
        self._ready: deque[Conversation] = deque()
        self._running = 0
        self._filler: threading.Thread | None = None
        self._ending: set[threading.Thread] = set()
        self._prepared = False
        self._closed = False
        self._changed = threading.Condition()
        self._launched: tuple[Language, Future[Conversation]] | None = None

    def launch(self, language: Language) -> None:
        """Begin to start, aside, the box of the one run that is to come; `borrow` takes it.

        Where it does not start, the run finds out by starting one itself.
        """
        starting: Future[Conversation] = Future()

        def start() -> None:
            try:
                starting.set_result(self._start(new_id(), (language,), warm=False))
            except BaseException as error:
                starting.set_exception(error)

        self._launched = language, starting
        threading.Thread(target=start, name="sandbox launch", daemon=True).start()

    def prepare(self) -> None:
        """Begin to make boxes ready, aside."""
        with self._changed:
            self._prepared = True
            self._start_filling()

    def wait_ready(self, timeout_s: float) -> bool:
        """Whether all boxes are ready, now or within the time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._ready) == self._size, timeout_s)

    @contextlib.contextmanager
    def borrow(self, run: str, language: Language) -> Iterator[Conversation]:
        """A box for one run: a ready one, else a new one; its end begins with the run's.

        Raises `SandboxUnavailable` where a new one does not start.
        """
        with self._changed:
            self._running += 1
            conversation = self._take()
        conversation = conversation or self._take_launched(language)
        try:
            if conversation is None:
                conversation = self._start(run, (language,), warm=False)
            try:
                yield conversation
            finally:
                self._end(conversation)
        finally:
            with self._changed:
                self._running -= 1
                self._start_filling()
                self._changed.notify_all()

    def close(self) -> None:
        """End every box; returns when the engine knows of each."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            filler = self._filler
        if filler is not None:
            filler.join()
        if (launched := self._take_launched()) is not None:
            self._end(launched)
        while self._ready:
            self._end(self._ready.popleft())
        with self._changed:
            endings = tuple(self._ending)
        for ending in endings:
            ending.join()

    def _start_filling(self) -> None:
        """Where the engine failed before, it may answer now."""
        if self._prepared and self._size and self._filler is None and not self._closed:
            self._filler = threading.Thread(target=self._fill, name="sandbox pool", daemon=True)
            self._filler.start()

    def _take(self) -> Conversation | None:
        while self._ready:
            conversation = self._ready.popleft()
            if not conversation.ended:
                return conversation
            self._end(conversation)
        return None

    def _take_launched(self, language: Language | None = None) -> Conversation | None:
        """The box that was launched, once it has started; None where it is another language's."""
        with self._changed:
            if self._launched is None or language not in (None, self._launched[0]):
                return None
            starting, self._launched = self._launched[1], None
        try:
            return starting.result()
        except FinopsError:
            return None

    def _start(self, name: str, languages: tuple[Language, ...], *, warm: bool) -> Conversation:
        conversation = Conversation(self._engine.start(name, data_bytes=WORK_BYTES))
        wanted = {"languages": languages, "warm": warm}
        conversation.send(frames.PREPARE, json.dumps(wanted).encode())
        return conversation

    def _fill(self) -> None:
        try:
            while self._wants_one():
                made = self._make_ready()
                with self._changed:
                    self._ready.append(made)
                    self._changed.notify_all()
        except FinopsError:
            return  # a run meets the same engine and image, and says what is wrong with them
        finally:
            with self._changed:
                self._filler = None

    def _wants_one(self) -> bool:
        """Wait until a box is missing and no run would be slowed down; False at the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or (len(self._ready) < self._size and not self._running)
            )
            return not self._closed

    def _make_ready(self) -> Conversation:
        conversation = self._start(new_id(), LANGUAGES, warm=True)
        is_ready = False
        try:
            until = time.monotonic() + WARM_S
            while not is_ready:
                if self._closed or time.monotonic() >= until:
                    raise SandboxUnavailable("a box did not become ready")
                match conversation.next(1.0):
                    case (frames.PREPARED, _):
                        is_ready = True
                    case None | (frames.READY, _):
                        continue
                    case (kind, _):
                        raise SandboxUnavailable(f"a box without an order sent a frame {kind}")
        except WireClosed as closed:
            raise SandboxUnavailable(f"a box died before it was ready: {closed.breach}") from closed
        finally:
            if not is_ready:
                conversation.close()
        return conversation

    def _end(self, conversation: Conversation) -> None:
        """End a box aside: the engine takes longer over it than a short run does."""
        ending = threading.Thread(target=self._close_aside, args=(conversation,), daemon=True)
        with self._changed:  # whoever closes the pool joins only what was started
            self._ending.add(ending)
            ending.start()

    def _close_aside(self, conversation: Conversation) -> None:
        conversation.close()
        with self._changed:
            self._ending.discard(threading.current_thread())
