"""Which account a session is about: a simulated one, the user's files, or their AWS account."""

from __future__ import annotations

import shlex
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from finops_repl.assembly.account import Account
from finops_repl.aws.call import Answer, Call, Caller, Refusal
from finops_repl.base.aws_signs import aws_settings_found
from finops_repl.base.config import Settings
from finops_repl.base.errors import ConfigError, InputError
from finops_repl.base.places import settings_dir
from finops_repl.base.settings_files import USER_FILE

if TYPE_CHECKING:
    from finops_repl.base.scope import Scope
    from finops_repl.billing.port import Bill
    from finops_repl.gateway.gateway import Gateway

__all__ = ["account_instead", "open_account"]

SIMULATED: Literal["simulated"] = "simulated"
FILES: Literal["files"] = "files"

FILES_HINT = 'ask the files with SQL: finops-repl sql "SELECT ..."; they are in no Athena'


def open_account(settings: Settings, *, headless: bool) -> Account:
    """The account that was chosen; the simulated one where nothing was.

    Raises `ConfigError` where a program runs on a machine with AWS settings and nobody said
    which account is meant: simulated figures must never pass for real ones.
    """
    chosen = settings.account
    sign = "" if chosen else aws_settings_found(origins=settings.origins)
    if sign and headless:
        own = settings_dir() / USER_FILE
        raise ConfigError(
            f"no account was chosen, and this machine has AWS settings ({sign})",
            hint="say --account simulated or --account aws; to choose for good, put"
            f' account = "simulated" or account = "aws" at the head of {own}',
        )
    kind, _, rest = (chosen or SIMULATED).partition(":")
    if kind != "aws":
        _refuse_flags_of_aws(settings, chosen or SIMULATED)
    match kind:
        case "simulated":
            return _simulated(chosen or SIMULATED)
        case "files":
            return _files(rest)
        case "aws":
            from finops_repl.assembly.real import open_real_account

            return open_real_account(settings)
        case _:
            raise InputError(
                f"account {chosen!r} is not known",
                hint="valid: simulated[:seed=..,as_of=..,incidents=..], aws and files:PATH",
            )


def account_instead(settings: Settings) -> str:
    """What is opened where no account was chosen, in words."""
    sign = aws_settings_found(origins=settings.origins)
    but = (
        f" in a chat; a program has to choose, for there are AWS settings ({sign})" if sign else ""
    )
    return f"{SIMULATED}{but}"


def _refuse_flags_of_aws(settings: Settings, chosen: str) -> None:
    """What was typed for AWS would be left out without a word."""
    for name, flag in (
        ("aws.profile", "--profile"),
        ("aws.role", "--role"),
        ("cache.fresh", "--fresh"),
    ):
        if settings.origins[name] == "flag":
            raise InputError(
                f"{flag} is about an AWS account, and the account is {chosen}",
                hint=f"say --account aws as well, or leave {flag} out",
            )


def _simulated(text: str) -> Account:
    from finops_repl.simulator.organisation import SimulatedOrganisation  # numpy and DuckDB
    from finops_repl.simulator.spec import SimulatedSpec

    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    spec = SimulatedSpec.parse(text, yesterday=yesterday)
    organisation = SimulatedOrganisation(spec)

    def open_bill(gateway: Gateway, scope: Scope) -> Bill:
        from finops_repl.billing.port import BillTable
        from finops_repl.billing.simulated import SimulatedBill

        caller = Caller(session=scope.session, user=scope.user)
        found = organisation.bill
        table = BillTable(
            catalog=found["catalog"],
            database=found["database"],
            table=found["table"],
            kind="cur2",
            partition=found["partition"],
            workgroup=found["workgroup"],
        )
        columns = organisation.catalog.tables[table.table].hive_columns
        return SimulatedBill(gateway, caller, table, columns)

    return Account(
        organisation.account,
        SIMULATED,
        str(spec),
        organisation,
        open_bill,
        spec.as_of,
        organisation.close,
    )


def _files(text: str) -> Account:
    if not text:
        raise InputError("files: names no file", hint="write --account files:costs.csv")
    path = Path(text).expanduser()

    def open_bill(gateway: Gateway, scope: Scope) -> Bill:
        from finops_repl.billing.files import FilesBill  # DuckDB: only a query pays for it

        return FilesBill([path])

    name = f"files:{path.resolve().name}"
    return Account(
        name,
        FILES,
        shlex.quote(f"files:{text}"),
        FilesOnly(name),
        open_bill,
        without_bill=FILES_HINT,
    )


@dataclass(frozen=True, slots=True)
class FilesOnly:
    """The upstream of an account that is files: no AWS service answers there."""

    account: str
    account_id: str = "000000000000"

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        return Refusal(
            "AccessDeniedException",
            f"the account {self.account} is files on this machine: it has no {call.service};"
            " ask it with SQL (query_bill)",
            403,
        )
