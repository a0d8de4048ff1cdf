"""All advice on the account, made once a region: the ledger never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from finops_repl.simulator.advice.advice import Advice, Kind
from finops_repl.simulator.advice.costs import Costs
from finops_repl.simulator.advice.databases import databases
from finops_repl.simulator.advice.instances import groups, instances
from finops_repl.simulator.advice.services import functions, gateways
from finops_repl.simulator.advice.storage import volumes
from finops_repl.simulator.metrics.measurements import Measurements
from finops_repl.simulator.offers import REGIONS

__all__ = ["KINDS", "Adviser"]

_MAKERS: Mapping[Kind, Callable[[Measurements, Costs, str], Iterator[Advice]]] = {
    "instance": instances,
    "group": groups,
    "volume": volumes,
    "database": databases,
    "function": functions,
    "nat": gateways,
}
KINDS = tuple(_MAKERS)


class Adviser:
    """Gives the advice on a kind of resource in a region."""

    def __init__(self, measured: Measurements) -> None:
        self.measured, self.costs = measured, Costs(measured.view)
        self.on = lru_cache(maxsize=None)(self._on)

    def _on(self, kind: Kind, region: str) -> Sequence[Advice]:
        """The advice on each resource of a kind, nothing to be done included."""
        if region not in REGIONS:
            return ()
        return list(_MAKERS[kind](self.measured, self.costs, region))

    def everywhere(self, *kinds: Kind) -> Iterator[Advice]:
        """The advice of all regions on these kinds, or on all."""
        for region in REGIONS:
            for kind in kinds or KINDS:
                yield from self.on(kind, region)
