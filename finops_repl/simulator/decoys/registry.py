"""Every decoy of the organisation."""

from __future__ import annotations

from finops_repl.simulator.decoys.covered import Covered
from finops_repl.simulator.decoys.decoy import Decoy
from finops_repl.simulator.decoys.failover import Failover
from finops_repl.simulator.decoys.migration import Migration
from finops_repl.simulator.decoys.orders import Orders
from finops_repl.simulator.decoys.peak import Peak
from finops_repl.simulator.decoys.purchase import Purchase

__all__ = ["DECOYS"]

DECOYS: tuple[Decoy, ...] = (
    Failover(), Peak(), Migration(), Purchase(), Covered(), Orders(),
)  # fmt: skip
