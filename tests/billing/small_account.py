"""A simulated account of Athena and S3 alone, behind a real gateway."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.aws.call import Answer, Call, Caller, Refusal
from finops_repl.billing.port import BillTable
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.simulator.handlers.athena.queries import AthenaService
from finops_repl.simulator.handlers.s3.objects import S3Service
from finops_repl.simulator.throttle import Throttle
from finops_repl.trino.check import read_statement
from finops_repl.trino.room import SqlRoom

if TYPE_CHECKING:
    import boto3

BUCKET = "sim-athena-results"
TABLE = BillTable("AwsDataCatalog", "billing", "cur2", "cur2", "billing_period", "primary")


class SmallAccount:
    """An upstream with two services."""

    account = "sim-small"
    account_id = "111111111111"

    def __init__(self, room: SqlRoom, throttle: int = 0) -> None:
        self.athena = AthenaService(room, BUCKET)
        self.s3 = S3Service({BUCKET: self.athena.objects})
        self._throttle = Throttle(throttle)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        services: dict[str, AthenaService | S3Service] = {"athena": self.athena, "s3": self.s3}
        if call.service not in services:
            return Refusal("AccessDenied", "not here", 403)
        refused = self._throttle.refusal(call)
        return refused or services[call.service].answer(call, cancelled=cancelled)


@contextmanager
def small_account(room: SqlRoom, folder: Path) -> Iterator[tuple[SmallAccount, boto3.Session]]:
    """The account and a session whose clients reach it."""
    with small_gateway(room, folder) as (account, gateway):
        yield account, session(gateway, Caller(session="test"))


@contextmanager
def small_gateway(
    room: SqlRoom, folder: Path, *, throttle: int = 0
) -> Iterator[tuple[SmallAccount, Gateway]]:
    """The account and the gateway before it; every operation is refused after `throttle` calls."""
    account = SmallAccount(room, throttle)
    try:
        yield account, Gateway(account, ReadOnlyPolicy(read_statement), AuditLog(folder))
    finally:
        account.athena.close()
