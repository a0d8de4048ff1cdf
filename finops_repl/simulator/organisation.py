"""The simulated organisation as an upstream: what AWS would answer, out of one ledger."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.aws.call import Answer, Call, Refusal
from finops_repl.simulator.bill import BILL, catalog
from finops_repl.simulator.exports import delivered
from finops_repl.simulator.handlers.registry import MAKERS
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.spec import IncidentKind, SimulatedSpec
from finops_repl.simulator.store import world_file
from finops_repl.simulator.throttle import Throttle
from finops_repl.simulator.view import Handler, View
from finops_repl.simulator.world import World
from finops_repl.trino.catalog import Catalog

if TYPE_CHECKING:
    from finops_repl.simulator.advice.adviser import Adviser
    from finops_repl.simulator.key import AnswerKey
    from finops_repl.simulator.metrics.measurements import Measurements
    from finops_repl.trino.room import SqlRoom

__all__ = ["SimulatedOrganisation"]


class SimulatedOrganisation:
    """An AWS organisation that exists nowhere, seen from its payer account.

    Its ledger is made, or found on disk, when something first asks for it. Every caller sees what
    the payer sees: there is one identity, and inventory and trail are the whole organisation's.
    """

    def __init__(self, spec: SimulatedSpec) -> None:
        """Raises `InputError` where `spec` places an incident where there is no such place."""
        self.spec = spec
        self.bill: Mapping[str, str] = dict(BILL)
        self.world = World(spec.seed, spec.rows)
        self._calendar = Calendar(spec.as_of)
        self._throttle = Throttle(spec.throttle)
        for choice in spec.incidents:
            if choice.pinned:
                from finops_repl.simulator.incidents.registry import KINDS  # few choose a place

                KINDS[choice.kind].locate(self.world, self._calendar, choice)
        self._lock = threading.RLock()
        self._handlers: dict[str, tuple[Handler, ...]] = {}
        self._keys: dict[tuple[IncidentKind, ...], AnswerKey] = {}

    @property
    def account(self) -> str:
        return self.world.payer.name

    @property
    def account_id(self) -> str:
        return self.world.payer.id

    @property
    def services(self) -> tuple[str, ...]:
        """The services that answer, by botocore's names."""
        return tuple(sorted(MAKERS))

    @cached_property
    def catalog(self) -> Catalog:
        """What Athena's users see of the bill: its tables and their columns."""
        return catalog(delivered(self.account_id))

    @property
    def store_path(self) -> Path:
        """The ledger's database file, with the bill as the view `cur2`; made anew if it is gone."""
        with self._lock:
            return world_file(self.spec)

    @property
    def room(self) -> SqlRoom:
        """The locked room in which SQL on the bill runs."""
        with self._lock:
            return self._opened_room

    def operations(self, service: str) -> frozenset[str]:
        """The operations of a service that are answered."""
        return frozenset().union(*(each.operations for each in self.handlers(service)))

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call; what is not offered is refused in words that say so."""
        if call.service not in MAKERS:
            return Refusal(
                "UnsupportedOperation",
                f"{call.service} is not offered by the simulated account {self.account};"
                f" it offers {', '.join(self.services)}",
            )
        for handler in self.handlers(call.service):
            if call.operation in handler.operations:
                refused = self._throttle.refusal(call)
                return refused or handler.answer(call, cancelled=cancelled)
        return Refusal(
            "UnsupportedOperation",
            f"{call.service} {call.operation} is not offered by the simulated account"
            f" {self.account}; of {call.service} it offers"
            f" {', '.join(sorted(self.operations(call.service)))}",
        )

    def key(self, *kinds: IncidentKind) -> AnswerKey:
        """What is wrong in this organisation, for those who mark answers; no API serves it.

        Of these kinds alone where any are named: each takes another bill to be generated.
        """
        if kinds not in self._keys:
            from finops_repl.simulator.key import answer_key  # numpy: only marking pays for it

            self._keys[kinds] = answer_key(self.spec, kinds)
        return self._keys[kinds]

    def close(self) -> None:
        """Stop queries and let go of files."""
        with self._lock:
            for handler in chain.from_iterable(self._handlers.values()):
                close = getattr(handler, "close", None)
                if close is not None:
                    close()
            self._handlers.clear()
            for name in ("metrics", "adviser"):
                self.__dict__.pop(name, None)
            for name in ("_opened_room", "view"):
                opened = self.__dict__.pop(name, None)
                if opened is not None:
                    opened.close()

    def handlers(self, service: str) -> tuple[Handler, ...]:
        """What answers for a service; made with its first call."""
        with self._lock:
            if service not in self._handlers:
                self._handlers[service] = tuple(make(self) for make in MAKERS[service])
            return self._handlers[service]

    @cached_property
    def view(self) -> View:
        """The ledger's tables, for handlers."""
        return View(self.world, self._calendar, self.store_path)

    @cached_property
    def metrics(self) -> Measurements:
        """What CloudWatch measures, for handlers."""
        from finops_repl.simulator.metrics.measurements import Measurements

        return Measurements(self.view)

    @cached_property
    def adviser(self) -> Adviser:
        """What AWS advises, for handlers."""
        from finops_repl.simulator.advice.adviser import Adviser

        return Adviser(self.metrics)

    @cached_property
    def _opened_room(self) -> SqlRoom:
        from finops_repl.trino.room import SqlRoom

        now = self._calendar.now
        return SqlRoom.over_database(self.store_path, self.catalog, now=lambda: now)

    @property
    def output_bucket(self) -> str:
        """The bucket that Athena's results appear in."""
        return f"aws-athena-query-results-{self.account_id}-us-east-1"
