"""Answers of AWS on the user's own disk: asked once, paid once, read again while they are true.

An answer is found by who asks, in which account, at which endpoint and region, and by all that was
asked.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from finops_repl.aws.call import CANCELLED, Answer, Call, Result
from finops_repl.base.places import cache_dir
from finops_repl.gateway.answer_folder import CACHE_BYTES, AnswerFolder, KeptAnswer
from finops_repl.gateway.exact_json import to_json
from finops_repl.gateway.freshness import is_kept, is_later_page, lifetime, next_page
from finops_repl.gateway.turns import Turns

__all__ = ["AnswerCache", "Asker", "open_cache"]

TOKENS_LAST: Final = timedelta(minutes=10)
"""Later than this the next page is not asked by a token of the cache: AWS may have forgotten it."""
PAGES_FOLLOWED: Final = 200
_SETS: Final = frozenset({"Metrics", "Values"})
"""Lists of Cost Explorer whose order says nothing."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Under whose name answers are kept: an ARN, never a credential; 12 digits; an address."""

    principal: str
    account: str
    endpoint: str = ""


class AnswerCache:
    """The answers of one asker; threads and processes may share the folder.

    With `fresh` nothing is read from it, and what AWS answers replaces what was kept.
    """

    def __init__(
        self,
        folder: Path,
        asker: Asker,
        *,
        fresh: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit: int = CACHE_BYTES,
    ) -> None:
        import botocore

        self._folder = AnswerFolder(folder, now, limit=limit)
        self._asker = asker
        # Another version may know fewer members, and could not word the answer.
        self._models = f"botocore {botocore.__version__}"
        self._fresh = fresh
        self._now = now
        self._turns = Turns()

    def answer(
        self, call: Call, ask: Callable[[], Answer], *, cancelled: threading.Event
    ) -> tuple[Answer, timedelta | None]:
        """The kept answer and its age, else what `ask` answers and None.

        Of calls that ask the same at the same time one is asked, and the others wait for it.
        """
        if not is_kept(call):
            return ask(), None
        asked = self._text_of(call)
        with self._turns.taken(asked, cancelled) as taken:
            if not taken:
                return CANCELLED, None
            kept = None if self._fresh else self._find(call)
            if kept is not None:
                return kept.result, self._now() - kept.at
            answer = ask()
            if isinstance(answer, Result):
                self._folder.write(asked, answer)
            return answer, None

    def _find(self, call: Call) -> KeptAnswer | None:
        """The fresh answer to a call; of a page, where the pages after it can be had as well."""
        found = kept = self._fresh_answer(call)
        spare = timedelta() if is_later_page(call) else TOKENS_LAST
        for _ in range(PAGES_FOLLOWED):
            if kept is None:
                return None
            following = next_page(call, kept.result)
            if following is None or self._now() - kept.at <= TOKENS_LAST:
                return found
            call, kept = following, self._fresh_answer(following, spare)
        return None

    def _fresh_answer(self, call: Call, spare: timedelta = timedelta()) -> KeptAnswer | None:
        """What was kept for a call, where it may be given now and `spare` later."""
        kept = self._folder.read(self._text_of(call))
        if kept is None:
            return None
        # One of a time to come was written by another clock: how old it is cannot be told.
        may_be_given = lifetime(call, kept.result, kept.at) - spare
        return kept if timedelta() <= self._now() - kept.at < may_be_given else None

    def _text_of(self, call: Call) -> str:
        """Everything that an answer depends on, the same text for the same question."""
        named = {
            "principal": self._asker.principal,
            "account": self._asker.account,
            "endpoint": self._asker.endpoint,
            "models": self._models,
            "region": call.region,
            "service": call.service,
            "operation": call.operation,
            "params": _canonical(call),
        }
        return json.dumps(named, sort_keys=True, separators=(",", ":"))


def open_cache(asker: Asker, *, fresh: bool = False) -> AnswerCache:
    """The cache in the user's private cache folder."""
    return AnswerCache(cache_dir("answers"), asker, fresh=fresh)


def _canonical(call: Call) -> Any:
    """What was asked, whatever the order in which it was said."""
    params = {name: value for name, value in call.params.items() if name != "ClientRequestToken"}
    return _without_order(to_json(params)) if call.service == "ce" else to_json(params)


def _without_order(asked: Any) -> Any:
    if isinstance(asked, list):
        return [_without_order(item) for item in asked]
    if not isinstance(asked, Mapping):
        return asked
    return {
        name: sorted(map(str, item))
        if name in _SETS and isinstance(item, list)
        else _without_order(item)
        for name, item in asked.items()
    }
