"""STS: who the simulated caller is."""

from __future__ import annotations

import threading

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.world import World

__all__ = ["StsService"]

ROLE = "cost-analyst"


class StsService:
    """Every caller is one read-only role of the payer account."""

    operations = frozenset({"GetCallerIdentity"})

    def __init__(self, world: World) -> None:
        self._payer = world.payer
        self._role = "AROA" + world.chance.hex(17, "role", ROLE).upper()

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        account = self._payer.id
        return Result(
            {
                "UserId": f"{self._role}:{ROLE}",
                "Account": account,
                "Arn": f"arn:aws:sts::{account}:assumed-role/{ROLE}/{ROLE}",
            }
        )
