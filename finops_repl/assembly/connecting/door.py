"""The way to one account while connecting: the gateway that scripts pass, with its own record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finops_repl.aws.call import Caller
from finops_repl.base.errors import InputError
from finops_repl.gateway.audit import open_audit
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.identity import Identity
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.meter import Meter
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import RealAccount
from finops_repl.gateway.record import CallRecord

__all__ = ["Door"]


class Door:
    """Clients whose calls are decided, priced and recorded like any script's."""

    def __init__(
        self, identity: Identity, caller: Caller, meter: Meter, *, endpoint_url: str
    ) -> None:
        self.identity = identity
        self.account = RealAccount(identity, endpoint_url=endpoint_url)
        policy = ReadOnlyPolicy(_no_statement, objects=())
        self._gateway = Gateway(self.account, policy, open_audit(), meter=meter)
        self._caller = caller
        self._session: Any = session(self._gateway, caller)  # of a service known when it is asked

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """boto3's client for a service; those of one region are asked in theirs."""
        from botocore.config import Config

        # The gateway has asked AWS again already where that helps.
        once = Config(retries={"total_max_attempts": 1})
        return self._session.client(service, region_name=region, config=once)

    @property
    def calls(self) -> Sequence[CallRecord]:
        """What was asked through it, each with its price."""
        return self._gateway.calls(self._caller.run)

    def close(self) -> None:
        """Let go of its connections."""
        self.account.close()


def _no_statement(sql: str, parameters: Sequence[str]) -> str:
    raise InputError("connecting runs no query", hint="ask the bill once it is connected")
