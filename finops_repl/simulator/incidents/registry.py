"""Every kind of incident, in the order of their names in `incidents=`."""

from __future__ import annotations

from finops_repl.simulator.incidents.expiry import Expiry
from finops_repl.simulator.incidents.idle import Idle
from finops_repl.simulator.incidents.kind import Kind
from finops_repl.simulator.incidents.mining import Mining
from finops_repl.simulator.incidents.nat import Nat
from finops_repl.simulator.incidents.oversized import Oversized
from finops_repl.simulator.incidents.reservations import Reservations
from finops_repl.simulator.incidents.snapshots import Snapshots
from finops_repl.simulator.incidents.spike import Spike
from finops_repl.simulator.incidents.transfer import Transfer
from finops_repl.simulator.incidents.untagged import Untagged
from finops_repl.simulator.spec import INCIDENT_KINDS

__all__ = ["KINDS"]

_ALL: tuple[Kind, ...] = (
    Spike(), Reservations(), Idle(), Oversized(), Untagged(), Mining(), Nat(), Snapshots(),
    Transfer(), Expiry(),
)  # fmt: skip
KINDS = {kind.name: kind for kind in _ALL}

assert tuple(KINDS) == INCIDENT_KINDS
